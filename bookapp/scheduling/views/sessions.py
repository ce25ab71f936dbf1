"""/sessions/<id>: what, when, where, with whom, for how much, and a seat to reserve."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from bookapp.booking.queries import own_seats, priced_now
from bookapp.booking.queries.prices import session_facts
from bookapp.catalog.models import Venue
from bookapp.catalog.policy import may_see_merchant
from bookapp.catalog.queries import terms_of_service, venues_by_id
from bookapp.catalog.rules import may_open
from bookapp.infra import clock
from bookapp.pricing.queries import tariff_of
from bookapp.reviews.queries import reviews_of_service
from bookapp.scheduling.models import Session
from bookapp.scheduling.queries import session_by_id
from bookapp.scheduling.queries.timeslots import without_room
from bookapp.scheduling.queries.timetable import Listed, sessions_of_service
from bookapp.scheduling.views.area import blueprint
from bookapp.scheduling.views.watching import of_sessions
from bookapp.scheduling.views.words import terms_line, terms_rows
from bookapp.values.errors import NotFound
from bookapp.values.timespan import Span, wall
from bookapp.web import filters
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page
from bookapp.web.keys import known_keys
from bookapp.web.security import current_actor

MOST_SEATS = 50
LARGEST_NUMBER = 10_000
FEW_OTHERS = 5


@blueprint.get("/sessions/<int:session_id>")
def show_session(session_id: int) -> Response:
    """One session. `seats` in the address says how many the price is for."""
    now, actor = clock.now(), current_actor()
    session = session_by_id(session_id)
    others = priced_now(sessions_of_service(session.service_id, but=session.id, now=now, limit=FEW_OTHERS), now=now)
    own = own_seats(actor, [session.id, *(other.id for other in others)], now=now)
    _check_open(session, is_booked=session.id in own)
    is_taken = session.id in without_room([session])
    left = 0 if is_taken else session.capacity - session.seats_taken
    most = min(left, MOST_SEATS)
    seats = min(Query(request.args).integer("seats", low=1, high=LARGEST_NUMBER) or 1, max(most, 1))
    tariff = tariff_of(session.merchant_id)
    priced = tariff.quote(session_facts(session, seats, now))
    terms = terms_of_service(session.service)
    return page(
        "scheduling/sessions/show.html",
        # Its own choice of seats changes the price alone; what others take may change all of the box.
        *(("reserve", "aside") if request.args.get("part") == "box" else ("price",)),
        session=session,
        venue=_venue(session),
        span=Span(session.starts_at, session.ends_at),
        agenda=_agenda(session),
        state=_state(session, left, now, is_taken=is_taken),
        left=left,
        most=most,
        seats=seats,
        quote=priced,
        a_seat=priced.total if seats == 1 else tariff.total(session_facts(session, 1, now)),
        lines=_lines(priced),
        terms=terms_rows(terms.tiers, _first_part(session), session.zone, now=now),
        terms_said=terms_line(terms.tiers, _first_part(session), session.zone, now=now),
        others=_with_seats_first(others),
        own=own,
        mine=own.get(session.id),
        reviews=reviews_of_service(session.service_id),
        key=uuid.uuid4().hex,
        live=of_sessions([session.id]),
    )


def _check_open(session: Session, *, is_booked: bool) -> None:
    """Of a private service only for who came with its link, who booked it, and who works there. Raises NotFound."""
    service, actor = session.service, current_actor()
    if not service.private or is_booked or may_see_merchant(actor, service.merchant_id):
        return
    is_host = (
        actor.user_id is not None and session.facilitator is not None and session.facilitator.user_id == actor.user_id
    )
    if not is_host and not may_open(service.link_key, known_keys(), private=True):
        raise NotFound


def _lines(priced: Any) -> list[tuple[str, str]]:
    """The seats, then every rule by its name."""
    base, *others = priced.lines
    seats = int(base.quantity)
    words = (
        _("%(price)s × %(seats)s", price=filters.money(base.unit_price), seats=seats) if seats > 1 else _("One seat")
    )
    return [(words, filters.money(base.subtotal)), *((line.label, filters.money(line.subtotal)) for line in others)]


def _venue(session: Session) -> Venue | None:
    """Where it is; a session without a room of its own still has a house."""
    if session.venue_id is None:
        return None
    return session.room.venue if session.room else venues_by_id([session.venue_id]).get(session.venue_id)


def _state(session: Session, left: int, now: dt.datetime, *, is_taken: bool) -> str:
    """What stands in the way of a seat: cancelled, over, the room taken, full; or open."""
    if session.state == "cancelled":
        return "cancelled"
    if session.starts_at <= now:
        return "over"
    if is_taken:
        return "taken"
    return "open" if left else "full"


def _first_part(session: Session) -> dt.datetime:
    """From when the terms count."""
    return session.parts[0].starts_at if session.parts else session.starts_at


def _agenda(session: Session) -> list[tuple[dt.date, list[Any]]]:
    """The parts of a retreat by day; nothing for a session in one piece."""
    days: dict[dt.date, list[Any]] = {}
    for part in session.parts if len(session.parts) > 1 else ():
        days.setdefault(wall(part.starts_at, session.zone).date(), []).append(part)
    return list(days.items())


def _with_seats_first(others: Sequence[Listed]) -> Sequence[Listed]:
    return [other for other in others if other.left] or others
