"""Cases in words: what was found, about what, what happened before, and what each decision does."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask_babel import gettext as _

from bookapp.payments.models import MoneyCase
from bookapp.payments.policy import Decision
from bookapp.payments.queries import CasePage, Story
from bookapp.payments.rules.reconciling import Verdict
from bookapp.payments.states import GATEWAY_NAMES, CaseKind, told_state
from bookapp.values.money import Money
from bookapp.values.words import N_
from bookapp.web import filters

_SUBJECTS = {
    "payment": N_("Payment %(number)s"),
    "refund": N_("Refund %(number)s"),
    "dispute": N_("Dispute %(number)s"),
    "booking": N_("Booking %(number)s"),
    "charge_at": N_("Charge %(number)s"),
    "refund_at": N_("Refund %(number)s"),
    "dispute_at": N_("Dispute %(number)s"),
    "books": N_("Rule %(number)s"),
}
_DECISIONS = {
    Decision.RETRY: (N_("Send it again"), N_("The provider gets a new order for the same amount.")),
    Decision.WALLET: (N_("Put it into the customer's wallet"), N_("There at once, to spend on the next booking.")),
    Decision.BY_HAND: (N_("Paid by hand"), N_("You have paid it some other way. Say how and when in the note.")),
    Decision.ASK: (N_("Ask the provider again"), N_("The case closes by itself when there is an answer.")),
    Decision.CLOSE: (N_("Only close the case"), N_("Nothing else happens. Say why in the note.")),
}
_AFTER = {
    Decision.RETRY: N_("The refund is sent again."),
    Decision.WALLET: N_("The money is in the customer's wallet."),
    Decision.BY_HAND: N_("The refund is written down as paid by hand."),
    Decision.ASK: N_("The provider is asked again."),
    Decision.CLOSE: N_("The case is closed."),
}
_HAPPENED = {
    "payment.opened": N_("Payment opened"),
    "payment.succeeded": N_("Paid"),
    "payment.failed": N_("Attempt failed"),
    "payment.abandoned": N_("Not paid in time"),
    "payment.wrong": N_("Another amount arrived"),
    "payment.disputed": N_("Disputed by the payer's bank"),
    "payment.won": N_("Dispute won"),
    "payment.lost": N_("Dispute lost"),
    "refund.initiated": N_("Refund promised"),
    "refund.processed": N_("Refund sent"),
    "refund.failed": N_("Refund failed"),
    "booking.payment_returned": N_("Payment could not be used"),
}


def rows(found: CasePage) -> list[tuple[MoneyCase, CaseKind, str, str]]:
    """Each case of a page with its kind, what was found in words, and the merchant's name."""
    return [(case, CaseKind(case.kind), of_case(case), merchant) for case, merchant in found.rows]


def of_case(case: MoneyCase) -> str:
    """What was found, in a line: "€45.00 arrived instead of €54.00"."""
    facts = case.facts
    match case.kind:
        case CaseKind.WRONG_AMOUNT:
            received = _money(facts, "received_minor", "received_currency")
            return _("%(received)s arrived instead of %(asked)s", received=received, asked=_money(facts, "asked_minor"))
        case CaseKind.DIFFERENCE:
            return _difference(facts)
        case CaseKind.PAYMENT_UNCLEAR:
            name = provider(facts.get("gateway", ""))
            if facts.get("refused"):
                return _("%(provider)s does not know this payment", provider=name)
            return _("%(provider)s gave no answer for a day", provider=name)
        case CaseKind.REST_UNPAID if "due_at" in facts:
            return _("due until %(day)s", day=filters.day(dt.datetime.fromisoformat(facts["due_at"]), "UTC"))
        case _:
            parts = [_money(facts, "amount_minor"), facts.get("failure") or facts.get("reason") or ""]
            return ", ".join(part for part in parts if part)


def provider(name: str) -> str:
    """What a gateway is called at the desk; "" for none."""
    return _(GATEWAY_NAMES[name]) if name in GATEWAY_NAMES else name


def of_subject(case: MoneyCase) -> str:
    """What it is about: "Refund 17"."""
    kind, _colon, number = case.subject.partition(":")
    return _(_SUBJECTS[kind], number=number) if kind in _SUBJECTS else case.subject


def of_state(state: str) -> str:
    """The word for a state of a payment, refund or dispute."""
    return _(told_state(state).label)


def of_decision(decision: Decision) -> tuple[str, str]:
    """What a decision is called, and what it does."""
    name, note = _DECISIONS[decision]
    return _(name), _(note)


def after(decision: Decision) -> str:
    """What was done."""
    return _(_AFTER[decision])


def of_story(story: Story) -> list[tuple[str, str, bool]]:
    """What happened to a payment, oldest first, for `ui.timeline`: (what, when and how much, is it the last)."""
    told: list[tuple[dt.datetime, str, str]] = [
        (one.at, _(_HAPPENED[one.action]), _what(story, one.facts, one.reason)) for one in story.audit
        if one.action in _HAPPENED
    ]  # fmt: skip
    told += [(one.received_at, _("The provider reported"), one.kind) for one in story.events]
    told.sort(key=lambda one: one[0])
    return [
        (what, " · ".join(part for part in (filters.when(at, "UTC"), detail) if part), number == len(told))
        for number, (at, what, detail) in enumerate(told, start=1)
    ]


def _what(story: Story, facts: dict[str, Any], reason: str | None) -> str:
    amount = facts.get("received_minor") or facts.get("amount_minor")
    currency = facts.get("received_currency") or story.payment.currency
    refund = next((one for one in story.refunds if one.id == facts.get("refund")), None)
    if refund is not None:
        amount, currency = refund.amount_minor, refund.currency
    parts = [filters.money(Money(amount, currency)) if amount else "", reason or ""]
    return " · ".join(part for part in parts if part)


def _difference(facts: dict[str, Any]) -> str:
    what = str(facts.get("what", ""))
    if what in set(Verdict):
        parts = [_(Verdict(what).label), provider(facts.get("gateway", ""))]
        if facts.get("ours") and facts.get("theirs"):
            parts.append(_("here: %(ours)s, there: %(theirs)s", ours=of_state(facts["ours"]), theirs=facts["theirs"]))
        return ", ".join(part for part in parts if part)
    rows = ", ".join(f"{name} {value}" for name, value in facts.get("rows", {}).items())
    return f"{_(what)}: {rows}" if rows else _(what)


def _money(facts: dict[str, Any], name: str, currency: str = "currency") -> str:
    if name not in facts or currency not in facts:
        return ""
    return filters.money(Money(facts[name], facts[currency]))
