"""/notifications: one's own sentences, the newest first, and how many are new."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select, update

from bookapp.infra import live, mail
from bookapp.infra.db import db
from bookapp.notifications.actions import mark_read, send
from bookapp.notifications.models import MessageRecord
from bookapp.notifications.queries import MOST_COUNTED, PER_PAGE, notices_of, unread_count
from bookapp.notifications.rules import Message, path_of
from tests.builders import a_user
from tests.support.client import Client
from tests.support.jobs import work_off
from tests.support.queries import counted
from tests.support.select import one
from tests.support.staff import sign_in

NOW = dt.datetime(2026, 11, 24, 13, tzinfo=dt.UTC)
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def told(user_id: int, cause: str, sentence: str = "", *, email: str = "") -> None:
    send(
        Message(
            kind="tried", cause=cause, reference=cause.partition("booking:")[2], recipient_email=email,
            user_id=user_id, subject="S", text="T",
            notice=sentence or f"About {cause}",
        )
    )  # fmt: skip


def newest(user_id: int) -> int:
    return max(notice.id for notice in notices_of(user_id, page=1)[0])


def test_ones_own_sentences_the_newest_first(client: Client) -> None:
    user = sign_in(client)
    told(user.id, "booking:B7K2QF", "Linden is yours.")
    told(user.id, "refund:7", "€54 is on its way.", email="eve@example.org")
    told(a_user().id, "booking:B7K2QG", "Somebody else's")
    db.session.execute(
        update(MessageRecord).where(MessageRecord.cause == "refund:7").values(created_at=NOW - dt.timedelta(days=900))
    )
    text = client.get("/notifications").text
    assert text.index("Linden is yours.") < text.index("€54 is on its way.")
    assert 'href="/bookings/B7K2QF"' in text
    assert "Somebody else's" not in text
    assert text.count("€54 is on its way.") == 1, "the mail about it is no second sentence"


def test_what_was_seen_is_read_and_what_came_since_is_not(client: Client) -> None:
    user = sign_in(client)
    told(user.id, "one")
    seen = newest(user.id)
    told(user.id, "two")
    assert ">2<" in client.get("/").text, "the header counts"
    answer = client.post("/notifications/reading", data={"up_to": str(seen)})
    assert (answer.status_code, answer.location) == (303, "/notifications")
    assert unread_count(user.id) == 1
    part = client.post("/notifications/reading", data={"up_to": str(newest(user.id))}, headers=PART)
    assert part.status_code == 200
    assert "<h1" not in part.text
    assert "Mark all" not in part.text
    assert unread_count(user.id) == 0
    assert "not read" not in client.get("/").text


def test_the_count_in_the_menu_asks_for_itself(client: Client) -> None:
    user = sign_in(client)
    count = one(client.get("/").text, "#bell-count")
    assert (count.text, count["data-live"]) == ("", "/live")
    told(user.id, "first")
    assert one(client.htmx(count["hx-get"]).text, "#bell-count").text == "1 not read"


def test_nobody_reads_for_somebody_else(app: Flask) -> None:
    one, other = a_user(), a_user()
    told(one.id, "one")
    assert mark_read(other.id, up_to=10**9, now=NOW) == 0
    assert unread_count(one.id) == 1
    assert mark_read(one.id, up_to=10**9, now=NOW) == 1
    told(one.id, "mail only", email="eve@example.org")
    mails = db.session.scalars(select(MessageRecord).where(MessageRecord.channel == "email")).all()
    assert [mail.read_at for mail in mails] == [None]


def test_an_empty_bell_says_what_will_stand_there(client: Client) -> None:
    sign_in(client)
    assert "Nothing yet" in client.get("/notifications").text
    assert client.get("/notifications?page=2").status_code == 404
    assert client.get("/notifications?page=x").status_code == 200


def test_pages_and_the_count_do_not_grow_with_the_bell(client: Client) -> None:
    user = sign_in(client)
    told(user.id, "first")
    with counted() as few:
        client.get("/notifications")
    for number in range(MOST_COUNTED + PER_PAGE):
        told(user.id, f"cause {number}")
    with counted() as many:
        text = client.get("/notifications").text
    assert len(few) == len(many)
    assert "99+" in text
    assert 'href="/notifications?page=2"' in text
    shown, is_more = notices_of(user.id, page=5)
    assert (len(shown), is_more) == (MOST_COUNTED + PER_PAGE + 1 - 4 * PER_PAGE, False)


def test_whose_letter_goes_out_looks_at_the_bell(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr(live, "tell", lambda *channels: woken.extend(channels))
    monkeypatch.setattr(mail, "send", lambda _: None)
    user = a_user()
    for _ in range(2):
        told(user.id, "one", email="eve@example.org")
    work_off("notifications.deliver")
    assert woken == [f"user:{user.id}"]


@pytest.mark.parametrize(
    ("kind", "reference", "path"),
    [
        ("booking.moved", "B7K2QF", "/bookings/B7K2QF"),
        ("staff.booked", "B7K2QF", "/desk/bookings/B7K2QF"),
        ("payments.dispute", "B7K2QF", "/desk/bookings/B7K2QF"),
        ("booking.find", "", ""),
        ("members.refused", "", "/sell"),
    ],
)
def test_what_is_about_a_booking_leads_to_where_its_reader_sees_it(kind: str, reference: str, path: str) -> None:
    assert path_of(kind, reference) == path
