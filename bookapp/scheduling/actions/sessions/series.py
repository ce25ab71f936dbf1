"""Sessions to be: what each date would meet, and then all of what was chosen, or none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from bookapp.audit.actions import record
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.scheduling.actions.sessions.single import (
    Parts,
    check_may_plan,
    check_plan,
    place_problems,
    put_on,
    take_place,
)
from bookapp.scheduling.errors import PlaceOccupied
from bookapp.scheduling.models import Session
from bookapp.scheduling.queries.planning import Planned, nearest_starts, planned_days, understood
from bookapp.scheduling.rules import ClockChange, Occurrence, PlannedDay, SessionDraft, Standing, Weekly, occurrences
from bookapp.values.errors import NotValid
from bookapp.values.timespan import Span, wall
from bookapp.values.words import N_

LONGEST_SERIES = dt.timedelta(days=366)
LONGEST_MINUTES = 24 * 60


def preview_series(
    actor: Actor, draft: SessionDraft, weekly: Weekly, *, now: dt.datetime, skip_closed: bool = False
) -> list[PlannedDay]:
    """Every date of a weekly series with what it meets; nothing is written.

    `weekly.at` is wall time where it takes place. `skip_closed` leaves out the dates on which nobody is there. Raises
    NotFound, NotAllowed and NotValid.
    """
    plan = _allowed(actor, draft)
    _check_weekly(weekly)
    _check_place(plan)
    rows = planned_days(plan, occurrences(weekly, plan.zone), now=now)
    return [row for row in rows if not (skip_closed and row.standing is Standing.CLOSED)]


def preview_session(
    actor: Actor, draft: SessionDraft, span: Span, *, now: dt.datetime
) -> tuple[PlannedDay, list[dt.datetime]]:
    """What one session during `span` would meet, and the nearest starts at which room and host are free instead.

    Raises NotFound, NotAllowed and NotValid.
    """
    plan = _allowed(actor, draft)
    check_plan(plan, (), span, now)
    once = Occurrence(wall(span.start, plan.zone).date(), span, ClockChange.NONE)
    row = planned_days(plan, [once], now=now)[0]
    return row, [] if row.standing is Standing.FREE else nearest_starts(plan, span, now=now)


def preview_parts(actor: Actor, draft: SessionDraft, parts: Parts, *, now: dt.datetime) -> list[PlannedDay]:
    """What each part of a retreat would meet, in the one room that all of them need.

    Raises NotFound, NotAllowed and NotValid.
    """
    plan = _allowed(actor, draft)
    spans = [part for _title, part in parts]
    check_plan(plan, parts, Span(min(one.start for one in spans), max(one.end for one in spans)), now)
    dates = [Occurrence(wall(one.start, plan.zone).date(), one, ClockChange.NONE) for one in spans]
    rows = planned_days(plan, dates, now=now)
    return [
        replace(row, standing=Standing.CLASH, is_possible=False) if row.standing is Standing.OTHER_ROOM else row
        for row in rows
    ]


@action
def create_series(
    actor: Actor,
    draft: SessionDraft,
    weekly: Weekly,
    *,
    now: dt.datetime,
    key: str,
    chosen: Sequence[tuple[dt.date, int | None]] | None = None,
) -> list[Session]:
    """A session on each of the `chosen` dates of a series, in the room named beside it; without `chosen` on all.

    All or none, and the same `key` twice is once. Raises as `create_session` does, PlaceOccupied with the day in its
    way.
    """
    scope = f"series:{actor.label}"
    given = repr((draft, weekly.first, weekly.last, sorted(weekly.weekdays), weekly.at, weekly.minutes, chosen))
    stored = idempotency.claim(scope, key, idempotency.fingerprint(series=given))
    if stored is not None:
        return [db.session.get_one(Session, session_id) for session_id in stored["sessions"]]
    plan = _allowed(actor, draft)
    _check_weekly(weekly)
    dates = {one.day: one for one in occurrences(weekly, plan.zone)}
    wanted = [(day, draft.room_id) for day in dates] if chosen is None else list(chosen)
    if any(day not in dates for day, _room_id in wanted):
        raise NotValid({"dates": N_("One of the dates does not belong to this series. Please look at it again.")})
    plans = _plans(actor, draft, plan, {room_id for _day, room_id in wanted})
    made = []
    for day, room_id in sorted(wanted):
        check_plan(plans[room_id], (), dates[day].span, now)
        made.append((put_on(plans[room_id], draft, dates[day].span), plans[room_id], day))
    for session, where, day in made:
        try:
            take_place(session, where, actor, now=now)
        except PlaceOccupied:
            raise PlaceOccupied(N_("On %(day)s the room or the person is taken at that time."), day=day) from None
    sessions = [session for session, _where, _day in made]
    if sessions:
        record(actor, "session.series_created", f"service:{plan.service.id}", {"sessions": len(sessions)})
    idempotency.keep(scope, key, {"sessions": [session.id for session in sessions]})
    return sessions


def _plans(actor: Actor, draft: SessionDraft, plan: Planned, room_ids: set[int | None]) -> dict[int | None, Planned]:
    """The plan in each room that was chosen. Another one has to be in the same zone: the dates are its wall time."""
    plans: dict[int | None, Planned] = {draft.room_id: plan}
    for room_id in room_ids - {draft.room_id}:
        other = plans[room_id] = understood(replace(draft, room_id=room_id))
        check_may_plan(actor, other)
        if (other.zone, other.currency) != (plan.zone, plan.currency):
            raise NotValid({"room": N_("This room is in another time zone or sells in another currency.")})
    return plans


def _allowed(actor: Actor, draft: SessionDraft) -> Planned:
    plan = understood(draft)
    check_may_plan(actor, plan)
    return plan


def _check_place(plan: Planned) -> None:
    if problems := place_problems(plan):
        raise NotValid(problems)


def _check_weekly(weekly: Weekly) -> None:
    problems = {}
    if not 0 <= (weekly.last - weekly.first).days <= LONGEST_SERIES.days or not weekly.weekdays <= set(range(7)):
        problems["last"] = N_("A series has weekdays, and ends within a year.")
    if not 0 < weekly.minutes <= LONGEST_MINUTES:
        problems["minutes"] = N_("A session of a series lasts a day at most.")
    if problems:
        raise NotValid(problems)
