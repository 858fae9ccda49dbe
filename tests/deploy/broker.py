"""Kafka with the settings that are deployed."""

from __future__ import annotations

from tests.components.kafka import Kafka
from tests.components.process import free_port
from tests.deploy.files import read


class Deployed(Kafka):
    """A broker with the deployed settings; only ports, hosts and the data folder are this machine's."""

    def _configure(self) -> None:
        text = read("kafka/server.properties")
        for said, here in {
            "0.0.0.0:9092": f"127.0.0.1:{self.port}",
            "kafka:9092": f"127.0.0.1:{self.port}",
            "0.0.0.0:9094": f"127.0.0.1:{(outside := free_port())}",
            "127.0.0.1:9094": f"127.0.0.1:{outside}",
            "localhost:9093": f"127.0.0.1:{self._controller}",
            "/var/lib/kafka/data": str(self._data),
        }.items():
            assert said in text, said
            text = text.replace(said, here)
        (self.folder / "server.properties").write_text(text)
