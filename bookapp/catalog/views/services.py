"""/services/<slug>: what is offered, and when or with whom it can be had."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from bookapp.booking.queries import own_seats, priced_now
from bookapp.catalog.models import Service, Terms
from bookapp.catalog.policy import may_see_merchant
from bookapp.catalog.queries import service_by_slug, terms_of_service
from bookapp.catalog.rules import may_open
from bookapp.catalog.states import ServiceKind
from bookapp.catalog.views.area import blueprint
from bookapp.catalog.views.cards import length_words, plain_price, stars
from bookapp.catalog.views.times import next_times
from bookapp.infra import clock
from bookapp.pricing.queries import tariff_of
from bookapp.reviews.queries import reviews_of_service
from bookapp.scheduling.queries.timetable import sessions_of_service
from bookapp.values.errors import NotFound
from bookapp.values.money import Money
from bookapp.web import filters
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page
from bookapp.web.keys import LONGEST, known_keys, remember_key
from bookapp.web.security import current_actor

FEW_SESSIONS = 20


@blueprint.get("/services/<slug>")
def show_service(slug: str) -> Response:
    """A service: its next sessions, or the people one can have it with and their next free times."""
    now = clock.now()
    service = _opened(service_by_slug(slug))
    is_session = service.kind == ServiceKind.SESSION
    sessions = priced_now(sessions_of_service(service.id, now=now, limit=FEW_SESSIONS), now=now) if is_session else []
    times, times_zone = next_times([] if is_session else [(service, host) for host in service.hosts], now=now)
    tariff = tariff_of(service.merchant_id)
    leaning = tariff.leaning(on=now.date(), service_id=service.id)
    return page(
        "catalog/service.html",
        service=service,
        is_session=is_session,
        average=stars(service),
        stars=stars,
        prices=_prices(service, tariff, leaning),
        leaning=leaning,
        terms=_terms(terms_of_service(service)),
        sessions=sessions,
        own=own_seats(current_actor(), [session.id for session in sessions], now=now),
        times=times,
        times_zone=times_zone,
        reviews=reviews_of_service(service.id),
    )


def _opened(service: Service) -> Service:
    """A private one only for who comes with its link, now or before, and for who may see what the house sells.

    Raises NotFound. The key stays in the browser, so that the pages from here to the checkout open as well.
    """
    if not service.private:
        return service
    key = Query(request.args).text("key", longest=LONGEST)
    if may_open(service.link_key, [key], private=True):
        remember_key(key)
    elif not may_open(service.link_key, known_keys(), private=True) and not may_see_merchant(
        current_actor(), service.merchant_id
    ):
        raise NotFound
    return service


def _prices(service: Service, tariff: Any, leaning: str) -> list[tuple[str, str]]:
    """(length, price with tax in words), the shortest first."""
    currency = service.merchant.currency
    listed = [tariff.listed(Money(length.price_minor, currency)) for length in service.lengths]
    words = [length_words(length.minutes) for length in service.lengths]
    return [(length, plain_price(filters.money(price), leaning)) for length, price in zip(words, listed, strict=True)]


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
