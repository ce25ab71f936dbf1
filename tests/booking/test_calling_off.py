"""Cancelling a session with everything booked in it: at once, in full, told to everybody, the same however often."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from bookapp.booking import actions
from bookapp.booking.errors import SessionFull, SessionOver
from bookapp.booking.models import Booking, SessionCancellation
from bookapp.booking.queries.calloff import cancellation_of, preview, progress
from bookapp.booking.rules import NewTime, SeatWish
from bookapp.catalog.actions import grant_role
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.identity.models import User
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions as payments
from bookapp.payments.models import Refund, SandboxRefund
from bookapp.payments.queries import balance, payments_of
from bookapp.scheduling.actions.sessions import create_session
from bookapp.scheduling.errors import SessionBehindUs
from bookapp.scheduling.models import Occupancy, Session
from bookapp.values.errors import NotFound
from bookapp.values.timespan import Span
from tests.builders import a_facilitator, a_room, a_service, a_session, a_user, actor_of
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, at, pay, seats_taken
from tests.identity.people import a_person, come_in
from tests.support.client import Client
from tests.support.jobs import promised, work_off
from tests.support.select import select as css
from tests.support.select import submit

pytestmark = pytest.mark.usefixtures("app")
HOUR = dt.timedelta(hours=1)
LONG_BEFORE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
JOBS = ("booking.call_off_one", "payments.send_refund", "payments.close_stale")


def call_off(
    session: Session, *, actor: Actor = SYSTEM, reason: str = "", key: str = "key-0001"
) -> SessionCancellation:
    """Now, as the jobs that follow will read the clock as well; what was booked lies in the future."""
    return actions.call_off_session(actor, session.id, now=clock.now(), key=key, reason=reason)


def booked(session: Session, count: int) -> list[Booking]:
    """Paid bookings of one seat, each by somebody else."""
    return [
        a_booking(SeatWish(session.id, 1), email=f"guest{number}@example.org") for number in range(count)
    ]  # fmt: skip


def states(session: Session) -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(select(Booking.state).where(Booking.session_id == session.id).order_by(Booking.id)))


def figures(session: Session) -> tuple[int, int, int]:
    """(done, waiting, failed)"""
    cancellation = cancellation_of(session.id)
    assert cancellation is not None
    now = progress(cancellation, session.currency)
    return now.done, now.waiting, now.failed


def test_everybody_gets_everything_back_whatever_the_terms() -> None:
    session = a_session(starts_at=NOW + HOUR)
    bookings = booked(session, 3)
    call_off(session, reason="The teacher is ill.")
    assert states(session) == ["confirmed"] * 3, "the bookings follow, one job each"
    assert work_off(*JOBS) == 6
    assert states(session) == ["cancelled"] * 3
    for booking in bookings:
        db.session.refresh(booking)
        money = balance(booking.ref, "EUR")
        assert (money.processed.minor, money.kept.minor, booking.fee_minor) == (1600, 0, 0)
        assert (booking.cancelled_by, booking.sequence) == ("merchant", 1)
    assert db.session.scalar(select(func.count()).select_from(SandboxRefund)) == 3
    db.session.refresh(session)
    assert (session.state, session.seats_taken) == ("cancelled", 0)
    mails = db.session.scalars(select(MessageRecord).where(MessageRecord.kind == "booking.cancelled")).all()
    assert sorted(mail.recipient for mail in mails) == [f"guest{number}@example.org" for number in range(3)]
    assert all("The teacher is ill." in mail.text and "€16.00 goes back to you" in mail.text for mail in mails)


def test_who_has_an_account_is_told_in_the_app_as_well() -> None:
    session, user = a_session(starts_at=at()), a_user()
    a_booking(SeatWish(session.id, 1), actor=actor_of(user), email=user.email)
    call_off(session)
    work_off(*JOBS)
    told = db.session.scalars(
        select(MessageRecord.channel).where(MessageRecord.kind == "booking.cancelled", MessageRecord.user_id == user.id)
    ).all()
    assert sorted(told) == ["email", "in_app"]


def test_every_step_may_be_done_again_and_changes_nothing() -> None:
    session = a_session(starts_at=at())
    bookings = booked(session, 2)
    first = call_off(session)
    assert call_off(session) is first
    assert call_off(session, key="another-key").bookings == 2
    assert len(promised("booking.call_off_one")) == 2
    for _ in range(3):
        for booking in bookings:
            assert actions.call_off_one(session.id, booking.id, now=clock.now())
    work_off(*JOBS)
    assert db.session.scalars(select(Refund.amount_minor)).all() == [1600, 1600]
    count = select(func.count()).select_from(MessageRecord).where(MessageRecord.kind == "booking.cancelled")
    assert db.session.scalar(count) == 2


def test_room_and_host_are_free_at_once_and_no_seat_is_held_any_more() -> None:
    room = a_room()
    host = a_facilitator(room.venue.merchant)
    service = a_service(room.venue.merchant)
    span = Span(at(), at(hours=1))
    session = create_session(SYSTEM, service.id, span=span, now=NOW, room_id=room.id, facilitator_id=host.id)
    active = select(func.count()).select_from(Occupancy).where(Occupancy.active)
    assert db.session.scalar(active) == 2
    call_off(session)
    assert db.session.scalar(active) == 0
    create_session(SYSTEM, service.id, span=span, now=NOW, room_id=room.id, facilitator_id=host.id)
    with pytest.raises((SessionOver, SessionFull)):
        a_hold(SeatWish(session.id, 1))


def test_a_hold_ends_and_one_that_is_being_paid_is_closed_at_the_provider_first() -> None:
    session, guest = a_session(starts_at=at()), a_guest()
    a_hold(SeatWish(session.id, 1))
    paying = a_hold(SeatWish(session.id, 1), actor=guest)
    payment = actions.begin_payment(guest, paying.ref, gateway_name="sandbox", now=NOW)
    assert payment is not None
    payments.open_at_provider(payment.id, now=NOW)
    call_off(session)
    held, paid_for = db.session.scalars(select(Booking.id).where(Booking.session_id == session.id).order_by(Booking.id))
    assert actions.call_off_one(session.id, held, now=clock.now())
    assert not actions.call_off_one(session.id, paid_for, now=clock.now()), "it waits for the provider"
    assert figures(session) == (1, 1, 0)
    payments.close_stale(payment.id, now=clock.now())
    assert actions.call_off_one(session.id, paid_for, now=clock.now())
    assert states(session) == ["expired", "expired"]
    assert figures(session) == (2, 0, 0)


def test_a_payment_that_arrives_after_all_goes_back() -> None:
    session, guest = a_session(starts_at=at()), a_guest()
    paying = a_hold(SeatWish(session.id, 1), actor=guest)
    payment_id = pay(paying, guest)
    call_off(session)
    payments.ask_back(payment_id, now=NOW)
    assert states(session) != ["confirmed"]
    assert actions.call_off_one(session.id, paying.id, now=clock.now())
    work_off(*JOBS)
    assert states(session) in (["expired"], ["cancelled"])
    assert balance(paying.ref, "EUR").processed.minor == 1600
    assert figures(session) == (1, 0, 0)


def test_a_customer_who_cancels_a_moment_later_keeps_no_fee() -> None:
    session, guest = a_session(starts_at=NOW + HOUR), a_guest()
    booking = a_booking(SeatWish(session.id, 1), actor=guest)
    call_off(session)
    cancelled, outcome = actions.cancel(guest, booking.ref, now=NOW)
    assert (cancelled.cancelled_by, outcome.refund.minor, outcome.fee.minor) == ("merchant", 1600, 0)


def test_what_has_moved_away_meanwhile_is_left_alone() -> None:
    session, other = a_session(starts_at=at()), a_session(starts_at=at(8))
    booking = a_booking(SeatWish(session.id, 1))
    call_off(session)
    booking.session_id = other.id
    db.session.commit()
    assert actions.call_off_one(session.id, booking.id, now=clock.now())
    assert states(other) == ["confirmed"]
    cancellation = cancellation_of(session.id)
    assert cancellation is not None
    assert cancellation.finished_at is not None


@pytest.mark.parametrize("arrives", [False, True])
def test_a_move_into_it_that_is_not_paid_is_let_go_and_one_that_just_arrived_is_cancelled(arrives: bool) -> None:
    service, guest = a_service(), a_guest()
    here = a_session(service, starts_at=at(20))
    dearer = a_session(service, starts_at=at(21), price_minor=2000)
    booking = a_booking(SeatWish(here.id, 1), actor=guest)
    change = actions.move(guest, booking.ref, NewTime(session_id=dearer.id), now=NOW, key="dearer-01")
    assert (change.state, seats_taken(dearer)) == ("pending", 1)
    call_off(dearer)
    if arrives:  # its payment was confirmed while the session was being cancelled
        booking.session_id = dearer.id
        change.state = "done"
        db.session.commit()
    work_off(*JOBS)
    db.session.refresh(booking)
    db.session.refresh(change)
    if arrives:
        assert (booking.state, booking.cancelled_by) == ("cancelled", "merchant")
    else:
        assert (booking.state, booking.session_id, change.state) == ("confirmed", here.id, "expired")
    assert seats_taken(dearer) == 0
    assert cancellation_of(dearer.id).finished_at is not None  # type: ignore[union-attr]


def test_a_session_nobody_booked_is_finished_at_once_and_one_that_is_over_stays() -> None:
    assert call_off(a_session(starts_at=at())).finished_at is not None
    with pytest.raises(SessionBehindUs):
        call_off(a_session(starts_at=clock.now() - 2 * HOUR))


def test_what_was_cancelled_before_is_not_part_of_it() -> None:
    session, guest = a_session(starts_at=at()), a_guest()
    actions.cancel(guest, a_booking(SeatWish(session.id, 1), actor=guest).ref, now=LONG_BEFORE)
    booked(session, 1)
    call_off(session)
    work_off(*JOBS)
    assert figures(session) == (1, 0, 0)


def test_the_preview_says_to_the_cent_what_happens_then() -> None:
    session = a_session(starts_at=at())
    booked(session, 2)
    a_hold(SeatWish(session.id, 1))
    shown = preview(session)
    assert (len(shown.rows), shown.wallet.minor, shown.original.minor, shown.whole.minor) == (3, 0, 3200, 3200)
    call_off(session)
    work_off(*JOBS)
    cancellation = cancellation_of(session.id)
    assert cancellation is not None
    done = progress(cancellation, "EUR")
    assert (done.sent, done.due, done.whole, done.is_running) == (shown.whole, shown.whole, 3, False)


def test_a_refund_the_provider_refuses_and_work_that_was_given_up_are_listed() -> None:
    session = a_session(starts_at=at())
    refused, stuck, _fine = booked(session, 3)
    call_off(session)
    db.session.execute(
        OutboxRow.__table__.update().where(OutboxRow.key.endswith(stuck.ref)).values(state="dead")  # type: ignore[attr-defined]
    )
    db.session.commit()
    work_off("booking.call_off_one")
    (refund,) = [r for r in db.session.scalars(select(Refund)) if r.payment_id == _payment_of(refused)]
    payments.note_refund(refund.id, "failed", now=NOW, failure="refused")
    work_off(*JOBS)
    cancellation = cancellation_of(session.id)
    assert cancellation is not None
    now = progress(cancellation, "EUR")
    assert (now.done, now.waiting, now.failed) == (1, 0, 2)
    assert {(ref, why) for ref, _, why in now.failures} == {(refused.ref, "refund"), (stuck.ref, "job")}


def _payment_of(booking: Booking) -> int:
    return payments_of(booking.ref)[0].id


def test_nothing_of_a_cancelled_session_is_completed_when_its_time_comes() -> None:
    session = a_session(starts_at=at())
    booked(session, 1)
    call_off(session)
    assert actions.complete_past(now=at(30)) == 0
    work_off(*JOBS)
    assert states(session) == ["cancelled"]


@pytest.mark.parametrize("role", ["stranger", "other owner", "other manager", "other facilitator"])
def test_for_whom_it_is_not_it_is_not_there(role: str) -> None:
    session = a_session(starts_at=at())
    elsewhere = a_session(starts_at=at())
    user = a_user()
    if role != "stranger":
        grant_role(SYSTEM, user_id=user.id, merchant_id=elsewhere.merchant_id, role=role.split()[1])
    with pytest.raises(NotFound):
        call_off(session, actor=actor_of(user))
    db.session.refresh(session)
    assert session.state == "scheduled"


def test_its_host_its_manager_its_owner_and_an_admin_may() -> None:
    for role in ("facilitator", "manager", "owner", "admin"):
        user = a_user(is_admin=role == "admin")
        service = a_service()
        host = a_facilitator(service.merchant)
        host.user_id = user.id if role == "facilitator" else None
        db.session.commit()
        session = a_session(service, starts_at=at(), facilitator=host)
        venue_id = session.venue_id if role == "manager" else None
        if role != "admin":
            grant_role(SYSTEM, user_id=user.id, merchant_id=session.merchant_id, role=role, venue_id=venue_id)
        assert call_off(session, actor=actor_of(user)).actor == f"user:{user.id}"


def an_owner_of(session: Session) -> User:
    user = a_person()
    grant_role(SYSTEM, user_id=user.id, merchant_id=session.merchant_id, role="owner")
    return user


def test_the_page_shows_what_happens_then_does_it_and_tells_how_far_it_is(client: Client) -> None:
    session, elsewhere = a_session(starts_at=at()), a_session(starts_at=at())
    first, second = booked(session, 2)
    come_in(client, an_owner_of(session))
    address = f"/desk/sessions/{session.id}/cancellation"
    before = client.get(address).text
    assert "Cancel session, €32.00 back" in before
    assert [row.text for row in css(before, "tbody th")] == [first.ref, second.ref]
    assert submit(client, address, "main form", reason="x" * 501).status_code == 422
    pressed = submit(client, address, "main form", reason="The teacher is ill.")
    assert (pressed.status_code, pressed.location) == (303, address)
    running = client.htmx(address)
    assert "<html" not in running.text
    (bar,) = css(running.text, "progress")
    assert (bar["value"], bar["max"]) == ("0", "2")
    (asking,) = css(running.text, "#progress")
    assert (asking["hx-get"], asking["hx-trigger"]) == (address, "every 1s")
    work_off(*JOBS)
    done = client.get(address).text
    assert "hx-get" not in css(done, "#progress")[0].attributes, "it stops asking"
    assert "Everybody has been told and paid back." in done
    assert client.post(address, data={"reason": "again"}).status_code == 303
    assert client.get(f"/desk/sessions/{elsewhere.id}/cancellation").status_code == 404
    assert client.post(f"/desk/sessions/{elsewhere.id}/cancellation").status_code == 404
    assert client.get("/desk/sessions/999999/cancellation").status_code == 404


def test_the_page_lists_what_a_person_has_to_look_at(client: Client) -> None:
    session = a_session(starts_at=at())
    (booking,) = booked(session, 1)
    come_in(client, an_owner_of(session))
    call_off(session)
    work_off("booking.call_off_one")
    payments.note_refund(db.session.scalars(select(Refund.id)).one(), "failed", now=NOW, failure="refused")
    page = client.get(f"/desk/sessions/{session.id}/cancellation").text
    assert "The provider did not take the refund." in page
    assert css(page, f'a[href="/desk/bookings/{booking.ref}"]')


def test_what_is_over_says_so(client: Client) -> None:
    session = a_session(starts_at=clock.now() - 2 * HOUR)
    come_in(client, an_owner_of(session))
    page = client.get(f"/desk/sessions/{session.id}/cancellation").text
    assert "This session can no longer be cancelled." in page
    assert not css(page, "main form")
    assert client.post(f"/desk/sessions/{session.id}/cancellation").status_code == 409
