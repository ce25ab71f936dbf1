"""Sessions for those who host them: the roster, who came, changing one, calling one off."""

from __future__ import annotations

import uuid
from typing import Any

from bookapp.api.schemas import hosting as schemas
from bookapp.api.schemas.admin import ServedPageSchema
from bookapp.api.schemas.base import Paged, page_of, paginated
from bookapp.api.views.area import ApiArea
from bookapp.api.views.names import api_names
from bookapp.api.views.told import in_list
from bookapp.booking import actions
from bookapp.booking.models import Booking, Participant
from bookapp.booking.policy import may_call_off
from bookapp.booking.queries import calloff
from bookapp.booking.queries.following import told_of_session
from bookapp.booking.queries.lists import Ask, served_page
from bookapp.booking.queries.roster import roster_page, session_of_participant
from bookapp.catalog.models import Facilitator
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.scheduling.errors import StaleSession
from bookapp.scheduling.models import Session
from bookapp.scheduling.policy import may_plan_session
from bookapp.scheduling.queries.hosted import hosted_page
from bookapp.scheduling.rules import SessionChanges
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.money import Money
from bookapp.values.timespan import wall
from bookapp.values.words import N_
from bookapp.web.areas import STAFF
from bookapp.web.security import current_actor

views = ApiArea("hosting", __name__, title=N_("Hosting"), about=N_("A facilitator's sessions and who comes to them."))


@views.get("/sessions/<int:session_id>/participants", audience=STAFF)
@views.arguments(Paged, location="query")
@views.response(200, page_of(schemas.ParticipantSchema))
def list_participants(asked: dict[str, Any], session_id: int) -> dict[str, Any]:
    """Who is expected in a session: for its host, the manager of its venue, the owner, an admin."""
    session = _session(session_id)
    rows, whole = roster_page(session.id, page=asked["page"], limit=asked["limit"])
    return paginated([_participant(person, booking) for person, booking in rows], asked, whole)


@views.post("/sessions/<int:session_id>/attendance", audience=STAFF)
@views.arguments(schemas.AttendanceInput)
@views.response(200, schemas.ParticipantSchema)
def mark_attendance(asked: dict[str, Any], session_id: int) -> dict[str, Any]:
    """Note whether somebody came: on the day itself. Noted twice is once."""
    session, person_id = _session(session_id), asked["participant_id"]
    if session_of_participant(person_id) != session.id:
        raise NotValid({"participant_id": N_("Nobody with this number is on the roster of this session.")})
    booking = actions.mark(current_actor(), person_id, asked["attendance"], now=clock.now())
    return _participant(db.session.get_one(Participant, person_id, populate_existing=True), booking)


@views.get("/facilitators/<int:facilitator_id>/sessions", audience=STAFF)
@views.arguments(schemas.SessionsHostedAsked, location="query")
@views.response(200, page_of(schemas.HostedSessionSchema))
def list_hosted_sessions(asked: dict[str, Any], facilitator_id: int) -> dict[str, Any]:
    """The sessions a facilitator hosts, whatever their state, by start; of them those one may plan."""
    _host(facilitator_id)
    found = hosted_page(
        current_actor(),
        facilitator_id,
        state=asked.get("status"),
        since=asked.get("since"),
        until=asked.get("until"),
        page=asked["page"],
        limit=asked["limit"],
    )
    return paginated([_facts(session) for session in found.sessions], asked, found.total)


@views.get("/facilitators/<int:facilitator_id>/bookings", audience=STAFF)
@views.arguments(schemas.BookingsHostedAsked, location="query")
@views.response(200, ServedPageSchema)
def list_hosted_bookings(asked: dict[str, Any], facilitator_id: int) -> dict[str, Any]:
    """What is booked with a facilitator, the latest start first; of it what one serves."""
    _host(facilitator_id)
    ask = Ask(
        state=asked.get("status"),
        facilitator_id=facilitator_id,
        **{name: asked.get(name) for name in ("session_id", "since", "until")},
    )
    found = served_page(current_actor(), ask, page=asked["page"], limit=asked["limit"])
    rows = [
        in_list(booking, found.money[booking.ref]) | {"name": booking.name, "email": booking.email}
        for booking in found.bookings
    ]
    return paginated(rows, asked, found.total) | {"counts": found.counts}


@views.put("/facilitators/<int:facilitator_id>/sessions/<int:session_id>", audience=STAFF)
@views.arguments(schemas.SessionInput)
@views.response(202, schemas.SessionProgressSchema)
def change_hosted_session(asked: dict[str, Any], facilitator_id: int, session_id: int) -> dict[str, Any]:
    """Change a session. Its bookings follow at once; everybody booked is told by workers.

    `version` is the one that was read: if somebody was quicker, 409 has the session as it is now in `current`.
    """
    session = _session(session_id, facilitator_id)
    changes = SessionChanges(
        starts_at=asked.get("start"),
        minutes=asked.get("duration_minutes"),
        room_id=asked.get("room_id"),
        facilitator_id=(asked["facilitator_id"] or 0) if "facilitator_id" in asked else None,
        title=asked.get("title"),
        capacity=asked.get("capacity"),
        price_minor=_price(asked.get("price"), session),
    )
    try:
        with api_names(parts="start"):
            actions.change_session(
                current_actor(), session_id, changes, version=asked["version"], now=clock.now(), reason=asked["reason"]
            )
    except StaleSession as refusal:
        refusal.current = schemas.HostedSessionSchema().dump(_facts(calloff.session_at_desk(session_id)))
        raise
    session = calloff.session_at_desk(session_id)
    told, nothing = told_of_session(session.id, session.version), Money.zero(session.currency)
    return {
        "session": _facts(session),
        "progress": {
            "finished": not told.waiting,
            "bookings": told.bookings,
            "done": told.bookings - told.waiting,
            "waiting": told.waiting,
            "failed": [],
            "refunds_due": nothing,
            "refunds_sent": nothing,
        },
    }


@views.delete("/facilitators/<int:facilitator_id>/sessions/<int:session_id>", audience=STAFF)
@views.arguments(schemas.CallOffAsked, location="query")
@views.response(202, schemas.SessionProgressSchema)
@views.alt_response(409, "PROBLEM_409")
def call_off_hosted_session(asked: dict[str, Any], facilitator_id: int, session_id: int) -> dict[str, Any]:
    """Call a session off: everything booked in it is cancelled and paid back whole, by workers.

    Asked again, it says how far that is.
    """
    _session(session_id, facilitator_id)
    key = uuid.uuid4().hex
    cancellation = actions.call_off_session(
        current_actor(), session_id, now=clock.now(), key=key, reason=asked["reason"]
    )
    session = calloff.session_at_desk(session_id)
    how_far = calloff.progress(cancellation, session.currency)
    return {
        "session": _facts(session),
        "progress": {
            "finished": not how_far.is_running,
            "bookings": how_far.whole,
            "done": how_far.done,
            "waiting": how_far.waiting,
            "failed": [{"booking_ref": ref, "name": name, "what": what} for ref, name, what in how_far.failures],
            "refunds_due": how_far.due,
            "refunds_sent": how_far.sent,
        },
    }


def _session(session_id: int, facilitator_id: int | None = None) -> Session:
    session = calloff.session_at_desk(session_id)
    if not may_call_off(current_actor(), session) or facilitator_id not in (None, session.facilitator_id):
        raise NotFound
    return session


def _host(facilitator_id: int) -> Facilitator:
    """The person, for themselves and whoever runs the house or a venue of it. Raises NotFound for everybody else."""
    actor = current_actor()
    person = db.session.get(Facilitator, facilitator_id)
    if person is None:
        raise NotFound
    runs = any(grant.role != "facilitator" and grant.merchant_id == person.merchant_id for grant in actor.grants)
    if not runs and not may_plan_session(actor, person.merchant_id, None, person.user_id):
        raise NotFound
    return person


def _facts(session: Session) -> dict[str, Any]:
    same = (
        "id", "title", "service_id", "facilitator_id", "venue_id", "room_id", "zone", "online", "capacity",
        "seats_taken", "version",
    )  # fmt: skip
    return {name: getattr(session, name) for name in same} | {
        "status": session.state,
        "room": session.room.name if session.room else None,
        "starts_at": wall(session.starts_at, session.zone),
        "ends_at": wall(session.ends_at, session.zone),
        "price": Money(session.price_minor, session.currency),
    }


def _participant(person: Participant, booking: Booking) -> dict[str, Any]:
    return {
        "participant_id": person.id,
        "name": person.name,
        "email": person.email or None,
        "role": person.role,
        "attendance": person.attendance,
        "booking_ref": booking.ref,
        "booking_status": booking.state,
        "seats": booking.people,
    }


def _price(price: Money | None, session: Session) -> int | None:
    if price is None:
        return None
    if price.currency != session.currency:
        raise NotValid({"price": N_("This session sells in %(currency)s.")}, currency=session.currency)
    return price.minor
