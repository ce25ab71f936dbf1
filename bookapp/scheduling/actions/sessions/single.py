"""Putting a session on the timetable, which takes its room and its host, and taking it off again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bookapp.audit.actions import record
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.scheduling.actions.occupancy import occupy, places_of, release
from bookapp.scheduling.errors import PlaceOccupied, SessionBehindUs
from bookapp.scheduling.models import LONGEST_OCCUPANCY, LONGEST_SESSION, Session, SessionPart
from bookapp.scheduling.policy import may_plan_session
from bookapp.scheduling.queries.planning import Planned, understood
from bookapp.scheduling.rules import SessionDraft
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.timespan import Span
from bookapp.values.words import N_

# With the longest buffer it still is an occupancy.
LONGEST_STRETCH = LONGEST_OCCUPANCY - dt.timedelta(days=1)
Parts = Sequence[tuple[str, Span]]


@action
def create_session(
    actor: Actor,
    service_id: int,
    *,
    span: Span,
    now: dt.datetime,
    room_id: int | None = None,
    facilitator_id: int | None = None,
    parts: Parts = (),
    title: str = "",
    capacity: int | None = None,
    price_minor: int | None = None,
    key: str | None = None,
) -> Session:
    """One occurrence of a service during `span`; what is not given is the service's own.

    With `parts` (a retreat's agenda: title, span) these, and not the nights between, take room and host. `key` makes
    the same click twice one session. Raises NotFound, NotAllowed, NotValid, and PlaceOccupied when room or host are
    elsewhere.
    """
    draft = SessionDraft(service_id, room_id, facilitator_id, title, capacity, price_minor)
    scope = f"session:{actor.label}"
    if key is not None:
        stored = idempotency.claim(scope, key, idempotency.fingerprint(draft=repr(draft), span=repr(span), parts=parts))
        if stored is not None:
            return db.session.get_one(Session, stored["session"])
    plan = understood(draft)
    check_may_plan(actor, plan)
    check_plan(plan, parts, span, now)
    session = put_on(plan, draft, span, parts)
    take_place(session, plan, actor, now=now)
    if key is not None:
        idempotency.keep(scope, key, {"session": session.id})
    return session


@action
def cancel_session(actor: Actor, session_id: int, *, now: dt.datetime, reason: str = "") -> Session:
    """Take a session off the timetable: no seat of it can be held any more, its room and host are free at once.

    Cancelling twice is once. What is booked in it is for whoever calls this. Raises NotFound (also for whoever may
    not: not theirs is as good as not there) and SessionBehindUs.
    """
    session: Session | None = db.session.scalar(
        select(Session)
        .where(Session.id == session_id)
        .with_for_update()
        .options(selectinload(Session.facilitator))
        .execution_options(populate_existing=True)
    )
    if session is None or not may_plan_session(
        actor, session.merchant_id, session.venue_id, session.facilitator.user_id if session.facilitator else None
    ):
        raise NotFound
    if session.state == "cancelled":
        return session
    if session.state != "scheduled" or session.ends_at <= now:
        raise SessionBehindUs
    session.state = "cancelled"
    session.version += 1
    release(session.claim_id)
    record(actor, "session.cancelled", f"session:{session.id}", reason=reason or None)
    return session


def check_may_plan(actor: Actor, plan: Planned) -> None:
    """Raise NotAllowed unless `actor` may plan what this draft stands for."""
    host_user_id = plan.host.user_id if plan.host else None
    if not may_plan_session(actor, plan.service.merchant_id, plan.venue_id, host_user_id):
        raise NotAllowed


def check_plan(plan: Planned, parts: Parts, span: Span, now: dt.datetime) -> None:
    """Raise NotValid for what makes no session, with a sentence per field."""
    problems = place_problems(plan)
    if span.start <= now:
        problems["starts_at"] = N_("A session begins in the future.")
    if plan.service.kind != "session":
        problems["service"] = N_("Only services of the kind session have a timetable.")
    if any(not span.contains(part) for _, part in parts):
        problems["parts"] = N_("Every part lies between the start and the end.")
    if span.length > LONGEST_SESSION:
        problems["parts"] = N_("A session lasts three months at most.")
    if any(part.length > LONGEST_STRETCH for part in [part for _, part in parts] or [span]):
        problems["parts"] = N_("Longer than 13 days without a break: give it an agenda of parts.")
    if problems:
        raise NotValid(problems)


def place_problems(plan: Planned) -> dict[str, str]:
    """What is wrong with where and with whom, by field."""
    service, room, host, problems = plan.service, plan.room, plan.host, {}
    if room is None and not service.online:
        problems["room"] = N_("A session takes place in a room, or online.")
    if room is not None and room.venue.merchant_id != service.merchant_id:
        problems["room"] = N_("This room belongs to somebody else.")
    is_ours = host is None or host.merchant_id == service.merchant_id or host.id in {each.id for each in service.hosts}
    if not is_ours:
        problems["facilitator"] = N_("This person does not host for this house.")
    return problems


def put_on(plan: Planned, draft: SessionDraft, span: Span, parts: Parts = ()) -> Session:
    """Inside an action: the session, not yet written. What the draft leaves open is the service's own."""
    service, price = plan.service, draft.price_minor
    session = Session(
        service=service,
        room=plan.room,
        facilitator=plan.host,
        service_id=service.id,
        merchant_id=service.merchant_id,
        venue_id=plan.venue_id,
        room_id=plan.room.id if plan.room else None,
        facilitator_id=plan.host.id if plan.host else None,
        title=draft.title or service.name,
        starts_at=span.start,
        ends_at=span.end,
        zone=plan.zone,
        capacity=draft.capacity or service.capacity,
        price_minor=service.lengths[0].price_minor if price is None else price,
        currency=plan.currency,
        online=service.online,
        parts=[SessionPart(title=words, starts_at=part.start, ends_at=part.end) for words, part in parts],
    )
    db.session.add(session)
    return session


def take_place(session: Session, plan: Planned, actor: Actor, *, now: dt.datetime) -> None:
    """Inside an action: write the session and let it take its room and host. Raises PlaceOccupied."""
    db.session.flush()
    if occupy(places_of(session, plan.service, plan.room, plan.host), session.claim_id, now=now):
        raise PlaceOccupied
    record(actor, "session.created", f"session:{session.id}", {"starts_at": session.starts_at.isoformat()})
