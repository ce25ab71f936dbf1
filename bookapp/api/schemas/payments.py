"""Payments and the wallet."""

from __future__ import annotations

from marshmallow import fields

from bookapp.api.schemas.base import Answer, Input, Paged
from bookapp.api.schemas.fields import Flag, Line, Moment, said
from bookapp.api.schemas.money import Currency, MoneySchema


class PaymentSchema(Answer):
    """One attempt to pay."""

    payment_id = fields.UUID(metadata=said("What `POST payments/verify` asks for."))
    status = fields.String(metadata=said("pending, succeeded, failed, abandoned, disputed, won or lost.", "pending"))
    provider = fields.String(metadata=said("stripe, razorpay, sandbox, wallet or venue.", "stripe"))
    amount = fields.Nested(MoneySchema)
    url = fields.String(allow_none=True, metadata=said("The provider's page to pay on, while it is pending."))
    expires_at = Moment("Until when it can be paid.")
    refunded = fields.Nested(MoneySchema, metadata=said("What of it has been promised back."))


class InitiateInput(Input):
    """Pay what a booking waits for."""

    booking_ref = Line("The public code.", "B7K2QF", longest=12, required=True)
    gateway = Line("Who collects it; without it the merchant's usual one.", "stripe", longest=40, load_default="")
    wallet = Flag("Pay from the wallet as far as it goes.", load_default=False)


class VerifyInput(Input):
    """Ask the provider how a payment stands."""

    payment_id = fields.UUID(required=True, metadata=said("As `payments/initiate` gave it."))


class PaidSchema(Answer):
    """How a booking and its payment stand."""

    booking_ref = fields.String(metadata=said("The public code.", "B7K2QF"))
    booking_status = fields.String(metadata=said("How the booking stands.", "confirmed"))
    payment_status = fields.String(metadata=said("How its money stands.", "paid"))
    payment = fields.Nested(PaymentSchema, allow_none=True, metadata=said("Null when the wallet has paid all of it."))


class WalletBalanceSchema(Answer):
    """What is in a wallet of one currency."""

    currency = Currency()
    balance = fields.Nested(MoneySchema, metadata=said("What can be spent."))
    reserved = fields.Nested(MoneySchema, metadata=said("What open payments have taken aside."))


class WalletSchema(Answer):
    """One's wallet, a balance per currency, never converted."""

    balances = fields.List(fields.Nested(WalletBalanceSchema))


class TransactionsAsked(Paged):
    """Which changes of the wallet."""

    currency = Currency("Only this currency.")


class TransactionSchema(Answer):
    """One change of a wallet."""

    id = fields.Integer()
    kind = fields.String(metadata=said("payment, refund, credit, debit, adjustment or payout.", "refund"))
    leg = fields.String(metadata=said("post; of what was first taken aside reserve, then capture or release.", "post"))
    status = fields.String(metadata=said("pending, completed or failed.", "completed"))
    booking_ref = fields.String(allow_none=True, metadata=said("The booking it is about.", "B7K2QF"))
    note = fields.String(metadata=said("Why, where somebody said so.", ""))
    amount = fields.Nested(MoneySchema, metadata=said("Below zero: it left the wallet."))
    balance = fields.Nested(MoneySchema, metadata=said("What was in it afterwards."))
    at = Moment("When.")
