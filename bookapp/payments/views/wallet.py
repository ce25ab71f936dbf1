"""One's wallet: what is in it, and where every cent came from and went."""

from __future__ import annotations

from flask import Response, request

from bookapp.infra import clock
from bookapp.payments import queries
from bookapp.web.areas import SIGNED_IN, area
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page
from bookapp.web.security import current_actor

blueprint = area("wallet", __name__, SIGNED_IN)

_PER_PAGE = 50


@blueprint.get("/wallet")
def show() -> Response:
    """The balance of each currency, and the lines of one of them."""
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
    )
