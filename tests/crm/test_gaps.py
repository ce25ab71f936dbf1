"""A gap: blocked and opened again, a client booked into it, people told that it is free."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.booking.models import Booking
from bookapp.catalog.models import Facilitator, Merchant, Service
from bookapp.infra.db import db
from bookapp.scheduling.actions.hours import add_closure, remove_closure
from bookapp.scheduling.models import Closure
from bookapp.values.errors import NotFound
from bookapp.values.timespan import Span
from tests.builders import a_service, a_venue
from tests.builders.staff import a_host, a_manager_of
from tests.crm.hosting import TODAY, a_class, a_host_at, a_talk, now_is, utc
from tests.support.client import Client
from tests.support.select import one
from tests.support.select import select as found
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def midmorning(monkeypatch: pytest.MonkeyPatch) -> None:
    """10:20 on the day."""
    now_is(monkeypatch, "10:20")


def offered(person: Facilitator, *, notice: int = 0, name: str = "First conversation") -> Service:
    merchant = db.session.get_one(Merchant, person.merchant_id)
    return a_service(
        merchant, kind="appointment", lengths=((50, 7000), (80, 9900)), hosts=[person], online=True,
        notice_minutes=notice, name=name,
    )  # fmt: skip


def closures() -> list[tuple[dt.datetime, dt.datetime, str]]:
    return [(one.starts_at, one.ends_at, one.reason) for one in db.session.scalars(select(Closure))]


class TestBlocking:
    def test_a_gap_leads_to_its_page_with_its_times(self, client: Client) -> None:
        a_host_at(client)
        gap = one(client.get("/desk/day").text, ".dayline a[data-state=free]")
        assert gap["href"] == "/desk/day/gap?from=10:20&to=17:00"
        page = client.get(gap["href"]).text
        assert one(page, "h1").text == "10:20–17:00"
        assert (one(page, "#block-from")["value"], one(page, "#to")["value"]) == ("10:20", "17:00")

    def test_without_times_it_is_the_next_hour_and_on_another_day_nine(self, client: Client) -> None:
        a_host_at(client)
        assert one(client.get("/desk/day/gap").text, "h1").text == "10:20–11:20"
        assert one(client.get("/desk/day/gap?date=2027-03-12").text, "h1").text == "09:00–10:00"

    def test_times_that_are_none_are_not_a_page_that_breaks(self, client: Client) -> None:
        a_host_at(client)
        page = client.get("/desk/day/gap?from=noon&to=later")
        assert page.status_code == 200
        assert one(page.text, "h1").text == "Your time"

    def test_blocked_with_a_reason_and_undone_with_one_tap(self, client: Client) -> None:
        a_host_at(client)
        done = client.post("/desk/day/block", data={"from": "12:00", "to": "13:00", "reason": "Lunch"})
        assert closures() == [(utc("12:00"), utc("13:00"), "Lunch")]
        page = client.get(done.location).text
        assert "Blocked 12:00–13:00." in one(page, ".notice[data-tone=good]").text
        assert "Blocked 12:00–13:00." in client.htmx(one(page, "#day")["hx-get"]).text, "also when it looks again"
        undo = one(page, ".notice[data-tone=good] form")["action"]
        assert client.post(undo).location == "/desk/day"
        assert closures() == []
        assert "12:00–13:00 (UTC) is open again." in client.get("/desk/day").text
        assert client.post(undo).status_code == 404
        assert [entry.action for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))][-2:] == [
            "closure.added", "closure.removed",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"from": "soon", "to": "13:00"}, "Please give a time such as 14:00."),
            ({"from": "12:00", "to": "x"}, "Please give a time such as 16:00."),
            ({"from": "15:00", "to": "14:00"}, "This ends on another day"),
        ],
    )
    def test_what_cannot_be_read_is_said_beside_the_field_and_kept(
        self, client: Client, typed: dict[str, str], words: str
    ) -> None:
        a_host_at(client)
        answer = client.post("/desk/day/block", data=typed | {"reason": "Dentist"})
        assert answer.status_code == 422
        assert words in answer.text
        assert one(answer.text, "#reason")["value"] == "Dentist"
        assert one(answer.text, "#block-from")["value"] == typed["from"]
        assert closures() == []

    def test_a_reason_has_an_end(self, client: Client) -> None:
        a_host_at(client)
        answer = client.post("/desk/day/block", data={"from": "12:00", "to": "13:00", "reason": "x" * 300})
        assert answer.status_code == 422

    def test_the_owner_blocks_for_somebody_and_a_manager_may_not(self, client: Client) -> None:
        person, _ = a_host()
        merchant_id, slug = person.merchant_id, person.slug
        for role, status, can in (("owner", 303, True), ("manager", 403, False)):
            sign_in(client, merchant_id=merchant_id, role=role)
            assert bool(found(client.get(f"/desk/day/gap?facilitator={slug}").text, "#block-from")) is can
            answer = client.post(f"/desk/day/block?facilitator={slug}", data={"from": "12:00", "to": "13:00"})
            assert answer.status_code == status
            client.post("/logout")
        assert len(closures()) == 1

    def test_only_who_may_opens_it_again(self) -> None:
        person, host = a_host()
        venue = a_venue(db.session.get_one(Merchant, person.merchant_id))
        mine = add_closure(host, Span(utc("12:00"), utc("13:00")), facilitator_id=person.id)
        manager = a_manager_of(venue.merchant, venue)
        theirs = add_closure(manager, Span(utc("12:00"), utc("13:00")), venue_id=venue.id)
        for actor, closure in ((a_host()[1], mine), (manager, mine), (host, theirs)):
            with pytest.raises(NotFound):
                remove_closure(actor, closure.id)
        remove_closure(manager, theirs.id)
        remove_closure(host, mine.id)
        assert closures() == []


class TestBooking:
    def test_a_client_in_two_taps_and_a_name(self, client: Client) -> None:
        person = a_host_at(client)
        service = offered(person, notice=600)
        page = client.get("/desk/day/gap?from=15:00&to=17:00").text
        assert [option.text for option in found(page, "#what option")] == [
            "First conversation · 50 min · €70", "First conversation · 1 h 20 min · €99",
        ]  # fmt: skip
        done = client.post(
            "/desk/day/booking", data={"what": f"{service.id}:50", "from": "15:00", "name": "Hannah Lind", "email": ""}
        )
        assert done.location == "/desk/day"
        booking = db.session.scalars(select(Booking)).one()
        assert (booking.state, booking.starts_at, booking.name) == ("confirmed", utc("15:00"), "Hannah Lind")
        assert "€70 is due when they come." in client.get("/desk/day").text

    def test_what_is_taken_is_refused_and_what_was_typed_stays(self, client: Client) -> None:
        person = a_host_at(client)
        service = offered(person)
        a_talk(person, "15:00")
        typed = {"what": f"{service.id}:80", "from": "15:30", "name": "Hannah Lind", "email": "h@example.org"}
        answer = client.post("/desk/day/booking", data=typed)
        assert answer.status_code == 409
        assert "Somebody was a moment faster: this time is taken." in answer.text
        assert one(answer.text, "#name")["value"] == "Hannah Lind"
        assert one(answer.text, "#what option[selected]")["value"] == f"{service.id}:80"

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"name": ""}, "Please give a name."),
            ({"email": "nowhere"}, "This is not an email address."),
            ({"from": "x"}, "Please give a time such as 14:00."),
            ({"what": "1:1"}, "Not a valid choice"),
        ],
    )
    def test_what_cannot_be_used_is_said(self, client: Client, wrong: dict[str, str], words: str) -> None:
        service = offered(a_host_at(client))
        typed = {"what": f"{service.id}:50", "from": "15:00", "name": "Hannah Lind", "email": ""} | wrong
        answer = client.post("/desk/day/booking", data=typed)
        assert answer.status_code == 422
        assert words in answer.text

    def test_nobody_books_into_the_past(self, client: Client) -> None:
        service = offered(a_host_at(client))
        typed = {"what": f"{service.id}:50", "from": "09:00", "name": "Hannah Lind"}
        answer = client.post("/desk/day/booking", data=typed)
        assert (answer.status_code, "This time is over." in answer.text) == (409, True)


class TestOffering:
    def test_the_link_leads_everybody_to_the_first_time(self, client: Client) -> None:
        person = a_host_at(client)
        offered(person)
        page = client.get("/desk/day/gap?from=15:10&to=16:30").text
        (only,) = found(page, ".offers li")
        assert "from 15:30" in only.text
        link = one(page, ".offers p a")["href"]
        assert link.startswith(f"/people/{person.slug}?service=first-conversation")
        assert client.get(link).status_code == 200
        assert "mailto:?subject=A%20free%20time" in one(page, ".offers a.btn")["href"]
        assert "Others cannot book First conversation · 1 h 20 min then" in page

    def test_without_appointments_there_is_nothing_to_offer_or_book(self, client: Client) -> None:
        person = a_host_at(client)
        a_class(person)
        page = client.get("/desk/day/gap?from=15:00&to=16:00").text
        assert "You offer no appointments" in page
        assert not found(page, "#what")

    def test_another_day_keeps_its_date(self, client: Client) -> None:
        person = a_host_at(client)
        service = offered(person)
        tomorrow = (TODAY + dt.timedelta(days=1)).isoformat()
        page = client.get(f"/desk/day/gap?date={tomorrow}&from=15:00&to=16:00").text
        action = next(form["action"] for form in found(page, "form") if "/day/booking" in form["action"])
        assert action == f"/desk/day/booking?date={tomorrow}"
        done = client.post(action, data={"what": f"{service.id}:50", "from": "15:00", "name": "Hannah"})
        assert done.location == f"/desk/day?date={tomorrow}"
