"""The real `kubectl` over an API that is ours: that the words we give it mean what we think.

Skipped where there is no kubectl. No cluster is needed, and none is spoken to.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from observer.following.kubernetes import kubernetes_pods
from tests.observer.following.engines import Attached, Source

pytestmark = pytest.mark.skipif(shutil.which("kubectl") is None, reason="only where kubectl is installed")

Asked = list[tuple[str, dict[str, list[str]]]]
ENDED = {"terminated": {"exitCode": 1, "startedAt": "2026-11-21T06:00:00Z", "finishedAt": "2026-11-21T07:00:00Z"}}
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "node-0", "namespace": "test", "uid": "u0", "creationTimestamp": "2026-11-21T06:00:00Z"},
    "spec": {"containers": [{"name": "node", "image": "node"}]},
    "status": {
        "phase": "Running",
        "containerStatuses": [
            {
                "name": "node",
                "restartCount": 1,
                "state": {"running": {"startedAt": "2026-11-21T07:00:01Z"}},
                "lastState": ENDED,
                "ready": True,
                "image": "node",
                "imageID": "node",
            }
        ],
    },
}
RESOURCE = {"name": "pods", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get", "list"]}
FIXED = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [RESOURCE]},
    "/version": {"major": "1", "minor": "32", "gitVersion": "v1.32.0"},
    "/api/v1/namespaces/test/pods": {"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [POD]},
    "/api/v1/namespaces/test/pods/node-0": POD,
}


class Api(BaseHTTPRequestHandler):
    """Answers as the API server is documented to."""

    asked: Asked

    def do_GET(self) -> None:
        """Whatever kubectl asks."""
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        self.asked.append((url.path, query))
        logs = url.path.endswith("/log")
        found = FIXED.get(url.path)
        self.send_response(200 if found or logs else 404)
        self.send_header("Content-Type", "text/plain" if logs else "application/json")
        self.end_headers()
        if not logs:
            self.wfile.write(json.dumps(found or {"kind": "Status", "status": "Failure", "code": 404}).encode())
        elif "previous" in query:
            self.wfile.write(b"2026-11-21T06:59:59.000000001Z bye\n")
        else:
            self.wfile.write(b"2026-11-21T07:00:02.000000000Z up\n")
            self.wfile.flush()
            self.rfile.read(1)

    def log_message(self, *_arguments: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """What a cluster is asked, to which kubectl is pointed."""
    asked: Asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (Api,), {"asked": asked})) as server:
        server.daemon_threads = True
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "a", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
            "contexts": [{"name": "a", "context": {"cluster": "a", "user": ""}}],
            "current-context": "a",
        }
        (tmp_path / "config").write_text(json.dumps(config))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
        monkeypatch.setenv("HOME", str(tmp_path))
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield asked
        server.shutdown()


def test_kubectl_understands_us(asked: Asked, attach: Callable[..., Attached], journal: dict[str, Source]) -> None:
    """Pods are listed by their selector; the log before the last start, then the present one, are asked for."""
    pods = partial(kubernetes_pods, "test", "app in (node,web)", settle=10**8)
    run = attach(pods)
    run.until(lambda: "node-0/node" in journal and journal["node-0/node"].text == "bye\nup\n")
    run.kill()
    attach(pods).until(lambda: sum(path.endswith("/log") for path, _ in asked) >= 3)
    _, listing = next(one for one in asked if one[0].endswith("/test/pods"))
    assert listing["labelSelector"] == ["app in (node,web)"]
    previous, present, resumed = [query for path, query in asked if path.endswith("/log")][:3]
    assert previous == {"container": ["node"], "previous": ["true"], "timestamps": ["true"]}
    assert present == {"container": ["node"], "follow": ["true"], "timestamps": ["true"]}
    assert resumed == present | {"sinceTime": ["2026-11-21T06:59:57Z"]}
