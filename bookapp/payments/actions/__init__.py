"""Verbs of payments. Whatever asks a provider over the network is a plain function that calls two actions around it:
no HTTP happens inside a transaction (guarantees.md 10)."""

from bookapp.payments.actions.asking import ask_back, close_stale
from bookapp.payments.actions.cases import close_case, open_case
from bookapp.payments.actions.deciding import decide
from bookapp.payments.actions.gifts import issue_gift_card, redeem_gift_card, void_gift_card
from bookapp.payments.actions.opening import begin, create_payment, hurry, open_at_provider, take_at_venue
from bookapp.payments.actions.reconciling import ask_to_reconcile, reconcile
from bookapp.payments.actions.refunding import note_answer, note_refund, refund, send_refund
from bookapp.payments.actions.settling import close, settle
from bookapp.payments.actions.statements import make_statements, pay_out, promise_statements
from bookapp.payments.actions.unclear import ask_about_refund, give_up_on_payment, give_up_on_refund
from bookapp.payments.actions.webhooks import note_webhook, receive_webhook, work_off_again, work_off_webhook

__all__ = [
    "ask_about_refund",
    "ask_back",
    "ask_to_reconcile",
    "begin",
    "close",
    "close_case",
    "close_stale",
    "create_payment",
    "decide",
    "give_up_on_payment",
    "give_up_on_refund",
    "hurry",
    "issue_gift_card",
    "make_statements",
    "note_answer",
    "note_refund",
    "note_webhook",
    "open_at_provider",
    "open_case",
    "pay_out",
    "promise_statements",
    "receive_webhook",
    "reconcile",
    "redeem_gift_card",
    "refund",
    "send_refund",
    "settle",
    "take_at_venue",
    "void_gift_card",
    "work_off_again",
    "work_off_webhook",
]
