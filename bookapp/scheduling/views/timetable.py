"""/sessions: what is on, by day, narrowed by what stands in the address."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from bookapp.booking.queries import own_seats, priced_now
from bookapp.infra import clock
from bookapp.scheduling.queries.timetable import (
    Choice,
    DayOn,
    Listed,
    Options,
    days_on,
    next_retreat,
    options,
    timetable,
)
from bookapp.scheduling.views.area import blueprint
from bookapp.scheduling.views.links import link
from bookapp.scheduling.views.watching import of_sessions
from bookapp.scheduling.views.words import Month, asked_day, asked_month, first_of_next, month
from bookapp.values.timespan import wall
from bookapp.web import filters
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page
from bookapp.web.security import current_actor

PATH = "/sessions"
PER_PAGE = 30
MOST_PAGES = 200
A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address."""

    choice: Choice
    date: dt.date | None
    month: dt.date
    page: int

    def link(self, **changes: object) -> str:
        """This timetable with something changed; another choice begins on the first page again."""
        now: dict[str, object] = {
            "kind": self.choice.theme,
            "with": self.choice.person,
            "merchant": self.choice.merchant,
            "where": self.choice.city,
            "online": "1" if self.choice.online else "",
            "date": self.date.isoformat() if self.date else "",
        }
        return link(PATH, **(now | changes))


@blueprint.get(PATH)
def show_timetable() -> Response:
    """What is on, from the chosen day on."""
    now, actor = clock.now(), current_actor()
    today = now.date()
    asked = _asked(Query(request.args), today)
    # Without a day it begins with whatever is next, also where it is still yesterday.
    first = asked.date or today - A_DAY
    found = timetable(asked.choice, first=first, now=now, limit=PER_PAGE + 1, offset=PER_PAGE * (asked.page - 1))
    more, coming = len(found) > PER_PAGE, next_retreat(asked.choice, now=now)
    priced = priced_now([*found[:PER_PAGE], *filter(None, [coming])], now=now)
    shown, retreat = (priced[:-1], priced[-1]) if coming else (priced, None)
    zones = {session.zone for session in shown}
    return page(
        "scheduling/timetable/index.html",
        "timetable",
        asked=asked,
        days=_by_day(shown, now),
        own=own_seats(actor, [session.id for session in shown], now=now),
        zone=zones.pop() if len(zones) == 1 else "",
        chips=_chips(asked, options(asked.choice, now=now)),
        month=_month(asked, today=today, now=now),
        retreat=retreat,
        live=of_sessions([session.id for session in priced]),
        later=asked.link(page=asked.page + 1) if more else "",
        earlier=asked.link(page=asked.page - 1 if asked.page > 2 else "") if asked.page > 1 else "",
    )


def _asked(query: Query, today: dt.date) -> Asked:
    date = asked_day(query.day("date"), today=today)
    return Asked(
        choice=Choice(
            theme=query.text("kind"),
            person=query.text("with"),
            merchant=query.text("merchant"),
            city=query.text("where"),
            online=query.flag("online"),
        ),
        date=date,
        month=asked_month(query.text("month"), today=today, otherwise=date),
        page=query.integer("page", low=1, high=MOST_PAGES) or 1,
    )


def _by_day(sessions: Any, now: dt.datetime) -> list[tuple[str, str, list[Listed]]]:
    """(heading, note, sessions) of each day; the note says which are today and tomorrow there."""
    ordered = sorted(sessions, key=lambda session: (session.day, session.starts_at, session.id))
    return [
        (filters.day_long(day), _note(day, group[0].zone, now), group)
        for day, of_day in groupby(ordered, key=lambda session: session.day)
        if (group := list(of_day))
    ]


def _note(day: dt.date, zone: str, now: dt.datetime) -> str:
    ahead = (day - wall(now, zone).date()).days
    return {0: _("today"), 1: _("tomorrow")}.get(ahead, "")


def _month(asked: Asked, *, today: dt.date, now: dt.datetime) -> Month:
    last = first_of_next(asked.month) - A_DAY
    on = days_on(asked.choice, first=asked.month, last=last, now=now)

    def cell(day: dt.date) -> tuple[str, str, str]:
        found = on.get(day, DayOn(day, 0, 0))
        if not found.on:
            return "", "" if day < today else _("none"), "off"
        href = asked.link(date=day.isoformat(), month="")
        if not found.free:
            return href, _("full"), "full"
        return href, _("%(count)s on", count=found.on), "chosen" if day == asked.date else ""

    return month(asked.month, today=today, cell=cell, turn=lambda first: asked.link(month=f"{first:%Y-%m}"))


@dataclass(frozen=True, slots=True)
class Chips:
    """Filters as (words, link, is on); menus as (id, words, chips)."""

    plain: list[tuple[str, str, bool]]
    menus: list[tuple[str, str, list[tuple[str, str, bool]]]]


def _chips(asked: Asked, to_choose: Options) -> Chips:
    choice = asked.choice
    themes = list(dict.fromkeys([*to_choose.themes, *filter(None, [choice.theme])]))
    plain = [] if choice == Choice() else [(_("Everything"), PATH, False)]
    plain += [
        (theme.capitalize(), asked.link(kind="" if theme == choice.theme else theme), theme == choice.theme)
        for theme in themes
    ]
    plain.append((_("Online"), asked.link(online="" if choice.online else "1"), choice.online))
    menus = []
    for name, words, chosen, pairs in (
        ("with", _("With whom"), choice.person, to_choose.people),
        ("where", _("Where"), choice.city, [(city, city) for city in to_choose.cities]),
        ("merchant", _("House"), choice.merchant, to_choose.merchants),
    ):
        if chosen:
            plain.append((dict(pairs).get(chosen, chosen), asked.link(**{name: ""}), True))
        elif len(pairs) > 1:
            menus.append(
                (f"choose-{name}", words, [(said, asked.link(**{name: value}), False) for value, said in pairs])
            )
    return Chips(plain, menus)
