"""What this application itself tells facilitators: by the same door as everybody, from a worker, over HTTP."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from bookapp.booking.events import BookingCancelled, BookingConfirmed, BookingMoved
from bookapp.booking.models import Booking, BookingChange
from bookapp.crm.queries.tokens import own_token
from bookapp.crm.states import NotificationKind
from bookapp.infra import live, outbox
from bookapp.infra.db import action, db
from bookapp.infra.http import NoAnswer, post_json
from bookapp.infra.queue import Later, Permanent, Retryable
from bookapp.infra.settings import current_settings
from bookapp.scheduling.events import SessionChanged

_TOO_FAST = 429
_PAUSE_SECONDS = 30.0


def hear_booked(event: BookingConfirmed | BookingMoved | BookingCancelled) -> None:
    """In the publisher's transaction: whoever hosts it will be told, once per cause.

    After a move that is also the person it was moved away from. A hold that ends was never news to anybody.

    Open pages are woken by the job as well: PostgreSQL lets transactions that tell commit one after the other, each
    with its own wait for the disk, and bookings must not queue for that.
    """
    booking = db.session.get_one(Booking, event.booking_id)
    hosts = {booking.facilitator_id}
    kind, change_id = NotificationKind.CONFIRMED, 0
    if isinstance(event, BookingMoved):
        kind, change_id = NotificationKind.MOVED, event.change_id
        hosts.add(db.session.get_one(BookingChange, change_id).before.get("facilitator_id"))
    elif isinstance(event, BookingCancelled):
        if booking.confirmed_at is None:
            return
        kind = NotificationKind.CANCELLED
    for host in sorted(each for each in hosts if each is not None):
        # The key they will know it by is stored with the promise: however often the job runs, it is one call to them.
        cause = f"crm.notify:{event.booking_id}:{kind}:{change_id}:{host}"
        outbox.later("crm.notify", event.booking_id, host, kind.value, str(uuid.uuid4()), key=cause)


def hear_session_changed(event: SessionChanged) -> None:
    """In the publisher's transaction: whoever hosts it, or did, and the desk of its venue look again."""
    sides = (event.before, event.after)
    hosts = [f"facilitator:{host}" for facts in sides if (host := facts.get("facilitator_id")) is not None]
    venues = [f"venue:{venue}" for facts in sides if (venue := facts.get("venue_id")) is not None]
    live.tell(f"session:{event.session_id}", *hosts, *venues)


def notify(booking_id: int, facilitator_id: int, kind: str, key: str) -> None:
    """Wake the open pages of who hosts a booking, and call the notify door for it.

    `key` makes a second call for the same cause harmless. Raises Retryable when nobody answers or they are in trouble,
    Later when they ask for patience, Permanent when they will not have it.
    """
    body = _body(booking_id, facilitator_id, kind)
    headers = {"Authorization": f"Bearer {own_token()}", "Idempotency-Key": key}
    try:
        answer = post_json(current_settings().crm_notify_url, body, headers)
    except NoAnswer as silent:
        raise Retryable(f"the notify door does not answer: {silent}") from silent
    if answer.status == _TOO_FAST:
        raise Later(answer.retry_after or _PAUSE_SECONDS)
    if answer.status >= 500:
        raise Retryable(f"the notify door answered {answer.status}")
    if answer.status >= 300:
        raise Permanent(f"the notify door answered {answer.status}")


@action
def _body(booking_id: int, facilitator_id: int, kind: str) -> dict[str, object]:
    """What to send, read again; nothing is left open while the network is waited for."""
    row = db.session.execute(select(Booking.ref, Booking.name, Booking.title).where(Booking.id == booking_id)).one()
    live.tell(f"facilitator:{facilitator_id}", f"booking:{row.ref}")
    return {
        "booking_id": booking_id,
        "user": row.name or "-",
        "event": row.title,
        "facilitator_id": facilitator_id,
        "kind": kind,
    }
