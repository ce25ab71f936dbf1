"""The tables of money, by what they describe."""

from bookapp.payments.models.cases import MoneyCase
from bookapp.payments.models.gifts import GiftCard
from bookapp.payments.models.ledger import Account, LedgerEntry, Transfer
from bookapp.payments.models.papers import Paper, PaperSeries, Statement
from bookapp.payments.models.payments import WITH_MONEY, Dispute, Payment, Refund, WebhookEvent
from bookapp.payments.models.sandbox import SandboxCharge, SandboxRefund

__all__ = [
    "WITH_MONEY",
    "Account",
    "Dispute",
    "GiftCard",
    "LedgerEntry",
    "MoneyCase",
    "Paper",
    "PaperSeries",
    "Payment",
    "Refund",
    "SandboxCharge",
    "SandboxRefund",
    "Statement",
    "Transfer",
    "WebhookEvent",
]
