"""Times, prices and misses in the reader's words, short enough for a card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from babel import Locale
from babel.lists import format_list
from flask_babel import ngettext

from bookapp.catalog.rules import terms_steps
from bookapp.catalog.states import Amenity, RoomType
from bookapp.scheduling.rules import Calendar, free_spans
from bookapp.search.rules.ask import Ask, ClockTrouble, Sort
from bookapp.search.rules.fit import Miss, Missing
from bookapp.search.rules.standing import Counts
from bookapp.values.money import Money
from bookapp.values.timespan import Span, wall
from bookapp.web import filters
from bookapp.web.language import gettext as _
from bookapp.web.language import locale_here


def money(minor: int, currency: str) -> str:
    """€54, or €54.50. The same few prices are written on every page, so that they are kept."""
    return _money(minor, currency, locale_here())


def labels(of: type[Amenity] | type[RoomType] | type[Sort]) -> Mapping[str, str]:
    """The words of a vocabulary by their names in addresses, in the reader's language."""
    return _labels(of, locale_here())


@lru_cache(maxsize=4096)
def _money(minor: int, currency: str, _locale: Locale) -> str:
    return filters.money_short(Money(minor, currency))


@lru_cache(maxsize=4096)
def _listed(words: tuple[str, ...], locale: Locale) -> str:
    return format_list(words, locale=locale)


@lru_cache(maxsize=32)
def _labels(of: type[Amenity] | type[RoomType] | type[Sort], _locale: Locale) -> Mapping[str, str]:
    return MappingProxyType({one.value: _(one.label) for one in of})


def clock(at: dt.datetime, zone: str, *, is_end: bool = False) -> str:
    """14, or 14:30; midnight as an end is 24."""
    local = wall(at, zone)
    if local.minute:
        return f"{local.hour}:{local.minute:02}"
    return "24" if is_end and not local.hour else str(local.hour)


@lru_cache(maxsize=8192)
def hours(span: Span, zone: str) -> str:
    """14–16, or 14:30–16"""
    return f"{clock(span.start, zone)}–{clock(span.end, zone, is_end=True)}"


def free_words(calendar: Calendar, window: Span, day: str) -> str:
    """A day as a sentence: "Tuesday 24 November: free 8–9, 11:30–16:30 and 18–19."; `day` is "" where it is known."""
    spans = [hours(span, calendar.zone) for span in free_spans(calendar, window)]
    said = _("Free %(hours)s.", hours=listed(spans)) if spans else _("Nothing free.")
    return f"{day}: {said}" if day else said


def listed(words: Sequence[str]) -> str:
    """a, b and c"""
    return _listed(tuple(words), locale_here())


def amenities(names: Sequence[str]) -> str:
    """projector and step-free"""
    return listed([labels(Amenity)[name] for name in names])


def miss_words(miss: Miss) -> str:
    """What is missing, on a badge: "Without projector", "Seats 30 of your 40", "30 min later"."""
    facts = miss.facts
    match miss.kind:
        case Missing.AMENITY:
            return _("Without %(amenities)s", amenities=amenities(facts["amenities"]))
        case Missing.SEATS:
            return _("Seats %(seats)s of your %(people)s", seats=facts["seats"], people=facts["people"])
        case Missing.LATER:
            return _("%(length)s later", length=filters.duration(facts["minutes"]))
        case Missing.EARLIER:
            return _("%(length)s earlier", length=filters.duration(facts["minutes"]))
        case Missing.SHORTER:
            return _("%(length)s instead", length=filters.duration(facts["minutes"]))
        case Missing.DAY:
            return _("Free %(day)s", day=filters.day(facts["day"]))


def counted(counts: Counts, ask: Ask) -> tuple[str, list[str]]:
    """The line above the rooms: ("14 free", ["6 taken at that time", "3 need notice"])."""
    partly = (counts.partly, ngettext("%(num)s lacks something", "%(num)s lack something", counts.partly))
    if counts.partly and not counts.free:
        head = _("None has everything you asked")
    elif ask.day is None:
        head = ngettext("%(num)s room", "%(num)s rooms", counts.free)
    else:
        head = _("%(count)s free", count=counts.free)
    taken = _("%(count)s taken at that time") if ask.hours else _("%(count)s fully booked")
    return head, _some(
        partly,
        (counts.taken, taken % {"count": counts.taken}),
        (counts.notice, ngettext("%(num)s needs notice", "%(num)s need notice", counts.notice)),
        (counts.closed, _("%(count)s closed", count=counts.closed)),
        (counts.length, _("%(count)s not for that long", count=counts.length)),
    )


def nothing(ask: Ask, *, is_known: bool) -> str:
    """The heading where nothing was found; `is_known`: there is something at the asked place at all."""
    if ask.where and not is_known:
        return _("We know no place called “%(where)s” yet.", where=ask.where)
    return _("Nothing is free for exactly this.")


def zones(names: Collection[str]) -> str:
    """Whose clocks are meant: "Berlin time", or that there are several."""
    if len(names) > 1:
        return _("each in its own time zone")
    return _("%(zone)s time", zone=filters.zone_name(next(iter(names)))) if names else ""


def free_from(at: dt.datetime, zone: str, asked: dt.date | None, now: dt.datetime) -> str:
    """Free from 9, on the asked day; else "Free today from 9", "Free Mon 23 Nov from 8"."""
    local = wall(at, zone)
    if local.date() == asked:
        return _("Free from %(time)s", time=clock(at, zone))
    ahead = (local.date() - wall(now, zone).date()).days
    day = {0: _("today"), 1: _("tomorrow")}.get(ahead) or filters.day(at, zone)
    return _("Free %(day)s from %(time)s", day=day, time=clock(at, zone))


def terms_words(tiers: Sequence[Mapping[str, Any]], starts_at: dt.datetime, zone: str, now: dt.datetime) -> str:
    """The best that can still be had back: "75 % back until Sun 22 Nov, 14:00 (Berlin)"."""
    first = terms_steps(tiers, starts_at, now)[0]
    if first.until is None:
        return _("%(percent)s %% back if you cancel", percent=first.percent) if first.percent else ""
    until = filters.when(first.until, zone)
    if first.percent == 100:
        return _("Free cancellation until %(when)s", when=until)
    return _("%(percent)s %% back until %(when)s", percent=first.percent, when=until)


def heading(ask: Ask, title: str) -> str:
    """The search in a line: "Meeting room in Berlin, Tuesday 24 November, 14:00–16:00, 8 people"."""
    people = ngettext("%(num)s person", "%(num)s people", ask.people) if ask.people else ""
    return ", ".join(part for part in (title, when(ask), people) if part)


def when(ask: Ask) -> str:
    """Tuesday 24 November, 14:00–16:00; or less, as far as it was said."""
    day = filters.day_long(ask.day) if ask.day else ""
    between = f"{ask.hours.begins[:5]}–{ask.hours.ends[:5]}" if ask.hours else ""
    return ", ".join(part for part in (day, between) if part)


def next_start(at: dt.datetime, zone: str, now: dt.datetime) -> str:
    """Today 16:30, Tomorrow 9:00, Sat 10:00, or the date when it is more than a week away."""
    local = wall(at, zone)
    ahead = (local.date() - wall(now, zone).date()).days
    time = filters.time(at, zone)
    if ahead == 0:
        return _("Today %(time)s", time=time)
    if ahead == 1:
        return _("Tomorrow %(time)s", time=time)
    day = filters.weekday(at, zone) if ahead < 7 else filters.day(at, zone)
    return f"{day} {time}"


def trouble(told: ClockTrouble) -> str:
    """Why the clocks of a place cannot say the asked time."""
    sentence = _(told.refusal.sentence, **told.refusal.params)
    return _("%(place)s: %(sentence)s", place=filters.zone_name(told.zone), sentence=sentence)


def _some(*pairs: tuple[int, str]) -> list[str]:
    return [words for count, words in pairs if count]
