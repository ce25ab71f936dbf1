"""One's wallet: what is in it, and where every cent came from and went."""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _

from bookapp.infra import clock
from bookapp.infra.limits import CODES, CODES_SCOPE, limiter
from bookapp.payments import actions, queries
from bookapp.payments.forms import GiftCodeForm
from bookapp.values.errors import NotValid
from bookapp.web.areas import SIGNED_IN, area
from bookapp.web.filters import money
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

blueprint = area("wallet", __name__, SIGNED_IN)

_PER_PAGE = 50


@blueprint.get("/wallet")
def show() -> Response:
    """The balance of each currency, and the lines of one of them."""
    return _page(GiftCodeForm(formdata=None))


@blueprint.post("/wallet/gift-cards")
@limiter.shared_limit(CODES, scope=CODES_SCOPE)
def redeem() -> Response:
    """Put the money of a gift card into the wallet; sent twice, it is in there once."""
    form = GiftCodeForm()
    if not form.validate():
        return _page(form, status=422)
    try:
        card = actions.redeem_gift_card(current_actor(), form.code.data or "", now=clock.now())
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(form, status=refusal.status)
    flash(_("%(amount)s from the gift card are in your wallet.", amount=money(card.amount)))
    return redirect_to(f"/wallet?currency={card.currency}")


def _page(form: GiftCodeForm, *, status: int = 200) -> Response:
    user_id = current_actor().user_id
    assert user_id is not None
    balances = queries.wallet_balances(user_id)
    query = Query(request.args)
    currencies = [free.currency for free, _aside in balances]
    currency = query.choice("currency", currencies, currencies[0]) if currencies else ""
    before = query.integer("before", low=1, high=2**62)
    lines = queries.wallet_lines(user_id, currency, before_id=before, limit=_PER_PAGE + 1)
    return page(
        "payments/wallet.html",
        balances=balances,
        currency=currency,
        lines=lines[:_PER_PAGE],
        older=lines[_PER_PAGE - 1].id if len(lines) > _PER_PAGE else None,
        now=clock.now(),
        form=form,
        status=status,
    )
