"""A regtest network of real monerod nodes, each connected to every other, in a network namespace of its own.

The nodes run with the flags of the captured runs (tests/captures/monero), so what is read there is what is read here.
Blocks come only when asked for: `generateblocks`.
"""

from __future__ import annotations

import http.client
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from tests.components.absent import program
from tests.components.namespace import Namespace, namespace
from tests.components.process import Component, free_port, until

MINER = "46GhjAnovpAZ3w3VpUc7wz33DXP31eWdmg6K7goLLybbdMBuwkij3Ws9CJoNtV7zHgf9UEC77iXFTGkwhR8JidiqUpLgezs"
"""Where rewards go: the wallet of the captured run."""
_FLAGS = (
    "--regtest",
    "--fixed-difficulty=1",
    "--no-igd",
    "--allow-local-ip",
    "--non-interactive",
    "--disable-dns-checkpoints",
    "--check-updates=disabled",
    "--rpc-ssl=disabled",
    "--max-connections-per-ip=16",
    "--no-zmq",
)
_PEERS_WHEN_HEALED = 8


class RpcError(AssertionError):
    """A node answered a call with an error; its message is the error."""


class Monerod(Component):
    """One node; `number` counts from 1. `log_file` is where it writes; its rotated members lie beside it."""

    name: ClassVar[str] = "monerod"

    def __init__(self, number: int, logs: Path, net: Namespace | None, settings: Sequence[str]) -> None:
        super().__init__()
        self.number = number
        self.log_file = logs / f"node{number}.log"
        self.p2p = free_port() if net is None else 28_100 + number
        self.rpc_port = free_port() if net is None else 28_200 + number
        self.others: list[int] = []
        """The ports of those it connects to, and to nobody else."""
        self._net = net
        self._settings = settings
        self._program = program("monerod", "monero")

    def command(self) -> list[str]:
        """In the foreground, inside of the namespace where there is one."""
        command = [
            self._program,
            *_FLAGS,
            "--p2p-bind-ip=127.0.0.1",
            f"--p2p-bind-port={self.p2p}",
            "--rpc-bind-ip=127.0.0.1",
            f"--rpc-bind-port={self.rpc_port}",
            f"--data-dir={self.folder}/data",
            f"--log-file={self.log_file}",
            *(f"--add-exclusive-node=127.0.0.1:{port}" for port in self.others),
            *self._settings,
        ]
        return command if self._net is None else self._net.inside(command)

    def ready(self) -> bool:
        """It answers calls."""
        try:
            return bool(self.info(timeout=2)["status"] == "OK")
        except (OSError, http.client.HTTPException):
            return False

    def info(self, timeout: float = 10) -> dict[str, Any]:
        """What `get_info` answers: height (number of blocks), top_block_hash, connection counts, ..."""
        return self.call("get_info", timeout=timeout)

    def call(self, method: str, timeout: float = 60, **parameters: Any) -> dict[str, Any]:
        """A JSON-RPC call; raises RpcError for an error, TimeoutError where nothing comes in `timeout` seconds."""
        asked = {"jsonrpc": "2.0", "id": "0", "method": method, "params": parameters}
        answer = self._post("/json_rpc", asked, timeout)
        if "error" in answer:
            raise RpcError(f"node {self.number}, {method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def other_call(self, path: str, timeout: float = 60, **parameters: Any) -> dict[str, Any]:
        """One of the calls that are no JSON-RPC, as `out_peers`, `set_log_level`, `pop_blocks`."""
        answer = self._post(f"/{path}", parameters, timeout)
        if answer.get("status") != "OK":
            raise RpcError(f"node {self.number}, {path}: {answer}")
        return answer

    def _post(self, path: str, body: dict[str, Any], timeout: float) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.rpc_port, timeout=timeout)
        if self._net is not None:
            connection.sock = self._net.connect(self.rpc_port, timeout)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return answer


class Monero:
    """`count` nodes, started together. `logs` holds node1.log, node2.log, ... and nothing else.

    `settings` are further flags of each node, as `--max-log-file-size=20000` or `--log-level=0` (1 unless given).
    """

    def __init__(self, count: int = 3, settings: Sequence[str] = (), logs: Path | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="observer-monero-"))
        self.logs = logs or self._folder / "logs"
        self._count = count
        self._settings = (
            settings if any(flag.startswith("--log-level") for flag in settings) else ("--log-level=1", *settings)
        )
        self._net: Namespace | None = None
        self._frozen: set[int] = set()
        self.nodes: dict[int, Monerod] = {}

    def start(self) -> Self:
        """Starts all and returns when each is connected to every other."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._net = namespace()
        for number in range(1, self._count + 1):
            self.nodes[number] = Monerod(number, self.logs, self._net, self._settings)
        for node in self.nodes.values():
            node.others = [other.p2p for other in self.nodes.values() if other is not node]
            node.launch()
        for node in self.nodes.values():
            node.until(node.ready, "answers calls")
        self.wait_connected()
        return self

    def generateblocks(self, node: int, count: int = 1) -> list[str]:
        """Blocks mined by a node now; their hashes, oldest first."""
        answer = self.nodes[node].call("generateblocks", amount_of_blocks=count, wallet_address=MINER)
        return list(answer["blocks"])

    def height(self, node: int) -> int:
        """The number of its blocks: the height of its tip and one."""
        return int(self.nodes[node].info()["height"])

    def tip(self, node: int) -> str:
        """The hash of its last block."""
        return str(self.nodes[node].info()["top_block_hash"])

    def connections(self, node: int) -> int:
        """Incoming and outgoing."""
        info = self.nodes[node].info()
        return int(info["incoming_connections_count"]) + int(info["outgoing_connections_count"])

    def kill(self, node: int) -> None:
        """Ends it with kill -9."""
        self._frozen.discard(node)
        self.nodes[node].kill()

    def stop(self, node: int) -> None:
        """SIGTERM: it says that it stops."""
        self.nodes[node].stop()

    def restart(self, node: int) -> None:
        """Starts it again, on its old data, and returns when it answers calls."""
        self.nodes[node].restart()

    def freeze(self, node: int) -> None:
        """SIGSTOP: it writes nothing, and its peers keep their connections."""
        self.nodes[node].freeze()
        self._frozen.add(node)

    def thaw(self, node: int) -> None:
        """SIGCONT."""
        self.nodes[node].thaw()
        self._frozen.discard(node)

    def isolate(self, node: int) -> None:
        """No peers for this node from now on; returns when it has none."""
        self._peers(node, 0)
        until(lambda: self.connections(node) == 0, f"node {node} is alone")

    def heal(self, node: int) -> None:
        """It may have peers again; they come within seconds."""
        self._peers(node, _PEERS_WHEN_HEALED)

    def wait_connected(self, within: float = 60.0) -> None:
        """Until every node that runs and is not frozen has a connection to each other one."""
        needed = len(self._awake()) - 1
        until(lambda: all(self.connections(node) >= needed for node in self._awake()), "all are connected", within)

    def wait_same_tip(self, within: float = 60.0) -> str:
        """Until all nodes that run and are not frozen have one tip; its hash."""
        until(lambda: len({self.tip(node) for node in self._awake()}) == 1, "all have one tip", within)
        return self.tip(self._awake()[0])

    def close(self) -> None:
        """Ends all at once and removes what they wrote, but not `logs` where that was given."""
        for node in self.nodes.values():
            node.kill()
            node.close()
        if self._net is not None:
            self._net.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _awake(self) -> list[int]:
        return [number for number, node in self.nodes.items() if node.running and number not in self._frozen]

    def _peers(self, node: int, most: int) -> None:
        self.nodes[node].other_call("out_peers", out_peers=most)
        self.nodes[node].other_call("in_peers", in_peers=most)
