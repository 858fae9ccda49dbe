"""One POST to a real server, and what its answer means."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.sending import posting
from observer.sending.addresses import address_of
from observer.sending.alertmanager import Alertmanager, body_of
from observer.sending.notices import RESOLVED, Notice
from observer.sending.posting import Arrived, Away, Poster, Refused
from observer.sending.webhook import Webhook
from observer.sending.webhook import body_of as webhook_body
from tests.observer.sending.contract import notice
from tests.observer.sending.receiver import Receiver, receiving

NOW = 1_700_000_100_000_000_000


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server."""
    with receiving() as found:
        yield found


@pytest.fixture
def poster(receiver: Receiver) -> Iterator[Poster]:
    """What posts to it."""
    found = Poster(address_of("webhook", f"{receiver.address}/hook?x=1"))
    yield found
    found.close()


AWAY = [301, 302, 307, 308, 401, 403, 404, 407, 408, 425, 429]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_an_acknowledgement(receiver: Receiver, poster: Poster, status: int) -> None:
    """R27."""
    receiver.answer(status)
    assert poster.post("", b"{}") == Arrived()
    assert receiver.requests[0].path == "/hook?x=1"


@pytest.mark.parametrize("status", [400, 409, 410, 413, 415, 422])
def test_what_is_refused_is_refused_for_good(receiver: Receiver, poster: Poster, status: int) -> None:
    """The notice itself is not taken; the server's own word is told, cut and without escapes."""
    receiver.answer(status, b"bad \x1b[31mlabel\n" + b"x" * 9000)
    found = poster.post("", b"{}")
    assert isinstance(found, Refused)
    assert found.why.startswith(f"answers {status}: bad label xxx")
    assert len(found.why) < 200


@pytest.mark.parametrize("status", AWAY)
def test_what_says_nothing_of_the_notice_keeps_it(receiver: Receiver, poster: Poster, status: int) -> None:
    """R27: a wrong path or a secret that has expired must lose no alert."""
    receiver.answer(status, Location="http://elsewhere.example/")
    found = poster.post("", b"{}")
    assert isinstance(found, Away)
    assert not found.alone
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_server_that_fails_may_take_another(receiver: Receiver, poster: Poster, status: int) -> None:
    """R27: it is tried again."""
    receiver.answer(status)
    assert poster.post("", b"{}") == Away(f"answers {status}", alone=True)


@pytest.mark.parametrize(("asked", "after"), [("30", 30), ("99999", 600), ("-1", 0), ("Wed, 21 Oct", 0), ("9" * 40, 0)])
def test_a_server_may_ask_us_to_wait(receiver: Receiver, poster: Poster, asked: str, after: int) -> None:
    """Not for ever, though."""
    receiver.answer(429, Retry_After=asked)
    found = poster.post("", b"{}")
    assert isinstance(found, Away)
    assert found.after == after * 10**9


def test_nobody_there_is_a_sentence() -> None:
    """R27: it is tried again; no traceback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    poster = Poster(address_of("webhook", f"http://127.0.0.1:{port}"))
    found = poster.post("", b"{}")
    assert isinstance(found, Away)
    assert "refused" in found.why
    poster.close()


def test_a_server_that_never_answers_holds_nobody_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """R27: there is an end to waiting."""
    monkeypatch.setattr(posting, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        poster = Poster(address_of("webhook", f"http://127.0.0.1:{silent.getsockname()[1]}"))
        assert poster.post("", b"{}") == Away("no answer within 0.2 s")
        poster.close()


def test_what_is_no_http_is_a_sentence() -> None:
    """R27: whatever listens there."""
    with socket.create_server(("127.0.0.1", 0)) as odd:
        poster = Poster(address_of("webhook", f"https://127.0.0.1:{odd.getsockname()[1]}"))
        import threading

        def answer() -> None:
            connection, _ = odd.accept()
            connection.recv(100)
            connection.sendall(b"SSH-2.0-OpenSSH\r\n")
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        assert isinstance(poster.post("", b"{}"), Away)
        thread.join()
        poster.close()


def test_a_secret_is_sent_and_told_to_nobody(receiver: Receiver, tmp_path: Path) -> None:
    """The token stands in the header; when it is not taken, the sentence does not hold it."""
    path = tmp_path / "token"
    path.write_text("hunter2")
    poster = Poster(address_of("webhook", f"{receiver.address}/#bearer_file={path}"))
    receiver.answer(401, b"bad token")
    found = poster.post("", b"{}")
    assert receiver.requests[0].headers["Authorization"] == "Bearer hunter2"
    assert found == Away("answers 401: bad token; look at the secret's file")
    path.unlink()
    gone = poster.post("", b"{}")
    assert isinstance(gone, Away)
    assert str(path) in gone.why
    poster.close()


# --- bodies ------------------------------------------------------------------------------------------


def test_alertmanager_is_told_when_it_began_and_until_when_it_holds(receiver: Receiver) -> None:
    """R27: startsAt stays, endsAt is four minutes ahead; what is resolved ends when it did."""
    notifier = Alertmanager(address_of("alertmanager", f"{receiver.address}/prefix/"))
    found = list(notifier.send([notice(1), notice(2, "other", RESOLVED)], NOW))
    notifier.close()
    assert [(len(part), outcome) for part, outcome in found] == [(2, Arrived())]
    assert receiver.requests[0].path == "/prefix/api/v2/alerts"
    first, second = receiver.requests[0].body
    assert first["startsAt"] == "2023-11-14T22:13:20.123456789Z"
    assert first["endsAt"] == "2023-11-14T22:19:00.000Z"
    assert second["endsAt"] == "2023-11-14T22:14:20.000000001Z"
    assert first["labels"] == {"alertname": "NodeDown", "network": "net", "node": "n\u00f61", "severity": "critical"}
    assert first["generatorURL"] == "http://observer/x?y=1&z=2"


def test_one_alert_that_is_refused_does_not_silence_the_others(receiver: Receiver) -> None:
    """R27: Alertmanager answers 400 to all of them where it takes all but one."""
    receiver.always['"poison"'] = 400
    notifier = Alertmanager(address_of("alertmanager", receiver.address))
    bad = Notice("net", "p", 9, "firing", {"alertname": "poison"}, {}, 1, None, 1)
    found = [(part[0].number, type(outcome)) for part, outcome in notifier.send([notice(1), bad, notice(2)], NOW)]
    notifier.close()
    assert found == [(1, Arrived), (9, Refused), (2, Arrived)]


def test_many_alerts_go_in_several_requests(receiver: Receiver) -> None:
    """As Prometheus has it, 64 in one."""
    notifier = Alertmanager(address_of("alertmanager", receiver.address))
    assert [len(part) for part, _ in notifier.send([notice(number, str(number)) for number in range(130)], NOW)] == [
        64,
        64,
        2,
    ]
    notifier.close()


def test_an_empty_label_is_none() -> None:
    """Alertmanager takes it so, and would name the alert otherwise than we do."""
    one = Notice("net", "a", 1, "firing", {"alertname": "A", "node": ""}, {"summary": ""}, 5, None, 5)
    assert b'"node"' not in body_of([one], NOW)


def test_a_webhook_is_given_a_key_that_names_the_change(receiver: Receiver) -> None:
    """R27: in a header and in the body; the rest is documented and stays."""
    notifier = Webhook(address_of("webhook", f"{receiver.address}/x"))
    assert [outcome for _, outcome in notifier.send([notice(1), notice(2, kind=RESOLVED)], NOW)] == [Arrived()] * 2
    notifier.close()
    first, second = receiver.requests
    assert first.headers["Idempotency-Key"] == first.body["idempotency_key"] == "net/down/1/firing"
    assert first.body == {
        "version": 1,
        "by": "observer",
        "idempotency_key": "net/down/1/firing",
        "network": "net",
        "alert": "down",
        "transition": 1,
        "status": "firing",
        "labels": {"alertname": "NodeDown", "network": "net", "node": "n\u00f61", "severity": "critical"},
        "annotations": {"summary": 'n\u00f61 is gone; it\'s "quoted"\nand broken'},
        "starts_at": "2023-11-14T22:13:20.123456789Z",
        "ends_at": None,
        "at": "1970-01-01T00:00:00.000000010Z",
        "generator_url": "http://observer/x?y=1&z=2",
    }
    assert second.body["status"] == "resolved"
    odd = Webhook(address_of("webhook", receiver.address))
    assert [outcome for _, outcome in odd.send([notice(3, network="n\u00e4t\r\nX: 1")], NOW)] == [Arrived()]
    odd.close()
    assert receiver.requests[2].headers["Idempotency-Key"] == "n%C3%A4t%0D%0AX:%201/down/3/firing"
    assert second.body["ends_at"] == "2023-11-14T22:14:20.000000001Z"


def test_the_body_is_as_documented() -> None:
    """docs/sending.md shows every name that a webhook is given, and no other."""
    page = (Path(__file__).parents[3] / "docs" / "sending.md").read_text(encoding="utf-8")
    shown = json.loads(page.partition("```json\n")[2].partition("```")[0])
    assert list(shown) == list(json.loads(webhook_body(notice(1))))
    assert shown["idempotency_key"] == f"{shown['network']}/{shown['alert']}/{shown['transition']}/{shown['status']}"
