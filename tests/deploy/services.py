"""What docker-compose.yml runs in the observer's own image, run here: the same words, only names of hosts exchanged."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import ClassVar

from tests.components.process import Component
from tests.deploy.files import compose


def words(service: str, here: Mapping[str, str]) -> list[str]:
    """The command of a service with its variables at their defaults; `here` exchanges what is a container's.

    Each key of `here` must stand in the command, so that no test goes on with another command than the deployed one.
    """
    command = [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(word)) for word in compose()["services"][service]["command"]]
    for said, exchanged in here.items():
        assert any(said in word for word in command), f"{service}: {said} is not in its command"
        command = [word.replace(said, exchanged) for word in command]
    return [sys.executable, "-m", "observer", *command]


class Service(Component):
    """One of the observer's services, in a folder of its own that it may write."""

    name: ClassVar[str] = "service"

    def __init__(self, service: str, here: Mapping[str, str]) -> None:
        super().__init__()
        self.service = service
        self._words = words(service, here)

    def command(self) -> list[str]:
        """As deployed."""
        return self._words

    def env(self) -> dict[str, str]:
        """The image's folder for what it remembers is ours."""
        return {"XDG_STATE_HOME": str(self.folder / "state")}

    def ready(self) -> bool:
        """Nothing says so: who waits for its effect looks for that."""
        return True

    def left(self) -> int:
        """Asks it to end, as `docker compose stop` does, and gives its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(self.patience)
