"""/desk/merchants: every house of the platform, found by words, opened and closed with a reason."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.audit.queries import TrailFilter, trail
from bookapp.infra import clock
from bookapp.members import actions
from bookapp.members.desk_views.area import merchants as blueprint
from bookapp.members.errors import StandingChanged
from bookapp.members.forms import StandingForm
from bookapp.members.queries.applications import application_of_merchant, applications_open
from bookapp.members.queries.merchants import (
    MOST_COUNTED,
    STANDINGS,
    figures_of,
    merchant_by_id,
    merchants_found,
    owners_of,
)
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_MOST_PAGES = 100_000
_STORY = 20


@blueprint.get("/desk/merchants")
def list_merchants() -> Response:
    """Who waits for an answer, and the houses by how the words of their name, address or email begin."""
    query = Query(request.args)
    text, only = query.text("q"), query.choice("only", STANDINGS)
    number = query.integer("page", low=1, high=_MOST_PAGES) or 1
    here = urlencode({name: value for name, value in (("q", text), ("only", only)) if value})
    return page(
        "members/desk/merchants/index.html",
        "merchants",
        applications=applications_open(),
        found=merchants_found(text, only=only, page=number),
        text=text,
        only=only,
        page_number=number,
        pages_url=f"/desk/merchants?{here}&page={{page}}",
    )


@blueprint.get("/desk/merchants/<int:merchant_id>")
def show_merchant(merchant_id: int) -> Response:
    """One house: its figures, its owners, what was done with it lately."""
    return _page(merchant_id, StandingForm(formdata=None))


@blueprint.post("/desk/merchants/<int:merchant_id>/standing")
def change_standing(merchant_id: int) -> Response:
    """Close or open it; always with a reason, which its owners read."""
    form = StandingForm()
    merchant_by_id(merchant_id)
    if not form.validate():
        return _page(merchant_id, form, status=422)
    is_closing = form.act.data == "close"
    try:
        actions.set_standing(current_actor(), merchant_id, close=is_closing, reason=form.reason.data, now=clock.now())
    except StandingChanged as refusal:
        return _page(merchant_id, form, refusal=of_refusal(refusal).sentence, status=refusal.status)
    flash(
        _("It is closed, and its owners are told.") if is_closing else _("It is open again, and its owners are told.")
    )
    return redirect_to(url_for("merchants_desk.show_merchant", merchant_id=merchant_id))


def _page(merchant_id: int, form: StandingForm, *, refusal: str = "", status: int = 200) -> Response:
    merchant = merchant_by_id(merchant_id)
    entries, _older = trail(TrailFilter(subject=f"merchant:{merchant.id}"))
    return page(
        "members/desk/merchants/show.html",
        status=status,
        merchant=merchant,
        figures=figures_of(merchant.id, now=clock.now()),
        most=MOST_COUNTED,
        owners=owners_of(merchant.id),
        application_id=application_of_merchant(merchant.id),
        entries=entries[:_STORY],
        form=form,
        refusal=refusal,
    )
