"""What comes into a facilitator's inbox, and that it was read."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from bookapp.crm.errors import UnknownFacilitator
from bookapp.crm.models import Notification, NotifyToken
from bookapp.crm.queries.inbox import facilitator_id_of
from bookapp.crm.queries.tokens import may_write_to
from bookapp.crm.rules.notify import Notice, Sender
from bookapp.identity.actor import Actor
from bookapp.infra import live
from bookapp.infra.db import action, db
from bookapp.infra.idempotency import KeyReused
from bookapp.values.errors import NotFound

# "Last used" is for people: to the minute is enough, and hundreds of calls a minute do not wait for one row.
_USED_EVERY = dt.timedelta(minutes=1)


@action
def store(sender: Sender, notice: Notice, *, key: str | None, now: dt.datetime) -> tuple[Notification, bool]:
    """Put a notice into its facilitator's inbox, once; also whether it is new.

    The same key is the same notice; without a key it is the same sender, booking, facilitator and kind. Raises
    UnknownFacilitator (404), KeyReused (409) when the key came with something else before.
    """
    if not may_write_to(sender, notice.facilitator_id):
        raise UnknownFacilitator()
    _note_use(sender, now)
    facts = {
        "facilitator_id": notice.facilitator_id,
        "booking_id": notice.booking_id,
        "kind": notice.kind.value,
        "user_name": notice.user,
        "event": notice.event,
    }
    by_key = key is not None
    same = ["token_id", "key"] if by_key else ["token_id", "booking_id", "facilitator_id", "kind"]
    new_id = db.session.scalar(
        insert(Notification)
        .values(token_id=sender.token_id, key=key, created_at=now, **facts)
        .on_conflict_do_nothing(
            index_elements=same, index_where=Notification.key.is_not(None) if by_key else Notification.key.is_(None)
        )
        .returning(Notification.id)
    )
    if new_id is not None:
        live.tell(f"facilitator:{notice.facilitator_id}")
        return db.session.get_one(Notification, new_id), True
    values = {"token_id": sender.token_id, "key": key, **facts}
    stored = db.session.scalars(
        select(Notification).where(*(getattr(Notification, name).is_not_distinct_from(values[name]) for name in same))
        .where(Notification.key.is_not(None) if by_key else Notification.key.is_(None))
    ).one()  # fmt: skip
    if by_key and any(getattr(stored, name) != value for name, value in facts.items()):
        raise KeyReused()
    return stored, False


@action
def mark_read(actor: Actor, notification_id: int, *, now: dt.datetime) -> None:
    """One of the actor's own notifications is read; reading it twice is once. Raises NotFound for anybody else's."""
    own = _own(actor)
    read = db.session.scalar(
        update(Notification)
        .where(Notification.id == notification_id, Notification.facilitator_id == own)
        .values(read_at=func.coalesce(Notification.read_at, now))
        .returning(Notification.id)
    )
    if read is None:
        raise NotFound
    live.tell(f"facilitator:{own}")


@action
def mark_all_read(actor: Actor, *, up_to: int, now: dt.datetime) -> int:
    """Everything of the actor's own is read, up to the newest they saw (`up_to`, its id); returns how many were not."""
    own = _own(actor)
    marked = db.session.scalars(
        update(Notification)
        .where(Notification.facilitator_id == own, Notification.read_at.is_(None), Notification.id <= up_to)
        .values(read_at=now)
        .returning(Notification.id)
    ).all()
    live.tell(f"facilitator:{own}")
    return len(marked)


def _own(actor: Actor) -> int:
    own = facilitator_id_of(actor.user_id) if actor.user_id is not None else None
    if own is None:
        raise NotFound
    return own


def _note_use(sender: Sender, now: dt.datetime) -> None:
    if sender.token_id is not None:
        db.session.execute(
            update(NotifyToken)
            .where(
                NotifyToken.id == sender.token_id,
                or_(NotifyToken.last_used_at.is_(None), NotifyToken.last_used_at < now - _USED_EVERY),
            )
            .values(last_used_at=now)
        )
