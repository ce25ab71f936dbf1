"""The mails, one function each."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from bookapp.booking.messages.summary import money, summary_of, when_words
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.destinations import given_back_for
from bookapp.booking.states import BookingState
from bookapp.infra.settings import public_url
from bookapp.notifications.rules import Attachment, Message, one_line
from bookapp.values.money import Money

CALENDAR = "booking.calendar"
CONFIRMATION_PDF = "booking.confirmation_pdf"
_EMPTY_LINES = re.compile(r"\n{3,}")


def booking_confirmed(booking: Booking) -> Message:
    """It is booked: when, where, what it costs, until when it can go, with calendar and PDF."""
    return _about(
        booking,
        "booking/confirmed",
        attachments=_papers(booking),
    )


def booking_cancelled(booking: Booking, refund: Money, *, to_wallet: Money | None = None, reason: str = "") -> Message:
    """It is cancelled, by whom and why, and what comes back where; the calendar takes the entry out.

    `to_wallet` is the part of `refund` that goes into the customer's wallet.
    """
    fee = Money(booking.fee_minor or 0, booking.currency)
    wallet = to_wallet or Money.zero(refund.currency)
    return _about(
        booking,
        "booking/cancelled",
        by_merchant=booking.cancelled_by == "merchant",
        reason=reason,
        refund=money(refund) if refund else "",
        wallet=money(wallet) if wallet else "",
        original=money(refund - wallet) if refund > wallet else "",
        fee=money(fee) if fee else "",
        attachments=(Attachment(CALENDAR, booking.ref, f"booking-{booking.ref}.ics"),),
    )


def booking_goodwill(booking: Booking, amount: Money, *, to_wallet: Money, reason: str, cause: str) -> Message:
    """The house gives `amount` back out of goodwill, and why. `cause` is the refund's: a booking can have several."""
    return _about(
        booking,
        "booking/goodwill",
        cause=cause,
        amount=money(amount),
        wallet=money(to_wallet) if to_wallet else "",
        original=money(amount - to_wallet) if amount > to_wallet else "",
        reason=reason,
    )


def booking_refunded(booking: Booking, amount: Money, *, cause: str, to_wallet: bool = False) -> Message:
    """`amount` has gone back. `cause` names the refund ("refund:17"): a booking can have several."""
    return _about(booking, "booking/refunded", cause=cause, amount=money(amount), to_wallet=to_wallet)


def booking_moved(booking: Booking, change: BookingChange) -> Message:
    """It is at another time: from when to when, what that cost or brought, with calendar and PDF as they are now."""
    before, currency = change.before, booking.currency
    instant = dt.datetime.fromisoformat
    was = when_words(instant(before["starts_at"]), instant(before["ends_at"]), before["zone"])
    difference, back = Money(change.difference_minor, currency), Money(change.refunded_minor, currency)
    kept = Money(change.after["kept_minor"], currency)
    return _about(
        booking,
        "booking/moved",
        cause=f"change:{change.id}",
        was=was.line,
        was_what=before["title"] if before["title"] != booking.title else "",
        by_merchant=change.by_merchant,
        reason=change.reason if change.by_merchant else "",
        more=money(difference) if difference.minor > 0 and not change.by_merchant else "",
        less=money(-difference) if difference.minor < 0 else "",
        back=money(back) if back else "",
        wallet=_to_wallet(booking, change),
        kept=money(kept) if kept else "",
        attachments=_papers(booking),
    )


def session_changed(booking: Booking, change: BookingChange) -> Message:
    """The house has changed the session it is for: what it was before, what it is now, with calendar and PDF."""
    before, after = change.before, change.after
    instant = dt.datetime.fromisoformat
    was = when_words(instant(before["starts_at"]), instant(before["ends_at"]), before["zone"])
    same_time = all(instant(before[name]) == instant(after[name]) for name in ("starts_at", "ends_at"))
    same_place = all(before[name] == after[name] for name in ("room_id", "venue_id"))
    return _about(
        booking,
        "booking/session_changed",
        cause=f"change:{change.id}",
        was="" if same_time else was.line,
        was_what=before["title"] if before["title"] != after["title"] else "",
        was_where="" if same_place else ", ".join(filter(None, (before["room"], before["place"]))) or _("Online"),
        was_host=before["host"] if before["host"] != after["host"] else "",
        reason=change.reason,
        attachments=_papers(booking),
    )


def part_cancelled(booking: Booking, change: BookingChange) -> Message:
    """Some seats or extras were given back: what is left, and what of their price comes back."""
    less, back = Money(-change.difference_minor, booking.currency), Money(change.refunded_minor, booking.currency)
    return _about(
        booking,
        "booking/part_cancelled",
        cause=f"change:{change.id}",
        by_merchant=change.by_merchant,
        less=money(less),
        back=money(back) if back else "",
        wallet=_to_wallet(booking, change),
        attachments=_papers(booking),
    )


def _to_wallet(booking: Booking, change: BookingChange) -> str:
    """What of a change's refund is in the wallet: an amount in words, or ""."""
    wallet = given_back_for(booking, f"change:{change.id}").wallet
    return money(wallet) if wallet else ""


def payment_bounced(booking: Booking, amount: Money, *, payment_id: int, purpose: str) -> Message:
    """The bank refused a payment after its payer had left: nothing was charged, and where it can be paid again."""
    page = {"booking": f"/checkout/{booking.ref}", "rest": f"/bookings/{booking.ref}/rest"}
    return _about(
        booking,
        "booking/payment_bounced",
        cause=f"payment_bounced:{payment_id}",
        amount=money(amount),
        stands=booking.state != BookingState.PENDING,
        pay_url=public_url(page.get(purpose, f"/bookings/{booking.ref}")),
    )


def payment_returned(booking: Booking, amount: Money, *, payment_id: int, for_move: bool = False) -> Message:
    """A payment that cannot be used goes back whole, and why: too late, for something cancelled, or paid twice.

    `for_move`: it was the difference of a move that could not be made any more.
    """
    match booking.state:
        case _ if for_move:
            why = "not_moved"
        case BookingState.CONFIRMED | BookingState.COMPLETED | BookingState.NO_SHOW:
            why = "twice"
        case BookingState.CANCELLED:
            why = "cancelled"
        case _:
            why = "late"
    return _about(
        booking,
        "booking/payment_returned",
        cause=f"payment:{payment_id}",
        amount=money(amount),
        why=why,
        search_url=public_url("/search"),
    )


def payment_wrong(booking: Booking, asked: Money, received: Money, *, payment_id: int, now: dt.datetime) -> Message:
    """`received` arrived where `asked` was asked for: it goes back whole, and whether the place is still held."""
    is_held = booking.state == BookingState.PENDING
    until = booking.hold_expires_at if is_held else None
    return _about(
        booking,
        "booking/payment_wrong",
        cause=f"payment_wrong:{payment_id}",
        asked=money(asked),
        received=money(received) if received else "",
        minutes=str(max(1, int((until - now).total_seconds() // 60))) if until and until > now else "",
        stands=booking.state == BookingState.CONFIRMED,
        pay_url=public_url(f"/checkout/{booking.ref}"),
        search_url=public_url("/search"),
    )


def rest_reminder(booking: Booking, rest: Money, *, cause: str) -> Message:
    """What a deposit left open, until when, and the link to pay it. `cause` names the due date and the reminder."""
    return _about(booking, "booking/rest_reminder", cause=cause, rest=money(rest))


def rest_overdue(booking: Booking, rest: Money, *, cause: str) -> Message:
    """The date is over and the rest is not paid; the booking stands until a person decides otherwise."""
    return _about(booking, "booking/rest_overdue", cause=cause, rest=money(rest))


def rest_paid(booking: Booking) -> Message:
    """Nothing is open any more."""
    return _about(booking, "booking/rest_paid", cause=f"rest_paid:{booking.ref}:{booking.total_minor}")


def from_house(booking: Booking, words: str, *, cause: str) -> Message:
    """The house's own words to whoever has booked."""
    return _about(booking, "booking/from_house", cause=cause, words=words)


def find_my_booking(email: str, bookings: Sequence[Booking], *, asked_at: dt.datetime) -> Message:
    """The links to `bookings` (one at least), which all belong to `email`. Asked for again later, it is said again."""
    words = _words("booking/find", bookings=[summary_of(booking) for booking in bookings])
    return Message(
        kind="booking.find",
        cause=f"asked:{asked_at.isoformat()}",
        recipient_email=email,
        recipient_name=bookings[0].name,
        **words,
    )


def _papers(booking: Booking) -> tuple[Attachment, ...]:
    """Calendar and confirmation; made at delivery, as the booking is then."""
    return (
        Attachment(CALENDAR, booking.ref, f"booking-{booking.ref}.ics"),
        Attachment(CONFIRMATION_PDF, booking.ref, f"booking-{booking.ref}.pdf"),
    )


def _about(
    booking: Booking, mail: str, *, cause: str = "", attachments: tuple[Attachment, ...] = (), **facts: str | bool
) -> Message:
    hello = _("Hello %(name)s,", name=one_line(booking.name)) if booking.name else _("Hello,")
    words = _words(mail, booking=summary_of(booking), hello=hello, **facts)
    return Message(
        kind=mail.replace("/", "."),
        cause=cause or f"booking:{booking.ref}",
        reference=booking.ref,
        recipient_email=booking.email,
        recipient_name=booking.name,
        user_id=booking.customer_id,
        notice=words["subject"],
        attachments=attachments,
        **words,
    )


def _words(mail: str, **facts: Any) -> dict[str, str]:
    return {
        "subject": one_line(_render(mail, "subject.txt", facts)),
        "text": _EMPTY_LINES.sub("\n\n", _render(mail, "body.txt", facts)).strip() + "\n",
        "html": _render(mail, "body.html", facts),
    }


def _render(mail: str, file: str, facts: dict[str, Any]) -> str:
    # Straight from the environment: what pages need in their context (who is signed in) does not exist in a worker.
    return current_app.jinja_env.get_template(f"emails/{mail}/{file}").render(facts)
