"""The page of metrics, made of the table of them (`python -m observer.metrics.reference > docs/metrics.md`)."""

from __future__ import annotations

import sys

from observer.metrics.families import COMMITS, FAMILIES, LEFT_OUT, MOST_NODES, MOST_SERIES, OTHERS


def metrics_page() -> str:
    """The whole page."""
    rows = [(one.shown, one.kind.value, ", ".join(one.labels), one.text) for one in FAMILIES]
    rows += [
        (COMMITS, "histogram", "", "How long it took to commit what one look brought."),
        (LEFT_OUT, "gauge", "metric", "Series of a metric that are too many and left out."),
        ("observer_build_info", "gauge", "version", "1, with the version that runs."),
    ]
    table = "\n".join(f"| `{name}` | {kind} | {labels} | {text} |" for name, kind, labels, text in rows)
    return f"""# Metrics

Generated from the code by `make docs`; do not edit it by hand.

`--metrics 9464` serves `/metrics` for Prometheus and `/healthz` on this machine; `--metrics HOST:PORT` on another
address, without any password, so name one only inside a network of your own. `/healthz` answers 503 with the reason
while nothing can be committed, or where the loop that judges has published nothing for a minute.

What the logs do not show has no series: it is unknown, never 0. At most {MOST_NODES} nodes and {MOST_SERIES} series
of one metric are told apart; of what is more, whatever adds up is summed under `{OTHERS}`, and the number of what is
left out is in `{LEFT_OUT}`. Beside these there are `process_*`, as every program has them.

| metric | kind | labels | says |
|---|---|---|---|
{table}
"""


if __name__ == "__main__":
    sys.stdout.write(metrics_page())
