"""What the checkout and the page for the rest share: which ways to pay there are, and what the wallet holds."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from bookapp.booking.forms import PayForm
from bookapp.booking.models import Booking
from bookapp.booking.queries.gateways import gateways_for
from bookapp.identity.actor import Actor
from bookapp.payments.gateways import LABELS
from bookapp.payments.queries import wallet_balance
from bookapp.payments.rules import wallet_part
from bookapp.values.money import Money


@dataclass(frozen=True, slots=True)
class Wallet:
    """What a wallet holds, how much of the sum it pays, and what is left for the payment page."""

    balance: Money
    part: Money
    left: Money


def offer_gateways(form: PayForm, booking: Booking) -> None:
    """Let the form choose among what the merchant offers; the first unless somebody has chosen."""
    form.gateway.choices = [(name, _(LABELS[name])) for name in gateways_for(booking)]
    form.gateway.data = form.gateway_name


def wallet_for(actor: Actor, booking: Booking, amount: Money) -> Wallet | None:
    """The switch for the wallet: for its owner only, and only when there is something in it and to be paid."""
    if actor.user_id is None or booking.customer_id not in (None, actor.user_id) or not amount:
        return None
    balance = wallet_balance(actor.user_id, amount.currency)
    part = wallet_part(amount, balance)
    return Wallet(balance, part, amount - part) if part else None
