"""A web server in the test process that keeps what it is sent and answers as it is told to."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.components.process import free_port, until


@dataclass(frozen=True)
class Given:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes
    answered: int
    """The status it got."""

    @property
    def json(self) -> Any:
        """Its body, where that is JSON."""
        return json.loads(self.body)


@dataclass
class Webhook:
    """Listens at `url`. `answers` are the next statuses, one a request; after them every request gets 200."""

    port: int = field(default_factory=free_port)
    given: list[Given] = field(default_factory=list)
    """Every request, in order of arrival, refused ones too."""
    answers: deque[int] = field(default_factory=deque)
    redirect_to: str = ""
    """The Location of a 3xx."""
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Its root, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def taken(self) -> list[Given]:
        """The requests that got a 2xx."""
        return [request for request in self.given if 200 <= request.answered < 300]

    def wait_for(self, count: int, within: float = 20.0) -> list[Given]:
        """The requests that got a 2xx, when there are that many at least."""
        until(lambda: len(self.taken) >= count, f"webhook took {count} requests", within, told=lambda: str(self.given))
        return self.taken

    def forget(self) -> None:
        """As if new."""
        self.given.clear()
        self.answers.clear()
        self.redirect_to = ""

    def start(self) -> Self:
        """Listens, where it does not yet."""
        if self._server is None:
            self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
            self._server.daemon_threads = True
            threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Nobody listens on its port any more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _handler(webhook: Webhook) -> type[BaseHTTPRequestHandler]:
    taking = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        """One connection, closed after its request so that `stop` is seen at once."""

        def do_POST(self) -> None:
            """Keeps and answers."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with taking:
                status = webhook.answers.popleft() if webhook.answers else 200
                webhook.given.append(Given(self.command, self.path, headers, body, status))
            self.send_response(status)
            if webhook.redirect_to and 300 <= status < 400:
                self.send_header("Location", webhook.redirect_to)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - the name is the method's
        do_PUT = do_POST  # noqa: N815 - the same

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            """Nothing: the requests are kept."""

    return Handler
