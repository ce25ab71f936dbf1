"""Paying, and one's wallet."""

from __future__ import annotations

from typing import Any

from bookapp.api.schemas import payments as schemas
from bookapp.api.schemas.base import page_of, paginated
from bookapp.api.views.area import ApiArea
from bookapp.api.views.keys import once
from bookapp.api.views.told import in_list, payment_facts
from bookapp.booking import actions
from bookapp.booking.policy import seen_by
from bookapp.infra import clock
from bookapp.infra.limits import BOOKINGS, limiter
from bookapp.payments.actions import ask_back, open_at_provider
from bookapp.payments.queries import balance, payment_by_key, payments_of, wallet_balances, wallet_page
from bookapp.values.errors import NotFound
from bookapp.values.words import N_
from bookapp.web.security import current_actor

views = ApiArea("payments", __name__, title=N_("Payments"), about=N_("Pay for bookings; what is in one's wallet."))


@views.post("/payments/initiate", guests=True)
@limiter.limit(BOOKINGS)
@views.arguments(schemas.InitiateInput)
@views.response(201, schemas.PaidSchema)
@views.idempotent
def initiate_payment(asked: dict[str, Any], key: str) -> dict[str, Any]:
    """Open a payment for what a booking waits for: itself, the difference of a move, or the rest of a deposit.

    One that is open already is used again. Send its payer to `payment.url`; nothing is left to do when it is null.
    """
    actor, now = current_actor(), clock.now()

    def begin() -> dict[str, Any]:
        payment = actions.begin_due(
            actor, asked["booking_ref"], gateway=asked["gateway"], now=now, wallet=asked["wallet"]
        )
        return {"payment": payment.id if payment else None}

    payment_id = once(key, asked, begin)["payment"]
    if payment_id is not None:
        open_at_provider(payment_id, now=now)
    return _paid(asked["booking_ref"], payment_id)


@views.post("/payments/verify", guests=True)
@limiter.limit(BOOKINGS)
@views.arguments(schemas.VerifyInput)
@views.response(200, schemas.PaidSchema)
def verify_payment(asked: dict[str, Any]) -> dict[str, Any]:
    """Ask the provider how a payment stands, and act on its word: a paid booking is confirmed."""
    payment = payment_by_key(asked["payment_id"])
    if payment is None:
        raise NotFound
    payment_id, ref = payment.id, seen_by(current_actor(), payment.reference)[0].ref
    ask_back(payment_id, now=clock.now())
    return _paid(ref, payment_id)


@views.get("/wallet")
@views.response(200, schemas.WalletSchema)
def show_wallet() -> dict[str, Any]:
    """What is in one's wallet, a balance per currency."""
    return {
        "balances": [
            {"currency": free.currency, "balance": free, "reserved": aside}
            for free, aside in wallet_balances(current_actor().user_id)
        ]
    }


@views.get("/wallet/transactions")
@views.arguments(schemas.TransactionsAsked, location="query")
@views.response(200, page_of(schemas.TransactionSchema))
def list_transactions(asked: dict[str, Any]) -> dict[str, Any]:
    """What moved in one's wallet, the latest first."""
    lines, whole = wallet_page(
        current_actor().user_id, currency=asked.get("currency", ""), page=asked["page"], limit=asked["limit"]
    )
    rows = [
        {
            **{name: getattr(line, name) for name in ("id", "kind", "leg", "note", "amount", "balance", "at")},
            "status": line.state,
            "booking_ref": line.reference or None,
        }
        for line in lines
    ]
    return paginated(rows, asked, whole)


def _paid(ref: str, payment_id: int | None) -> dict[str, Any]:
    booking, _by_merchant = seen_by(current_actor(), ref)
    told = in_list(booking, balance(booking.ref, booking.currency))
    return {
        "booking_ref": told["ref"],
        "booking_status": told["status"],
        "payment_status": told["payment_status"],
        "payment": next((payment_facts(one) for one in payments_of(booking.ref) if one.id == payment_id), None),
    }
