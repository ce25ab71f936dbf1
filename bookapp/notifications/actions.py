"""Promise a message in the transaction that causes it; deliver it later, at least once."""

from __future__ import annotations

import datetime as dt
from email.message import EmailMessage
from typing import Any

import structlog
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from bookapp.infra import live, mail, outbox
from bookapp.infra.db import action, db
from bookapp.infra.queue import Permanent
from bookapp.notifications import attachments
from bookapp.notifications.models import MailChoice, MessageRecord
from bookapp.notifications.rules import Message, message_key, one_line

log = structlog.get_logger("bookapp.notifications")


@action
def send(message: Message) -> int | None:
    """Promise `message` in the caller's transaction: by mail, and to the bell of a person with an account.

    Returns the id of the mail's record; None when there is no address, or when it was promised before.
    """
    if message.notice and message.user_id is not None:
        # A notice is there as soon as it is stored: nothing has to carry it.
        _store(message, "in_app", f"user:{message.user_id}", {"text": message.notice, "state": "delivered"})
    if not message.recipient_email:
        return None
    words = {
        "recipient_name": one_line(message.recipient_name),
        "reply_to": message.reply_to,
        "text": message.text,
        "html": message.html,
        "attachments": [
            {"maker": file.maker, "argument": file.argument, "filename": file.filename} for file in message.attachments
        ],
    }
    message_id = _store(message, "email", message.recipient_email, words)
    if message_id is not None:
        outbox.later("notifications.deliver", message_id)
    return message_id


def deliver(message_id: int, *, now: dt.datetime) -> None:
    """Send one promised mail and note that it went; a delivered one is left alone, a failed one tried again.

    A worker that dies between sending and noting sends it twice, with the same Message-ID: twice is better than never.
    Raises Retryable when the server cannot take it now. Permanent is noted as the message's failure, and raised.
    """
    record = _unsent(message_id)
    if record is None:
        return
    try:
        mail.send(_mail(record))
    except Permanent as refused:
        _note(message_id, state="failed", error=str(refused))
        raise
    # The words have done their work. They may hold links that open a booking or a password: they are not kept.
    _note(message_id, state="delivered", delivered_at=now, error=None, text="", html="")
    _ring(record.user_id)
    log.info("message.delivered", message=message_id, kind=record.kind)


@action
def choose_mail(user_id: int, *, bookings: bool) -> None:
    """Whether this account is written to about the bookings it serves; its bell rings either way."""
    db.session.execute(
        insert(MailChoice)
        .values(user_id=user_id, bookings=bookings)
        .on_conflict_do_update(index_elements=["user_id"], set_={"bookings": bookings})
    )


@action
def mark_read(user_id: int, *, up_to: int, now: dt.datetime) -> int:
    """Everything in this account's bell is read, up to the newest it saw (`up_to`, its id); returns how many were not.

    One's own bell is nobody else's business: this leaves no line in the audit trail.
    """
    marked = db.session.scalars(
        update(MessageRecord)
        .where(
            MessageRecord.user_id == user_id,
            MessageRecord.channel == "in_app",
            MessageRecord.read_at.is_(None),
            MessageRecord.id <= up_to,
        )
        .values(read_at=now)
        .returning(MessageRecord.id)
    ).all()
    live.tell(f"user:{user_id}")
    return len(marked)


def _store(message: Message, channel: str, recipient: str, words: dict[str, Any]) -> int | None:
    found: int | None = db.session.scalar(
        insert(MessageRecord)
        .values(
            kind=message.kind,
            cause=message.cause,
            reference=message.reference,
            channel=channel,
            recipient=recipient,
            user_id=message.user_id,
            subject=one_line(message.subject),
            **words,
        )
        .on_conflict_do_nothing(index_elements=["kind", "cause", "recipient", "channel"])
        .returning(MessageRecord.id)
    )
    return found


@action
def _ring(user_id: int | None) -> None:
    """The bell of who is written to may show more as well; not in the transaction that promised it, see `live.tell`."""
    if user_id is not None:
        live.tell(f"user:{user_id}")


@action
def _unsent(message_id: int) -> MessageRecord | None:
    record = db.session.get(MessageRecord, message_id, populate_existing=True)
    return record if record is not None and record.state != "delivered" else None


@action
def _note(message_id: int, **facts: Any) -> None:
    db.session.execute(
        update(MessageRecord)
        .where(MessageRecord.id == message_id)
        .values(**facts)
        .execution_options(synchronize_session=False)
    )


def _mail(record: MessageRecord) -> mail.Mail:
    return mail.Mail(
        to=record.recipient,
        to_name=record.recipient_name,
        subject=record.subject,
        text=record.text,
        html=record.html,
        reply_to=record.reply_to or None,
        attachments=tuple(_file(wanted) for wanted in record.attachments),
        message_id=message_key(kind=record.kind, cause=record.cause, recipient=record.recipient),
    )


def _file(wanted: dict[str, str]) -> mail.Attachment:
    content, content_type = attachments.make(wanted["maker"], wanted["argument"])
    # "text/calendar; method=PUBLISH" is one thing to whoever makes it, and two to a MIME part.
    header = EmailMessage()
    header["Content-Type"] = content_type
    parameters = tuple(header["Content-Type"].params.items())
    return mail.Attachment(one_line(wanted["filename"]), content, header.get_content_type(), parameters)
