"""`/metrics` and `/healthz`, for whoever is on this machine unless another address is named.

Nothing is asked of whoever asks, so nothing is served that a log did not say; and no request waits for the loop that
judges.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, NamedTuple

from observer.exits import Exit, Failed
from observer.metrics.figures import Board
from observer.sending.notices import written_out
from parsers.text import one_line
from waits.durations import NS

if TYPE_CHECKING:
    from prometheus_client.core import CollectorRegistry

HERE = "127.0.0.1"
MOST_PORT = 65_535
PATIENCE_SECONDS = 10
"""Whoever says nothing for so long is hung up on."""
AT_ONCE = 16
"""Requests; further ones wait."""
STALE = 60 * NS
"""Figures that are older mean that the loop that judges hangs."""


class Place(NamedTuple):
    """Where to listen."""

    host: str
    port: int


def place_of(text: str) -> Place:
    """`9464` and `:9464` listen on this machine only, `HOST:PORT` where it says. Raises Failed."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or HERE
    if not port.isascii() or not port.isdigit() or not 0 <= int(port) <= MOST_PORT:
        raise Failed(f"--metrics {one_line(text, 80)}: is no place; write a port, as 9464, or HOST:PORT")
    return Place(host, int(port))


class MetricsServer:
    """Serves one board."""

    def __init__(self, board: Board, place: Place, clock: Callable[[], int] = time.time_ns) -> None:
        """Listens from here on. Raises Failed."""
        from observer.metrics.exposition import registry_of

        server = _Server6 if ":" in place.host else _Server
        try:
            self._server = server((place.host, place.port), _handler(board, registry_of(board), clock))
        except (OSError, OverflowError, TypeError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "no such host"
            host = one_line(written_out(place.host), 80)
            raise Failed(
                f"--metrics {host}:{place.port}: cannot be listened on: {why}; name another port",
                Exit.ENVIRONMENT,
            ) from None
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.5,), name="metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *arguments: object) -> None:
        self._free = threading.BoundedSemaphore(AT_ONCE)
        super().__init__(*arguments)  # type: ignore[arg-type] # as they came

    def server_bind(self) -> None:
        """Without asking a name server what we are called, as HTTPServer does: that can take long."""
        TCPServer.server_bind(self)

    def process_request(self, request: object, client_address: object) -> None:
        self._free.acquire()
        try:
            super().process_request(request, client_address)  # type: ignore[arg-type] # as they came
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: object, client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type] # as they came
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hangs up in the middle of an answer is nobody's business."""


class _Server6(_Server):
    address_family = socket.AF_INET6


def health(board: Board, now: int) -> tuple[HTTPStatus, str]:
    """Whether the loop that judges goes on, and can commit what it finds."""
    latest = board.latest
    if latest is None:
        return HTTPStatus.SERVICE_UNAVAILABLE, "starting"
    if latest.trouble is not None:
        return HTTPStatus.SERVICE_UNAVAILABLE, one_line(latest.trouble)
    if now > latest.at + STALE:
        return HTTPStatus.SERVICE_UNAVAILABLE, f"hangs: nothing was published for {(now - latest.at) // NS} s"
    return HTTPStatus.OK, "ok"


def _handler(board: Board, registry: CollectorRegistry, clock: Callable[[], int]) -> type[BaseHTTPRequestHandler]:
    from observer.metrics.exposition import exposed

    class Handler(BaseHTTPRequestHandler):
        timeout = PATIENCE_SECONDS
        server_version = "observer"
        sys_version = ""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                body, content_type = exposed(registry, self.headers.get("Accept", ""))
                self._answer(HTTPStatus.OK, body, content_type)
            elif path == "/healthz":
                status, text = health(board, clock())
                self._answer(status, f"{text}\n".encode(), "text/plain; charset=utf-8")
            else:
                self._answer(HTTPStatus.NOT_FOUND, b"there are /metrics and /healthz\n", "text/plain; charset=utf-8")

        def _answer(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Nothing: stderr is for what people must know."""

    return Handler
