"""Reads over money: payments and their refunds, and what a person has to look at."""

from bookapp.payments.queries.payments import (
    Balance,
    attempts,
    balance,
    balances,
    open_payment,
    payment_by_id,
    payment_by_key,
    payments_of,
    refund_by_id,
    sandbox_charge,
    stale_payments,
)
from bookapp.payments.queries.wallet import wallet_balance, wallet_balances, wallet_lines

__all__ = [
    "Balance",
    "attempts",
    "balance",
    "balances",
    "open_payment",
    "payment_by_id",
    "payment_by_key",
    "payments_of",
    "refund_by_id",
    "sandbox_charge",
    "stale_payments",
    "wallet_balance",
    "wallet_balances",
    "wallet_lines",
]
