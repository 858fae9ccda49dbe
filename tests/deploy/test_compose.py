"""docker-compose.yml: valid, hardened, without a secret, and every file that it mounts is there."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.files import DEPLOY, ROOT, compose

SERVICES: dict[str, dict[str, Any]] = compose()["services"]
OURS = ("broker-setup", "migrate", "retain", "ship", "worker")
"""Run the observer's own image."""
ONE_SHOT = ("broker-setup", "migrate")


def test_it_is_valid_by_the_compose_specification() -> None:
    """The schema of the Compose specification has nothing to say against it."""
    import json
    from importlib.util import find_spec

    import jsonschema

    # Its package is not imported: only the schema that it brings is wanted.
    package = find_spec("check_jsonschema")
    if package is None or package.origin is None:
        pytest.skip("check-jsonschema, which brings the schema, is not installed, so nothing was tested here")
    schema = Path(package.origin).parent / "builtin_schemas/vendor/compose-spec.json"
    jsonschema.validate(compose(), json.loads(schema.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_bounded(name: str) -> None:
    """Memory, logs and rights of each are limited, and it may gain none."""
    service = SERVICES[name]
    assert service["mem_limit"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"]["max-size"]
    assert "privileged" not in service
    assert "cap_add" not in service


@pytest.mark.parametrize("name", OURS)
def test_the_observer_writes_nowhere_but_in_tmp_and_its_folder(name: str) -> None:
    """Its root is read-only; a volume is its own folder or read-only."""
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["build"] == {"context": ".", "dockerfile": "deploy/Dockerfile"}
    for volume in SERVICES[name].get("volumes", []):
        assert volume.endswith((":ro", ":/var/lib/observer"))


def test_the_images_of_ours_run_as_nobody_special() -> None:
    """Both Dockerfiles end as a user by number, which no user of the host has."""
    for name in ("Dockerfile", "rsyslog/Dockerfile"):
        users = re.findall(r"^USER (\S+)$", (DEPLOY / name).read_text(), re.MULTILINE)
        assert users[-1] in {"10001:10001", "10002:10002"}


def test_every_port_is_bound_to_this_machine_only() -> None:
    """Nothing is reachable from another machine unless somebody decides so."""
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(published) == len(set(published)) == 6
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_every_image_is_pinned() -> None:
    """An image of others names an exact version; ours is built here."""
    for name, service in SERVICES.items():
        _, _, tag = service["image"].rpartition(":")
        assert "build" in service or re.match(r"v?\d+\.\d+(\.\d+)?", tag), name
    for path in ("Dockerfile", "rsyslog/Dockerfile"):
        for base in re.findall(r"^FROM (\S+)", (DEPLOY / path).read_text(), re.MULTILINE):
            assert re.search(r":\d+\.\d+", base), base


def test_what_others_wait_for_says_when_it_is_well() -> None:
    """`service_healthy` is asked only of what has a health check, and completion only of what ends."""
    for name, service in SERVICES.items():
        for other, wanted in service.get("depends_on", {}).items():
            if wanted["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], (name, other)
            else:
                assert wanted["condition"] == "service_completed_successfully"
                assert other in ONE_SHOT, (name, other)
    for name in ONE_SHOT:
        assert SERVICES[name]["restart"].startswith("on-failure")


def test_no_secret_is_written_down() -> None:
    """Passwords come from files that git does not see, and no variable or command holds one."""
    described = compose()
    for name, secret in described["secrets"].items():
        assert secret == {"file": f"./deploy/secrets/{name}"}
    used = {name for service in SERVICES.values() for name in service.get("secrets", [])}
    assert used == set(described["secrets"])
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or (key.endswith("_FILE") and value.startswith("/run/secrets/"))
        for part in map(str, service.get("command", [])):
            assert "://" not in part or not re.search(r"//[^/@]*:[^/@]*@", part)


def test_every_mounted_file_is_in_the_repository() -> None:
    """A missing file would become an empty folder without a word."""
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            host = volume.split(":")[0]
            if host.startswith("./"):
                assert (ROOT / host).exists(), host
            else:
                assert host in compose()["volumes"] or host in {"/var/run/docker.sock", "${OBSERVER_LOGS"}


def test_secrets_are_made_once(tmp_path: Path) -> None:
    """Each password is long, its own, without a line break, in a folder for its owner only; a second run keeps them."""
    shutil.copy(DEPLOY / "make-secrets", tmp_path)
    folder = tmp_path / "secrets"
    subprocess.run([str(tmp_path / "make-secrets")], check=True, capture_output=True)
    first = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(first) == set(compose()["secrets"])
    assert len(set(first.values())) == len(first)
    assert all(re.fullmatch(r"[A-Za-z0-9]{32}", value) for value in first.values())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (folder / "grafana_password").unlink()
    told = subprocess.run([str(tmp_path / "make-secrets")], check=True, capture_output=True, text=True).stdout
    assert "written deploy/secrets/grafana_password" in told
    second = {path.name: path.read_text() for path in folder.iterdir()}
    assert {name for name in first if first[name] != second[name]} == {"grafana_password"}
    assert not set(first.values()) & set(told.split())


def test_git_sees_no_secret() -> None:
    """What deploy/make-secrets writes cannot be committed by mistake."""
    names = [f"deploy/secrets/{name}" for name in compose()["secrets"]]
    ignored = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ignored.stdout.split() == names


def test_the_image_is_built_from_what_the_wheel_is_made_of() -> None:
    """Every package of pyproject.toml is copied into the build, and let through by .dockerignore."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    copied = set(re.findall(r"^COPY (\w+) \1$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE))
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert packages == copied
    assert packages | {"pyproject.toml", "README.md", "constraints.txt"} == let_through


def test_every_yaml_file_can_be_read() -> None:
    """None of the deployed YAML files has a slip in it."""
    found = [path for end in ("yml", "yaml") for path in DEPLOY.rglob(f"*.{end}")]
    assert len(found) >= 5
    for path in found:
        assert yaml.safe_load(path.read_text(encoding="utf-8")), path
