"""A member of the group gets what it is given, however long the group takes to say so."""

from __future__ import annotations

import pytest

from observer.broker.client import topic_of
from observer.working import member as members
from observer.working.member import Member
from tests.components.process import until
from tests.live.through import Through


def test_a_join_that_outlasts_a_poll_is_gone_on_with(through: Through, monkeypatch: pytest.MonkeyPatch) -> None:
    """A join that began since partitions became known was forgotten where the group answered between two polls: no
    partitions, no heartbeats, not a word. So it went with workers that were started on a busy machine.
    """
    from kafka import KafkaAdminClient

    member = Member(through.address, topic_of(through.address), through.database, print)
    client = member._consumer  # noqa: SLF001 - what it knows and waits for is seen nowhere else
    group = client._coordinator  # noqa: SLF001 - as above

    def given(count: int) -> bool:
        member.poll()
        return member.assigned == set(range(count))

    def known() -> bool:
        client._client.cluster.request_update()  # noqa: SLF001 - as above
        return 3 in group._metadata_snapshot[through.address.topic]  # noqa: SLF001 - as above

    try:
        until(lambda: given(3), "all partitions are its own", 120)
        admin = KafkaAdminClient(**through.kafka.client_settings())
        try:
            admin.create_partitions({through.address.topic: 4})
        finally:
            admin.close()
        until(known, "the new partition is known", 120)
        with monkeypatch.context() as patch:
            patch.setattr(members, "POLL_MS", 0)
            member.poll()
        until(lambda: group._join_task.is_done, "the group has answered", 120)  # noqa: SLF001 - as above
        until(lambda: given(4), "the new partition is its own", 120)
    finally:
        member.close()
