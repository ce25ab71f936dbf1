"""/desk/codes: a house's coupons, its tax and its deposits. Managers look, owners change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import may_run_merchant
from bookapp.catalog.queries.terms import uses_of_terms
from bookapp.pricing import actions, queries
from bookapp.pricing.desk_views.area import blueprint
from bookapp.pricing.desk_views.houses import house, houses
from bookapp.pricing.forms.codes import CouponForm, DepositForm, TaxForm
from bookapp.pricing.models import Coupon, DepositRule
from bookapp.pricing.rules import TaxRate
from bookapp.pricing.rules.tax import percent_words
from bookapp.values.errors import NotValid
from bookapp.values.money import Money
from bookapp.values.words import N_
from bookapp.web.forms import Form, Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_KEEP_TAX = N_("Saved. Bookings that were made before keep the tax they were made with.")
_KEEP_DEPOSIT = N_("Saved. Bookings that were made before are paid as they were agreed.")
AForm = TypeVar("AForm", CouponForm, DepositForm)


@dataclass(frozen=True, slots=True)
class Forms:
    """The three forms of the page; one may have come back with what was typed."""

    coupon: CouponForm
    tax: TaxForm
    deposit: DepositForm


@blueprint.get("/desk/codes")
def codes() -> Response:
    """What there is, and a form for more."""
    return _page(house(Query(request.args)))


@blueprint.post("/desk/codes/coupons")
def create_coupon() -> Response:
    """Make a coupon."""
    merchant = house(Query(request.form), to_change=True)
    form = _prepared(CouponForm(prefix="coupon-"), merchant)
    if not form.validate():
        return _page(merchant, form, status=422)
    try:
        coupon = actions.create_coupon(current_actor(), merchant.id, form.draft, key=form.idempotency_key.data)
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(merchant, form, status=refusal.status)
    return _back(merchant, _("%(code)s can be used from now on.", code=coupon.code))


@blueprint.post("/desk/codes/coupons/<int:coupon_id>/ending")
def end_coupon(coupon_id: int) -> Response:
    """Switch a coupon off, or take one away that nobody has used."""
    query = Query(request.form)
    merchant = house(query, to_change=True)
    if query.choice("act", ("remove",)):
        if actions.remove_coupon(current_actor(), coupon_id):
            return _back(merchant, _("The coupon is gone."))
        return _back(merchant, _("It was used before, so it stays in the list. It is switched off."))
    coupon = actions.switch_coupon_off(current_actor(), coupon_id)
    return _back(merchant, _("%(code)s is switched off. Who holds a place with it keeps it.", code=coupon.code))


@blueprint.post("/desk/codes/tax")
def set_tax() -> Response:
    """Tax what is sold from now on."""
    merchant = house(Query(request.form), to_change=True)
    form = TaxForm(prefix="tax-")
    return _saved(merchant, form, lambda: actions.set_tax(current_actor(), merchant.id, form.rate), _(_KEEP_TAX))


@blueprint.post("/desk/codes/tax/removal")
def remove_tax() -> Response:
    """Sell without tax."""
    merchant = house(Query(request.form), to_change=True)
    actions.remove_tax(current_actor(), merchant.id)
    return _back(merchant, _(_KEEP_TAX))


@blueprint.post("/desk/codes/deposits")
def set_deposit() -> Response:
    """Ask for part now and the rest later."""
    merchant = house(Query(request.form), to_change=True)
    form = _prepared(DepositForm(prefix="deposit-"), merchant)
    return _saved(
        merchant, form, lambda: actions.set_deposit(current_actor(), merchant.id, form.deposit), _(_KEEP_DEPOSIT)
    )


@blueprint.post("/desk/codes/deposits/<int:rule_id>/removal")
def remove_deposit(rule_id: int) -> Response:
    """Ask for everything at once again."""
    merchant = house(Query(request.form), to_change=True)
    actions.remove_deposit(current_actor(), rule_id)
    return _back(merchant, _(_KEEP_DEPOSIT))


def _saved(merchant: Merchant, form: Form, save: Callable[[], object], said: str) -> Response:
    """Save what was sent, or show what is wrong with it at its fields."""
    if not form.validate():
        return _page(merchant, form, status=422)
    try:
        save()
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(merchant, form, status=refusal.status)
    return _back(merchant, said)


def _back(merchant: Merchant, said: str) -> Response:
    flash(said)
    return redirect_to(url_for("pricing_desk.codes", merchant=merchant.slug))


def _page(merchant: Merchant, sent: Form | None = None, *, status: int = 200) -> Response:
    tax = queries.tax_of(merchant.id)
    forms = Forms(
        sent if isinstance(sent, CouponForm) else _prepared(CouponForm(formdata=None, prefix="coupon-"), merchant),
        sent if isinstance(sent, TaxForm) else _tax_form(tax),
        sent if isinstance(sent, DepositForm) else _deposit_form(merchant),
    )
    names = dict(_scopes(merchant))
    return page(
        "pricing/codes/index.html",
        status=status,
        merchant=merchant,
        houses=[(each.slug, each.name) for each in houses()],
        coupons=[(row, _off(row.percent, row.amount_minor, row.currency), _scope(row, names))
                 for row in queries.coupons_of(merchant.id)],
        tax=tax,
        tax_percent=percent_words(tax.percent) if tax else "",
        deposits=[(row, _off(row.percent, row.amount_minor, merchant.currency), _scope(row, names))
                  for row in queries.deposit_rules_of(merchant.id)],
        forms=forms,
        sent=sent,
        may_change=may_run_merchant(current_actor(), merchant.id),
    )  # fmt: skip


def _prepared(form: AForm, merchant: Merchant) -> AForm:
    form.scopes, form.currency = _scopes(merchant), merchant.currency
    return form


def _tax_form(tax: TaxRate | None) -> TaxForm:
    if tax is None:
        return TaxForm(formdata=None, prefix="tax-", inclusive=True)
    return TaxForm(
        formdata=None,
        prefix="tax-",
        name=tax.name,
        percent=percent_words(tax.percent),
        inclusive=tax.inclusive,
        registration=tax.registration,
    )


def _deposit_form(merchant: Merchant) -> DepositForm:
    return _prepared(DepositForm(formdata=None, prefix="deposit-", rest_days_before="7"), merchant)


def _scopes(merchant: Merchant) -> list[tuple[str, str]]:
    own = [(use.field, f"{use.name}, {use.place}" if use.place else use.name) for use in uses_of_terms(merchant.id)]
    return [("", _("everything of the house")), *own]


def _scope(row: Coupon | DepositRule, names: dict[str, str]) -> str:
    field = f"room-{row.room_id}" if row.room_id else f"service-{row.service_id}" if row.service_id else ""
    return names.get(field, "")


def _off(percent: int | None, minor: int | None, currency: str | None) -> Money | str:
    return Money(minor, currency) if minor is not None and currency else f"{percent}\N{NO-BREAK SPACE}%"
