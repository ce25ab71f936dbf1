"""/desk/gift-cards: the cards a house has issued, and a new one whose code is shown once."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import house_of, houses_of, may_run_merchant
from bookapp.infra import clock
from bookapp.payments import queries
from bookapp.payments.actions.gifts import issue_gift_card, void_gift_card
from bookapp.payments.desk_views.area import blueprint
from bookapp.payments.forms import GiftCardForm
from bookapp.payments.models import GiftCard
from bookapp.values.errors import NotValid
from bookapp.values.timespan import day_span
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/gift-cards")
def list_gift_cards() -> Response:
    """The cards of a house, and a form for a new one."""
    merchant = _house(Query(request.args))
    return _page(merchant, _form(merchant, sent=False))


@blueprint.post("/desk/gift-cards")
def issue() -> Response:
    """Issue a card. Its code stands on the answer and nowhere else."""
    merchant = _house(Query(request.form), to_change=True)
    form = _form(merchant, sent=True)
    if not form.validate():
        return _page(merchant, form, status=422)
    last = form.expires_value
    try:
        card, code = issue_gift_card(
            current_actor(),
            merchant.id,
            form.amount_value,
            expires_at=day_span(last, merchant.zone).end if last else None,
            now=clock.now(),
            key=form.idempotency_key.data,
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(merchant, form, status=refusal.status)
    response = _page(merchant, _form(merchant, sent=False), issued=card, code=code)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/desk/gift-cards/<int:card_id>/ending")
def end_gift_card(card_id: int) -> Response:
    """Make a lost card worthless."""
    merchant = _house(Query(request.form), to_change=True)
    card = void_gift_card(current_actor(), card_id, now=clock.now())
    flash(_("The card that ends in %(hint)s can no longer be redeemed.", hint=card.hint))
    return redirect_to(url_for("payments_desk.list_gift_cards", merchant=merchant.slug))


def _house(query: Query, *, to_change: bool = False) -> Merchant:
    return house_of(current_actor(), query.text("merchant"), to_change=to_change)


def _form(merchant: Merchant, *, sent: bool) -> GiftCardForm:
    form = GiftCardForm() if sent else GiftCardForm(formdata=None)
    form.currency = merchant.currency
    return form


def _page(
    merchant: Merchant, form: GiftCardForm, *, issued: GiftCard | None = None, code: str = "", status: int = 200
) -> Response:
    return page(
        "payments/gifts/index.html",
        status=status,
        merchant=merchant,
        houses=[(each.slug, each.name) for each in houses_of(current_actor())],
        cards=queries.gift_cards_of(merchant.id),
        form=form,
        issued=issued,
        code=code,
        now=clock.now(),
        may_change=may_run_merchant(current_actor(), merchant.id),
    )
