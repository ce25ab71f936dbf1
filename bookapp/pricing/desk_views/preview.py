"""Next week's prices of a room or a service, as they are and as they would be: nothing is saved to see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bookapp.booking.queries.prices import appointment_facts, room_facts, session_facts
from bookapp.catalog.models import Merchant, Room, Service
from bookapp.catalog.queries import room_by_id, service_by_id
from bookapp.catalog.queries.terms import Use, uses_of_terms
from bookapp.catalog.states import ServiceKind
from bookapp.pricing.queries import tariff_of
from bookapp.pricing.rules import Facts
from bookapp.pricing.rules.drafts import RuleDraft
from bookapp.pricing.rules.tariffs import Tariff
from bookapp.pricing.states import RuleKind
from bookapp.scheduling.queries import appointment_calendars, room_calendars, sessions_between
from bookapp.values.errors import NotFound
from bookapp.values.timespan import Span, day_span, days, instant_near, wall
from bookapp.web import filters

LENGTHS = (60, 120, 240, 480)
# A rule that is not written down yet comes after all others.
_LAST = 2**31
_WEEK = dt.timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Cell:
    """One price: as it is, and as it would be."""

    old: str
    new: str

    @property
    def changes(self) -> bool:
        """Whether the rule makes a difference here."""
        return self.old != self.new


@dataclass(slots=True)
class Preview:
    """A week from Monday on: `rows` of (hour, a cell or None for each day), or `sessions` of (when, what, cell)."""

    targets: list[tuple[str, str]]
    target: str
    lengths: list[tuple[int, str]] = field(default_factory=list)
    minutes: int = 0
    days: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[Cell | None]]] = field(default_factory=list)
    sessions: list[tuple[str, str, Cell]] = field(default_factory=list)

    @property
    def cells(self) -> list[Cell]:
        """Every price that is shown."""
        return [cell for _hour, row in self.rows for cell in row if cell] + [cell for *_said, cell in self.sessions]

    @property
    def changing(self) -> int:
        """How many of them the rule changes."""
        return sum(cell.changes for cell in self.cells)


def preview(
    merchant: Merchant, draft: RuleDraft, *, rule_id: int | None, target: str, minutes: int | None, now: dt.datetime
) -> Preview:
    """Next week with `draft` in place of the rule `rule_id`, or added to the others.

    `target` is "room-5" or "service-9"; what is not the merchant's is replaced by what the rule is about.
    """
    uses = uses_of_terms(merchant.id)
    week = _Week(tariff_of(merchant.id), draft, rule_id, now)
    shown = Preview(_targets(uses), _target(target, uses, draft))
    what, _dash, number = shown.target.partition("-")
    try:
        if what == "room":
            week.of_room(shown, room_by_id(int(number)), minutes)
        elif what:
            week.of_service(shown, service_by_id(int(number)), minutes)
    except NotFound:  # not listed: nobody can book it, so it has no prices next week
        pass
    return shown


class _Week:
    def __init__(self, before: Tariff, draft: RuleDraft, rule_id: int | None, now: dt.datetime) -> None:
        self._now, self._before = now, before
        kept = [rule for rule in before.rules if rule.id != rule_id]
        known = next((rule.position for rule in before.rules if rule.id == rule_id), _LAST)
        mine = [draft.rule(id_=rule_id or _LAST, position=known)] if draft.active else []
        self._after = replace(before, rules=(*kept, *mine))

    def of_room(self, shown: Preview, room: Room, minutes: int | None) -> None:
        """The room from each full hour on which it is open long enough."""
        choices = [one for one in LENGTHS if room.min_minutes <= one <= room.max_minutes] or [room.min_minutes]
        self._lengths(shown, choices, minutes)
        zone = room.venue.zone
        monday, window = self._window(zone)
        calendar = room_calendars([room], window, now=self._now, occupied=False)[room.id]

        def facts(span: Span) -> Facts:
            return room_facts(room, room.venue, span, self._now)

        self._grid(shown, calendar.open, monday, zone, facts)

    def of_service(self, shown: Preview, service: Service, minutes: int | None) -> None:
        """The service's sessions; or an appointment with the first of its people, from each full hour they work."""
        if service.kind == ServiceKind.SESSION.value:
            _monday, window = self._window(service.merchant.zone)
            for session in sessions_between(window, service_id=service.id):
                said = filters.when(session.starts_at, session.zone)
                cell = self._cell(session_facts(session, 1, self._now))
                shown.sessions.append((said, filters.number(session.capacity - session.seats_taken), cell))
            return
        if not service.hosts or not service.lengths:
            return
        lengths = {length.minutes: length for length in service.lengths}
        self._lengths(shown, list(lengths), minutes)
        host, length = service.hosts[0], lengths[shown.minutes]
        zone = appointment_facts(service, length, host, self._now, self._now).zone
        monday, window = self._window(zone)
        calendars = appointment_calendars([(service, host)], window, now=self._now)[service.id, host.id]

        def facts(span: Span) -> Facts:
            return appointment_facts(service, length, host, span.start, self._now)

        self._grid(shown, calendars.person.open, monday, zone, facts)

    def _window(self, zone: str) -> tuple[dt.date, Span]:
        today = wall(self._now, zone).date()
        monday = today + dt.timedelta(days=7 - today.weekday())
        return monday, Span(day_span(monday, zone).start, day_span(monday + _WEEK, zone).end)

    def _lengths(self, shown: Preview, choices: Sequence[int], minutes: int | None) -> None:
        shown.lengths = [(one, filters.duration(one)) for one in choices]
        shown.minutes = minutes if minutes in choices else choices[0]

    def _grid(
        self, shown: Preview, opened: Sequence[Span], monday: dt.date, zone: str, facts: Callable[[Span], Facts]
    ) -> None:
        week = list(days(monday, monday + _WEEK))
        shown.days = [filters.day(day) for day in week]
        length = dt.timedelta(minutes=shown.minutes)
        for hour in range(24):
            row: list[Cell | None] = []
            for day in week:
                start = instant_near(day, dt.time(hour), zone)
                span = Span(start, start + length)
                is_open = any(one.contains(span) for one in opened)
                row.append(self._cell(facts(span)) if is_open else None)
            if any(row):
                shown.rows.append((f"{hour:02}:00", row))

    def _cell(self, facts: Facts) -> Cell:
        return Cell(filters.money_short(self._before.total(facts)), filters.money_short(self._after.total(facts)))


def _targets(uses: Sequence[Use]) -> list[tuple[str, str]]:
    return [(use.field, f"{use.name}, {use.place}" if use.place else use.name) for use in uses]


def _target(asked: str, uses: Sequence[Use], draft: RuleDraft) -> str:
    """What was asked for; else what the rule is about; else the first thing it could be about."""
    known = [use.field for use in uses]
    own: Mapping[str, int | None] = {"room": draft.room_id, "service": draft.service_id}
    about = [f"{what}-{number}" for what, number in own.items() if number is not None]
    for one in (asked, *about):
        if one in known:
            return one
    hosted = draft.kind in (RuleKind.LEVEL, RuleKind.DEMAND)
    return next((one for one in known if one.startswith("service") is hosted), next(iter(known), ""))
