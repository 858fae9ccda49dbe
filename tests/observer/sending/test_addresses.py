"""Destinations as they are given, and what is never shown of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from observer.exits import Exit, Failed
from observer.sending.addresses import address_of
from observer.sending.notifiers import notifier_of, notifiers_of

BAD = [
    ("smtp=mail", "--notify smtp: is no kind of destination"),
    ("alertmanager", "--notify alertmanager: is no kind of destination"),
    ("alertmanager=host:9093", "--notify alertmanager=host:9093: an address begins with http:// or https://"),
    ("alertmanager=ftp://host/", "an address begins with http:// or https://"),
    ("alertmanager=file:///etc/passwd", "an address begins with http:// or https://"),
    ("webhook=http://", "an address begins with http:// or https://"),
    ("webhook=http://[::1", "is no address"),
    ("webhook=http://host:99999/", "is no address"),
    ("webhook=http://host/a b", "an address has no blanks in it"),
    ("webhook=http://host/\x1b[2J", "an address has no blanks in it"),
    ("webhook=http://host/#token=x", "behind # stands bearer_file=FILE or basic_file=FILE"),
    ("webhook=http://host/#bearer_file=", "behind # stands bearer_file=FILE or basic_file=FILE"),
    ("webhook=http://host/#bearer_file=/nowhere/token", "/nowhere/token: the file of the secret cannot be read"),
    ("webhook=@/nowhere/url", "/nowhere/url: the file of the secret cannot be read"),
]


@pytest.mark.parametrize(("text", "sentence"), BAD)
def test_what_is_no_destination_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    """What, where and what to do, without an escape in it."""
    with pytest.raises(Failed) as failed:
        notifier_of(text)
    assert sentence in str(failed.value)
    assert "\x1b" not in str(failed.value)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    """Secrets are never printed: an address is shown, and is seen in the list of processes."""
    for text in ("webhook=https://me:hunter2@host/x", "webhook=ftp://me:hunter2@host/x", "webhook=http://hunter2@[::1"):
        with pytest.raises(Failed) as failed:
            notifier_of(text)
        assert "hunter2" not in str(failed.value)


def test_what_is_shown_and_stored_of_an_address_is_its_host() -> None:
    """The path of a webhook is often its secret."""
    one = notifier_of("webhook=https://hooks.example.com/services/T0/B0/hunter2")
    other = notifier_of("webhook=https://hooks.example.com/services/T0/B0/hunter3")
    assert one.name == "webhook=https://hooks.example.com"
    assert one.id.startswith("webhook=https://hooks.example.com~")
    assert one.id != other.id
    assert "hunter" not in one.id


def test_an_address_may_stand_in_a_file(tmp_path: Path) -> None:
    """So that it is not seen in the list of processes; what is wrong with it is told without it."""
    (tmp_path / "url").write_text("https://hooks.example.com/hunter2\n")
    assert address_of("webhook", f"@{tmp_path / 'url'}").url == "https://hooks.example.com/hunter2"
    (tmp_path / "url").write_text("hooks.example.com/hunter2\n")
    with pytest.raises(Failed) as failed:
        address_of("webhook", f"@{tmp_path / 'url'}")
    assert "hunter2" not in str(failed.value)
    assert "the address in that file" in str(failed.value)


@pytest.mark.parametrize(("kind", "value"), [("bearer", "Bearer s3cret"), ("basic", "Basic bWU6czNjcmV0")])
def test_a_secret_is_read_from_its_file_each_time(tmp_path: Path, kind: str, value: str) -> None:
    """Secrets are exchanged while we run."""
    path = tmp_path / "secret"
    path.write_text("me:old\n")
    address = address_of("webhook", f"http://host/#{kind}_file={path}")
    assert address.secret is not None
    path.write_text("s3cret\n" if kind == "bearer" else "me:s3cret\n")
    assert address.secret.header() == value
    assert address.url == "http://host/"


@pytest.mark.parametrize("text", [b"", b"\n", b"a\r\nX-Evil: 1", b"\xff\xfe", "gr\u00fcn".encode(), b"a\x00b"])
def test_a_secret_is_one_plain_line(tmp_path: Path, text: bytes) -> None:
    """Nothing else fits a header, and a second line would be a header of its own."""
    (tmp_path / "secret").write_bytes(text)
    with pytest.raises(Failed) as failed:
        address_of("webhook", f"http://host/#bearer_file={tmp_path / 'secret'}")
    assert failed.value.code == Exit.ENVIRONMENT


def test_a_destination_that_is_given_twice_is_refused() -> None:
    """It would be told everything twice."""
    assert len(notifiers_of(["alertmanager=http://a:9093", "alertmanager=http://b:9093"])) == 2
    with pytest.raises(Failed, match="is given twice"):
        notifiers_of(["alertmanager=http://a:9093", "alertmanager=http://a:9093"])
