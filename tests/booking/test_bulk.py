"""One act on many bookings: looked at before, done once for each, and what came of it beside each."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

import pytest
import time_machine
from sqlalchemy import func, select, update

from bookapp.audit.models import AuditEntry
from bookapp.booking import actions
from bookapp.booking.errors import NothingChosen, TooManyChosen
from bookapp.booking.models import Booking, BulkAct, BulkItem
from bookapp.booking.queries import bulk
from bookapp.booking.rules.bulk import Act
from bookapp.catalog.models import Membership, Room
from bookapp.identity.models import User
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.notifications.models import MessageRecord
from bookapp.payments.models import Refund
from bookapp.values.errors import NotValid
from tests.builders import a_user, actor_of
from tests.builders.booking import NOW, a_booking, a_wish, an_open_room, at
from tests.support.client import Client
from tests.support.jobs import work_off
from tests.support.queries import counted
from tests.support.select import one, submit, texts
from tests.support.select import select as found
from tests.support.staff import sign_in

DAYS = urlencode({"from": "2027-03-01", "to": "2027-04-30"})
JOB = "booking.bulk_one"


@pytest.fixture(autouse=True)
def _day_one(app: object):
    with time_machine.travel(NOW, tick=False):
        yield


def three(room: Room | None = None) -> list[Booking]:
    """Paid, on three days, by three people."""
    room = room or an_open_room()
    return [a_booking(a_wish(room, start=at(7 + number)), email=f"guest{number}@example.org") for number in range(3)]


def ask(act: str, bookings: list[Booking]) -> str:
    return "/desk/bookings/acts/new?" + urlencode([("act", act), *(("ref", one.ref) for one in bookings)])


def states(bookings: list[Booking]) -> list[str]:
    return [db.session.get_one(Booking, one.id, populate_existing=True).state for one in bookings]


def done(html: str) -> list[str]:
    return texts(html, "#progress tbody td .badge")


def test_some_are_cancelled_and_each_is_paid_back(client: Client) -> None:
    bookings = three()
    sign_in(client, merchant_id=bookings[0].merchant_id)
    register = client.get(f"/desk/bookings?{DAYS}").text
    assert sorted(box["value"] for box in found(register, "input[name=ref]")) == sorted(one.ref for one in bookings)
    page = client.get(ask("cancel", bookings[:2])).text
    assert "Cancel 2, €108.00 back" in page
    assert texts(page, "tbody th") == [one.ref for one in bookings[:2]]
    begun = submit(client, ask("cancel", bookings[:2]), "form[data-once]", reason="The roof leaks")
    waiting = client.get(begun.location).text
    assert done(waiting) == ["Waiting", "Waiting"]
    assert one(waiting, "#progress")["hx-trigger"] == "every 1s"
    work_off(JOB)
    assert states(bookings) == ["cancelled", "cancelled", "confirmed"]
    under_way = client.htmx(begun.location).text
    assert done(under_way) == ["Done", "Done"]
    assert "on its way" in under_way
    work_off("payments.send_refund")
    ended = client.htmx(begun.location).text
    assert "All of it is done." in ended
    assert "hx-trigger" not in ended
    assert ended.count("€54.00") == 2
    letters = db.session.scalars(select(MessageRecord.text).where(MessageRecord.kind == "booking.cancelled")).all()
    assert len(letters) == 2
    assert all("The roof leaks" in each for each in letters)


def test_the_same_click_is_one_act_and_the_work_done_twice_is_once(client: Client) -> None:
    bookings = three()
    sign_in(client, merchant_id=bookings[0].merchant_id)
    data = {
        "act": "cancel",
        "refs": ",".join(one.ref for one in bookings),
        "reason": "No",
        "idempotency_key": "a-click-1",
    }
    first, second = (client.post("/desk/bookings/acts", data=data).location for _ in range(2))
    assert first == second
    assert client.post("/desk/bookings/acts", data=data | {"reason": "Other"}).status_code == 409
    items = db.session.scalars(select(BulkItem.id)).all()
    assert len(items) == 3
    work_off(JOB)
    assert [actions.bulk_one(item, now=NOW) for item in items] == [False] * 3
    assert db.session.scalar(select(func.count()).select_from(Refund)) == 3


def test_all_of_a_filter_and_no_more_than_so_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    bookings = three()
    sign_in(client, merchant_id=bookings[0].merchant_id)
    address = f"/desk/bookings/acts/new?act=message&all=1&{DAYS}"
    assert texts(client.get(address).text, "tbody th") == [one.ref for one in bookings]
    assert texts(client.get(address + "&q=guest1").text, "tbody th") == [bookings[1].ref]
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 2)
    refused = client.get(address).text
    assert "More than 2 bookings fit" in one(refused, "[role=alert]").text
    assert not found(refused, "form[data-once]")


def test_what_is_over_is_left_as_it_is_and_promised_nothing(client: Client) -> None:
    bookings = three()
    bookings[0].state = "completed"
    bookings[1].state = "cancelled"
    sign_in(client, merchant_id=bookings[0].merchant_id)
    page = client.get(ask("cancel", bookings)).text
    assert "2 bookings are left as they are" in page
    assert "Cancel 1, €54.00 back" in page
    assert texts(page, "tbody th") == [bookings[2].ref]
    assert not found(client.get(ask("cancel", bookings[:2])).text, "form[data-once]")


def test_words_go_to_each_of_them_once_and_the_trail_knows(client: Client) -> None:
    bookings = three()
    bookings[2].email = ""
    owner = sign_in(client, merchant_id=bookings[0].merchant_id)
    empty = submit(client, ask("message", bookings), "form[data-once]", reason="")
    assert (empty.status_code, "Please write something." in empty.text) == (422, True)
    begun = submit(client, ask("message", bookings), "form[data-once]", reason="The door is green now.")
    work_off(JOB)
    shown = client.get(begun.location).text
    assert done(shown) == ["Done", "Done", "Not done"]
    assert "They left no email address." in shown
    assert "Not everything could be done." in shown
    letters = db.session.scalars(select(MessageRecord).where(MessageRecord.kind == "booking.from_house")).all()
    assert {one.recipient for one in letters} == {"guest0@example.org", "guest1@example.org"}
    assert all("The door is green now." in one.text for one in letters)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "booking.told").limit(1)).one()
    assert entry.user_id == owner.id


def test_who_is_there_is_checked_in_and_for_who_comes_another_day_it_is_said(client: Client) -> None:
    bookings = three()
    sign_in(client, merchant_id=bookings[0].merchant_id)
    with time_machine.travel(bookings[0].starts_at, tick=False):
        begun = submit(client, ask("check_in", bookings[:2]), "form[data-once]")
        work_off(JOB)
        assert done(client.get(begun.location).text) == ["Done", "Not done"]


def test_what_is_over_is_completed_and_a_no_show_put_right_with_a_reason(client: Client) -> None:
    bookings = three()
    sign_in(client, merchant_id=bookings[0].merchant_id)
    bookings[0].state = "no_show"
    with time_machine.travel(bookings[1].ends_at + dt.timedelta(minutes=1), tick=False):
        begun = submit(client, ask("complete", bookings), "form[data-once]")
        work_off(JOB)
        shown = client.get(begun.location).text
        assert done(shown) == ["Not done", "Done", "Not done"]
        assert "Please say why" in shown
        assert "It is not over yet." in shown
        submit(client, ask("complete", bookings[:2]), "form[data-once]", reason="They sat outside")
        work_off(JOB)
    assert states(bookings) == ["completed", "completed", "confirmed"]


def test_what_is_not_theirs_is_left_out_and_whose_roles_ended_does_nothing_more(client: Client) -> None:
    mine, other = three(), a_booking()
    owner = sign_in(client, merchant_id=mine[0].merchant_id)
    assert texts(client.get(ask("cancel", [*mine, other])).text, "tbody th") == [one.ref for one in mine]
    with pytest.raises(NothingChosen):
        actions.begin_bulk(actor_of(owner), Act.MESSAGE, [other.ref], reason="Hello", key="not-mine-1", now=NOW)
    begun = submit(client, ask("cancel", mine[:1]), "form[data-once]", reason="No")
    kept = submit(client, ask("message", mine[:1]), "form[data-once]", reason="No")
    db.session.execute(db.delete(Membership).where(Membership.user_id == owner.id))
    work_off(JOB)
    bulk_id = int(begun.location.rsplit("/", 1)[1])
    progress = bulk.bulk_progress(db.session.get_one(BulkAct, bulk_id))
    assert [row.state for row in progress.rows] == ["refused"]
    assert states(mine[:1]) == ["confirmed"]
    assert kept.status_code == 303
    completing = BulkAct(user_id=owner.id, act="complete", bookings=1, started_at=NOW)
    db.session.add(completing)
    db.session.flush()
    item = BulkItem(bulk_id=completing.id, booking_id=mine[0].id)
    db.session.add(item)
    db.session.commit()
    assert actions.bulk_one(item.id, now=NOW)
    assert db.session.get_one(BulkItem, item.id).state == "refused"


def test_an_account_that_was_closed_does_nothing_more(client: Client) -> None:
    bookings = three()
    owner = sign_in(client, merchant_id=bookings[0].merchant_id)
    submit(client, ask("cancel", bookings), "form[data-once]", reason="No")
    db.session.execute(update(User).where(User.id == owner.id).values(disabled_at=clock.now()))
    work_off(JOB)
    assert states(bookings) == ["confirmed"] * 3


def test_work_that_was_given_up_is_told_and_nobody_elses_act_is_shown(client: Client) -> None:
    bookings = three()
    owner = sign_in(client, merchant_id=bookings[0].merchant_id)
    begun = actions.begin_bulk(actor_of(owner), Act.CHECK_IN, [bookings[0].ref], reason="", key="given-up-1", now=NOW)
    db.session.execute(update(OutboxRow).where(OutboxRow.name == JOB).values(state="dead"))
    page = f"/desk/bookings/acts/{begun.id}"
    assert done(client.get(page).text) == ["Given up"]
    sign_in(client, merchant_id=bookings[0].merchant_id)
    assert client.get(page).status_code == 404
    sign_in(client, is_admin=True)
    assert client.get(page).status_code == 200
    assert client.get("/desk/bookings/acts/987654").status_code == 404


def test_nothing_chosen_and_nonsense_are_answered_in_words(client: Client) -> None:
    booking = a_booking()
    user = sign_in(client, merchant_id=booking.merchant_id)
    assert "No booking is chosen" in client.get("/desk/bookings/acts/new?act=cancel&ref=nonsense").text
    assert client.get("/desk/bookings/acts/new?act=explode").status_code == 404
    assert client.post("/desk/bookings/acts", data={"act": "explode"}).status_code == 404
    assert client.post("/desk/bookings/acts", data={"act": "cancel", "refs": "", "reason": "No"}).status_code == 409
    assert client.post("/desk/bookings/acts", data={"act": "cancel", "refs": "A" * 9000}).status_code == 422
    refs = [f"AAAA{number:02}" for number in range(3)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("bookapp.booking.actions.bulk.MOST_AT_ONCE", 2)
        with pytest.raises(TooManyChosen):
            actions.begin_bulk(actor_of(user), Act.CHECK_IN, refs, reason="", key="too-many-1", now=NOW)
    with pytest.raises(NotValid):
        actions.begin_bulk(actor_of(a_user()), Act.CANCEL, refs, reason=" ", key="no-words-1", now=NOW)


def test_the_number_of_queries_does_not_grow_with_what_is_chosen(client: Client) -> None:
    room = an_open_room()
    bookings = three(room)
    sign_in(client, merchant_id=bookings[0].merchant_id)

    def asked(chosen: list[Booking]) -> tuple[int, int]:
        page = ask("cancel", chosen)
        with counted() as before:
            client.get(page)
        begun = submit(client, page, "form[data-once]", reason="No")
        work_off(JOB)
        with counted() as after:
            client.get(begun.location)
        return len(before), len(after)

    client.get("/desk/bookings")
    assert asked(bookings[:1]) == asked(bookings[1:])
