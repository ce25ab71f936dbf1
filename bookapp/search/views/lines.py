"""Sessions as lines and people as cards, ready to be shown."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from bookapp.booking.queries import OwnSeat
from bookapp.search.queries import ShownPerson, ShownSession
from bookapp.search.views import words
from bookapp.search.views.pictures import source, stars
from bookapp.values.timespan import wall
from bookapp.web import filters
from bookapp.web.language import gettext as _

RETREAT = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One session. `state` is open, few, full, yours, held; its button leads to `act_href` or sends `choice`."""

    iso: str
    time: str
    length: str
    day: str
    title: str
    href: str
    where: str
    stars: str
    reviews: int
    state: str
    left: str
    price: str
    act: str
    act_href: str
    choice: str


@dataclass(frozen=True, slots=True)
class PersonCard:
    """One person; `times` are (words, what its button sends)."""

    name: str
    href: str
    portrait: str
    facts: str
    stars: str
    reviews: int
    times: Sequence[tuple[str, str]]


def lines_of(
    sessions: Iterable[ShownSession],
    *,
    party: int,
    own: Mapping[int, OwnSeat],
    now: dt.datetime,
    day: dt.date | None = None,
) -> list[Line]:
    """A line for each session, for `party` people. It says its day unless that is `day`, its zone where they differ."""
    page = secrets.token_urlsafe(6)
    shown = list(sessions)
    differ = len({session.zone for session in shown}) > 1
    lines = []
    for number, session in enumerate(shown):
        said = "" if session.day == day else _day(session, now)
        zone = filters.zone_name(session.zone) if differ else ""
        lines.append(_line(session, party, own, ", ".join(filter(None, (said, zone))), f"{page}-{number}"))
    return lines


def people_cards(people: Iterable[ShownPerson], now: dt.datetime) -> list[PersonCard]:
    """A card for each person."""
    page = secrets.token_urlsafe(6)
    return [_person(shown, now, f"{page}-{number}") for number, shown in enumerate(people)]


def _line(row: ShownSession, party: int, own: Mapping[int, OwnSeat], day: str, key: str) -> Line:
    mine = own.get(row.id)
    over_days = row.ends_at - row.starts_at > RETREAT
    href = f"/sessions/{row.id}" + (f"?seats={party}" if party > 1 else "")
    state = "open" if row.left >= party else "few" if row.left else "full"
    act, act_href = {
        "open": (_("See retreat"), href) if over_days else (_("Book"), ""),
        "few": (_("See it"), f"/sessions/{row.id}"),
        "full": (_("See others"), f"/sessions/{row.id}"),
    }[state]
    if mine is not None:
        state = "held" if mine.is_held else "yours"
        act, act_href = (
            (_("Go on"), f"/checkout/{mine.ref}") if mine.is_held else (_("Your booking"), f"/bookings/{mine.ref}")
        )
    total = row.total
    place = _("online, link after booking") if row.online else ", ".join(filter(None, (row.venue, row.city)))
    return Line(
        iso=filters.local_iso(row.starts_at, row.zone),
        time=filters.time(row.starts_at, row.zone),
        length=filters.duration(row.ends_at - row.starts_at),
        day=day,
        title=row.title,
        href=href,
        where=" · ".join(filter(None, (row.facilitator, place))),
        stars=stars(row.rating_sum, row.rating_count),
        reviews=row.rating_count,
        state=state,
        left=_("%(left)s of %(all)s left", left=row.left, all=row.capacity),
        price=words.money(total.minor, total.currency),
        act=act,
        act_href=act_href,
        choice=""
        if act_href
        else f"kind=session&session={row.id}&seats={party}&currency={row.currency}"
        f"&total={total.minor}&idempotency_key={key}",
    )


def _day(row: ShownSession, now: dt.datetime) -> str:
    ahead = (row.day - wall(now, row.zone).date()).days
    return {0: _("today"), 1: _("tomorrow")}.get(ahead) or filters.day(row.day)


def _person(shown: ShownPerson, now: dt.datetime, key: str) -> PersonCard:
    person = shown.person
    who, service = person.facilitator, person.service
    totals = shown.totals or [person.price]
    least = min(total.minor for total in totals)
    price = _("%(price)s for %(length)s") if len(set(totals)) == 1 else _("from %(price)s for %(length)s")
    price %= {"price": words.money(least, person.price.currency), "length": filters.duration(person.minutes)}
    years = _("%(years)s years", years=who.years) if who.years > 1 else ""
    place = _("online") if service.online else who.city
    common = f"kind=appointment&service={service.slug}&facilitator={who.slug}&minutes={person.minutes}"
    return PersonCard(
        name=who.name,
        href=f"/people/{who.slug}",
        portrait=source(person.portrait),
        facts=" · ".join(filter(None, (who.headline or service.name, years, price, place))),
        stars=stars(who.rating_sum, who.rating_count),
        reviews=who.rating_count,
        times=[
            (
                words.next_start(at, who.zone, now),
                f"{common}&total={total.minor}&{_start(at)}&idempotency_key={key}-{number}",
            )
            for number, (at, total) in enumerate(zip(shown.starts, shown.totals, strict=True))
        ],
    )


@lru_cache(maxsize=4096)
def _start(at: dt.datetime) -> str:
    return urlencode({"start": at.isoformat()})
