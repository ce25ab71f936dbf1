"""Running late, and words for everybody: who hears them, once, and who may say them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.booking.models import Participant
from bookapp.crm.actions import telling as actions
from bookapp.crm.errors import NobodyToTell, TooLateToTell
from bookapp.infra.db import db
from bookapp.infra.idempotency import KeyReused
from bookapp.notifications.models import MessageRecord
from bookapp.values.errors import NotFound, NotValid
from tests.builders import a_user
from tests.builders.staff import a_host
from tests.crm.hosting import a_class, a_host_at, a_talk, now_is, seat, utc
from tests.support.client import Client
from tests.support.select import one
from tests.support.select import select as found

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def just_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """9:50, ten minutes before the class."""
    now_is(monkeypatch, "09:50")


def said(kind: str, channel: str = "email") -> list[tuple[str, str]]:
    rows = db.session.scalars(
        select(MessageRecord)
        .where(MessageRecord.kind == kind, MessageRecord.channel == channel)
        .order_by(MessageRecord.recipient)
    )
    return [(row.recipient, row.text) for row in rows]


def test_everybody_hears_it_once_by_mail_and_at_the_bell() -> None:
    person, host = a_host(zone="UTC", name="Dr. Priya Sharma")
    user = a_user(email="tom@example.org", name="Tom Alder")
    session = a_class(person)
    booking = seat(session)
    seat(session, "Tom Alder", user.email)
    db.session.add(Participant(booking_id=booking.id, name="Ola", email="ola@example.org"))
    db.session.add(Participant(booking_id=booking.id, name="Tom again", email="tom@example.org"))
    db.session.commit()
    for _ in range(2):
        assert actions.say_late(host, f"session:{session.id}", 10, now=utc("09:50"), click="once") == 3
    mails = dict(said("crm.late"))
    assert sorted(mails) == ["miriam@example.org", "ola@example.org", "tom@example.org"]
    assert "begins about 10 minutes later than planned" in mails["ola@example.org"]
    assert said("crm.late", "in_app") == [
        (f"user:{user.id}", "Dr. Priya Sharma is running 10 minutes late: Breath and stillness")
    ]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "gathering.late")).one()
    assert (entry.facts, entry.user_id) == ({"minutes": 10, "people": 3}, host.user_id)


def test_only_whose_booking_it_is_gets_the_link_that_can_cancel_it() -> None:
    person, host = a_host(zone="UTC")
    session = a_class(person)
    booking = seat(session)
    db.session.add(Participant(booking_id=booking.id, name="Ola", email="ola@example.org"))
    db.session.commit()
    actions.tell_everyone(host, f"session:{session.id}", "Bring a blanket.", now=utc("09:50"), click="once")
    mails = dict(said("crm.told"))
    assert "/manage/" in mails["miriam@example.org"]
    assert "/manage/" not in mails["ola@example.org"]
    assert f"/bookings/{booking.ref}" in mails["ola@example.org"]
    assert all("Bring a blanket." in text for text in mails.values())


def test_later_still_is_another_message_and_the_same_click_with_other_words_is_refused() -> None:
    person, host = a_host(zone="UTC")
    session = a_class(person)
    seat(session)
    key = f"session:{session.id}"
    actions.say_late(host, key, 5, now=utc("09:50"), click="first")
    actions.say_late(host, key, 20, now=utc("09:55"), click="second")
    assert len(said("crm.late")) == 2
    with pytest.raises(KeyReused):
        actions.say_late(host, key, 15, now=utc("09:55"), click="second")


def test_what_cannot_be_said() -> None:
    person, host = a_host(zone="UTC")
    session = a_class(person)
    key = f"session:{session.id}"
    with pytest.raises(NobodyToTell):
        actions.say_late(host, key, 5, now=utc("09:50"), click="a")
    seat(session, "No Address", "")
    with pytest.raises(NobodyToTell):
        actions.say_late(host, key, 5, now=utc("09:50"), click="b")
    with pytest.raises(NotValid):
        actions.say_late(host, key, 7, now=utc("09:50"), click="c")
    with pytest.raises(NotValid):
        actions.tell_everyone(host, key, "  ", now=utc("09:50"), click="d")
    with pytest.raises(TooLateToTell):
        actions.say_late(host, key, 5, now=utc("11:00"), click="e")
    for wrong in ("session:x", "session:999999999", "booking:NOPE22", "person:1", ""):
        with pytest.raises(NotFound):
            actions.say_late(host, wrong, 5, now=utc("09:50"), click="f")
    with pytest.raises(NotFound):
        actions.say_late(a_host()[1], key, 5, now=utc("09:50"), click="g")


class TestPages:
    def test_late_by_one_tap_from_the_day(self, client: Client) -> None:
        person = a_host_at(client)
        booking = a_talk(person, "10:00")
        assert one(client.get("/desk/day").text, "#late form")["action"] == f"/desk/day/booking:{booking.ref}/late"
        done = client.post(f"/desk/day/booking:{booking.ref}/late", data={"minutes": "15"})
        assert done.location == "/desk/day"
        assert "1 person is told that you are 15 minutes late." in client.get("/desk/day").text
        assert [to for to, _ in said("crm.late")] == ["tom@example.org"]

    def test_words_of_ones_own(self, client: Client) -> None:
        session = a_class(a_host_at(client))
        seat(session)
        path = f"/desk/day/session:{session.id}/message"
        assert "Miriam Okafor" in client.get(path).text
        assert client.post(path, data={"words": ""}).status_code == 422
        assert client.post(path, data={"words": "x" * 2000}).status_code == 422
        assert client.post(path, data={"words": "Bring a blanket."}).location == "/desk/day"
        assert "Your words are on their way to 1 person." in client.get("/desk/day").text

    def test_refusals_are_said_on_the_page(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        session = a_class(a_host_at(client))
        late, message = (f"/desk/day/session:{session.id}/{what}" for what in ("late", "message"))
        assert "Nobody to write to yet" in client.get(message).text
        for path, data in ((late, {"minutes": "5"}), (message, {"words": "Hello"})):
            answer = client.post(path, data=data)
            assert (answer.status_code, len(found(answer.text, "[role=alert]"))) == (409, 1)
        assert client.post(late, data={"minutes": "7"}).status_code == 422
        now_is(monkeypatch, "12:00")
        assert "It is over" in client.get(message).text

    def test_not_yours_is_not_there(self, client: Client) -> None:
        session = a_class(a_host()[0])
        a_host_at(client)
        for what in ("late", "message"):
            path = f"/desk/day/session:{session.id}/{what}"
            assert client.post(path, data={"minutes": "5", "words": "x"}).status_code == 404
        assert client.get(f"/desk/day/session:{session.id}/message").status_code == 404
