"""A session at another time, in another room, with another host, for more or fewer: and who follows hears of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from bookapp.audit.actions import record
from bookapp.catalog.models import Service
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.infra.events import publish
from bookapp.scheduling.actions.occupancy import occupy_instead, places_of
from bookapp.scheduling.actions.sessions.single import LONGEST_STRETCH, place_problems
from bookapp.scheduling.errors import PlaceOccupied, SessionBegun, SessionBehindUs, StaleSession
from bookapp.scheduling.events import SessionAboutToChange, SessionChanged
from bookapp.scheduling.models import Session
from bookapp.scheduling.policy import may_plan_session
from bookapp.scheduling.queries.planning import Planned, host_by_id, planned_days, room_with_venue
from bookapp.scheduling.rules import ClockChange, Occurrence, PlannedDay, SessionChanges, shifted
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.timespan import Span, wall
from bookapp.values.words import N_

# What whoever has booked must hear of; seats and price are nothing to them.
_NEWS = ("starts_at", "ends_at", "room_id", "venue_id", "facilitator_id", "title")


@action
def change_session(
    actor: Actor, session_id: int, changes: SessionChanges, *, version: int, now: dt.datetime, reason: str = ""
) -> Session:
    """Change what `changes` names; `version` is what its reader saw. Publishes SessionChanged.

    The new room and person are occupied before the old ones are freed; a session may overlap with itself. The price is
    that of bookings to come. The same changes again are done already. Raises NotFound (also for whoever may not),
    StaleSession, SessionBehindUs, SessionBegun, PlaceOccupied and NotValid; then nothing has changed.
    """
    publish(SessionAboutToChange(session_id))
    session = _locked(session_id)
    if session is None or not _may(actor, session):
        raise NotFound
    wanted = _wanted(session, changes)
    if session.version != version:
        if all(getattr(session, name) == value for name, value in wanted.items()):
            return session
        raise StaleSession(session)
    if session.state != "scheduled" or session.ends_at <= now:
        raise SessionBehindUs(N_("This session is over or cancelled: it can no longer be changed."))
    changed = {name: value for name, value in wanted.items() if getattr(session, name) != value}
    if not changed:
        return session
    plan = _plan(session, changed)
    _check(actor, session, changed, plan, now)
    before = facts_of(session)
    _apply(session, changed, plan, now=now)
    after = facts_of(session)
    differences = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    record(actor, "session.changed", f"session:{session.id}", differences, reason=reason or None)
    news = any(name in differences for name in _NEWS)
    publish(SessionChanged(session.id, session.version, before, after, news, actor.label, actor.user_id, reason, now))
    return session


def preview_change(session: Session, changes: SessionChanges, *, now: dt.datetime) -> list[PlannedDay]:
    """What the session would meet at its new time and place, each part of a retreat by itself; nothing is written.

    `session` as `queries.desk.desk_session` loads it. What it has itself counts as free. Raises NotFound.
    """
    wanted = _wanted(session, changes)
    start = wanted.get("starts_at", session.starts_at)
    pieces = [(part.starts_at, part.ends_at) for part in session.parts]
    zone = session.zone
    spans = [
        Span(*(shifted(at, before=session.starts_at, after=start, zone=zone) for at in piece)) for piece in pieces
    ] or [Span(start, wanted.get("ends_at", session.ends_at))]
    dates = [Occurrence(wall(span.start, zone).date(), span, ClockChange.NONE) for span in spans]
    return planned_days(_plan(session, wanted), dates, now=now, but={session.claim_id})


def facts_of(session: Session) -> dict[str, Any]:
    """What a session is, as JSON."""
    return {
        "title": session.title,
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "zone": session.zone,
        "venue_id": session.venue_id,
        "room_id": session.room_id,
        "facilitator_id": session.facilitator_id,
        "capacity": session.capacity,
        "price_minor": session.price_minor,
    }


def _locked(session_id: int) -> Session | None:
    found: Session | None = db.session.scalar(
        select(Session)
        .where(Session.id == session_id)
        .with_for_update(of=Session)
        .options(
            joinedload(Session.service).options(joinedload(Service.merchant), selectinload(Service.hosts)),
            joinedload(Session.room),
            joinedload(Session.facilitator),
            selectinload(Session.parts),
        )
        .execution_options(populate_existing=True)
    )
    return found


def _may(actor: Actor, session: Session) -> bool:
    host = session.facilitator
    return may_plan_session(actor, session.merchant_id, session.venue_id, host.user_id if host else None)


def _wanted(session: Session, changes: SessionChanges) -> dict[str, Any]:
    """The columns as they shall be."""
    wanted: dict[str, Any] = {
        name: value
        for name in ("room_id", "title", "capacity", "price_minor")
        if (value := getattr(changes, name)) is not None
    }
    if changes.facilitator_id is not None:
        wanted["facilitator_id"] = changes.facilitator_id or None
    start = changes.starts_at or session.starts_at
    if changes.starts_at is not None or changes.minutes is not None:
        wanted["starts_at"] = start
        if session.parts:
            wanted["ends_at"] = shifted(session.ends_at, before=session.starts_at, after=start, zone=session.zone)
        else:
            length = session.ends_at - session.starts_at
            wanted["ends_at"] = start + (length if changes.minutes is None else dt.timedelta(minutes=changes.minutes))
    return wanted


def _plan(session: Session, changed: dict[str, Any]) -> Planned:
    room = room_with_venue(changed.get("room_id", session.room_id))
    host = host_by_id(changed["facilitator_id"]) if "facilitator_id" in changed else session.facilitator
    return Planned(session.service, room, host)


def _check(actor: Actor, session: Session, changed: dict[str, Any], plan: Planned, now: dt.datetime) -> None:
    moves = {"starts_at", "ends_at", "room_id", "facilitator_id"} & set(changed)
    if moves and session.starts_at <= now:
        raise SessionBegun
    problems = place_problems(plan) if {"room_id", "facilitator_id"} & set(changed) else {}
    if "starts_at" in changed and changed["starts_at"] <= now:
        problems["starts_at"] = N_("A session begins in the future.")
    if "ends_at" in changed:
        start = changed.get("starts_at", session.starts_at)
        if changed["ends_at"] <= start:
            problems["minutes"] = N_("A session ends after it begins.")
        elif not session.parts and changed["ends_at"] - start > LONGEST_STRETCH:
            problems["minutes"] = N_("Longer than 13 days without a break: give it an agenda of parts.")
    if changed.get("capacity", session.capacity) < max(session.seats_taken, 1):
        problems["capacity"] = N_("%(taken)s seats are taken: there cannot be fewer.")
    if changed.get("price_minor", 0) < 0:
        problems["price"] = N_("A price is not below zero.")
    if plan.room is not None and plan.currency != session.currency:
        problems["room"] = N_("This room sells in another currency.")
    host_user_id = plan.host.user_id if plan.host else None
    if not problems and not may_plan_session(actor, session.merchant_id, plan.venue_id, host_user_id):
        problems["facilitator" if "facilitator_id" in changed else "room"] = N_(
            "This would no longer be yours: ask the house to hand it over."
        )
    if problems:
        raise NotValid(problems, taken=session.seats_taken)


def _apply(session: Session, changed: dict[str, Any], plan: Planned, *, now: dt.datetime) -> None:
    start = session.starts_at
    if "starts_at" in changed:
        # Retreats: their parts move along, and a part at 09:00 stays at 09:00.
        for part in session.parts:
            moved = [
                shifted(at, before=start, after=changed["starts_at"], zone=session.zone)
                for at in (part.starts_at, part.ends_at)
            ]
            part.starts_at, part.ends_at = moved
    for name, value in changed.items():
        setattr(session, name, value)
    if plan.room is not None:
        session.venue_id, session.zone = plan.room.venue_id, plan.room.venue.zone
    session.version += 1
    _write(session)
    session.room, session.facilitator = plan.room, plan.host
    if not {"starts_at", "ends_at", "room_id", "facilitator_id"} & set(changed):
        return
    if session.on_grid and not session.seats_taken:
        return  # a timeslot takes its room with its first seat
    if occupy_instead(places_of(session, plan.service, plan.room, plan.host), session.claim_id, now=now):
        raise PlaceOccupied


def _write(session: Session) -> None:
    try:
        with db.session.begin_nested():
            db.session.flush()
    except IntegrityError:
        # Another timeslot of this service stands there.
        raise PlaceOccupied from None
