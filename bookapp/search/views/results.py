"""/search: rooms, sessions or people for what stands in the address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.booking.queries import mine_by_claims, own_seats
from bookapp.favourites.queries import kept_by
from bookapp.identity.actor import Actor
from bookapp.infra import clock
from bookapp.infra.limits import SEARCH, limiter
from bookapp.search.forms import Asked, read
from bookapp.search.queries import (
    PeopleFound,
    RoomsFound,
    SeatsFound,
    find_people,
    find_rooms,
    find_sessions,
    themes,
)
from bookapp.search.rules.address import address
from bookapp.search.rules.ask import Ask, ClockTrouble, Kind
from bookapp.search.views import words
from bookapp.search.views.area import blueprint
from bookapp.search.views.asking import chips_of, choices_of, form_of, ways_on
from bookapp.search.views.cards import cards_of, common_choice
from bookapp.search.views.lines import lines_of, people_cards
from bookapp.web.hypermedia import is_partial, page
from bookapp.web.security import current_actor

PATH = "/search"


@dataclass(frozen=True, slots=True)
class Findings:
    """What every kind of result has in common; `own` is what only its part of the template knows."""

    count: str
    rest: Sequence[str]
    total: int
    page: int
    pages: int
    currency: str
    currencies: Sequence[str]
    troubles: Sequence[ClockTrouble]
    own: Mapping[str, Any]
    amenities: Collection[str] = ()
    is_over: bool = False


@blueprint.get(PATH)
@limiter.limit(SEARCH)
def show_results() -> Response:
    """The results for the question in the address; what is wrong in it is said at its field, the rest counts."""
    now, actor = clock.now(), current_actor()
    asked = _with_account(read(request.args, now), actor)
    found = _FINDERS[asked.ask.kind](asked.ask, actor, now)
    asked = _with_times(asked, found)
    form = form_of(asked)
    return page(
        "search/results.html",
        "found",
        status=422 if asked.problems else 200,
        ask=asked.ask,
        form=form,
        heading=words.heading(asked.ask, form.title),
        chips=chips_of(
            asked,
            currencies=found.currencies,
            currency=found.currency,
            amenities=found.amenities,
            themes=themes(asked.ask.kind),
            signed_in=actor.is_signed_in,
        ),
        found=found,
        pager=address(replace(asked.ask, page=1)) + "&page={page}",
        clocks=[(words.trouble(trouble), choices_of(asked.ask, trouble)) for trouble in found.troubles],
        nothing=words.nothing(asked.ask, is_known=bool(found.currencies)),
        ways=[] if found.total else ways_on(asked.ask, is_known=bool(found.currencies), names=form.cities),
        is_partial=is_partial(),
        zone=words.zones(found.own["zones"]),
        **found.own,
    )


def _rooms(ask: Ask, actor: Actor, now: dt.datetime) -> Findings:
    found = find_rooms(ask, now=now, mine=mine_by_claims(actor, now), kept=kept_by(actor.user_id))
    cards, near = cards_of(found, ask, now)
    count, rest = words.counted(found.counts, ask)
    own = {
        "cards": cards,
        "near": near,
        "common": common_choice(ask),
        "zones": {shown.room.place.zone for shown in (*found.shown, *found.near)},
        "at": next((shown.span.start for shown in found.shown if shown.span), None),
    }
    return replace(_findings(found, count, rest, own), amenities=found.amenities, is_over=found.times.is_over(now))


def _sessions(ask: Ask, actor: Actor, now: dt.datetime) -> Findings:
    found = find_sessions(ask, now=now, kept=kept_by(actor.user_id))
    near = [session for session, _miss in found.near]
    seats = own_seats(actor, [session.id for session in (*found.shown, *near)], now=now)
    own = {
        "lines": lines_of(found.shown, party=ask.party, own=seats, now=now, day=ask.day),
        "near": lines_of(near, party=ask.party, own=seats, now=now, day=ask.day),
        "zones": {session.zone for session in (*found.shown, *near)},
    }
    count = ngettext("%(num)s session with seats", "%(num)s sessions with seats", found.total)
    return _findings(found, count, [_("%(count)s fully booked", count=found.full)] if found.full else [], own)


def _people(ask: Ask, actor: Actor, now: dt.datetime) -> Findings:
    found = find_people(ask, now=now, kept=kept_by(actor.user_id))
    own = {
        "people": people_cards(found.shown, now),
        "near": people_cards(found.near, now),
        "zones": {shown.person.facilitator.zone for shown in (*found.shown, *found.near)},
    }
    count = ngettext("%(num)s person free", "%(num)s people free", found.total)
    return _findings(found, count, [_("%(count)s busy then", count=found.busy)] if found.busy else [], own)


_FINDERS: Mapping[Kind, Callable[[Ask, Actor, dt.datetime], Findings]] = {
    Kind.ROOM: _rooms,
    Kind.SESSION: _sessions,
    Kind.PERSON: _people,
}


def _findings(
    found: RoomsFound | SeatsFound | PeopleFound,
    count: str,
    rest: Sequence[str],
    own: Mapping[str, Any],
) -> Findings:
    return Findings(
        count,
        rest,
        found.total,
        found.page,
        found.pages,
        found.currency,
        found.currencies,
        found.troubles,
        own,
    )


def _with_account(asked: Asked, actor: Actor) -> Asked:
    """Favourites belong to an account."""
    if not asked.ask.favourites or actor.is_signed_in:
        return asked
    said = _("Sign in to search among what you keep.")
    return replace(asked, ask=replace(asked.ask, favourites=False), problems={**asked.problems, "favourites": said})


def _with_times(asked: Asked, found: Findings) -> Asked:
    """Hours that are over everywhere, or that no clock in question shows, are wrong at their field."""
    problems = dict(asked.problems)
    if found.is_over:
        problems["from"] = _("This time is over. Please choose a later one.")
    if found.troubles and not found.total:
        problems[found.troubles[0].field] = words.trouble(found.troubles[0])
    return replace(asked, problems=problems)
