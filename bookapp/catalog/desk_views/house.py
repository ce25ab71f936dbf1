"""/desk/house: what a house says of itself, and how it sells."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.catalog import actions
from bookapp.catalog.desk_views.area import blueprint
from bookapp.catalog.errors import OfferChanged
from bookapp.catalog.forms.offers import HouseForm
from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import house_of, houses_of, may_run_merchant
from bookapp.catalog.queries.managed import version_of_house
from bookapp.catalog.queries.terms import merchants_among
from bookapp.payments.queries.gateways import configured
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/house")
def show_house() -> Response:
    """The house as it stands: its owner changes it, its managers look."""
    house = house_of(current_actor(), Query(request.args).text("merchant"))
    return _form(house, _form_of(house))


@blueprint.post("/desk/house")
def change_house() -> Response:
    """Change it; who is second sees what the first one said."""
    house = house_of(current_actor(), Query(request.form).text("merchant"), to_change=True)
    form = HouseForm(house=house, configured=_configured())
    if not form.validate():
        return _form(house, form, status=422)
    try:
        actions.change_house(current_actor(), house.id, form.draft, version=form.version.data or "")
    except OfferChanged as refusal:
        (house,) = merchants_among([house.id])
        stands = form.differences(_form_of(house))
        form.version.data = version_of_house(house)
        stale = of_refusal(refusal).sentence
        return _form(house, form, stale=stale, stands=stands, status=refusal.status)
    flash(_("Saved."), "good")
    return redirect_to(url_for("catalog_desk.show_house", merchant=house.slug))


def _configured() -> list[tuple[str, str]]:
    return [(name, _(label)) for name, label in configured()]


def _form_of(house: Merchant) -> HouseForm:
    return HouseForm.of(house, configured=_configured(), version=version_of_house(house))


def _form(
    house: Merchant, form: HouseForm, *, stale: str = "", stands: list[tuple[str, str]] | None = None, status: int = 200
) -> Response:
    actor = current_actor()
    return page(
        "catalog/desk/house.html",
        status=status,
        house=house,
        houses=[(each.slug, each.name) for each in houses_of(actor)],
        form=form,
        facts=form.facts,
        may_change=may_run_merchant(actor, house.id),
        stale=stale,
        stands=stands or [],
    )
