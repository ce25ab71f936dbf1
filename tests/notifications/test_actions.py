"""Promised once, delivered at least once, over a real SMTP conversation."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
import structlog
from flask import Flask
from sqlalchemy import func, select

from bookapp.infra import claims, queue
from bookapp.infra import settings as infra_settings
from bookapp.infra.db import action, db
from bookapp.infra.outbox import OutboxRow
from bookapp.infra.queue import Permanent, Retryable
from bookapp.infra.settings import current_settings
from bookapp.notifications import actions, attachments
from bookapp.notifications.models import MessageRecord
from bookapp.notifications.rules import Attachment, Message
from bookapp.worker import run_row
from tests.builders import a_user
from tests.support import mailbox
from tests.support.mailbox import Mailbox

NOW = dt.datetime(2026, 11, 24, 13, tzinfo=dt.UTC)
EVE = "eve@example.org"


@pytest.fixture
def post(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that this application sends to."""
    with Mailbox() as server:
        settings = dataclasses.replace(current_settings(), smtp_url=server.url)
        monkeypatch.setitem(app.extensions, infra_settings.EXTENSION, settings)
        yield server


def a_message(**facts: Any) -> Message:
    """Something to say to Eve."""
    facts = {
        "kind": "test.said",
        "cause": "booking:B7K2QF",
        "recipient_email": EVE,
        "recipient_name": "Eve Müller",
        "subject": "Booked: Größe, Tue 24 Nov",
        "text": "Hello Eve,\n\nit is booked: 14:00–16:00.\n",
        "html": "<p>Hello Eve,</p>",
    } | facts
    return Message(**facts)


def promised(**facts: Any) -> int:
    """A message that waits to be delivered; its id."""
    message_id = actions.send(a_message(**facts))
    assert message_id is not None
    return message_id


def outbox_row() -> OutboxRow:
    """The one promise to deliver."""
    return db.session.scalars(select(OutboxRow).where(OutboxRow.name == "notifications.deliver")).one()


def stored(message_id: int) -> MessageRecord:
    return db.session.get_one(MessageRecord, message_id, populate_existing=True)


def test_a_promised_mail_arrives(post: Mailbox) -> None:
    message_id = promised()
    assert (stored(message_id).state, outbox_row().args) == ("due", [message_id])

    with structlog.contextvars.bound_contextvars(request_id="req-17"):
        actions.deliver(message_id, now=NOW)

    [mail] = post.to(EVE)
    assert mail["subject"] == "Booked: Größe, Tue 24 Nov"
    assert mail["from"].addresses[0].addr_spec == current_settings().mail_from
    assert mail["from"].addresses[0].display_name == "Bookapp"
    assert (mail["to"].addresses[0].display_name, mail["to"].addresses[0].addr_spec) == ("Eve Müller", EVE)
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["x-request-id"] == "req-17"
    assert mail["message-id"].endswith(f"@{current_settings().mail_from.partition('@')[2]}>")
    assert mail["date"] is not None
    assert not [name for name in mail if name.lower().startswith("list-")]  # nobody subscribed to a booking
    assert mail.get_content_type() == "multipart/alternative"
    assert mailbox.text_of(mail).splitlines() == ["Hello Eve,", "", "it is booked: 14:00–16:00."]
    assert mailbox.html_of(mail).strip() == "<p>Hello Eve,</p>"


def test_what_was_delivered_keeps_no_words(post: Mailbox) -> None:
    message_id = promised(text="https://bookapp.example/manage/secret")
    actions.deliver(message_id, now=NOW)
    record = stored(message_id)
    assert (record.state, record.delivered_at, record.error) == ("delivered", NOW, None)
    assert (record.text, record.html) == ("", "")
    assert record.subject == "Booked: Größe, Tue 24 Nov"


def test_delivering_twice_sends_once(post: Mailbox) -> None:
    message_id = promised()
    actions.deliver(message_id, now=NOW)
    actions.deliver(message_id, now=NOW)
    actions.deliver(message_id + 1, now=NOW)  # and what does not exist is nobody's
    assert len(post.to(EVE)) == 1


def test_the_same_message_promised_twice_is_one_row(post: Mailbox) -> None:
    assert actions.send(a_message()) is not None
    assert actions.send(a_message(text="in other words")) is None
    assert db.session.scalar(select(func.count()).select_from(MessageRecord)) == 1
    assert outbox_row()


@pytest.mark.parametrize(
    "other", [{"cause": "refund:17"}, {"kind": "test.again"}, {"recipient_email": "a@example.org"}]
)
def test_another_cause_kind_or_person_is_another_message(app: Flask, other: dict[str, str]) -> None:
    assert promised() != promised(**other)


def test_a_transaction_that_fails_promised_nothing(app: Flask) -> None:
    @action
    def fail() -> None:
        actions.send(a_message())
        raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert db.session.scalar(select(func.count()).select_from(MessageRecord)) == 0
    assert db.session.scalar(select(func.count()).select_from(OutboxRow)) == 0


def test_a_crash_after_sending_sends_again_with_the_same_id(post: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    message_id = promised()
    with monkeypatch.context() as patch:
        patch.setattr(actions, "_note", killed)
        with pytest.raises(Killed):
            actions.deliver(message_id, now=NOW)
    assert stored(message_id).state == "due"

    actions.deliver(message_id, now=NOW)
    first, second = post.to(EVE)
    assert first["message-id"] == second["message-id"]
    assert mailbox.text_of(first) == mailbox.text_of(second)
    assert stored(message_id).state == "delivered"


def test_a_server_that_puts_it_off_gets_it_later(post: Mailbox) -> None:
    post.refuse("451 try again later")
    message_id = promised()
    row = outbox_row()

    assert run_row(row.id) == "retry"
    db.session.refresh(row)
    assert (row.state, row.attempts, stored(message_id).state) == ("due", 1, "due")

    row.run_at = NOW - dt.timedelta(days=365)
    db.session.commit()
    assert run_row(row.id) == "done"
    assert (len(post.to(EVE)), stored(message_id).state) == (1, "delivered")


def test_a_server_that_is_away_is_retried(post: Mailbox, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = dataclasses.replace(current_settings(), smtp_url="smtp://127.0.0.1:1")
    monkeypatch.setitem(app.extensions, infra_settings.EXTENSION, nowhere)
    message_id = promised()
    with pytest.raises(Retryable):
        actions.deliver(message_id, now=NOW)
    assert stored(message_id).state == "due"


def test_tries_last_for_four_hours_at_least() -> None:
    job = queue.registered("notifications.deliver")
    assert job is not None
    pauses = [claims.BACKOFF[min(attempt, len(claims.BACKOFF)) - 1] for attempt in range(1, job.tries)]
    assert sum(pauses) >= 4 * 3600


def test_a_refusal_for_good_is_visible_and_a_person_can_try_again(post: Mailbox) -> None:
    post.refuse("550 no such person")
    message_id = promised()
    row = outbox_row()

    assert run_row(row.id) == "dead"
    record = stored(message_id)
    assert record.state == "failed"
    assert "550" in (record.error or "")
    assert record.text  # still there, to be sent once the address is mended
    db.session.refresh(row)
    assert row.state == "dead"

    actions.deliver(message_id, now=NOW)
    assert (stored(message_id).state, stored(message_id).error) == ("delivered", None)


@pytest.mark.parametrize("address", ["nobody", "two@@example.org", "a@example.org\r\nBcc: b@example.org", "a b@c d"])
def test_an_address_that_cannot_be_fails_for_good(post: Mailbox, address: str) -> None:
    message_id = promised(recipient_email=address)
    with pytest.raises(Permanent):
        actions.deliver(message_id, now=NOW)
    assert stored(message_id).state == "failed"


@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nBcc: all@example.org\r\n\r\nBuy this",
        '"Eve" <other@example.org>, x',
        "Łukasz, 株式会社; 👩‍🏫 <>@:",
        "\u202eEve\x00",
        "x" * 500,
    ],
)
def test_no_name_or_subject_becomes_a_header(post: Mailbox, name: str) -> None:
    actions.deliver(promised(recipient_name=name, subject=name), now=NOW)
    [mail] = post.to(EVE)
    assert [address.addr_spec for address in mail["to"].addresses] == [EVE]
    assert mail["bcc"] is None
    assert "\n" not in str(mail["subject"])
    assert mailbox.text_of(mail).startswith("Hello Eve")


def test_attachments_are_made_at_delivery(post: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def calendar(argument: str) -> tuple[bytes, str]:
        made.append(argument)
        return "BEGIN:VCALENDAR ü".encode(), "text/calendar; charset=utf-8; method=PUBLISH"

    monkeypatch.setattr(attachments, "_makers", {})
    attachments.register("test.calendar", calendar)
    attachments.register("test.pdf", lambda _: (b"%PDF-1.7 \x00\xff\r\n", "application/pdf"))
    message_id = promised(
        attachments=(
            Attachment("test.calendar", "B7K2QF", "größe\r\nX: y.ics"),
            Attachment("test.pdf", "B7K2QF", "booking.pdf"),
        )
    )
    assert made == []

    actions.deliver(message_id, now=NOW)
    [mail] = post.to(EVE)
    assert made == ["B7K2QF"]
    assert mail.get_content_type() == "multipart/mixed"
    assert mailbox.attachments(mail) == {
        "größe X: y.ics": "BEGIN:VCALENDAR ü".encode(),
        "booking.pdf": b"%PDF-1.7 \x00\xff\r\n",
    }
    ics, pdf = mail.iter_attachments()
    assert isinstance(ics, EmailMessage)
    assert ics["content-type"].params["method"] == "PUBLISH"
    assert (ics.get_content_type(), pdf.get_content_type()) == ("text/calendar", "application/pdf")


def test_a_maker_nobody_wired_keeps_the_mail_waiting(post: Mailbox) -> None:
    message_id = promised(attachments=(Attachment("test.nobody", "x", "x.pdf"),))
    assert run_row(outbox_row().id) == "retry"
    assert stored(message_id).state == "due"
    assert post.to(EVE) == []


def test_a_notice_waits_for_the_bell_of_whoever_has_an_account(app: Flask) -> None:
    user = a_user()
    actions.send(a_message(user_id=user.id, notice="Booked: Linden"))
    actions.send(a_message(user_id=user.id, notice="Booked: Linden"))
    notice, mail = db.session.scalars(select(MessageRecord).order_by(MessageRecord.channel.desc())).all()
    assert (mail.channel, mail.state) == ("email", "due")
    assert (notice.channel, notice.state, notice.user_id) == ("in_app", "delivered", user.id)
    assert (notice.text, notice.recipient) == ("Booked: Linden", f"user:{user.id}")


def test_without_an_account_or_a_notice_there_is_only_mail(app: Flask) -> None:
    actions.send(a_message(notice="Booked: Linden"))
    actions.send(a_message(cause="x", user_id=a_user().id))
    assert db.session.scalars(select(MessageRecord.channel).distinct()).all() == ["email"]


def test_without_an_address_there_is_only_the_notice(app: Flask) -> None:
    assert actions.send(a_message(recipient_email="", user_id=a_user().id, notice="Booked")) is None
    assert db.session.scalars(select(MessageRecord.channel)).all() == ["in_app"]
