"""Cancelling, refunds, and whose booking it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from bookapp.audit.queries import story_of
from bookapp.booking import actions
from bookapp.booking.actions.parting import cancel_part
from bookapp.booking.errors import (
    TooLateToCancel,
)
from bookapp.booking.models import Participant
from bookapp.booking.queries import by_ref, manage_url, refund_steps
from bookapp.booking.rules import Part, SeatWish
from bookapp.catalog.models import Merchant, Terms
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions as payments
from bookapp.payments.models import Refund, SandboxRefund
from bookapp.payments.queries import balance
from bookapp.scheduling.models import Occupancy
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_merchant, a_session, a_user, actor_of
from tests.builders.booking import (
    NOW,
    a_booking,
    a_guest,
    a_hold,
    at,
    seats_taken,
)
from tests.builders.staff import an_owner_of
from tests.support.jobs import promised, work_off

pytestmark = pytest.mark.usefixtures("app")
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("left", "back"),
    [(dt.timedelta(hours=48), 4050), (dt.timedelta(hours=47, minutes=59), 2700), (dt.timedelta(hours=24), 2700),
     (dt.timedelta(hours=23, minutes=59), 1350), (dt.timedelta(minutes=1), 1350)],
)  # fmt: skip
def test_cancelling_pays_back_by_the_terms_of_the_day_it_was_agreed(left: dt.timedelta, back: int) -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    worsen_all_terms()
    cancelled, outcome = actions.cancel(guest, booking.ref, now=booking.starts_at - left, reason="ill")
    assert (cancelled.state, outcome.refund.minor, outcome.fee.minor) == ("cancelled", back, 5400 - back)
    assert not db.session.scalar(select(func.count()).select_from(Occupancy).where(Occupancy.active))
    again = actions.cancel(guest, booking.ref, now=booking.starts_at)
    assert (again[1].refund, again[1].fee) == (outcome.refund, outcome.fee)
    assert len(promised("payments.send_refund")) == 1


def worsen_all_terms() -> None:
    """Every merchant's terms become worse after the booking was made (invariant 6)."""
    db.session.execute(update(Terms).values(tiers=[{"hours": 0, "percent": 0}]))


def test_a_refund_reaches_the_provider_once_however_often_its_job_runs() -> None:
    booking = a_booking(state="cancelled")
    refund_id = db.session.scalars(select(Refund.id)).one()
    assert work_off("payments.send_refund") == 1
    for _ in range(3):
        payments.send_refund(refund_id, now=NOW)
    sent = db.session.scalars(select(SandboxRefund.amount_minor)).all()
    refund = db.session.get_one(Refund, refund_id)
    assert (sent, refund.state, balance(booking.ref, "EUR").status) == ([4050], "processed", "partly_refunded")
    kinds = db.session.scalars(select(MessageRecord.kind).order_by(MessageRecord.id)).all()
    assert kinds == ["booking.confirmed", "booking.cancelled", "booking.refunded"]


def test_cancelling_gives_seats_back() -> None:
    session = a_session(starts_at=at(), capacity=2)
    guest = a_guest()
    booking = a_booking(SeatWish(session.id, 2), actor=guest)
    assert seats_taken(session) == 2
    actions.cancel(guest, booking.ref, now=NOW)
    assert seats_taken(session) == 0


def test_what_has_begun_is_not_cancelled() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    with pytest.raises(TooLateToCancel):
        actions.cancel(guest, booking.ref, now=booking.starts_at)


def test_cancelling_a_hold_lets_it_go() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    cancelled, outcome = actions.cancel(guest, held.ref, now=NOW)
    assert (cancelled.state, outcome.refund.minor) == ("expired", 0)


def test_letting_go_ends_a_hold_at_once_and_an_open_payment_by_a_worker() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    assert actions.let_go(guest, held.ref, now=NOW).state == "expired"
    assert actions.let_go(guest, held.ref, now=NOW).state == "expired"
    paying = a_hold(actor=guest)
    payment = actions.begin_payment(guest, paying.ref, gateway_name="sandbox", now=NOW)
    payments.open_at_provider(payment.id, now=NOW)
    assert actions.let_go(guest, paying.ref, now=NOW).state == "pending"
    assert promised("payments.close_stale") == [[payment.id]]
    payments.close_stale(payment.id, now=NOW)
    db.session.refresh(paying)
    assert paying.state == "expired"


def test_past_bookings_are_completed_or_nobody_came() -> None:
    came, absent = a_booking(), a_booking(email="absent@example.org")
    for person in by_ref(absent.ref, visible_to_actor=replace(a_guest(), visitor=absent.visitor)).participants:
        person.attendance = "absent"
    db.session.commit()
    assert actions.complete_past(now=came.ends_at) == 2
    db.session.refresh(came)
    db.session.refresh(absent)
    assert (came.state, absent.state) == ("completed", "no_show")


def test_what_is_not_yours_is_not_found() -> None:
    guest, stranger = a_guest(), a_guest()
    booking = a_booking(actor=guest)
    for verb in (
        lambda: by_ref(booking.ref, visible_to_actor=stranger),
        lambda: actions.cancel(stranger, booking.ref, now=NOW),
        lambda: actions.extend(stranger, booking.ref, now=NOW),
        lambda: actions.begin_payment(stranger, booking.ref, gateway_name="sandbox", now=NOW),
    ):
        with pytest.raises(NotFound):
            verb()


def test_a_participant_with_an_account_sees_it_and_may_not_cancel() -> None:
    owner, friend = a_guest(), a_user()
    booking = a_booking(actor=owner)
    actions.adopt_guest_bookings(a_user(email="miriam@example.org").id, "miriam@example.org")
    db.session.add(Participant(booking_id=booking.id, user_id=friend.id, name=friend.name, email=friend.email))
    db.session.commit()
    assert by_ref(booking.ref, visible_to_actor=actor_of(friend)).ref == booking.ref
    with pytest.raises(NotAllowed):
        actions.cancel(actor_of(friend), booking.ref, now=NOW)


def test_a_verified_email_brings_its_guest_bookings_into_the_account() -> None:
    booking = a_booking()
    user = a_user(email="miriam@example.org")
    assert actions.adopt_guest_bookings(user.id, user.email) == 1
    assert by_ref(booking.ref, visible_to_actor=actor_of(user)).customer_id == user.id
    assert actions.adopt_guest_bookings(user.id, user.email) == 0


def test_the_mailed_link_opens_the_booking_until_it_is_revoked() -> None:
    guest = a_guest()
    booking = a_booking(actor=guest)
    token = manage_url(booking).rpartition("/")[2]
    link = actions.open_link(token)
    holder = replace(a_guest(), links=(link,))
    assert by_ref(booking.ref, visible_to_actor=holder).ref == booking.ref
    actions.revoke_links(guest, booking.ref)
    with pytest.raises(NotFound):
        by_ref(booking.ref, visible_to_actor=holder)
    for void in (token, token[:-2], "x"):
        with pytest.raises(NotFound):
            actions.open_link(void)


def test_find_my_booking_mails_the_links_and_says_nothing_to_others() -> None:
    booking = a_booking()
    actions.mail_links("nobody@example.org", now=NOW)
    actions.mail_links(booking.email, now=NOW)
    mails = db.session.scalars(select(MessageRecord).where(MessageRecord.kind != "booking.confirmed")).all()
    assert [mail.recipient for mail in mails] == [booking.email]
    assert manage_url(booking) in mails[0].text


def test_the_cancel_panel_counts_down_in_money() -> None:
    booking = a_booking()
    steps = refund_steps(booking, NOW, paid=balance(booking.ref, booking.currency).kept)
    assert [(until, back.minor) for until, back in steps] == [
        (booking.starts_at - dt.timedelta(hours=48), 4050),
        (booking.starts_at - dt.timedelta(hours=24), 2700),
        (None, 1350),
    ]


def test_cancelling_twice_says_the_same_after_a_part_was_given_back() -> None:
    guest = a_guest()
    booking = a_booking(SeatWish(a_session(starts_at=at()).id, 2), actor=guest)
    cancel_part(guest, booking.ref, Part(seats=1), now=NOW, key="part")
    _, outcome = actions.cancel(guest, booking.ref, now=NOW)
    assert (outcome.refund.minor, outcome.fee.minor, outcome.percent) == (1200, 800, 75)
    assert actions.cancel(guest, booking.ref, now=at())[1] == outcome


def test_a_hold_is_cancelled_twice_alike() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    _, outcome = actions.cancel(guest, held.ref, now=NOW)
    assert (outcome.refund.minor, outcome.fee.minor) == (0, 0)
    again, once_more = actions.cancel(guest, held.ref, now=NOW)
    assert (again.state, once_more) == ("expired", outcome)


def test_the_house_gives_everything_back_and_says_why() -> None:
    customer = actor_of(a_user())
    booking = a_booking(actor=customer)
    owner = an_owner_of(db.session.get_one(Merchant, booking.merchant_id))
    begun = booking.starts_at + MINUTE
    cancelled, outcome = actions.cancel_for_customer(owner, booking.ref, now=begun, reason="The heating is broken.")
    assert (cancelled.state, cancelled.cancelled_by, outcome.refund.minor, outcome.fee.minor) == (
        "cancelled", "merchant", 5400, 0,
    )  # fmt: skip
    assert actions.cancel_for_customer(owner, booking.ref, now=begun, reason="Once more.")[1] == outcome
    assert actions.cancel(customer, booking.ref, now=begun)[1] == outcome
    assert story_of(f"booking:{booking.ref}")[-1].reason != "Once more."


def test_the_house_lets_go_of_a_hold() -> None:
    held = a_hold()
    owner = an_owner_of(db.session.get_one(Merchant, held.merchant_id))
    assert actions.cancel_for_customer(owner, held.ref, now=NOW, reason="Not today.")[0].state == "expired"


def test_the_house_cancels_its_own_bookings_only_with_a_reason_and_before_they_are_over() -> None:
    booking = a_booking()
    owner = an_owner_of(db.session.get_one(Merchant, booking.merchant_id))
    with pytest.raises(NotFound):
        actions.cancel_for_customer(an_owner_of(a_merchant()), booking.ref, now=NOW, reason="Mine now.")
    with pytest.raises(NotValid):
        actions.cancel_for_customer(owner, booking.ref, now=NOW, reason="")
    with pytest.raises(TooLateToCancel):
        actions.cancel_for_customer(owner, booking.ref, now=booking.ends_at, reason="Too late.")
