"""/desk/inbox: a facilitator's own news, the new ones first."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select, update

from bookapp.catalog.models import Facilitator
from bookapp.crm.actions.inbox import mark_all_read, mark_read, store
from bookapp.crm.actions.tokens import make_token
from bookapp.crm.models import Notification
from bookapp.crm.queries.inbox import MOST_COUNTED, PER_PAGE, facilitator_id_of, inbox_of, unread_count
from bookapp.crm.queries.tokens import sender_of
from bookapp.crm.rules.notify import Notice, Sender
from bookapp.identity.actor import ANONYMOUS, SYSTEM
from bookapp.infra.db import db
from bookapp.values.errors import NotFound
from tests.builders import a_facilitator, a_merchant
from tests.builders.booking import NOW, a_booking
from tests.builders.staff import a_host, an_owner_of
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.staff import sign_in

HOUSE = Sender()


def told(host: Facilitator, event: str = "Yoga", *, booking_id: int = 1, sender: Sender = HOUSE) -> Notification:
    return store(sender, Notice(booking_id, "Bhavin", event, host.id), key=None, now=NOW)[0]


def a_host_at(client: Client) -> Facilitator:
    """Who signs in here hosts."""
    house = a_merchant()
    user = sign_in(client, merchant_id=house.id, role="facilitator")
    return a_facilitator(house, user_id=user.id)


def test_what_is_new_comes_first_and_of_each_the_newest(client: Client) -> None:
    host = a_host_at(client)
    for number in range(4):
        told(host, f"Class {number}", booking_id=number + 1)
    told(a_facilitator(), "Somebody else's")
    read = db.session.scalars(select(Notification).where(Notification.event == "Class 3")).one()
    client.post(f"/desk/inbox/{read.id}/reading")
    text = client.get("/desk/inbox").text
    places = [text.index(f"Class {number}") for number in (2, 1, 0, 3)]
    assert places == sorted(places)
    assert "Somebody else's" not in text
    assert "3 not read" in text


def test_one_and_then_all_are_read(client: Client) -> None:
    host = a_host_at(client)
    first, second = told(host), told(host, booking_id=2)
    answer = client.post(f"/desk/inbox/{first.id}/reading", data={"page": "1"})
    assert (answer.status_code, answer.location) == (303, "/desk/inbox")
    assert client.get("/desk/inbox/unread").text.split(">")[1].startswith("1")
    newer = told(host, booking_id=3)
    partial = client.post(
        "/desk/inbox/reading", data={"up_to": str(second.id)},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )  # fmt: skip
    assert partial.status_code == 200
    assert "<h1" not in partial.text
    unread = db.session.scalars(select(Notification.id).where(Notification.read_at.is_(None))).all()
    assert unread == [newer.id], "what came after the page was shown is not read by it"


def test_nobody_reads_for_somebody_else(app: Flask) -> None:
    (host, actor), (_other, other_actor) = a_host(), a_host()
    line = told(host)
    for who in (other_actor, an_owner_of(a_merchant()), ANONYMOUS):
        with pytest.raises(NotFound):
            mark_read(who, line.id, now=NOW)
    assert mark_all_read(other_actor, up_to=10**9, now=NOW) == 0
    mark_read(actor, line.id, now=NOW)
    mark_read(actor, line.id, now=NOW + dt.timedelta(hours=1))
    db.session.refresh(line)
    assert line.read_at == NOW, "read once"


def test_who_hosts_nothing_has_no_inbox(client: Client) -> None:
    sign_in(client, merchant_id=a_merchant().id, role="owner")
    assert client.get("/desk/inbox").status_code == 404
    assert "/desk/inbox" not in client.get("/desk/money").text
    assert facilitator_id_of(None) is None
    assert unread_count(None) is None


def test_a_booking_of_ours_is_linked_and_a_number_of_theirs_is_not(client: Client) -> None:
    host = a_host_at(client)
    ours = a_booking()
    ours.facilitator_id = host.id
    elsewhere = a_booking()
    theirs = sender_of(make_token(SYSTEM, name="Studio kiosk", merchant_id=host.merchant_id, key="k" * 8))
    assert theirs
    told(host, "Ours", booking_id=ours.id)
    told(host, "Not hosted here", booking_id=elsewhere.id)
    told(host, "From a kiosk", booking_id=ours.id, sender=theirs)
    text = client.get("/desk/inbox").text
    assert text.count(f"/desk/bookings/{ours.ref}") == 1
    assert elsewhere.ref not in text
    assert "from Studio kiosk" in text


def test_the_menu_counts_what_is_new_and_stops_counting(client: Client) -> None:
    host = a_host_at(client)
    assert '"Inbox"' not in client.get("/desk/inbox").text
    assert "Nothing yet" in client.get("/desk/inbox").text
    for number in range(MOST_COUNTED + 5):
        told(host, booking_id=number + 1)
    assert "99+" in client.get("/desk/inbox/unread").text
    db.session.execute(update(Notification).where(Notification.booking_id > 3).values(read_at=NOW))
    assert unread_count(host.user_id) == 3


def test_pages_of_an_inbox_leave_nothing_out(app: Flask) -> None:
    host, actor = a_host()
    made = [told(host, booking_id=number + 1).id for number in range(2 * PER_PAGE + 5)]
    for number in made[::2]:
        mark_read(actor, number, now=NOW)
    pages = [inbox_of(host.id, page=number) for number in (1, 2, 3, 4)]
    shown = [line.notification for page in pages for line in page.lines]
    assert [each.id for each in shown] == sorted(made[1::2], reverse=True) + sorted(made[::2], reverse=True)
    assert [len(page.lines) for page in pages] == [PER_PAGE, PER_PAGE, 5, 0]
    assert [page.is_more for page in pages] == [True, True, False, False]
    assert (pages[0].unread, pages[0].newest) == (len(made[1::2]), made[-2])


def test_a_page_that_is_not_there_says_so(client: Client) -> None:
    told(a_host_at(client))
    assert client.get("/desk/inbox?page=2").status_code == 404
    assert client.get("/desk/inbox?page=x").status_code == 200


def test_a_full_inbox_costs_no_more_questions_than_a_short_one(client: Client) -> None:
    host = a_host_at(client)
    seen = []
    for number in range(1, PER_PAGE + 1):
        told(host, booking_id=number)
        if number in (1, PER_PAGE):
            with counted() as queries:
                client.get("/desk/inbox")
            seen.append(len(queries))
    assert seen[0] == seen[1]
