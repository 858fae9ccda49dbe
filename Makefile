# PYTHON makes the virtual environment, VENV is where; PYTEST_ARGS, BENCH_ARGS, PROFILE_ARGS and ACCURACY_ARGS are passed
# on. Tests run on all cores, a file on one: many of them wait for servers that they start.
PYTHON ?= python3
VENV ?= .venv
PYTEST_ARGS ?= -n auto --dist loadfile
BENCH_ARGS ?=
PROFILE_ARGS ?=
ACCURACY_ARGS ?=

BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PACKAGES := observer parsers state waits replay
COMPILE := $(BIN)/python -m compileall -q $(PACKAGES)
INSTALLED := $(VENV)/.installed
INSTALLED_TEST := $(VENV)/.installed-test

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo demo-recording docs test lint bench profile accuracy lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(INSTALLED) ## install into a virtual environment and run the demonstration
	@$(BIN)/observer demo

demo-recording: $(INSTALLED) ## make the bundled recording anew from the captures
	@rm -f observer/demo/three-nodes.rec
	@$(BIN)/observer import tests/captures/monero/level1/node*.log -o observer/demo/three-nodes.rec --network three-nodes

docs: $(INSTALLED) ## write what is generated from the code anew: pages of docs/, and the dashboard
	@$(BIN)/python -m observer.reference > docs/reference.md
	@$(BIN)/python -m observer.reference_conditions > docs/conditions.md
	@$(BIN)/python -m observer.metrics.reference > docs/metrics.md
	@$(BIN)/python -m observer.metrics.dashboard > deploy/grafana/dashboards/observer.json

test: $(INSTALLED_TEST) ## run the tests; PYTEST_ARGS="-k name" and the like are passed on
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(INSTALLED_TEST) ## check style, format, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED_TEST) ## run the benchmarks, offline and live; BENCH_ARGS are passed on to the former
	@$(BIN)/python -m benchmarks.run $(BENCH_ARGS)
	@$(BIN)/python -m benchmarks.latency
	@$(BIN)/python -m benchmarks.through_kafka

profile: $(INSTALLED_TEST) ## where the time of import and replay goes, stage by stage; PROFILE_ARGS are passed on
	@$(BIN)/python -m benchmarks.profile $(PROFILE_ARGS)

accuracy: $(INSTALLED) ## compare what is told of simulated networks with the truth; ACCURACY_ARGS are passed on
	@$(BIN)/python -m benchmarks.accuracy $(ACCURACY_ARGS)

lock: ## renew constraints.txt from what pip resolves today, on the oldest supported Python
	@$(require_venv)
	@set -e; \
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	    echo "make lock: the pins must suit the oldest supported Python: set PYTHON to a Python 3.11." >&2; exit 1; }; \
	fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; \
	"$(PYTHON)" -m venv "$$fresh/venv"; \
	"$$fresh/venv/bin/python" -m pip install --quiet --disable-pip-version-check '.[test]'; \
	"$$fresh/venv/bin/python" -m pip freeze --exclude network-state-observer > "$$fresh/pins"; \
	{ echo '# Every runtime and test dependency, resolved on Python 3.11. Renewed by: make lock'; \
	  LC_ALL=C sort --ignore-case "$$fresh/pins"; } > "$$fresh/constraints.txt"; \
	cp "$$fresh/constraints.txt" constraints.txt

clean: ## remove the virtual environment, caches and build output
	@if [ -e "$(VENV)/pyvenv.cfg" ]; then rm -rf "$(VENV)"; fi
	rm -rf build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# One sentence instead of a traceback where Python is missing, too old, or without ensurepip (Debian's default).
define require_venv
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
    echo "make: '$(PYTHON)' is not a Python of 3.11 or later: install one, or name it with PYTHON=..." >&2; exit 1; }; \
"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
    echo "make: '$(PYTHON)' cannot make a virtual environment because ensurepip is missing: install it (Debian, Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
endef

$(VENV)/pyvenv.cfg:
	@$(require_venv)
	"$(PYTHON)" -m venv "$(VENV)"

# Editable, so that only a change of the dependencies asks for another installation. Compiled, since what Python is told
# not to compile as it is used (PYTHONDONTWRITEBYTECODE) it would compile anew for every command.
$(INSTALLED): pyproject.toml constraints.txt $(VENV)/pyvenv.cfg
	$(PIP_INSTALL) -c constraints.txt -e .
	@$(COMPILE)
	@touch $@

$(INSTALLED_TEST): pyproject.toml constraints.txt $(VENV)/pyvenv.cfg
	$(PIP_INSTALL) -c constraints.txt -e '.[test]'
	@$(COMPILE)
	@touch $(INSTALLED) $@
