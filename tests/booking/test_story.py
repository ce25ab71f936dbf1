"""A booking's whole story on one page, and what those who serve it may do from there."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

import pytest
import time_machine
from sqlalchemy import func, select

from bookapp.audit.actions import record
from bookapp.audit.models import AuditEntry
from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.booking.rules import NewTime, SeatWish
from bookapp.crm.models import Notification
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions as payments
from bookapp.payments.models import MoneyCase, Payment, Refund
from bookapp.values.errors import NotValid
from bookapp.values.money import Money
from tests.booking.paid import a_deposit_booking
from tests.builders import a_facilitator, a_service, a_session, a_user, actor_of
from tests.builders.booking import NOW, a_booking, a_guest, at, details
from tests.builders.numbers import another
from tests.support.client import Client
from tests.support.jobs import work_off
from tests.support.queries import counted
from tests.support.select import one, submit, texts
from tests.support.select import select as found
from tests.support.staff import sign_in

WHY = "Please say why: you act for a house"


@pytest.fixture(autouse=True)
def _day_one(app: object):
    with time_machine.travel(NOW, tick=False):
        yield


def a_failed_refund() -> tuple[Booking, Refund]:
    """A cancelled booking whose money did not go back: the provider said no."""
    booking = a_booking(state="cancelled")
    refund = db.session.scalars(select(Refund).join(Payment).where(Payment.reference == booking.ref)).one()
    payments.note_refund(refund.id, "failed", now=NOW, failure="account closed")
    return booking, refund


def cases(ref: str) -> list[tuple[str, bool]]:
    rows = db.session.scalars(select(MoneyCase).where(MoneyCase.reference == ref).order_by(MoneyCase.id))
    return [(case.subject, case.closed_at is not None) for case in rows]


def reasons(ref: str, action: str) -> list[tuple[str | None, bool]]:
    rows = db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject == f"booking:{ref}", AuditEntry.action == action)
    )
    return [(entry.reason, "override" in entry.facts) for entry in rows]


def test_everything_about_it_stands_on_one_page(client: Client) -> None:
    person = a_facilitator(name="Priya Sharma")
    service = a_service(person.merchant, name="Morning flow", hosts=[person])
    sessions = [a_session(service, starts_at=at(days), facilitator=person) for days in (7, 8)]
    guest = a_guest()
    booking = a_booking(SeatWish(sessions[0].id, 2), actor=guest)
    owner = sign_in(client, merchant_id=booking.merchant_id)
    actions.move(
        actor_of(owner), booking.ref, NewTime(session_id=sessions[1].id), now=NOW, key="move-key-1",
        reason="A wet floor",
    )  # fmt: skip
    db.session.add(
        Notification(
            facilitator_id=person.id, booking_id=booking.id, kind="confirmed", user_name="M", event="E", key="k"
        )
    )
    actions.give_goodwill(
        actor_of(owner), booking.ref, Money(300, "EUR"), reason="Sorry", key="good-key-1", now=NOW
    )  # fmt: skip
    shown = client.get(f"/desk/bookings/{booking.ref}").text
    main = one(shown, "main").text
    for words in ("Morning flow", "Priya Sharma", "Miriam Okafor", "2 seats", "€32.00"):
        assert words in main, words
    changes = one(shown, "section[aria-labelledby=changes]").text
    assert "A wet floor" in changes
    assert owner.name in changes
    assert "Mon 8" in changes or "8 March" in changes, changes
    said = one(shown, "section[aria-labelledby=sent]").text
    for words in ("Confirmation", "New time", "Goodwill", "Inbox", "Waiting", "Delivered"):
        assert words in said, words
    done = texts(shown, "section[aria-labelledby=story] li b")
    assert done[0] == "Held"
    assert {"Payment arrived", "Confirmed", "Moved", "Given back out of goodwill", "Refund promised"} <= set(done)


def test_a_guest_a_stranger_and_another_house_see_nothing(client: Client) -> None:
    booking, elsewhere = a_booking(), a_booking()
    sign_in(client, merchant_id=elsewhere.merchant_id)
    for path in ("", "/cancellation"):
        assert client.get(f"/desk/bookings/{booking.ref}{path}").status_code == 404
    for path in ("/cancellation", "/payment", "/refunds/1/retry"):
        assert client.post(f"/desk/bookings/{booking.ref}{path}", data={"reason": "x"}).status_code == 404


def test_a_refund_that_failed_is_sent_again_and_its_case_closes_by_itself(client: Client) -> None:
    booking, refund = a_failed_refund()
    assert cases(booking.ref) == [(f"refund:{refund.id}", False)]
    admin = sign_in(client, is_admin=True)
    shown = client.get(f"/desk/bookings/{booking.ref}").text
    assert "account closed" in one(shown, "section[aria-labelledby=money]").text
    again = f"form[action$='/refunds/{refund.id}/retry']"
    answer = submit(client, f"/desk/bookings/{booking.ref}", again, note="They gave a new account.")
    assert answer.status_code == 303
    assert cases(booking.ref) == [(f"refund:{refund.id}", True)]
    work_off("payments.send_refund")
    shown = client.get(f"/desk/bookings/{booking.ref}").text
    assert not found(shown, "form[action$='/retry']")
    assert "went in its place" in one(shown, "section[aria-labelledby=money]").text
    story = one(shown, "section[aria-labelledby=story]").text
    done = texts(shown, "section[aria-labelledby=story] li b")
    order = ["Cancelled", "Refund promised", "Refund failed", "Put before a person", "Refund sent again", "Refund sent"]
    assert [what for what in done if what in order[2:]][-1] == "Refund sent"
    assert set(order) <= set(done)
    assert "They gave a new account." in story
    assert admin.name in story
    states = db.session.scalars(select(Refund.state).order_by(Refund.id)).all()
    assert states == ["failed", "processed"]


def test_the_second_click_and_the_second_person_send_nothing_more(client: Client) -> None:
    booking, refund = a_failed_refund()
    sign_in(client, merchant_id=booking.merchant_id)
    path = f"/desk/bookings/{booking.ref}/refunds/{refund.id}/retry"
    data = {"idempotency_key": "one-click-1", "note": ""}
    assert [client.post(path, data=data).status_code for _ in range(2)] == [303, 303]
    late = client.post(path, data={"idempotency_key": "another-click-1"})
    assert late.status_code == 409
    assert one(late.text, "[role=alert]").text
    assert db.session.scalar(select(func.count()).select_from(Refund)) == 2


def test_who_may_not_decide_about_it_does_not_send_it_again(client: Client) -> None:
    booking, refund = a_failed_refund()
    sign_in(client, merchant_id=booking.merchant_id, role="manager", venue_id=booking.venue_id)
    assert not found(client.get(f"/desk/bookings/{booking.ref}").text, "form[action$='/retry']")
    assert client.post(f"/desk/bookings/{booking.ref}/refunds/{refund.id}/retry").status_code == 403
    other, another_refund = a_failed_refund()
    assert other.ref != booking.ref
    assert client.post(f"/desk/bookings/{booking.ref}/refunds/{another_refund.id}/retry").status_code == 404
    note = {"note": "x" * 501}
    sign_in(client, merchant_id=booking.merchant_id)
    assert client.post(f"/desk/bookings/{booking.ref}/refunds/{refund.id}/retry", data=note).status_code == 422


def test_the_house_cancels_and_says_why(client: Client) -> None:
    booking = a_booking()
    sign_in(client, merchant_id=booking.merchant_id)
    path = f"/desk/bookings/{booking.ref}/cancellation"
    assert "€54 back" in client.get(path).text
    empty = client.post(path, data={"reason": ""})
    assert (empty.status_code, "Please say why" in empty.text) == (422, True)
    assert submit(client, path, reason="The roof leaks").status_code == 303
    assert "€54.00 goes back" in client.get(f"/desk/bookings/{booking.ref}").text
    assert reasons(booking.ref, "booking.cancelled") == [("The roof leaks", False)]
    assert client.get(path).status_code == 303, "it is over: there is nothing to ask"
    assert client.post(path, data={"reason": "Again"}).status_code == 303
    assert len(reasons(booking.ref, "booking.cancelled")) == 1


def test_a_hold_is_cancelled_at_once_and_one_that_is_being_paid_when_its_page_is_closed(client: Client) -> None:
    held, guest = a_booking(state="pending"), a_guest()
    paying = a_booking(state="pending", actor=guest)
    actions.check_out(guest, paying.ref, details(), gateway_name="sandbox", now=NOW)
    sign_in(client, is_admin=True)
    assert "Nothing was paid" in client.get(f"/desk/bookings/{held.ref}/cancellation").text
    client.post(f"/desk/bookings/{held.ref}/cancellation", data={"reason": "No"})
    client.post(f"/desk/bookings/{paying.ref}/cancellation", data={"reason": "No"})
    assert "Its payment page is being closed" in client.get(f"/desk/bookings/{paying.ref}").text
    states = [db.session.get_one(Booking, one.id, populate_existing=True).state for one in (held, paying)]
    assert states == ["expired", "pending"]


def test_an_admin_acts_for_a_house_only_with_a_reason_which_the_trail_marks(client: Client) -> None:
    booking = a_deposit_booking(actor_of(a_user()), start=at(30))
    admin = sign_in(client, is_admin=True)
    page, form = f"/desk/bookings/{booking.ref}", "form[action$='/payment']"
    refused = submit(client, page, form)
    assert (refused.status_code, WHY in refused.text) == (422, True)
    assert submit(client, page, form, reason="Their line is down").status_code == 303
    assert reasons(booking.ref, "booking.taken_at_venue") == [("Their line is down", True)]
    with pytest.raises(NotValid):
        actions.move(actor_of(admin), booking.ref, NewTime(start=at(31), end=at(31, 2)), now=NOW, key="admin-move-1")
    actions.move(
        actor_of(admin), booking.ref, NewTime(start=at(31), end=at(31, 2)), now=NOW, key="admin-move-2", reason="Asked"
    )
    assert reasons(booking.ref, "booking.moved") == [("Asked", True)]
    assert "Override" in one(client.get(page).text, "section[aria-labelledby=story]").text
    assert client.post(page + "/payment").status_code == 409, "all is paid"


def test_the_page_of_a_move_asks_an_admin_why(client: Client) -> None:
    booking = a_booking()
    sign_in(client, is_admin=True)
    to = f"/bookings/{booking.ref}/move/to?" + urlencode({"start": at(9).isoformat(), "end": at(9, 2).isoformat()})
    refused = submit(client, to, "form[data-once]")
    assert (refused.status_code, WHY in refused.text) == (422, True)
    assert submit(client, to, "form[data-once]", reason="Asked by phone").status_code == 303


def test_an_owner_needs_no_reason_to_take_money(client: Client) -> None:
    booking = a_deposit_booking(actor_of(a_user()), start=at(30))
    sign_in(client, merchant_id=booking.merchant_id)
    assert submit(client, f"/desk/bookings/{booking.ref}", "form[action$='/payment']").status_code == 303
    assert reasons(booking.ref, "booking.taken_at_venue") == [(None, False)]
    assert client.post(f"/desk/bookings/{booking.ref}/payment", data={"reason": "x" * 501}).status_code == 422


def test_what_can_be_done_depends_on_how_it_stands(client: Client) -> None:
    booking = a_booking()
    sign_in(client, merchant_id=booking.merchant_id)

    def may() -> set[str]:
        return set(texts(client.get(f"/desk/bookings/{booking.ref}").text, "section[aria-labelledby=may] .btn"))

    assert may() == {"Move", "Take a part off", "Write to them", "Cancel it"}
    with time_machine.travel(booking.starts_at, tick=False):
        assert {"Check in", "Cancel it"} <= may()
    actions.complete_past(now=booking.ends_at + dt.timedelta(days=2))
    with time_machine.travel(booking.ends_at + dt.timedelta(days=2), tick=False):
        assert may() == {"Nobody came"}
        answer = submit(
            client, f"/desk/bookings/{booking.ref}", "form[action$='/attendance']", came="no", reason="Waited an hour"
        )
        assert answer.status_code == 303
        assert may() == {"They came"}


def test_the_number_of_queries_does_not_grow_with_the_story(client: Client) -> None:
    booking = a_booking()
    owner = sign_in(client, merchant_id=booking.merchant_id)
    path = f"/desk/bookings/{booking.ref}"

    def asked() -> int:
        client.get(path)
        with counted() as seen:
            client.get(path)
        return len(seen)

    few = asked()
    room = db.session.get_one(Booking, booking.id).room_id
    for number in range(4):
        other = a_user()
        start = at(10 + number)
        actions.move(
            actor_of(owner), booking.ref, NewTime(start=start, end=start + dt.timedelta(hours=2), room_id=room),
            now=NOW, key=f"many-{another()}",
        )  # fmt: skip
        actions.give_goodwill(
            actor_of(owner), booking.ref, Money(100, "EUR"), reason="Sorry", key=f"many-{another()}", now=NOW
        )
        record(actor_of(other), "booking.seen", f"booking:{booking.ref}")
    work_off("payments.send_refund")
    assert asked() <= few + 2, "the history of lines and changes is asked for once there is one"
    assert few <= 36


def test_a_call_that_did_not_come_through_is_told(client: Client) -> None:
    person = a_facilitator(name="Arjun Patel")
    service = a_service(person.merchant, hosts=[person])
    booking = a_booking(SeatWish(a_session(service, starts_at=at(), facilitator=person).id, 1))
    row = db.session.scalars(select(OutboxRow).where(OutboxRow.name == "crm.notify")).one()
    row.state, row.last_error = "dead", "the notify door answered 401"
    db.session.scalars(select(MessageRecord).where(MessageRecord.reference == booking.ref)).one().state = "failed"
    sign_in(client, merchant_id=booking.merchant_id)
    said = one(client.get(f"/desk/bookings/{booking.ref}").text, "section[aria-labelledby=sent]").text
    for words in ("Arjun Patel", "Given up", "the notify door answered 401", "Refused"):
        assert words in said
