"""Connections of kafka-python that are closed when they fail.

Its own are left to the garbage collector: while a broker is away, one each second. It lets a scheme of proxies bring
its own sockets; this one brings the plain ones, without a proxy.
"""

from __future__ import annotations

from typing import Any

from kafka.net.inet import KafkaNetSocket

DIRECT = "direct://"
"""What clients are given as `proxy_url`."""


class Direct(KafkaNetSocket):  # type: ignore[misc] # kafka-python ships no type hints
    """Sockets without a proxy."""

    SCHEMES = ("direct",)

    async def connect(self, net: Any, addrinfo: Any, socket_options: Any = (), timeout_at: Any = None) -> Any:
        """As kafka-python's own; a socket that cannot be connected is closed."""
        family, kind, protocol, _name, address = addrinfo
        found = self.socket(family, kind, protocol)
        try:
            found.setblocking(False)
            for option in socket_options:
                found.setsockopt(*option)
            return await self.sock_connect(net, found, address, timeout_at=timeout_at)
        except BaseException:
            found.close()
            raise
