"""How soon an appended line is judged and committed, and what being attached costs (`python -m benchmarks.latency`).

- `append to commit`: five logs grow together; twenty times a second a line is appended to a sixth at which an incident
  turns. Measured from the end of that write, in the writer's process, to when the transition is told, which is after
  its commit. `CPU of a look` is what one turn of the loop takes of a processor, which tells more where others work too.
- `idle`: processor time of `observer attach` with five logs that nobody writes to.
- `start again`: from the start of the command to its first commit, on a recording of that many entries whose logs have
  not grown; once it was left in order, once it was killed.

Whoever writes and whoever reads share the machine, as they do where a network is tested.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, pairwise
from pathlib import Path
from statistics import median, quantiles

from benchmarks.generate import CAPTURES, made
from benchmarks.process import ROOT, CommandFailed, python

LOGS = 5
PROBES = 20
"""A second."""
_DATE = len("2026-11-21 07:02:58.504")
_START = 60
"""Lines of the capture before its first connection."""
_RULE = {"incident": "Probe", "each": "node", "expr": "connections(node) >= 1", "annotations": {"summary": "probe"}}
"""Beside those that ship for any network."""
_TURN = (
    "\t[P2P8]\tINFO\tnet.p2p\tsrc/p2p/net_node.inl:2673\t"
    "[127.0.0.1:28102 e4dd0cd8-bafb-4dbb-b584-{number:012x} OUT] {what} CONNECTION\n"
)
_MS = 10**6
_STARTED, _LITTLE = 0.5, 0.2
"""Seconds of processor: what a start takes at least, and what three seconds at rest take at most."""
_SETTLED = 2.0
"""Seconds after which everything that was there before has been read."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=5000, metavar="LINES", help="a second, of all logs together")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument(
        "--bytes", type=int, default=150_000_000, help="of the logs of the second start; 0 leaves it out"
    )
    parser.add_argument("--profile", type=Path, metavar="FILE", help="keep a profile of the judging process")
    parser.add_argument("--write", nargs=2, metavar=("FOLDER", "TIMES"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.write:
        _write(Path(asked.write[0]), Path(asked.write[1]), asked.rate, asked.seconds)
        return 0
    with tempfile.TemporaryDirectory(prefix="observer-latency-") as folder:
        found = _latency(Path(folder), asked.rate, asked.seconds, asked.profile)
    with tempfile.TemporaryDirectory(prefix="observer-latency-") as folder:
        found["idle"] = _idle(Path(folder))
    if asked.bytes:
        with tempfile.TemporaryDirectory(prefix="observer-latency-") as folder:
            found["start again"] = _again(Path(folder), asked.bytes)
    print(json.dumps({"load": [round(one, 1) for one in os.getloadavg()], **found}, indent=2))
    return 0


# --- latency -----------------------------------------------------------------------------------------


def _write(folder: Path, times: Path, rate: int, seconds: float) -> None:
    """Append as time passes, and keep when each probe was."""
    with times.open("w") as told:
        logs = [(folder / f"node{number}.log").open("ab", buffering=0) for number in range(1, LOGS + 1)]
        probe = (folder / "probe.log").open("ab", buffering=0)
        lines = cycle((CAPTURES / "node1.log").read_bytes().splitlines(keepends=True)[_START:])
        begun, written, probes = time.monotonic(), 0, 0
        while (passed := time.monotonic() - begun) < seconds:
            for _ in range(int(passed * rate) - written):
                logs[written % LOGS].write(_now() + next(lines)[_DATE:])
                written += 1
            if int(passed * PROBES) > probes:
                what = "NEW" if probes % 2 == 0 else "CLOSE"
                probe.write(_now() + _TURN.format(number=probes // 2, what=what).encode())
                told.write(f"{time.time_ns()}\n")
                probes += 1
            time.sleep(0.001)


def _now() -> bytes:
    now = time.time_ns()
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(now // 10**9))}.{now // _MS % 1000:03}".encode()


class _Seen:
    """Notes when what is committed."""

    def __init__(self) -> None:
        self.turned: list[int] = []

    def step(self, step: object) -> None:
        """Nothing is noted of entries."""

    def came(self, session: object, came: object) -> None:
        now = time.time_ns()
        for one in came.transitions:  # type: ignore[attr-defined]
            if one.rule == "Probe" and one.labels == {"node": "probe"} and one.state in ("firing", "resolved"):
                self.turned.append(now)

    def looked(self, session: object, now: int) -> None:
        """Nothing is noted of looks."""

    def close(self, session: object) -> None:
        """Nothing is left."""


def _latency(folder: Path, rate: int, seconds: float, profile: Path | None) -> dict[str, object]:
    import cProfile

    import yaml

    from observer.live.attaching import Asked, Attachment
    from observer.live.audience import Audience

    logs, times, rules = folder / "logs", folder / "times", folder / "rules.yaml"
    logs.mkdir()
    shipped = yaml.safe_load((ROOT / "observer" / "rules" / "general.yaml").read_text())
    shipped["groups"].append({"name": "probe", "rules": [_RULE]})
    rules.write_text(yaml.safe_dump(shipped))
    start = b"".join((CAPTURES / "node1.log").read_bytes().splitlines(keepends=True)[:_START])
    for name in ("probe", *(f"node{number}" for number in range(1, LOGS + 1))):
        (logs / f"{name}.log").write_bytes(start)
    seen = _Seen()
    audience = Audience([], [seen])
    attachment = Attachment(Asked([str(logs)], folder / "run.rec", rules=str(rules)), audience)
    settled = time.monotonic() + _SETTLED
    attachment.run(lambda: time.monotonic() > settled)
    arguments = ("--write", str(logs), str(times), "--rate", f"{rate}", "--seconds", f"{seconds}")
    writer = subprocess.Popen(python("benchmarks.latency", *arguments), cwd=ROOT)
    profiler = cProfile.Profile() if profile else None
    before, begun = time.process_time(), time.monotonic()
    if profiler:
        profiler.enable()
    over: list[float] = []
    used = [time.process_time()]

    def stopped() -> bool:
        used.append(time.process_time())
        if writer.poll() is not None and not over:
            over.append(time.monotonic() + 1)
        return bool(over) and time.monotonic() > over[0]

    attachment.run(stopped)
    if profiler and profile:
        profiler.disable()
        profiler.dump_stats(profile)
    busy = (time.process_time() - before) / (time.monotonic() - begun)
    attachment.close()
    asked = [int(line) for line in times.read_text().split()]
    assert len(asked) == len(seen.turned), f"{len(asked)} probes, {len(seen.turned)} told"  # noqa: S101 - else nothing is measured
    waited = [(told - one) / _MS for one, told in zip(asked, seen.turned, strict=True)]
    looks = [(after - one) * 1000 for one, after in pairwise(used)]
    return {
        "lines a second": rate,
        "probes": len(waited),
        "append to commit, ms": _percentiles(waited),
        "CPU of a look, ms": _percentiles(looks),
        "share of a processor": round(busy, 3),
    }


def _percentiles(values: list[float]) -> dict[str, float]:
    parts = quantiles(values, n=100)
    return {"p50": round(median(values), 1), "p99": round(parts[98], 1), "most": round(max(values), 1)}


# --- at rest, and started again ----------------------------------------------------------------------


def _idle(folder: Path) -> dict[str, float]:
    """Share of a processor, over ten seconds."""
    for number in range(1, LOGS + 1):
        data = (CAPTURES / f"node{(number - 1) % 3 + 1}.log").read_bytes()
        (folder / f"node{number}.log").write_bytes(data)
    found = {}
    for name, more in (("plain", ["--plain"]), ("json", ["--json"])):
        command = python("observer", "attach", *(str(path) for path in folder.glob("*.log")), *more)
        record = folder / f"{name}.rec"
        with subprocess.Popen([*command, "--record", str(record)], stdout=subprocess.DEVNULL, cwd=ROOT) as process:
            try:
                _until_rests(process.pid)
                before = _cpu(process.pid)
                time.sleep(20)
                found[f"share of a processor, {name}"] = round((_cpu(process.pid) - before) / 20, 4)
            finally:
                process.send_signal(signal.SIGINT)
                process.wait()
    return found


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _until_rests(pid: int) -> None:
    """Until it has used little of the processor for three seconds: what was there before is read."""
    for before in _every(3.0, pid):
        if before > _STARTED and _cpu(pid) - before < _LITTLE:
            return


def _every(seconds: float, pid: int) -> Iterator[float]:
    while True:
        before = _cpu(pid)
        time.sleep(seconds)
        yield before


def _again(folder: Path, size: int) -> dict[str, object]:
    """Attach to logs of this size until they are read; then once more."""
    from replay.recording import Recording

    logs = made(size, 0, folder)
    record = folder / "run.rec"
    command = python("observer", "attach", *map(str, logs.files), "--json", "--record", str(record))
    whole = sum(path.stat().st_size for path in logs.files)
    found: dict[str, object] = {}
    for name in ("first", "again", "again after kill -9"):
        before = _entries(record)
        begun = time.monotonic()
        with subprocess.Popen(command, cwd=ROOT) as process:
            while True:
                time.sleep(0.05)
                if process.poll() is not None:
                    raise CommandFailed(f"attach ended with status {process.returncode}")
                if _read_to(record) >= whole and _entries(record) > before:
                    break
            cpu = _cpu(process.pid)
            found[f"{name}, s"] = round(time.monotonic() - begun, 2)
            found[f"{name}, CPU s"] = round(cpu, 2)
            process.send_signal(signal.SIGKILL if name == "again" else signal.SIGINT)
            process.wait()
    with Recording.open_to_read(record) as opened:
        last = opened.last()
        found["entries"] = 0 if last is None else last.last_seq
        found["MB"] = round(record.stat().st_size / 1e6, 1)
    return found


def _entries(record: Path) -> int:
    from replay.recording import Recording

    if not record.exists():
        return 0
    with Recording.open_to_read(record) as opened:
        last = opened.last()
        return 0 if last is None else last.last_seq


def _read_to(record: Path) -> int:
    from replay.recording import Recording

    if not record.exists():
        return 0
    with Recording.open_to_read(record) as opened:
        return sum(one.high_water for source in opened.sources() for one in opened.incarnations(source.number))


if __name__ == "__main__":
    sys.exit(main())
