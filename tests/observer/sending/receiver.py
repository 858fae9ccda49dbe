"""A server on loopback that answers as it is told and keeps what it was given."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Request(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    body: Any


class Receiver:
    """What was received, and what to answer: statuses one after the other, then 200."""

    def __init__(self) -> None:
        """Listens on a free port."""
        self.requests: list[Request] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.always: dict[str, int] = {}
        """Statuses for whoever's body holds a text."""
        self.came = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                with receiver.came:
                    receiver.requests.append(Request(self.path, dict(self.headers.items()), json.loads(text)))
                    status, headers, said = receiver.answers.pop(0) if receiver.answers else (200, {}, b"")
                    status = next((code for part, code in receiver.always.items() if part in text), status)
                    receiver.came.notify_all()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(said)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def answer(self, status: int, said: bytes = b"", **headers: str) -> None:
        """Answer the next request so."""
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, said))

    def wait(self, number: int, seconds: float = 10) -> list[Request]:
        """What was received, once it is so much."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.requests) >= number, seconds), self.requests
            return self.requests[:]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver, closed in the end."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
