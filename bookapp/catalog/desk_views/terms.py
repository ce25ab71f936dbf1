"""/desk/terms: which terms a house has, what uses which, and making one's own with a look at what they would mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.catalog import actions
from bookapp.catalog.desk_views.area import blueprint
from bookapp.catalog.errors import TermsChanged
from bookapp.catalog.forms import TermsInput
from bookapp.catalog.models import Merchant, Terms
from bookapp.catalog.policy import house_of, houses_of, may_run_merchant
from bookapp.catalog.queries.terms import (
    merchants_among,
    terms_by_id,
    terms_for,
    uses_of_terms,
    version_of_terms,
)
from bookapp.catalog.rules import STANDARD, terms_problem, terms_steps
from bookapp.infra import clock
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.money import Money
from bookapp.values.timespan import instant_near, wall
from bookapp.web import filters
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_LARGEST_ID = 2**53
_EXAMPLE_IN_DAYS = 14
_EXAMPLE_AT = dt.time(14)


@blueprint.get("/desk/terms")
def index() -> Response:
    """The terms there are, in words, and what uses which."""
    merchant = _merchant(Query(request.args))
    return _index(merchant)


@blueprint.post("/desk/terms/uses")
def choose() -> Response:
    """Say which terms hold for the house, and for rooms and services of their own."""
    query = Query(request.form)
    merchant = _merchant(query)
    chosen = {use.field: query.integer(use.field, low=1, high=_LARGEST_ID) for use in uses_of_terms(merchant.id)}
    actions.choose_terms(
        current_actor(),
        merchant.id,
        query.integer("default", low=1, high=_LARGEST_ID) or merchant.terms_id,
        rooms=_of_kind("room-", chosen),
        services=_of_kind("service-", chosen),
    )
    flash(_("Saved. Bookings that were made before keep the terms they were made with."))
    return redirect_to(url_for("catalog_desk.index", merchant=merchant.slug))


@blueprint.post("/desk/terms/goodwill")
def limit_goodwill() -> Response:
    """Up to how much of one booking managers may give back."""
    query = Query(request.form)
    merchant = _merchant(query)
    typed = query.text("limit")
    try:
        limit = Money.parse(typed.replace(",", "."), merchant.currency)
        actions.set_goodwill_limit(current_actor(), merchant.id, limit.minor)
    except (ValueError, NotValid):
        return _index(merchant, limit=typed, limit_error=_("Please give an amount such as 50 or 12.50."), status=422)
    flash(_("Saved."))
    return redirect_to(url_for("catalog_desk.index", merchant=merchant.slug))


@blueprint.get("/desk/terms/new")
def new() -> Response:
    """Terms of one's own, beginning with what Standard says."""
    steps = [(str(tier["hours"]), str(tier["percent"])) for tier in STANDARD]
    return _form(_merchant(Query(request.args), to_change=True), TermsInput(steps=steps))


@blueprint.post("/desk/terms/new")
def create() -> Response:
    """Make them, or look at what they would mean."""
    merchant, given = _merchant(Query(request.form), to_change=True), TermsInput.read(request.form)
    if request.form.get("act") == "preview":
        return _look(merchant, given)
    if given.errors:
        return _form(merchant, given)
    try:
        actions.create_terms(
            current_actor(), merchant.id, name=given.name, tiers=given.tiers,
            move_until_hours=int(given.move_until_hours),
        )  # fmt: skip
    except NotValid as refusal:
        return _refused(merchant, given, refusal)
    flash(_("“%(name)s” can be chosen now.", name=given.name))
    return redirect_to(url_for("catalog_desk.index", merchant=merchant.slug))


@blueprint.get("/desk/terms/<int:terms_id>")
def edit(terms_id: int) -> Response:
    """Terms of one's own, to be changed."""
    terms, merchant = _own(terms_id)
    return _form(merchant, TermsInput.of(terms, version_of_terms(terms)), terms=terms)


@blueprint.post("/desk/terms/<int:terms_id>")
def change(terms_id: int) -> Response:
    """Change them for bookings to come, or look at what they would mean."""
    (terms, merchant), given = _own(terms_id), TermsInput.read(request.form)
    if request.form.get("act") == "preview":
        return _look(merchant, given, terms=terms)
    if given.errors:
        return _form(merchant, given, terms=terms)
    try:
        actions.change_terms(
            current_actor(), terms_id, name=given.name, tiers=given.tiers,
            move_until_hours=int(given.move_until_hours), version=given.version,
        )  # fmt: skip
    except NotValid as refusal:
        return _refused(merchant, given, refusal, terms=terms)
    except TermsChanged as refusal:
        now = terms_by_id(terms_id)
        given.version = version_of_terms(now)
        return _form(merchant, given, terms=now, stale=of_refusal(refusal).sentence, status=refusal.status)
    flash(_("Saved. Bookings that were made before keep the terms they were made with."))
    return redirect_to(url_for("catalog_desk.index", merchant=merchant.slug))


def _merchant(query: Query, *, to_change: bool = False) -> Merchant:
    """The house the page is about: the one named, else the first of theirs. NotFound when it is not theirs."""
    actor = current_actor()
    found = house_of(actor, query.text("merchant"))
    if to_change and not may_run_merchant(actor, found.id):
        raise NotFound
    return found


def _own(terms_id: int) -> tuple[Terms, Merchant]:
    terms = terms_by_id(terms_id)
    if terms.merchant_id is None or not may_run_merchant(current_actor(), terms.merchant_id):
        raise NotFound
    return terms, merchants_among([terms.merchant_id])[0]


def _index(merchant: Merchant, *, limit: str | None = None, limit_error: str = "", status: int = 200) -> Response:
    known = terms_for(merchant.id)
    shown = Money(merchant.goodwill_limit_minor, merchant.currency)
    return page(
        "catalog/desk/terms/index.html",
        status=status,
        merchant=merchant,
        houses=[(each.slug, each.name) for each in houses_of(current_actor())],
        terms=[(each, _in_words(each.tiers)) for each in known],
        uses=uses_of_terms(merchant.id),
        options=[(each.id, each.name) for each in known],
        may_change=may_run_merchant(current_actor(), merchant.id),
        limit=limit if limit is not None else str(shown.amount),
        limit_error=limit_error,
    )


def _form(
    merchant: Merchant, given: TermsInput, *, terms: Terms | None = None, stale: str = "", status: int = 0
) -> Response:
    start = _example(merchant.zone)
    problem = None
    if not given.errors and (sentence := terms_problem(given.tiers)):
        problem = _(sentence)
    rows = [] if given.errors or problem else _dated(given.tiers, start, merchant.zone)
    return page(
        "catalog/desk/terms/form.html",
        "preview",
        status=status or (422 if given.errors else 200),
        merchant=merchant,
        given=given,
        terms=terms,
        stale=stale,
        stands=_in_words(terms.tiers) if terms and stale else [],
        example=filters.when(start, merchant.zone),
        preview=rows,
        preview_problem=problem,
    )


def _look(merchant: Merchant, given: TermsInput, *, terms: Terms | None = None) -> Response:
    """What they would mean so far: nothing is refused yet, and a name can come later."""
    given.errors.pop("name", None)
    return _form(merchant, given, terms=terms, status=200)


def _refused(merchant: Merchant, given: TermsInput, refusal: NotValid, *, terms: Terms | None = None) -> Response:
    given.errors |= of_refusal(refusal).fields
    return _form(merchant, given, terms=terms, status=refusal.status)


def _of_kind(beginning: str, chosen: Mapping[str, int | None]) -> dict[int, int | None]:
    return {
        int(name.removeprefix(beginning)): terms_id for name, terms_id in chosen.items() if name.startswith(beginning)
    }


def _example(zone: str) -> dt.datetime:
    day = wall(clock.now(), zone).date() + dt.timedelta(days=_EXAMPLE_IN_DAYS)
    return instant_near(day, _EXAMPLE_AT, zone)


def _dated(tiers: Sequence[Mapping[str, int]], start: dt.datetime, zone: str) -> list[tuple[str, str]]:
    """(share, until when) for a booking that begins at `start`."""
    rows = []
    for step in terms_steps(tiers, start, min(clock.now(), start)):
        words = (
            _("back until %(when)s", when=filters.when(step.until, zone))
            if step.until
            else _("back after that, until it begins")
        )
        rows.append((_("%(percent)s %%", percent=step.percent), words))
    return rows


def _in_words(tiers: Sequence[Mapping[str, int]]) -> list[tuple[str, str]]:
    """(share, how long before), without dates; what no step covers brings nothing."""
    ordered = sorted(((int(tier["hours"]), int(tier["percent"])) for tier in tiers), reverse=True)
    rows = [
        (
            _("%(percent)s %%", percent=percent),
            _("%(time)s before or earlier", time=filters.duration(hours * 60)) if hours else _("until it begins"),
        )
        for hours, percent in ordered
    ]
    if ordered and ordered[-1][0]:
        rows.append((_("%(percent)s %%", percent=0), _("after that")))
    return rows
