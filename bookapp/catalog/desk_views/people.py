"""/desk/people: who hosts for a house, what is said of them, and where their hours are."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.catalog import actions
from bookapp.catalog.desk_views.area import blueprint
from bookapp.catalog.errors import OfferChanged
from bookapp.catalog.forms.offers import PersonForm
from bookapp.catalog.models import Facilitator, Merchant
from bookapp.catalog.policy import house_of, houses_of, may_run_merchant
from bookapp.catalog.queries.managed import accounts_to_choose, people_managed, person_to_change, version_of_person
from bookapp.catalog.states import Level
from bookapp.values.errors import NotFound, NotValid
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/people")
def list_people() -> Response:
    """Everybody who hosts for a house, shown to the public or not."""
    actor = current_actor()
    house = house_of(actor, Query(request.args).text("merchant"))
    return page(
        "catalog/desk/people/index.html",
        house=house,
        houses=[(each.slug, each.name) for each in houses_of(actor)],
        people=people_managed(house.id),
        levels={one.value: _(one.label) for one in Level},
        may_change=may_run_merchant(actor, house.id),
    )


@blueprint.get("/desk/people/new")
def new_person() -> Response:
    """The empty form, in the house's time zone."""
    house = house_of(current_actor(), Query(request.args).text("merchant"), to_change=True)
    form = PersonForm(formdata=None, house_zone=house.zone, accounts=accounts_to_choose(house.id))
    return _form(house, form)


@blueprint.post("/desk/people/new")
def create_person() -> Response:
    """Make them; their hours come next."""
    house = house_of(current_actor(), Query(request.form).text("merchant"), to_change=True)
    form = PersonForm(house_zone=house.zone, accounts=accounts_to_choose(house.id, taken_too=True))
    if not form.validate():
        return _form(house, form, status=422)
    try:
        made = actions.create_facilitator(current_actor(), house.id, form.draft, key=form.idempotency_key.data)
    except NotValid as refusal:
        form.refuse(refusal)
        return _form(house, form, status=refusal.status)
    flash(_("“%(name)s” is there. Say next when they work.", name=made.name), "good")
    return redirect_to(url_for("catalog_desk.show_person", facilitator_id=made.id))


@blueprint.get("/desk/people/<int:facilitator_id>")
def show_person(facilitator_id: int) -> Response:
    """Somebody, to be changed."""
    person = _own(facilitator_id)
    return _form(person.merchant, _form_of(person), person=person)


@blueprint.post("/desk/people/<int:facilitator_id>")
def change_person(facilitator_id: int) -> Response:
    """Say something else of them; who is second sees what the first one said."""
    person = _own(facilitator_id)
    house = person.merchant
    form = PersonForm(house_zone=house.zone, accounts=accounts_to_choose(house.id, but=person.user_id))
    if not form.validate():
        return _form(house, form, person=person, status=422)
    try:
        actions.change_facilitator(current_actor(), facilitator_id, form.draft, version=form.version.data or "")
    except NotValid as refusal:
        form.refuse(refusal)
        return _form(house, form, person=person, status=refusal.status)
    except OfferChanged as refusal:
        person = person_to_change(facilitator_id)
        stands = form.differences(_form_of(person))
        form.version.data = version_of_person(person)
        stale = of_refusal(refusal).sentence
        return _form(house, form, person=person, stale=stale, stands=stands, status=refusal.status)
    flash(_("Saved. What is booked already stays as it was agreed."), "good")
    return redirect_to(url_for("catalog_desk.show_person", facilitator_id=facilitator_id))


def _own(facilitator_id: int) -> Facilitator:
    person = person_to_change(facilitator_id)
    if not may_run_merchant(current_actor(), person.merchant_id):
        raise NotFound
    return person


def _form_of(person: Facilitator) -> PersonForm:
    return PersonForm.of(
        person,
        house_zone=person.merchant.zone,
        accounts=accounts_to_choose(person.merchant_id, but=person.user_id),
        version=version_of_person(person),
    )


def _form(
    house: Merchant, form: PersonForm, *, person: Facilitator | None = None, stale: str = "",
    stands: list[tuple[str, str]] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    return page(
        "catalog/desk/people/form.html",
        status=status,
        house=house,
        person=person,
        form=form,
        stale=stale,
        stands=stands or [],
    )
