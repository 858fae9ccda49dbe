"""docs/accuracy.md: what was measured, by what, and every disagreement with its reason."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from benchmarks.accuracy.agreement import Tally
from benchmarks.accuracy.page import listed, minutes, ratio, share, spread, table
from benchmarks.accuracy.stuck import Detected, Fired
from benchmarks.accuracy.xmtpd import clocks, reports
from benchmarks.accuracy.xmtpd.measuring import Measured
from benchmarks.accuracy.xmtpd.reasons import reason_of
from benchmarks.accuracy.xmtpd.runs import HEALTHY
from benchmarks.accuracy.xmtpd.truth import MINUTE

SUBJECTS = (
    reports.STAGE,
    reports.JUDGED,
    reports.REMAINING,
    reports.STATUS,
    reports.ACTIVE,
    clocks.STATED,
    clocks.PROVED,
    clocks.GAPS,
    clocks.SERVED,
)


def text(found: Sequence[Measured], command: str, seeds: str) -> str:
    """The whole page."""
    lines = [
        "# Accuracy",
        "",
        f"Written by `{command}`; do not edit.",
        "Networks of xmtpd nodes are simulated, of which the truth is known; their logs are imported, the snapshot of",
        "every minute is compared with the truth of that minute, and the alerts of the shipped rules with what was",
        "stuck. What is expected is derived from the truth alone (`benchmarks/accuracy/xmtpd/expected.py`,",
        "`told.py`), not from the kind of the fault.",
        "",
        f"- {seeds}",
        f"- Python: {platform.python_version()}; the same seeds give the same table anywhere",
        f"- {_runs(found)}",
        "",
        *_summary(found),
        *_agreement(found),
        *_stuck(found),
        *_alerts(found),
        *_laws(found),
        *_misses(found),
        *_made(found),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _runs(found: Sequence[Measured]) -> str:
    timed = [one for one in found if one.start]
    hours = sum(one.run.order.length for one in timed) / 3_600_000
    debug = sum(one.run.order.level == "debug" for one in timed)
    return f"{len(timed)} networks, {hours:g} simulated hours; {debug} of them log at DEBUG, the others at INFO"


# --- in short ----------------------------------------------------------------------------------------


def _summary(found: Sequence[Measured]) -> list[str]:
    tally = _tally(found)
    right, compared_ = (
        map(sum, zip(*(tally.shown(one) for one in tally.subjects), strict=True)) if tally.subjects else (0, 0)
    )
    detected = [one for measured in found for one in measured.watched.detected]
    judged = [one for one in detected if one.fired is not None or not one.blind]
    told = [one for one in judged if one.fired is not None]
    right_alert = [one for one in told if one.in_time and not one.faults]
    true, false = (sum(len(getattr(one.watched, name)) for one in found) for name in ("true", "false"))
    sent_false = sum(not one.explained_by for measured in found for one in measured.watched.false)
    healthy = [one for one in found if one.run.variant == HEALTHY]
    hours = sum(one.run.order.length for one in healthy) / 3_600_000
    alerts = sum(len(one.watched.true) + len(one.watched.false) for one in healthy)
    laws = [law for one in found for law in one.laws]
    rows = [
        ("values shown that are true", share(right, compared_), ratio(right, compared_)),
        ("stuck states told (recall)", share(len(told), len(judged)), ratio(len(told), len(judged))),
        (
            "of these in time, with the right labels, stage and nodes",
            share(len(right_alert), len(told)),
            ratio(len(right_alert), len(told)),
        ),
        (
            "stuck states that were unknown, as the logs that would show them ended",
            str(len(detected) - len(judged)),
            "",
        ),
        ("alerts that fired and were true (precision)", share(true, true + false), ratio(true, true + false)),
        (
            "the same, without those that another alert explains, which are not sent",
            share(true, true + sent_false),
            ratio(true, true + sent_false),
        ),
        (f"alerts in {hours:g} healthy hours", str(alerts), ""),
        (
            "laws that held",
            share(sum(law.held for law in laws), len(laws)),
            ratio(sum(law.held for law in laws), len(laws)),
        ),
    ]
    return [*table(("in short", "count", "ratio"), rows), ""]


# --- reports, judgements, clocks ----------------------------------------------------------------------


def _agreement(found: Sequence[Measured]) -> list[str]:
    rows = []
    for variant, those in _by_variant(found):
        tally = _tally(those)
        rows.append((variant, str(len(those)), *(share(*tally.shown(one)) for one in SUBJECTS)))
    tally = _tally(found)
    rows.append(("**all**", str(sum(1 for one in found if one.start)), *(share(*tally.shown(one)) for one in SUBJECTS)))
    hidden = [(subject, why, f"{count:,}") for subject, why, count in tally.reasons()]
    return [
        "## Reports, judgements and clocks at every minute",
        "",
        "How many values agree with the truth, of those that some line of that level shows. A value is one report, one",
        "report and node, or one node and originator, at one minute.",
        "",
        *table(("under", "runs", *SUBJECTS), rows),
        "",
        "What no line shows, and why. What is shown instead was true before, or is nothing.",
        "",
        *table(("of", "why", "values"), hidden, words=2),
        "",
    ]


# --- stuck states ------------------------------------------------------------------------------------


def _stuck(found: Sequence[Measured]) -> list[str]:
    rows = []
    for variant, those in _by_variant(found):
        kinds: dict[str, list[Detected]] = {}
        for measured in those:
            for one in measured.watched.detected:
                kinds.setdefault(one.expected.what, []).append(one)
        rows += [(variant, what, *_cells(kinds[what])) for what in sorted(kinds)]
    hidden = Counter((one.what, one.hidden) for measured in found for one in measured.watched.hidden)
    return [
        "## Stuck states",
        "",
        "Each state that lasted long enough for its alert: whether an alert that is true of it fired, how often the",
        "one made for it, whether within its `for` and one slot of 60 minutes of the onset, and whether with the right",
        "labels, stage and missing nodes. Times in minutes, least / median / most: from the onset to the alert, and",
        "from the end of the state to that of the alert, where both were within the run.",
        "",
        *table(
            (
                "under",
                "state",
                "states",
                "told",
                "by its own rule",
                "in time",
                "said right",
                "unknown",
                "detection",
                "ends after",
            ),
            rows,
            words=2,
        ),
        "",
        "Not counted, as no line of that level shows them:",
        "",
        *listed((f"{what}: {count}, {why}" for (what, why), count in sorted(hidden.items())), "- none"),
        "",
    ]


def _cells(found: Sequence[Detected]) -> tuple[str, ...]:
    told = [one for one in found if one.fired is not None]
    own = sum(one.fired is not None and one.fired.rule == one.expected.rules[0] for one in told)
    blind = sum(one.fired is None and bool(one.blind) for one in found)
    return (
        str(len(found)),
        share(len(told), len(found) - blind),
        str(own),
        share(sum(one.in_time for one in told), len(told)),
        share(sum(not one.faults for one in told), len(told)),
        str(blind) if blind else "",
        spread([one.delay for one in told]),
        spread([one.lingered for one in told if one.lingered is not None]),
    )


# --- alerts ------------------------------------------------------------------------------------------


def _alerts(found: Sequence[Measured]) -> list[str]:
    rows = []
    for variant, those in _by_variant(found):
        hours = sum(one.run.order.length for one in those) / 3_600_000
        true = Counter((one.rule, why.what) for measured in those for one, why in measured.watched.true)
        false = Counter(one.rule for measured in those for one in measured.watched.false)
        said = [f"{rule} {count} ({what})" for (rule, what), count in sorted(true.items())]
        wrong = [f"{rule} {count}" for rule, count in sorted(false.items())]
        explained = sum(bool(one.explained_by) for measured in those for one in _fired(measured))
        rows.append((variant, f"{hours:g}", ", ".join(said) or "none", ", ".join(wrong) or "none", str(explained)))
    return [
        "## Which alerts fired",
        "",
        "All that fired, with what they were true of. An alert that another one explains is not sent; it counts all",
        "the same.",
        "",
        *table(("under", "hours", "true", "false", "explained"), rows, words=4),
        "",
    ]


def _fired(measured: Measured) -> Iterator[Fired]:
    yield from (one for one, _why in measured.watched.true)
    yield from measured.watched.false


# --- laws --------------------------------------------------------------------------------------------


def _laws(found: Sequence[Measured]) -> list[str]:
    rows = [(law.law, law.run, "yes" if law.held else "**no**", law.found) for one in found for law in one.laws]
    return [
        "## Two readings of one run",
        "",
        "JSON and console forms have equal digests; without DEBUG lines reports are the same, except that they expire;",
        "quorum loss, of which no line tells, is found, and is unknown where the logs of those who should attest are",
        "missing: not stuck, and not fine.",
        "",
        *table(("law", "run", "held", "found"), rows, words=4),
        "",
    ]


# --- what was not right ------------------------------------------------------------------------------


def _misses(found: Sequence[Measured]) -> list[str]:
    return [
        "## Every miss, and its reason",
        "",
        "What has one reason in one run stands in one line, with the first of its kind.",
        "",
        "Values that contradict the truth, from which minute of the run on, and how many minutes:",
        "",
        *_grouped(_contradictions(found)),
        "",
        "Stuck states that were not told, were told late, or not rightly:",
        "",
        *_grouped(_untold(found)),
        "",
        "Alerts that were not true:",
        "",
        *_grouped(_false(found)),
        "",
        "Alerts that went on for more than two slots after what they told of was over:",
        "",
        *_grouped(_lingering(found)),
        "",
    ]


class _Miss(NamedTuple):
    run: str
    what: str
    first: str
    """The first of its kind, in full."""
    reason: str


def _contradictions(found: Sequence[Measured]) -> Iterator[_Miss]:
    for measured in found:
        for one, (minute, times) in measured.tally.wrong.items():
            said = f"{one.about}, minute {minute}, {times} min: shown {one.shown}, is {one.true}"
            yield _Miss(one.run, one.subject, said, reason_of(one.subject, one.about, one.shown))


def _untold(found: Sequence[Measured]) -> Iterator[_Miss]:
    for measured in found:
        for one in measured.watched.detected:
            state = one.expected
            span = f"minutes {_minute(measured, state.since)} to {_minute(measured, state.until)}"
            where = f"{_labels(state.labels)}, {span}"
            late = [] if one.in_time else [f"told after {minutes(one.delay)} minutes"]
            said = "; ".join([*late, *one.faults])
            if one.fired is None and one.blind:
                yield _Miss(one.run, state.what, f"{where}: unknown", one.blind)
            elif one.fired is None:
                yield _Miss(one.run, state.what, f"{where}: not told", reason_of(state.rules[0], state.what, ""))
            elif said:
                yield _Miss(one.run, state.what, f"{where}: {said}", reason_of(state.rules[0], state.what, said))


def _false(found: Sequence[Measured]) -> Iterator[_Miss]:
    for measured in found:
        for one in measured.watched.false:
            what = f"{one.rule}, explained by {one.explained_by}" if one.explained_by else one.rule
            summary = " ".join(one.annotations.get("summary", "").split())[:160]
            said = f"{_labels(one.labels)}, minute {_minute(measured, one.at)}: {summary}"
            yield _Miss(measured.run.name, what, said, reason_of(one.rule, "false", summary))


def _lingering(found: Sequence[Measured]) -> Iterator[_Miss]:
    for measured in found:
        for one, state in measured.watched.lingering:
            ends = "the end of the run" if one.resolved is None else f"minute {_minute(measured, one.resolved)}"
            over = f"{state.what} was over at minute {_minute(measured, state.until)}"
            said = f"{_labels(one.labels)}: {over}, fired to {ends}"
            yield _Miss(measured.run.name, one.rule, said, reason_of(one.rule, "lingering", ""))


def _grouped(found: Iterable[_Miss]) -> list[str]:
    kinds: dict[tuple[str, str, str], list[_Miss]] = {}
    for one in found:
        kinds.setdefault((one.run, one.what, one.reason), []).append(one)
    lines = []
    for (run, what, reason), those in kinds.items():
        more = f", and {len(those) - 1} like it" if len(those) > 1 else ""
        lines.append(f"{run}: {what}: {those[0].first}{more}. {reason}.")
    return listed(lines, "- none")


def _labels(labels: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(labels.items()))


def _minute(measured: Measured, at: int) -> str:
    return f"{(at - measured.start) / MINUTE:.1f}"


def _made(found: Sequence[Measured]) -> list[str]:
    return [
        "## The runs",
        "",
        "`observer simulate xmtpd -o DIR` with these options makes the same logs.",
        "",
        *listed((f"{one.run.name}: `{one.run.shown}`" for one in found), "- none"),
        "",
    ]


# --- together ----------------------------------------------------------------------------------------


def _by_variant(found: Sequence[Measured]) -> list[tuple[str, list[Measured]]]:
    rows: dict[str, list[Measured]] = {}
    for one in found:
        if one.start:
            rows.setdefault(one.run.variant, []).append(one)
    return list(rows.items())


def _tally(found: Iterable[Measured]) -> Tally:
    tally = Tally()
    for one in found:
        tally.add(one.tally)
    return tally
