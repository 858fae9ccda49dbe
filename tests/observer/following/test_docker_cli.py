"""The real `docker` command line over an engine's API that is ours: that the words we give it mean what we think.

Skipped where there is no docker command. No engine is needed, and none is spoken to.
"""

from __future__ import annotations

import json
import shutil
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from observer.exits import Failed
from observer.following.docker import docker_project
from tests.observer.following.engines import Attached, Source, identifier

pytestmark = pytest.mark.skipif(shutil.which("docker") is None, reason="only where docker's command line is installed")

WEB = identifier("net-web-1")
LABELS = {
    "com.docker.compose.project": "net",
    "com.docker.compose.service": "web",
    "com.docker.compose.container-number": "1",
    "com.docker.compose.oneoff": "False",
    "com.docker.compose.depends_on": 'db:service_started:false,com.docker.compose.service=other,"{{',
}
LINES = [
    (1, b"2026-11-21T07:00:01.000000000Z up\n"),
    (2, b"2026-11-21T07:00:01.000000001Z warned\n"),
    (1, b"2026-11-21T07:00:02.500000000Z two\n"),
]
EVENT = {
    "status": "start",
    "id": WEB,
    "from": "node",
    "Type": "container",
    "Action": "start",
    "Actor": {"ID": WEB, "Attributes": LABELS},
    "scope": "local",
    "time": 1_795_244_400,
    "timeNano": 1_795_244_400_000_000_005,
}


class Api(BaseHTTPRequestHandler):
    """Answers as the engine's API is documented to."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, dict[str, list[str]]]]

    def do_HEAD(self) -> None:
        """A ping."""
        self.do_GET()

    def do_GET(self) -> None:
        """Whatever the command line asks."""
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        path = url.path.partition("/v1.")[2].partition("/")[2] or url.path.lstrip("/")
        self.asked.append((path, query))
        if path == "_ping":
            self._whole(b"OK", "text/plain")
        elif path == "containers/json":
            self._whole(json.dumps([_described()]).encode(), "application/json")
        elif path == f"containers/{WEB}/json":
            self._whole(
                json.dumps({"Id": WEB, "Config": {"Tty": False}, "HostConfig": {}}).encode(), "application/json"
            )
        elif path == f"containers/{WEB}/logs":
            self._begin("application/vnd.docker.multiplexed-stream")
            for stream, line in LINES:
                self._chunk(struct.pack(">BxxxI", stream, len(line)) + line)
            self._stay()
        elif path == "events":
            self._begin("application/json")
            self._chunk(json.dumps(EVENT).encode() + b"\n")
            self._stay()
        else:
            self._whole(b"{}", "application/json")

    def log_message(self, *_arguments: Any) -> None:
        """Nobody reads it."""

    def _begin(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Api-Version", "1.48")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _stay(self) -> None:
        # Until the client goes, as a log that is followed stays open.
        self.rfile.read(1)
        self.close_connection = True

    def _whole(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Api-Version", "1.48")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def address_string(self) -> str:
        """A socket that is a file has no address."""
        return "local"


def _described() -> dict[str, Any]:
    return {
        "Id": WEB,
        "Names": ["/net-web-1"],
        "Image": "node",
        "ImageID": "sha256:0",
        "Command": "node",
        "Created": 1_795_244_400,
        "Ports": [],
        "Labels": LABELS,
        "State": "running",
        "Status": "Up 5 minutes",
        "HostConfig": {"NetworkMode": "default"},
        "NetworkSettings": {"Networks": {}},
        "Mounts": [],
    }


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves each request in a thread of its own."""

    daemon_threads = True


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, dict[str, list[str]]]]]:
    """What an engine is asked, to which the command line is pointed."""
    path = tmp_path / "s"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    asked: list[tuple[str, dict[str, list[str]]]] = []
    with Server(str(path), type("Asked", (Api,), {"asked": asked})) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield asked
        server.shutdown()


def test_the_command_line_understands_us(
    asked: list[tuple[str, dict[str, list[str]]]], attach: Callable[..., Attached], journal: dict[str, Source]
) -> None:
    """Containers are listed with their labels, both streams come in order, events come as JSON; times are asked for."""
    net = partial(docker_project, "net")
    run = attach(net)
    run.until(lambda: {name for name, source in journal.items() if source.text} == {"web/stdout", "docker/events"})
    run.until(lambda: journal["web/stdout"].text == "up\nwarned\ntwo\n")
    first, _, rest = journal["docker/events"].data[1].partition(b" ")
    assert first == b"2026-11-21T07:00:00.000000005Z"
    assert json.loads(rest)["Action"] == "start"
    run.kill()
    run = attach(net)
    run.until(lambda: sum(path.endswith("/logs") for path, _ in asked) == 2)
    deadline = time.monotonic() + 0.5
    run.until(lambda: time.monotonic() > deadline)
    assert journal["web/stdout"].text == "up\nwarned\ntwo\n"
    _, listing = next(one for one in asked if one[0] == "containers/json")
    assert (listing["all"], json.loads(listing["filters"][0])) == (
        ["1"],
        {"label": {"com.docker.compose.project=net": True}},
    )
    logs = [query for path, query in asked if path.endswith("/logs")]
    assert [(one.get("since"), one["follow"], one["timestamps"]) for one in logs] == [
        (None, ["1"], ["1"]),
        (["1795244397.000000000"], ["1"], ["1"]),
    ]
    _, events = next(one for one in asked if one[0] == "events")
    filters = json.loads(events["filters"][0])
    assert (set(filters["label"]), set(filters["type"])) == ({"com.docker.compose.project=net"}, {"container"})
    assert {"die", "oom", "health_status"} < set(filters["event"])
    assert events["since"] == ["1.000000000"]


def test_an_engine_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line's own sentence is told."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(Failed, match=r"^docker:net: .*onnect to the [Dd]ocker"):
        docker_project("net")
