"""Timeslots: sessions on a room's grid, made for a stretch of days; a few at once, many by workers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload, selectinload

from bookapp.audit.actions import record
from bookapp.catalog.models import Room, Service, ServiceLength, ServiceRoom, Venue
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency, outbox
from bookapp.infra.db import action, db
from bookapp.scheduling.models import Session, TimeslotRun
from bookapp.scheduling.policy import may_set_hours_of_venue
from bookapp.scheduling.queries.timeslots import ROOMS_OWN, own_service_of, own_slug, plan_slots
from bookapp.scheduling.rules import SlotGrid, slot_starts
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.timespan import Span
from bookapp.values.words import N_

LONGEST_RANGE = dt.timedelta(days=366)
# So many are made in one transaction: in the request that asks for no more, else by a worker at a time.
AT_ONCE = 500
DEFAULT_GRID = SlotGrid()
MOST_SEATS = 10_000


@action
def generate_timeslots(
    actor: Actor,
    room_id: int,
    *,
    first: dt.date,
    last: dt.date,
    now: dt.datetime,
    service_id: int | None = None,
    opens: dt.time = DEFAULT_GRID.opens,
    closes: dt.time = DEFAULT_GRID.closes,
    minutes: int = DEFAULT_GRID.minutes,
    buffer_minutes: int | None = None,
    capacity: int | None = None,
    key: str | None = None,
) -> TimeslotRun:
    """Timeslots of a room from `first` to `last`, both included, for the room's rate (product.md, "Timeslots").

    They are sessions of `service_id`, or of a service of the room's own, which is made with the first of them.
    `buffer_minutes` is the room's unless given, `capacity` the service's. What is over, closed, or there already is
    left out. Up to 500 are made at once, more by workers: then `finished_at` is None and `made` grows. Raises
    NotFound, NotAllowed and NotValid.
    """
    room = _room(room_id)
    venue = room.venue
    if not may_set_hours_of_venue(actor, venue.merchant_id, venue.id):
        raise NotAllowed
    grid = SlotGrid(opens, closes, minutes, room.buffer_minutes if buffer_minutes is None else buffer_minutes)
    check_grid(grid, first, last, capacity)
    scope, given = f"timeslots:{actor.label}", repr((room_id, service_id, first, last, grid, capacity))
    if key is not None:
        stored = idempotency.claim(scope, key, idempotency.fingerprint(given=given))
        if stored is not None:
            return db.session.get_one(TimeslotRun, stored["run"])
    service = _service(room, service_id)
    facts = {
        **asdict(grid),
        "opens": grid.opens.isoformat(),
        "closes": grid.closes.isoformat(),
        "title": service.name,
        "capacity": capacity or service.capacity,
        "price_minor": price_of_timeslot(room.rate_minor, minutes),
    }
    wanted = len(_missing(room, service.id, facts, first, last, now))
    run = TimeslotRun(
        actor=actor.label, user_id=actor.user_id, service_id=service.id, room_id=room.id, first_day=first,
        last_day=last, facts=facts, next_day=first, wanted=wanted, made=0,
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    record(actor, "timeslots.generated", f"room:{room.id}", {"run": run.id, "wanted": wanted})
    if wanted <= AT_ONCE:
        _make(run, room, last, now)
    else:
        outbox.later("scheduling.make_timeslots", run.id, key=_job_key(run))
    if key is not None:
        idempotency.keep(scope, key, {"run": run.id})
    return run


def price_of_timeslot(rate_minor: int, minutes: int) -> int:
    """What a seat costs at this rate an hour, half up to the minor unit, as every price."""
    return (rate_minor * minutes * 2 + 60) // 120


@action
def make_timeslots(run_id: int, *, now: dt.datetime) -> TimeslotRun:
    """A worker's share of a run: the next days, about 500 timeslots; the rest is promised. Running it twice is once."""
    run = db.session.scalars(
        select(TimeslotRun).where(TimeslotRun.id == run_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if run.next_day is not None:
        room = _room(run.room_id)
        a_day = max(1, len(slot_starts(_grid(run.facts), run.next_day, run.next_day, room.venue.zone)))
        _make(run, room, run.next_day + dt.timedelta(days=max(0, AT_ONCE // a_day - 1)), now)
        if run.next_day is not None:
            outbox.later("scheduling.make_timeslots", run.id, key=_job_key(run))
    return run


def _job_key(run: TimeslotRun) -> str:
    return f"scheduling.make_timeslots:{run.id}:{run.next_day}"


def _make(run: TimeslotRun, room: Room, until: dt.date, now: dt.datetime) -> None:
    """Inside an action: the timeslots from the run's next day to `until`, and whose turn it is then."""
    assert run.next_day is not None
    until = min(until, run.last_day)
    spans = _missing(room, run.service_id, run.facts, run.next_day, until, now)
    if spans:
        run.made = min(run.wanted, run.made + len(_insert(run, room, spans)))
    run.next_day = None if until == run.last_day else until + dt.timedelta(days=1)
    if run.next_day is None:
        run.finished_at = now
    db.session.flush()


def _insert(run: TimeslotRun, room: Room, spans: Sequence[Span]) -> Sequence[int]:
    facts, venue = run.facts, room.venue
    rows = [
        {
            "service_id": run.service_id,
            "merchant_id": venue.merchant_id,
            "venue_id": venue.id,
            "room_id": room.id,
            "title": facts["title"],
            "starts_at": span.start,
            "ends_at": span.end,
            "zone": venue.zone,
            "capacity": facts["capacity"],
            "price_minor": facts["price_minor"],
            "currency": venue.currency,
            "on_grid": True,
        }
        for span in spans
    ]
    # Somebody else's run may be at the same days at this moment.
    made = (
        insert(Session)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["room_id", "service_id", "starts_at"], index_where=text("on_grid"))
    )
    return db.session.scalars(made.returning(Session.id)).all()


def _missing(
    room: Room, service_id: int, facts: dict[str, Any], first: dt.date, last: dt.date, now: dt.datetime
) -> list[Span]:
    return plan_slots(room, service_id, _grid(facts), first, last, now=now).missing


def _grid(facts: dict[str, Any]) -> SlotGrid:
    opens, closes = dt.time.fromisoformat(facts["opens"]), dt.time.fromisoformat(facts["closes"])
    return SlotGrid(opens, closes, facts["minutes"], facts["buffer_minutes"])


def _room(room_id: int) -> Room:
    room: Room | None = db.session.scalar(
        select(Room).where(Room.id == room_id).options(joinedload(Room.venue).joinedload(Venue.merchant))
    )
    if room is None:
        raise NotFound
    return room


def _service(room: Room, service_id: int | None) -> Service:
    if service_id is None:
        return _own_service(room)
    service: Service | None = db.session.scalar(
        select(Service).where(Service.id == service_id).options(selectinload(Service.lengths))
    )
    if service is None or service.merchant_id != room.venue.merchant_id:
        raise NotFound
    if service.kind != "session":
        raise NotValid({"service": N_("Only services of the kind session have a timetable.")})
    return service


def _own_service(room: Room) -> Service:
    """The service under which a room's timeslots are offered when none is named: one booking each."""
    slug = own_slug(room)
    # Two at once: the second waits here, and finds it.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"service:{slug}", 0))))
    found = own_service_of(room)
    if found is None:
        found = Service(
            merchant_id=room.venue.merchant_id, slug=slug, name=room.name, kind="session", theme=ROOMS_OWN, capacity=1,
            lengths=[ServiceLength(minutes=60, price_minor=room.rate_minor)],
        )  # fmt: skip
        db.session.add(found)
        db.session.flush()
        db.session.add(ServiceRoom(service_id=found.id, room_id=room.id))
        db.session.refresh(found)
    elif found.merchant_id != room.venue.merchant_id:
        raise NotValid({"service": N_("Please name the service these timeslots belong to.")})
    return found


def check_grid(grid: SlotGrid, first: dt.date, last: dt.date, capacity: int | None) -> None:
    """Raises NotValid for timeslots nobody could mean."""
    problems = {}
    if not 0 <= (last - first).days <= LONGEST_RANGE.days:
        problems["last"] = N_("Timeslots are made for a year at most, and the end is not before the start.")
    if not 5 <= grid.minutes <= 24 * 60:
        problems["minutes"] = N_("A timeslot lasts from 5 minutes to a day.")
    if not 0 <= grid.buffer_minutes <= 24 * 60:
        problems["buffer_minutes"] = N_("The time between two timeslots is a day at most.")
    if capacity is not None and not 1 <= capacity <= MOST_SEATS:
        problems["capacity"] = N_("A timeslot has from 1 to %(most)s seats.")
    if problems:
        raise NotValid(problems, most=MOST_SEATS)
