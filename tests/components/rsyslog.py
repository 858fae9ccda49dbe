"""rsyslog as a shipper of log files to Kafka: imfile reads, omkafka sends, one JSON object a line.

What it sends is what its template says, so a test may give its own. The default names the node (`hostname`), the file
and the offset in it, all of which imfile knows.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from tests.components.absent import newest, program
from tests.components.process import Component

_TEMPLATE = """\
template(name="shipped" type="list" option.jsonf="on") {
  property(outname="timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="hostname" name="hostname" format="jsonf")
  property(outname="file" name="$!metadata!filename" format="jsonf")
  property(outname="offset" name="$!metadata!fileoffset" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}
"""


class Rsyslog(Component):
    """One rsyslogd that follows `files` (wildcards too) and sends each line to the topic as `template` says."""

    name: ClassVar[str] = "rsyslog"

    def __init__(
        self, files: list[str], bootstrap: str, topic: str, *, template: str = _TEMPLATE, key: str = ""
    ) -> None:
        super().__init__()
        self._program = program("rsyslogd", "rsyslog")
        for module, package in (("imfile", "rsyslog"), ("omkafka", "rsyslog-kafka")):
            _module(module, package)
        (self.folder / "rsyslog.conf").write_text(self._config(files, bootstrap, topic, template, key))

    def command(self) -> list[str]:
        """In the foreground, with nothing of this machine's own configuration."""
        return [self._program, "-n", "-f", f"{self.folder}/rsyslog.conf", "-i", str(self._pid)]

    def ready(self) -> bool:
        """Its pid file stands there when its inputs run."""
        return (
            self.process is not None and self._pid.exists() and self._pid.read_text().split() == [str(self.process.pid)]
        )

    @property
    def _pid(self) -> Path:
        return self.folder / "pid"

    def _config(self, files: list[str], bootstrap: str, topic: str, template: str, key: str) -> str:
        inputs = "\n".join(
            f'input(type="imfile" File="{path}" Tag="log:" ruleset="ship" addMetadata="on" freshStartTail="off")'
            for path in files
        )
        keyed = f' Key="{key}"' if key else ""
        return f"""\
global(workDirectory="{self.folder}" maxMessageSize="256k")
main_queue(queue.type="LinkedList")
module(load="imfile")
module(load="omkafka")
{template}
ruleset(name="ship") {{
  action(type="omkafka" broker="{bootstrap}" topic="{topic}"{keyed} template="shipped" resubmitOnFailure="on"
         keepFailedMessages="on" failedMsgFile="{self.folder}/failed" action.resumeRetryCount="-1"
         confParam=["linger.ms=5", "enable.idempotence=true"])
}}
{inputs}
"""


def _module(name: str, package: str) -> None:
    if not any(Path("/").glob(f"usr/lib*/rsyslog/{name}.so")):
        newest(f"usr/lib/*/rsyslog/{name}.so", package)


def kcat() -> str:
    """The path of kcat, a client of Kafka for the command line."""
    return program("kcat")
