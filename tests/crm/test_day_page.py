"""/desk/day and /desk/week as pages: what stands on them, for whom, and how many questions they cost."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bookapp.booking import actions
from bookapp.booking.models import Participant
from bookapp.booking.rules import AppointmentWish
from bookapp.catalog.models import Merchant
from bookapp.infra.db import db
from bookapp.scheduling.models import Closure
from tests.builders import a_facilitator, a_merchant, a_service, a_user, actor_of
from tests.builders.booking import a_guest
from tests.builders.staff import a_host
from tests.crm.hosting import TODAY, a_class, a_host_at, a_talk, now_is, seat, utc
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import one
from tests.support.select import select as found
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def midmorning(monkeypatch: pytest.MonkeyPatch) -> None:
    """10:20 on the day."""
    now_is(monkeypatch, "10:20")


def line(client: Client, path: str = "/desk/day") -> list[str]:
    """The rows of the day as one reads them."""
    return [row.text for row in found(client.get(path).text, ".dayline > li")]


class TestTheDay:
    def test_it_tells_what_is_on_who_comes_and_what_is_left(self, client: Client) -> None:
        person = a_host_at(client)
        session = a_class(person, "10:00")
        seat(session)
        a_talk(person, "14:00")
        db.session.add(Closure(facilitator_id=person.id, starts_at=utc("12:00"), ends_at=utc("13:00"), reason="Lunch"))
        db.session.commit()
        page = client.get("/desk/day")
        assert one(page.text, "h1").text == "Wednesday 10 March"
        assert "2 today · 2 new · €88 · UTC time" in one(page.text, ".day-head").text
        assert line(client) == [
            "08:00 Closed until 09:00",
            "09:00 Gap, 1 h",
            "10:20 now",
            "10:00 10:00–11:00 · Breath and stillness, 1 of 3",
            "11:00 Free 11:00–12:00",
            "12:00 12:00–13:00 · Blocked: LunchOpen again 12:00–13:00 · Blocked: Lunch",
            "13:00 Free 13:00–14:00",
            "14:00 14:00–14:50 · First conversation, Tom Alder · new",
            "14:50 10 min between",
            "15:00 Free 15:00–17:00",
            "17:00 Closed from 17:00",
        ]
        card = one(page.text, ".now").text
        assert "Now, since 10:00 40 min left" in card
        assert "Online · 10:00–11:00 · 0 of 1 arrived" in card
        assert one(page.text, ".now progress")["value"] == "20"
        assert found(page.text, ".roster b")[0].text == "Miriam Okafor"

    def test_the_next_thing_when_nothing_is_on(self, client: Client) -> None:
        person = a_host_at(client)
        a_talk(person, "11:00")
        card = one(client.get("/desk/day").text, ".now").text
        assert "Next, at 11:00 in 40 min" in card
        assert "First conversation, Tom Alder · new" in card

    def test_an_empty_today_says_so_and_another_day_has_no_now(self, client: Client) -> None:
        a_host_at(client)
        assert "Nothing more today." in client.get("/desk/day").text
        tomorrow = client.get("/desk/day?date=2027-03-11").text
        assert "Nothing more today." not in tomorrow
        assert not found(tomorrow, ".nowmark")
        assert one(tomorrow, "h1").text == "Thursday 11 March"

    def test_the_now_mark_stands_at_the_end_of_a_day_that_is_done(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        a_host_at(client)
        now_is(monkeypatch, "22:00")
        assert line(client)[-1] == "22:00 now"

    def test_a_day_that_cannot_be_read_is_today(self, client: Client) -> None:
        a_host_at(client)
        for date in ("tomorrow", "1066-10-14", "9999-12-31"):
            assert one(client.get(f"/desk/day?date={date}").text, "h1").text == "Wednesday 10 March"

    def test_a_hold_is_shown_with_the_time_it_has(self, client: Client) -> None:
        person = a_host_at(client)
        merchant = db.session.get_one(Merchant, person.merchant_id)
        service = a_service(
            merchant, kind="appointment", lengths=((60, 100),), hosts=[person], online=True, name="Talk"
        )
        wish = AppointmentWish(service.id, person.id, utc("15:00"), 60)
        actions.hold(a_guest(), wish, now=utc("10:17"), key="h1")
        assert "15:00 15:00 · Talk, held 12 min more" in line(client)

    def test_what_takes_the_person_and_is_not_theirs_to_see_is_busy(self, client: Client) -> None:
        person = a_host_at(client)
        elsewhere = a_merchant(zone="UTC")
        service = a_service(
            elsewhere, kind="appointment", lengths=((60, 100),), hosts=[person], online=True, name="Other"
        )
        actions.book_for_client(
            actor_of(a_user(is_admin=True)), AppointmentWish(service.id, person.id, utc("15:00"), 60),
            name="Ida Elsewhere", email="", customer_id=None, now=utc("09:00"), key="e1", reason="By telephone",
        )  # fmt: skip
        assert any("Ida Elsewhere" in row for row in line(client))
        client.post("/logout")
        sign_in(client, merchant_id=person.merchant_id, role="owner")
        page = client.get(f"/desk/day?facilitator={person.slug}").text
        assert "Ida Elsewhere" not in page
        assert "15:00–16:00 · Busy" in page

    def test_htmx_gets_the_region_alone_and_the_live_stream_is_named(self, client: Client) -> None:
        a_host_at(client)
        part = client.htmx("/desk/day").text
        assert "<html" not in part
        region = one(part, "#day")
        assert (region["data-live"], region["hx-trigger"]) == ("/desk/live", "live")

    def test_the_questions_asked_do_not_grow_with_the_day(self, client: Client) -> None:
        person = a_host_at(client)
        for number in range(2):
            seat(a_class(person, f"1{number}:00"), f"A{number}", f"a{number}@example.org")
        with counted() as few:
            client.get("/desk/day")
        for hour in range(12, 17):
            session = a_class(person, f"{hour}:00")
            for number in range(3):
                seat(session, f"B{number}", f"b{hour}{number}@example.org")
        with counted() as many:
            client.get("/desk/day")
        assert len(many) == len(few)
        with counted() as week:
            client.get("/desk/week")
        assert len(week) <= len(few)


class TestWhose:
    def test_owner_manager_and_admin_open_the_days_of_their_house(self, client: Client) -> None:
        person, _ = a_host()
        merchant_id, slug, ident = person.merchant_id, person.slug, person.id
        for role in ("owner", "manager", "admin"):
            sign_in(client, merchant_id=None if role == "admin" else merchant_id, role=role, is_admin=role == "admin")
            for name in (slug, ident):
                for path in ("/desk/day", "/desk/week"):
                    page = client.get(f"{path}?facilitator={name}")
                    assert page.status_code == 200
                    assert "data-live" not in page.text
            assert slug in one(client.get("/desk/day").text, ".choose a")["href"]
            client.post("/logout")

    def test_everybody_else_finds_nothing(self, client: Client) -> None:
        person, _ = a_host()
        slug = person.slug
        a_host_at(client)
        for name in (slug, person.id, "nobody", "9" * 15):
            for path in ("/desk/day", "/desk/week", "/desk/day/gap"):
                assert client.get(f"{path}?facilitator={name}").status_code == 404

    def test_staff_without_anybody_to_look_after_is_told_what_to_do(self, client: Client) -> None:
        sign_in(client, merchant_id=a_merchant().id, role="owner")
        assert "Nobody hosts anything yet" in client.get("/desk/day").text
        assert client.get("/desk/day/gap").status_code == 404

    def test_a_facilitator_named_by_number_is_found_by_slug_first(self, client: Client) -> None:
        sign_in(client, is_admin=True)
        person = a_facilitator(name="Somebody")
        person.slug = "77"
        db.session.commit()
        assert "Somebody" in client.get("/desk/day?facilitator=77").text


class TestTheWeek:
    def test_seven_days_with_what_is_on_each(self, client: Client) -> None:
        person = a_host_at(client)
        a_class(person, "10:00")
        a_talk(person, "14:00")
        page = client.get("/desk/week").text
        days = [column.text for column in found(page, ".week-day h2")]
        assert days[0] == "Mon 8 Mar"
        assert days[2] == "Wed 10 Mar 2 planned"
        assert one(page, ".week-day h2[aria-current] a")["href"] == "/desk/day"
        assert [run.text for run in found(page, ".week-day .run")] == [
            "10:00–11:00 · Breath and stillness, 0 of 3",
            "14:00–14:50 · First conversation, Tom Alder · new",
        ]
        assert "<html" not in client.htmx("/desk/week?date=2027-03-20").text


class TestTheRoster:
    def test_one_tap_each_and_pressed_again_taken_back(self, client: Client) -> None:
        session = a_class(a_host_at(client))
        booking = seat(session)
        who = db.session.scalars(select(Participant).where(Participant.booking_id == booking.id)).one()
        path = f"/desk/attendance/{who.id}"
        part = client.htmx(path, method="POST", data={"attendance": "late", "back": "/desk/day"})
        assert [key["aria-pressed"] for key in found(part.text, ".segs button")] == ["false", "true", "false"]
        assert found(part.text, ".segs button")[1]["value"] == "unknown"
        assert "1 of 1 arrived" in part.text
        back = client.post(path, data={"attendance": "unknown", "back": "/desk/day?date=2027-03-10"})
        assert back.location == "/desk/day?date=2027-03-10"
        assert client.post(path, data={"attendance": "absent", "back": "//evil.example"}).location == "/desk/day"
        db.session.refresh(who)
        assert who.attendance == "absent"

    def test_of_an_appointment_the_region_comes_back_as_well(self, client: Client) -> None:
        booking = a_talk(a_host_at(client), "10:00")
        who = db.session.scalars(select(Participant).where(Participant.booking_id == booking.id)).one()
        part = client.htmx(f"/desk/attendance/{who.id}", method="POST", data={"attendance": "arrived"})
        assert [key["aria-pressed"] for key in found(part.text, ".segs button")] == ["true", "false", "false"]
        assert not found(part.text, ".walk-in")

    def test_visits_companions_notes_and_what_a_no_show_costs(self, client: Client) -> None:
        person = a_host_at(client)
        for days in range(1, 4):
            day = TODAY - dt.timedelta(days=days)
            seat(a_class(person, day=day), now="09:00", day=day)
        session = a_class(person)
        booking = seat(session)
        seat(session, "Ines Costa", "ines@example.org")
        seat(session, "Nameless", "")
        db.session.add(Participant(booking_id=booking.id, name="Ola"))
        db.session.commit()
        notes = [row.text for row in found(client.get("/desk/day").text, ".roster p")]
        assert notes[0].startswith("first visit · €18 to pay")
        assert notes[1].startswith("4th visit")
        assert notes[2] == "with Miriam Okafor"
        assert notes[3].startswith("no address")
        assert (
            "No-show: the price is kept (€18). Late: no charge. You can change it until midnight."
            in client.get("/desk/day").text
        )

    def test_before_it_begins_nobody_is_absent_and_on_another_day_nobody_is_marked(self, client: Client) -> None:
        person = a_host_at(client)
        session = a_class(person, "12:00")
        seat(session)
        keys = found(client.get("/desk/day").text, ".segs button")
        assert ["disabled" in key.attributes for key in keys] == [False, False, True]
        later = a_class(person, day=TODAY + dt.timedelta(days=3))
        seat(later)
        page = client.get(f"/desk/sessions/{later.id}/roster").text
        assert all("disabled" in key.attributes for key in found(page, ".segs button"))
        assert "Attendance can be noted on the day itself." in page

    def test_not_yours_is_not_there(self, client: Client) -> None:
        person, _ = a_host()
        session = a_class(person)
        booking = seat(session)
        who = db.session.scalars(select(Participant).where(Participant.booking_id == booking.id)).one()
        a_host_at(client)
        for answer in (
            client.get(f"/desk/sessions/{session.id}/roster"),
            client.get("/desk/sessions/999999999/roster"),
            client.post(f"/desk/sessions/{session.id}/walk-in", data={"name": "X"}),
            client.post(f"/desk/attendance/{who.id}", data={"attendance": "late"}),
            client.post(f"/desk/bookings/{booking.ref}/attendance", data={"came": "yes", "reason": "x"}),
            client.post("/desk/attendance/999999999", data={"attendance": "late"}),
        ):
            assert answer.status_code == 404

    def test_a_walk_in_has_a_seat_and_what_was_typed_wrong_stays(self, client: Client) -> None:
        session = a_class(a_host_at(client), capacity=1)
        path = f"/desk/sessions/{session.id}/walk-in"
        wrong = client.post(path, data={"name": "", "email": "ravi@example.org"})
        assert wrong.status_code == 422
        assert one(wrong.text, ".walk-in #email")["value"] == "ravi@example.org"
        assert client.post(path, data={"name": "Ravi", "email": "nowhere"}).status_code == 422
        done = client.post(path, data={"name": "Ravi Menon", "email": "", "back": "/desk/day"})
        assert done.location == "/desk/day"
        assert "Ravi Menon has a seat and is checked in. €18 to be paid here." in client.get("/desk/day").text
        full = client.post(path, data={"name": "Late Comer"})
        assert full.status_code == 409
        assert "There are not enough seats left in this session." in full.text
        assert one(full.text, ".walk-in #name")["value"] == "Late Comer"

    def test_the_next_day_it_is_corrected_with_a_reason(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        session = a_class(a_host_at(client))
        booking = seat(session)
        actions.complete_past(now=utc("12:00"))
        now_is(monkeypatch, "12:00", TODAY + dt.timedelta(days=2))
        roster = f"/desk/sessions/{session.id}/roster"
        assert "came" in one(client.get(roster).text, ".correct summary").text
        path = f"/desk/bookings/{booking.ref}/attendance"
        assert client.post(path, data={"came": "no", "reason": "", "back": roster}).location == roster
        assert "Please say why" in client.get(roster).text
        client.post(path, data={"came": "no", "reason": "Nobody was there.", "back": roster})
        db.session.refresh(booking)
        assert booking.state == "no_show"
        assert "No-show" in one(client.get(roster).text, ".correct summary").text
