"""/desk/services: what a house offers on a schedule, making and changing it, what it asks, and its private link."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.catalog import actions
from bookapp.catalog.desk_views.area import blueprint
from bookapp.catalog.errors import OfferChanged
from bookapp.catalog.forms.questions import QuestionsInput
from bookapp.catalog.forms.services import ServiceForm
from bookapp.catalog.models import Merchant, Service
from bookapp.catalog.policy import house_of, houses_of, may_run_merchant
from bookapp.catalog.queries.managed import (
    people_managed,
    rooms_to_choose,
    service_to_change,
    services_managed,
    version_of_questions,
    version_of_service,
)
from bookapp.catalog.queries.terms import terms_for
from bookapp.catalog.states import QuestionKind, ServiceKind
from bookapp.infra.settings import public_url
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.money import Money
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/services")
def list_services() -> Response:
    """What a house offers, what is off the list and what is private as well."""
    actor = current_actor()
    house = house_of(actor, Query(request.args).text("merchant"))
    return page(
        "catalog/desk/services/index.html",
        house=house,
        houses=[(each.slug, each.name) for each in houses_of(actor)],
        rows=services_managed(house.id),
        kinds={one.value: _(one.label) for one in ServiceKind},
        amount=Money,
        may_change=may_run_merchant(actor, house.id),
    )


@blueprint.get("/desk/services/new")
def new_service() -> Response:
    """The empty form."""
    house = house_of(current_actor(), Query(request.args).text("merchant"), to_change=True)
    return _form(house, ServiceForm(formdata=None, currency=house.currency, **_choices(house)))


@blueprint.post("/desk/services/new")
def create_service() -> Response:
    """Make it; its dates or its people's hours come next."""
    house = house_of(current_actor(), Query(request.form).text("merchant"), to_change=True)
    form = ServiceForm(currency=house.currency, **_choices(house))
    if not form.validate():
        return _form(house, form, status=422)
    made = actions.create_service(current_actor(), house.id, form.draft, key=form.idempotency_key.data)
    if made.kind == ServiceKind.SESSION:
        flash(_("“%(name)s” is there. Put its dates on the timetable next.", name=made.name), "good")
    else:
        flash(_("“%(name)s” can be booked within the working hours of who hosts it.", name=made.name), "good")
    return redirect_to(url_for("catalog_desk.show_service", service_id=made.id))


@blueprint.get("/desk/services/<int:service_id>")
def show_service(service_id: int) -> Response:
    """A service, to be changed."""
    service = _own(service_id)
    return _form(service.merchant, _form_of(service), service=service)


@blueprint.post("/desk/services/<int:service_id>")
def change_service(service_id: int) -> Response:
    """Change it for what will be sold; who is second sees what the first one said."""
    service = _own(service_id)
    house = service.merchant
    form = ServiceForm(currency=house.currency, kind=service.kind, **_choices(house, service))
    if not form.validate():
        return _form(house, form, service=service, status=422)
    try:
        actions.change_service(current_actor(), service_id, form.draft, version=form.version.data or "")
    except OfferChanged as refusal:
        service = service_to_change(service_id)
        stands = form.differences(_form_of(service))
        form.version.data = version_of_service(service)
        stale = of_refusal(refusal).sentence
        return _form(house, form, service=service, stale=stale, stands=stands, status=refusal.status)
    flash(_("Saved. What is booked already stays as it was agreed."), "good")
    return redirect_to(url_for("catalog_desk.show_service", service_id=service_id))


@blueprint.post("/desk/services/<int:service_id>/link")
def renew_link(service_id: int) -> Response:
    """Another link to a private service; the one that was given away opens nothing any more."""
    service = _own(service_id)
    try:
        actions.renew_link(current_actor(), service_id)
    except NotValid as refusal:
        flash(of_refusal(refusal).sentence, "bad")
    else:
        flash(_("“%(name)s” has a new link. The old one does not open it any more.", name=service.name), "good")
    return redirect_to(url_for("catalog_desk.show_service", service_id=service_id))


@blueprint.get("/desk/services/<int:service_id>/questions")
def show_questions(service_id: int) -> Response:
    """What is asked at checkout."""
    service = _own(service_id)
    return _questions(service, QuestionsInput.of(service.questions, version_of_questions(service)))


@blueprint.post("/desk/services/<int:service_id>/questions")
def change_questions(service_id: int) -> Response:
    """Ask something else from now on."""
    service, given = _own(service_id), QuestionsInput.read(request.form)
    try:
        actions.set_questions(current_actor(), service_id, given.drafts, version=given.version)
    except NotValid as refusal:
        given.errors |= of_refusal(refusal).fields
        return _questions(service, given, status=refusal.status)
    except OfferChanged as refusal:
        service = service_to_change(service_id)
        given.version = version_of_questions(service)
        return _questions(service, given, stale=of_refusal(refusal).sentence, status=refusal.status)
    flash(_("Saved. What was answered stays with its booking."), "good")
    return redirect_to(url_for("catalog_desk.show_questions", service_id=service_id))


def _own(service_id: int) -> Service:
    service = service_to_change(service_id)
    if not may_run_merchant(current_actor(), service.merchant_id):
        raise NotFound
    return service


def _choices(house: Merchant, service: Service | None = None) -> dict[str, Any]:
    """What can be chosen; who hosts it already and works for another house stays a choice."""
    people = {each.id: each.name for each in people_managed(house.id)}
    people |= {each.id: each.name for each in service.hosts} if service else {}
    return {
        "terms": [(each.id, each.name) for each in terms_for(house.id)],
        "people": list(people.items()),
        "rooms": rooms_to_choose(house.id),
    }


def _form_of(service: Service) -> ServiceForm:
    return ServiceForm.of(service, version=version_of_service(service), **_choices(service.merchant, service))


def _form(
    house: Merchant, form: ServiceForm, *, service: Service | None = None, stale: str = "",
    stands: list[tuple[str, str]] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    link = ""
    if service is not None and service.private:
        link = public_url(f"/services/{service.slug}?key={service.link_key}")
    return page(
        "catalog/desk/services/form.html",
        status=status,
        house=house,
        service=service,
        form=form,
        link=link,
        stale=stale,
        stands=stands or [],
    )


def _questions(service: Service, given: QuestionsInput, *, stale: str = "", status: int = 200) -> Response:
    return page(
        "catalog/desk/services/questions.html",
        status=status,
        service=service,
        given=given,
        kinds=[(one.value, _(one.label)) for one in QuestionKind],
        stale=stale,
        stands=[(str(number), one.words) for number, one in enumerate(service.questions, 1)] if stale else [],
    )
