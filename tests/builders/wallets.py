"""Wallets with money in them, and bookings paid by wallet and card together."""

from __future__ import annotations

import datetime as dt

from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.booking.rules import Wish
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.payments import actions as payments
from bookapp.payments.actions import ledger
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.values.money import Money
from tests.builders.booking import NOW, a_hold, details
from tests.builders.identity import actor_of
from tests.builders.numbers import another


def fill_wallet(user: User, minor: int, *, now: dt.datetime = NOW) -> None:
    """The house gives so many cents into a wallet."""
    wallet = AccountOf.wallet(user.id)
    ledger.post(
        "credit", f"gift:{another()}", Money(minor, "EUR"), AccountOf.platform(), wallet, now=now, user_id=user.id
    )


def a_mixed_booking(
    user: User, wish: Wish | None = None, *, wallet_minor: int = 2000, now: dt.datetime = NOW
) -> Booking:
    """A confirmed booking of which the wallet paid `wallet_minor` and a card the rest."""
    fill_wallet(user, wallet_minor, now=now)
    held = a_hold(wish, actor=actor_of(user), now=now)
    card = actions.check_out(
        actor_of(user), held.ref, details(user.email), gateway_name="sandbox", now=now, wallet=True
    )
    assert card is not None
    payments.open_at_provider(card.id, now=now)
    db.session.refresh(card)
    assert sandbox.settle(card.provider_id or "", ChargeState.PAID)
    payments.ask_back(card.id, now=now)
    db.session.refresh(held)
    assert held.state == "confirmed"
    return held
