"""The story of a booking in words: what was done to it and by whom, its moves, what was said to whom."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from bookapp.audit.models import AuditEntry
from bookapp.booking.actions.overriding import OVERRIDE
from bookapp.booking.messages.summary import when_words
from bookapp.booking.models import BookingChange
from bookapp.booking.queries.story import BookingStory
from bookapp.crm.queries.inbox import Called
from bookapp.notifications.models import MessageRecord
from bookapp.values.money import Money
from bookapp.values.words import N_
from bookapp.web import filters
from bookapp.web.language import gettext as _

# The audit trail in words; what is not among them is shown by its name.
_ACTS = {
    "booking.held": N_("Held"),
    "booking.hold_extended": N_("Held for ten more minutes"),
    "booking.adopted": N_("Joined an account"),
    "booking.made_for": N_("Booked by the house"),
    "booking.confirmed": N_("Confirmed"),
    "booking.cancelled": N_("Cancelled"),
    "booking.expired": N_("Hold ended"),
    "booking.goodwill": N_("Given back out of goodwill"),
    "booking.moved": N_("Moved"),
    "booking.overruled": N_("A rule set aside by the desk"),
    "booking.move_held": N_("New time held, to be paid"),
    "booking.move_lapsed": N_("New time let go"),
    "booking.part_cancelled": N_("A part given back"),
    "booking.payment_returned": N_("Payment sent back: nobody could use it"),
    "booking.rest_paid": N_("Rest paid"),
    "booking.taken_at_venue": N_("Paid at the venue"),
    "booking.attendance": N_("Attendance noted"),
    "booking.completed": N_("Took place"),
    "booking.no_show": N_("Nobody came"),
    "booking.told": N_("The house wrote to them"),
    "gathering.told": N_("The host wrote to them"),
    "gathering.late": N_("They were told that it begins late"),
    "payment.opened": N_("Payment opened"),
    "payment.succeeded": N_("Payment arrived"),
    "payment.failed": N_("Payment declined"),
    "payment.abandoned": N_("Payment not made"),
    "payment.wrong": N_("Another amount arrived"),
    "payment.disputed": N_("Disputed by the payer's bank"),
    "payment.won": N_("Dispute won"),
    "payment.lost": N_("Dispute lost"),
    "refund.initiated": N_("Refund promised"),
    "refund.processed": N_("Refund sent"),
    "refund.failed": N_("Refund failed"),
    "paper.invoice": N_("Invoice issued"),
    "paper.credit_note": N_("Credit note issued"),
    "case.opened": N_("Put before a person"),
    "case.closed": N_("Case closed"),
    "case.retry": N_("Refund sent again"),
    "case.wallet": N_("Refund put into the wallet"),
    "case.by_hand": N_("Refund paid by hand"),
    "case.ask": N_("The provider was asked again"),
    "case.close": N_("Case closed without more"),
}
_SAID = {
    "booking.confirmed": N_("Confirmation"),
    "booking.cancelled": N_("Cancellation"),
    "booking.moved": N_("New time"),
    "booking.part_cancelled": N_("A part given back"),
    "booking.goodwill": N_("Goodwill"),
    "booking.refunded": N_("Refund sent"),
    "booking.payment_bounced": N_("Payment bounced"),
    "booking.payment_returned": N_("Payment sent back"),
    "booking.payment_wrong": N_("Wrong amount"),
    "booking.rest_paid": N_("Rest paid"),
    "booking.rest_reminder": N_("Reminder of the rest"),
    "booking.rest_overdue": N_("Rest overdue"),
    "booking.session_changed": N_("Session changed"),
    "booking.from_house": N_("Words of the house"),
    "crm.told": N_("Words of the host"),
    "crm.late": N_("Running late"),
    "payments.dispute": N_("Alert: dispute"),
    "staff.booked": N_("To staff: booked"),
    "staff.moved": N_("To staff: moved"),
    "staff.cancelled": N_("To staff: cancelled"),
    "staff.session_moved": N_("To staff: session moved"),
    "staff.session_cancelled": N_("To staff: session cancelled"),
}
_STATES = {
    "due": ("wait", "clock", N_("Waiting")),
    "delivered": ("good", "tick", N_("Sent")),
    "failed": ("bad", "warn", N_("Refused")),
    "dead": ("bad", "warn", N_("Given up")),
    "read": ("good", "tick", N_("Read")),
    "stored": ("done", "tick", N_("Delivered")),
}
_CHANGES = {
    "pending": ("wait", "clock", N_("Waits for its payment")),
    "done": ("good", "tick", N_("Done")),
    "expired": ("off", "cross", N_("Let go")),
}
_NOBODY = N_("the house's own work")
# What is behind a label that is no account's.
_KINDS = {"visitor": N_("the customer"), "system": _NOBODY}


@dataclass(frozen=True, slots=True)
class Told:
    """One act: what, when, who, why, the figures that go with it, and whether it was an override."""

    what: str
    when: str
    who: str
    why: str
    facts: str
    is_override: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing that was said: what, how, to whom, its badge, when, and what went wrong."""

    at: dt.datetime
    what: str
    channel: str
    to: str
    badge: tuple[str, str, str]
    when: str
    error: str


@dataclass(frozen=True, slots=True)
class Change:
    """One move or part given back: its badge, from what to what, what that cost, who and why."""

    what: str
    badge: tuple[str, str, str]
    before: str
    after: str
    difference: str
    back: str
    who: str
    when: str
    why: str


def acts(story: BookingStory) -> list[Told]:
    """Everything that was done, oldest first."""
    return [
        Told(
            what=_(_ACTS[entry.action]) if entry.action in _ACTS else entry.action,
            when=filters.when(entry.at, story.booking.zone),
            who=_doer(story, entry),
            why=entry.reason or "",
            facts=_facts(story, entry),
            is_override=OVERRIDE in entry.facts,
        )
        for entry in story.audit
    ]


def sent(story: BookingStory, called: list[Called]) -> list[Sent]:
    """Every mail, bell and call of the notify door, oldest first."""
    told = [_message(story, one) for one in story.messages]
    told += [
        Sent(
            at=one.at,
            what=_(one.label),
            channel=_("Inbox"),
            to=one.name,
            badge=_badge(_STATES["read" if one.read_at else one.state]),
            when=filters.when(one.read_at or one.at, story.booking.zone),
            error=one.error,
        )
        for one in called
    ]
    return sorted(told, key=lambda one: one.at)


def changes(story: BookingStory) -> list[Change]:
    """Its moves and the parts that were given back, oldest first."""
    return [_change(story, one) for one in story.changes]


def _message(story: BookingStory, one: MessageRecord) -> Sent:
    is_bell = one.channel == "in_app"
    state = "read" if one.read_at else "stored" if is_bell else one.state
    return Sent(
        at=one.created_at,
        what=_(_SAID[one.kind]) if one.kind in _SAID else one.subject,
        channel=_("Bell") if is_bell else _("Mail"),
        to=_reader(story, one) if is_bell else one.recipient,
        badge=_badge(_STATES[state]),
        when=filters.when(one.read_at or one.delivered_at or one.created_at, story.booking.zone),
        error=one.error or "",
    )


def _reader(story: BookingStory, one: MessageRecord) -> str:
    return story.name_of(one.recipient) or one.recipient_name or one.recipient


def _change(story: BookingStory, one: BookingChange) -> Change:
    currency = story.booking.currency
    difference, back = Money(one.difference_minor, currency), Money(one.refunded_minor, currency)
    return Change(
        what=_("Moved") if one.kind == "move" else _("A part given back"),
        badge=_badge(_CHANGES[one.state]),
        before=_place(one.before, story.booking.zone),
        after=_place(one.before | one.after, story.booking.zone),
        difference=filters.money(difference) if difference else "",
        back=filters.money(back) if back else "",
        who=_who(story, one.actor),
        when=filters.when(one.done_at or one.created_at, story.booking.zone),
        why=one.reason,
    )


def _place(facts: dict[str, Any], zone: str) -> str:
    instant = dt.datetime.fromisoformat
    when = when_words(instant(facts["starts_at"]), instant(facts["ends_at"]), facts.get("zone", zone))
    return f"{facts['title']}, {when.line}"


def _who(story: BookingStory, label: str) -> str:
    return story.name_of(label) or _(_KINDS.get(label, _NOBODY))


def _doer(story: BookingStory, entry: AuditEntry) -> str:
    who = _who(story, entry.actor)
    if entry.impersonator_id is None:
        return who
    return _("%(admin)s as %(who)s", admin=story.names.get(entry.impersonator_id, entry.impersonator_id), who=who)


def _facts(story: BookingStory, entry: AuditEntry) -> str:
    """The amount it was about, where there is one."""
    minor = next((entry.facts[name] for name in ("amount_minor", "refund_minor") if entry.facts.get(name)), None)
    if minor is None and (number := entry.facts.get("refund")):
        minor = next((one.amount_minor for pay in story.payments for one in pay.refunds if one.id == number), None)
    return filters.money(Money(int(minor), story.booking.currency)) if minor else ""


def _badge(told: tuple[str, str, str]) -> tuple[str, str, str]:
    tone, mark, words = told
    return tone, mark, _(words)
