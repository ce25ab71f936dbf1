"""What facilitators write down about their clients, and what they write to them.

All of it is theirs alone: whoever has no clients, and whose client it is not, is told that there is nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.catalog.models import Facilitator, Merchant
from bookapp.crm.messages import word_to_client
from bookapp.crm.models import ClientMessage, ClientNote, ClientTag
from bookapp.crm.queries.circles import OWN, Circle, circle
from bookapp.crm.queries.clients import is_client
from bookapp.crm.rules.clients import (
    DAY,
    LONGEST_MESSAGE,
    LONGEST_NOTE,
    LONGEST_SUBJECT,
    LONGEST_TAG,
    MOST_TAGS,
    pause,
    tag_of,
)
from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.notifications.actions import send
from bookapp.values.errors import NotFound, NotPossibleNow, NotValid, TooFast
from bookapp.values.words import N_


@action
def add_tag(actor: Actor, client_id: int, text: str) -> str:
    """Put a tag on a client; twice is once. Returns its spelling. Raises NotFound, and NotValid for the field `tag`."""
    own = _own_client(actor, client_id)
    tag = tag_of(text)
    if not tag or len(tag) > LONGEST_TAG:
        raise NotValid({"tag": N_("A tag has 1 to %(most)s characters.")}, most=LONGEST_TAG)
    known = db.session.scalars(
        select(ClientTag.tag).where(ClientTag.author_id == own.author_id, ClientTag.client_id == client_id)
    ).all()
    if tag in known:
        return tag
    if len(known) >= MOST_TAGS:
        raise NotValid({"tag": N_("%(most)s tags are enough for one person. Take one away first.")}, most=MOST_TAGS)
    db.session.execute(
        insert(ClientTag)
        .values(author_id=own.author_id, client_id=client_id, tag=tag)
        .on_conflict_do_nothing(index_elements=["author_id", "client_id", "tag"])
    )
    record(actor, "client.tagged", _subject(client_id))
    return tag


@action
def remove_tag(actor: Actor, client_id: int, tag: str) -> None:
    """Take a tag away; without it nothing happens. Raises NotFound."""
    own = _own_client(actor, client_id)
    theirs = delete(ClientTag).filter_by(author_id=own.author_id, client_id=client_id, tag=tag)
    if db.session.scalar(theirs.returning(ClientTag.id)) is not None:
        record(actor, "client.untagged", _subject(client_id))


@action
def add_note(actor: Actor, client_id: int, text: str, *, key: str, now: dt.datetime) -> int:
    """Write something down about a client, for oneself; its id. Raises NotFound, NotValid (`text`), KeyReused."""
    own = _own_client(actor, client_id)
    if not text.strip() or len(text) > LONGEST_NOTE:
        raise NotValid({"text": N_("A note has 1 to %(most)s characters.")}, most=LONGEST_NOTE)

    def write() -> dict[str, int]:
        note = ClientNote(author_id=own.author_id, client_id=client_id, text=text.strip(), created_at=now)
        db.session.add(note)
        db.session.flush()
        record(actor, "client.note_added", _subject(client_id), {"note": note.id})
        return {"note": note.id}

    print_ = idempotency.fingerprint(client=client_id, text=text)
    return int(idempotency.once(f"client.note:{actor.label}", key, print_, write)["note"])


@action
def remove_note(actor: Actor, client_id: int, note_id: int) -> None:
    """Remove a note of one's own; one that is gone already stays gone. Raises NotFound for somebody else's client."""
    own = _own_client(actor, client_id)
    theirs = delete(ClientNote).filter_by(id=note_id, author_id=own.author_id, client_id=client_id)
    if db.session.scalar(theirs.returning(ClientNote.id)) is not None:
        record(actor, "client.note_removed", _subject(client_id), {"note": note_id})


@action
def write_to_client(
    actor: Actor, client_id: int, *, subject: str, text: str, key: str, now: dt.datetime
) -> ClientMessage:
    """Send a client a mail and a notice; their answer goes to the house.

    Raises NotFound, NotValid (`subject`, `text`), NotPossibleNow for a closed account, KeyReused, and TooFast (429).
    """
    own = _own_client(actor, client_id)
    _check_words(subject, text)
    client = db.session.get_one(User, client_id)
    if client.disabled_at is not None:
        raise NotPossibleNow(N_("This account is closed: nothing can be sent to it any more."))
    scope, print_ = f"client.message:{actor.label}", idempotency.fingerprint(client=client_id, words=[subject, text])
    stored = idempotency.claim(scope, key, print_)
    if stored is not None:
        return db.session.get_one(ClientMessage, stored["message"])
    _check_pace(own, client_id, now)
    message = ClientMessage(
        author_id=own.author_id, client_id=client_id, subject=subject.strip(), text=text.strip(), sent_at=now
    )
    db.session.add(message)
    db.session.flush()
    person = db.session.get_one(Facilitator, own.facilitator_id)
    send(word_to_client(message, client, person, db.session.get_one(Merchant, person.merchant_id)))
    record(actor, "client.written_to", _subject(client_id), {"message": message.id})
    idempotency.keep(scope, key, {"message": message.id})
    return message


@action
def note_look(actor: Actor, at: Circle, what: str, *, client_id: int | None = None, count: int | None = None) -> None:
    """Put on record that somebody of the house, or an admin, looked at customers or took a list of them along."""
    subject = f"merchant:{at.merchant_id}" if client_id is None else _subject(client_id)
    record(actor, what, subject, {"merchant": at.merchant_id} | ({} if count is None else {"count": count}))


def _own_client(actor: Actor, client_id: int) -> Circle:
    own = circle(actor, OWN)
    if not is_client(own, client_id):
        raise NotFound
    return own


def _check_words(subject: str, text: str) -> None:
    problems = {}
    if not subject.strip() or len(subject) > LONGEST_SUBJECT:
        problems["subject"] = N_("A subject has 1 to %(longest)s characters.")
    if not text.strip() or len(text) > LONGEST_MESSAGE:
        problems["text"] = N_("A message has 1 to %(most)s characters.")
    if problems:
        raise NotValid(problems, longest=LONGEST_SUBJECT, most=LONGEST_MESSAGE)


def _check_pace(own: Circle, client_id: int, now: dt.datetime) -> None:
    # One at a time, or two browsers would both find that there is room for one more.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"client.message:{own.author_id}"))))
    sent: Sequence[tuple[int, dt.datetime]] = [
        (to, at)
        for to, at in db.session.execute(
            select(ClientMessage.client_id, ClientMessage.sent_at).where(
                ClientMessage.author_id == own.author_id, ClientMessage.sent_at > now - DAY
            )
        )
    ]
    wait = pause([at for _, at in sent], [at for to, at in sent if to == client_id], now)
    if wait:
        raise TooFast(
            N_("You have written a good deal. Please wait for %(wait)s, then send it again."),
            retry_after=int(wait.total_seconds()) + 1,
            wait=wait,
        )


def _subject(client_id: int) -> str:
    return f"user:{client_id}"
