"""/services/<slug>: what is offered, and when or with whom it can be had."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext as _

from bookapp.booking.queries import own_seats, priced_now
from bookapp.catalog.models import Service, Terms
from bookapp.catalog.queries import service_by_slug, terms_of_service
from bookapp.catalog.states import ServiceKind
from bookapp.catalog.views.area import blueprint
from bookapp.catalog.views.cards import length_words, stars
from bookapp.catalog.views.times import next_times
from bookapp.infra import clock
from bookapp.pricing.queries import with_tax_added
from bookapp.reviews.queries import reviews_of_service
from bookapp.scheduling.queries.timetable import sessions_of_service
from bookapp.values.money import Money
from bookapp.web import filters
from bookapp.web.hypermedia import page
from bookapp.web.security import current_actor

FEW_SESSIONS = 20


@blueprint.get("/services/<slug>")
def show_service(slug: str) -> Response:
    """A service: its next sessions, or the people one can have it with and their next free times."""
    now = clock.now()
    service = service_by_slug(slug)
    is_session = service.kind == ServiceKind.SESSION
    sessions = priced_now(sessions_of_service(service.id, now=now, limit=FEW_SESSIONS), now=now) if is_session else []
    times, times_zone = next_times([] if is_session else [(service, host) for host in service.hosts], now=now)
    return page(
        "catalog/service.html",
        service=service,
        is_session=is_session,
        average=stars(service),
        stars=stars,
        prices=_prices(service),
        terms=_terms(terms_of_service(service)),
        sessions=sessions,
        own=own_seats(current_actor(), [session.id for session in sessions], now=now),
        times=times,
        times_zone=times_zone,
        reviews=reviews_of_service(service.id),
    )


def _prices(service: Service) -> list[tuple[str, Money]]:
    """(length, price with tax), the shortest first."""
    listed = [Money(length.price_minor, service.merchant.currency) for length in service.lengths]
    words = [length_words(length.minutes) for length in service.lengths]
    return list(zip(words, with_tax_added(service.merchant_id, listed), strict=True))


def _terms(terms: Terms) -> list[tuple[str, str]]:
    """(share, until when) without a date: it counts from whatever time will be chosen."""
    rows = []
    for tier in sorted(terms.tiers, key=lambda tier: -tier["hours"]):
        if tier["hours"]:
            words = _("back until %(length)s before", length=filters.duration(tier["hours"] * 60))
        else:
            words = _("back after that")
        rows.append((_("%(percent)s %%", percent=tier["percent"]), words))
    if all(tier["hours"] for tier in terms.tiers):
        rows.append((_("%(percent)s %%", percent=0), _("back after that")))
    return rows
