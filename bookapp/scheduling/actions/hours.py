"""When houses are open, people work, and nobody is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import delete, select

from bookapp.audit.actions import record
from bookapp.catalog.models import Facilitator, Room, Venue
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency, live
from bookapp.infra.db import action, db
from bookapp.scheduling.errors import HoursChanged
from bookapp.scheduling.models import Closure, OpeningHours, WorkingHours
from bookapp.scheduling.policy import may_set_hours_of_person, may_set_hours_of_venue
from bookapp.scheduling.queries.opening import opening_hours, version_of_week, working_hours
from bookapp.scheduling.rules import Hours, weekly_problems
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.timespan import Span
from bookapp.values.words import N_

Record = TypeVar("Record")


@action
def set_opening_hours(
    actor: Actor,
    hours: Sequence[Hours],
    *,
    venue_id: int | None = None,
    room_id: int | None = None,
    version: str | None = None,
) -> None:
    """Replace the weekly hours of a venue, or of one room of it (none: it is open when its venue is).

    `version` is that of the week a form was made of (`queries.opening.version_of_week`); then no two stretches may
    overlap, while a sheet may say the same twice. Raises NotFound, NotAllowed, NotValid ("hours-2": the third of
    `hours`), and HoursChanged when they are other ones meanwhile.
    """
    _check_weekdays(hours)
    if version is not None and (problems := weekly_problems(hours, whole_days=True)):
        raise NotValid({f"hours-{number}": words for number, words in problems.items()})
    place, target, venue = _place(venue_id, room_id)
    if not may_set_hours_of_venue(actor, venue.merchant_id, venue.id):
        raise NotAllowed
    # One after the other: of two who save at once, the second is told.
    db.session.execute(select(Venue.id).where(Venue.id == venue.id).with_for_update())
    if version is not None and version != version_of_week(opening_hours(**place)):
        raise HoursChanged
    db.session.execute(delete(OpeningHours).filter_by(**place))
    db.session.add_all(OpeningHours(**place, weekday=one.weekday, opens=one.opens, closes=one.closes) for one in hours)
    record(actor, "opening_hours.set", target, {"count": len(hours)})
    live.tell(target)


@action
def set_working_hours(actor: Actor, facilitator_id: int, hours: Sequence[Hours], *, version: str | None = None) -> None:
    """Replace the weekly hours of a person, in their own zone.

    `version` is that of the week it was made of (`queries.opening.version_of_week`). Raises NotFound, NotAllowed,
    NotValid ("hours-2": the third of `hours`), and HoursChanged when they are other ones meanwhile.
    """
    _check_weekdays(hours)
    if problems := weekly_problems(hours):
        raise NotValid({f"hours-{number}": words for number, words in problems.items()})
    person = _existing(Facilitator, facilitator_id)
    if not may_set_hours_of_person(actor, person.merchant_id, person.user_id):
        raise NotAllowed
    # One after the other: of two who save at once, the second is told.
    db.session.execute(select(Facilitator.id).where(Facilitator.id == person.id).with_for_update())
    if version is not None and version != version_of_week(working_hours(person.id)):
        raise HoursChanged
    db.session.execute(delete(WorkingHours).filter_by(facilitator_id=person.id))
    db.session.add_all(
        WorkingHours(facilitator_id=person.id, weekday=one.weekday, starts=one.opens, ends=one.closes) for one in hours
    )
    record(actor, "working_hours.set", f"facilitator:{person.id}", {"count": len(hours)})


@action
def add_closure(
    actor: Actor,
    span: Span,
    *,
    venue_id: int | None = None,
    room_id: int | None = None,
    facilitator_id: int | None = None,
    reason: str = "",
    key: str | None = None,
) -> Closure:
    """A venue, one room, or a person is not to be had during `span`; what is booked already stays.

    Exactly one of the three is named; `reason` is shown to everybody. With `key`, asking twice is once. Raises
    NotFound, NotAllowed, KeyReused.
    """
    if facilitator_id is not None:
        person = _existing(Facilitator, facilitator_id)
        whose, target = {"facilitator_id": person.id}, f"facilitator:{person.id}"
        allowed = may_set_hours_of_person(actor, person.merchant_id, person.user_id)
    else:
        whose, target, venue = _place(venue_id, room_id)
        allowed = may_set_hours_of_venue(actor, venue.merchant_id, venue.id)
    if not allowed:
        raise NotAllowed
    scope = f"closure:{actor.label}"
    if key and (made := idempotency.claim(scope, key, idempotency.fingerprint(span=span, reason=reason, **whose))):
        return db.session.get_one(Closure, made["closure"])
    closure = Closure(**whose, starts_at=span.start, ends_at=span.end, reason=reason)
    db.session.add(closure)
    db.session.flush()
    record(actor, "closure.added", target, {"closure": closure.id})
    live.tell(target)
    if key:
        idempotency.keep(scope, key, {"closure": closure.id})
    return closure


@action
def remove_closure(actor: Actor, closure_id: int) -> Closure:
    """It is to be had again. Raises NotFound, also for whoever may not: time off is nobody else's business."""
    closure = db.session.get(Closure, closure_id, populate_existing=True, with_for_update=True)
    if closure is None:
        raise NotFound
    if closure.facilitator_id is not None:
        person = _existing(Facilitator, closure.facilitator_id)
        target, allowed = f"facilitator:{person.id}", may_set_hours_of_person(actor, person.merchant_id, person.user_id)
    else:
        _, target, venue = _place(closure.venue_id, closure.room_id)
        allowed = may_set_hours_of_venue(actor, venue.merchant_id, venue.id)
    if not allowed:
        raise NotFound
    db.session.delete(closure)
    record(actor, "closure.removed", target, {"closure": closure_id, "from": str(closure.starts_at)})
    live.tell(target)
    return closure


def _place(venue_id: int | None, room_id: int | None) -> tuple[dict[str, int], str, Venue]:
    """The column that names the place, how the audit trail calls it, and the venue that decides who may."""
    if room_id is not None:
        room = _existing(Room, room_id)
        return {"room_id": room.id}, f"room:{room.id}", _existing(Venue, room.venue_id)
    venue = _existing(Venue, venue_id)
    return {"venue_id": venue.id}, f"venue:{venue.id}", venue


def _check_weekdays(hours: Sequence[Hours]) -> None:
    if any(not 0 <= one.weekday <= 6 for one in hours):
        raise NotValid({"hours": N_("Weekdays are 0 (Monday) to 6 (Sunday).")})


def _existing(model: type[Record], record_id: int | None) -> Record:
    found = db.session.get(model, record_id) if record_id is not None else None
    if found is None:
        raise NotFound
    return found
