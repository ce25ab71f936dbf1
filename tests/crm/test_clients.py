"""Whose clients they are, what is counted of them, and what a facilitator writes down about them and to them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.booking import actions as booking
from bookapp.booking.rules import SeatWish
from bookapp.catalog.actions import grant_role
from bookapp.crm.actions import clients as actions
from bookapp.crm.models import ClientMessage, ClientNote, ClientTag
from bookapp.crm.queries.circles import OWN, circle, circles_of
from bookapp.crm.queries.clients import PER_PAGE, Wanted, client_card, clients, every_client, tags_in
from bookapp.crm.rules.clients import MOST_A_DAY_TO_ONE, MOST_AN_HOUR, MOST_TAGS, pause, tag_of
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.infra.idempotency import KeyReused
from bookapp.notifications.models import MessageRecord
from bookapp.values.errors import NotFound, NotPossibleNow, NotValid, TooFast
from bookapp.values.money import Money
from bookapp.values.timespan import Span
from tests.builders import a_room, a_user, a_venue, actor_of
from tests.builders.booking import NOW, RoomWish, a_booking, always_open, at
from tests.builders.numbers import another
from tests.builders.staff import a_manager_of, an_owner_of
from tests.crm.hosts import Host, a_host
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")
HOUR = dt.timedelta(hours=1)


def names(host: Host, now: dt.datetime = NOW, **wanted: Any) -> list[str]:
    return [one.name for one in clients(circle(host.actor), Wanted(**wanted), now=now).rows]


def write(host: Host, client: User, now: dt.datetime = NOW, **facts: Any) -> ClientMessage:
    facts = {"subject": "Wednesday", "text": "The class is in Studio Two.", "key": f"key-{another()}"} | facts
    return actions.write_to_client(host.actor, client.id, now=now, **facts)


def test_who_booked_with_an_account_is_a_client_and_a_guest_becomes_one_with_it() -> None:
    host, miriam = a_host(), a_user(name="Miriam")
    host.booked_by(miriam)
    host.booked_by()
    host.booked_by(a_user(name="Held"), state="pending")
    assert names(host) == ["Miriam"]
    late = a_user(name="Zoe", email="guest@example.org")
    booking.adopt_guest_bookings(late.id, late.email)
    assert names(host) == ["Miriam", "Zoe"]


def test_visits_money_and_the_last_and_next_time_are_those_of_this_facilitator() -> None:
    host, other, miriam = a_host(), a_host(), a_user(name="Miriam")
    host.booked_by(miriam, days=2, state="completed")
    host.booked_by(miriam, days=3, state="completed")
    host.booked_by(miriam, days=9)
    host.booked_by(miriam, days=30)
    cancelled = host.booked_by(miriam, days=20, state="cancelled")
    other.booked_by(miriam, days=4, state="completed")
    (found,) = clients(circle(host.actor), Wanted(), now=at(5)).rows
    assert (found.visits, found.last_at, found.next_at) == (2, at(3), at(9))
    # 75 % of the cancelled seat went back.
    assert found.paid == (Money(4 * 1600 + 400, "EUR"),)
    assert cancelled.fee_minor == 400
    (theirs,) = clients(circle(other.actor), Wanted(), now=at(5)).rows
    assert theirs.visits == 1
    assert client_card(circle(host.actor), miriam.id, now=at(5)).visits[0].starts_at == at(30)


def test_what_should_have_taken_place_is_the_last_time_although_nobody_marked_it() -> None:
    host, miriam = a_host(), a_user()
    host.booked_by(miriam, days=2)
    (found,) = clients(circle(host.actor), Wanted(), now=at(2, hours=3)).rows
    assert (found.visits, found.last_at, found.next_at) == (0, at(2), None)


def test_the_list_is_searched_tagged_sorted_and_paged() -> None:
    host = a_host()
    anna, berta, carl = (a_user(name=name, email=f"{name}@example.org".lower()) for name in ("anna", "Berta", "Carl_x"))
    for client, days, state in ((anna, 2, "completed"), (berta, 3, "completed"), (carl, 4, "confirmed")):
        host.booked_by(client, days=days, state=state)
    host.booked_by(berta, days=1, state="completed")
    host.booked_by(anna, days=12)
    actions.add_tag(host.actor, berta.id, " Left  Knee, ")
    assert names(host) == ["anna", "Berta", "Carl_x"]
    assert names(host, sort="visits") == ["Berta", "anna", "Carl_x"]
    assert names(host, sort="last") == ["Berta", "anna", "Carl_x"]
    assert names(host, sort="next") == ["Carl_x", "anna", "Berta"]
    assert names(host, text="BERTA@") == ["Berta"]
    assert names(host, text="_") == ["Carl_x"]
    assert names(host, tag="left knee") == ["Berta"]
    assert names(host, page=2) == []
    assert clients(circle(host.actor), Wanted(page=2), now=NOW).total == 3
    assert tags_in(circle(host.actor)) == [("left knee", 1)]
    assert [one.tags for one in every_client(circle(host.actor), Wanted(), now=NOW)] == [(), ("left knee",), ()]


def test_the_number_of_questions_does_not_grow_with_the_clients() -> None:
    host = a_host()
    host.booked_by(a_user())
    own, counts = circle(host.actor), []
    for _ in range(2):
        with counted() as asked:
            clients(own, Wanted(), now=NOW)
        counts.append(len(asked))
        session = host.session(capacity=PER_PAGE)
        for _ in range(4):
            a_booking(SeatWish(session.id), actor=actor_of(a_user()))
    assert counts == [3, 3]


def test_a_house_sees_its_customers_and_a_manager_those_of_their_venues() -> None:
    host = a_host()
    host.booked_by(a_user(name="Seat"))
    mine, others = (always_open(a_venue(host.merchant)) for _ in range(2))
    for venue, name in ((mine, "Mine"), (others, "Other")):
        customer = a_user(name=name)
        a_booking(RoomWish(a_room(venue).id, hours(2)), actor=actor_of(customer), email=customer.email)

    def seen(actor: Any) -> list[str]:
        return [one.name for one in clients(circle(actor), Wanted(), now=NOW).rows]

    assert seen(an_owner_of(host.merchant)) == ["Mine", "Other", "Seat"]
    assert seen(a_manager_of(host.merchant)) == ["Mine", "Other", "Seat"]
    assert seen(a_manager_of(host.merchant, mine)) == ["Mine"]
    assert [one.key for one in circles_of(actor_of(a_user(is_admin=True)))].count(host.merchant.slug) == 1
    for nobody in (actor_of(a_user()), an_owner_of(a_host().merchant)):
        with pytest.raises(NotFound):
            circle(nobody, host.merchant.slug)
    with pytest.raises(NotFound):
        circle(an_owner_of(host.merchant), OWN)


def hours(days: float) -> Any:
    return Span(at(days), at(days, hours=2))


def test_who_hosts_and_owns_has_both_lists() -> None:
    host = a_host()
    grant_role(SYSTEM, user_id=host.user.id, merchant_id=host.merchant.id, role="owner")
    grant_role(SYSTEM, user_id=host.user.id, merchant_id=host.merchant.id, role="manager")
    assert [one.key for one in circles_of(host.actor)] == [OWN, host.merchant.slug]
    assert circle(host.actor).is_own
    assert not circle(host.actor, host.merchant.slug).is_own


@pytest.mark.parametrize(
    "verb",
    [
        lambda host, client: actions.add_tag(host.actor, client, "knee"),
        lambda host, client: actions.remove_tag(host.actor, client, "knee"),
        lambda host, client: actions.add_note(host.actor, client, "Bad sleep", key="a-key", now=NOW),
        lambda host, client: actions.remove_note(host.actor, client, 1),
        lambda host, client: actions.write_to_client(
            host.actor, client, subject="Hello", text="You", key="a-key", now=NOW
        ),
    ],
)
def test_only_ones_own_clients_also_within_one_house(verb: Any) -> None:
    host = a_host()
    colleague, miriam = a_host(host.merchant), a_user()
    colleague.booked_by(miriam)
    with pytest.raises(NotFound):
        verb(host, miriam.id)
    with pytest.raises(NotFound):
        client_card(circle(host.actor), miriam.id, now=NOW)


def test_a_tag_has_one_spelling_and_is_there_once() -> None:
    host, miriam = a_host(), a_user()
    host.booked_by(miriam)
    for text in ("Knee", "knee ", "KNEE"):
        assert actions.add_tag(host.actor, miriam.id, text) == "knee"
    assert db.session.scalars(select(ClientTag.tag)).all() == ["knee"]
    for text in (" , ", "x" * 31):
        with pytest.raises(NotValid):
            actions.add_tag(host.actor, miriam.id, text)
    for number in range(MOST_TAGS - 1):
        actions.add_tag(host.actor, miriam.id, f"tag {number}")
    with pytest.raises(NotValid):
        actions.add_tag(host.actor, miriam.id, "one more")
    actions.remove_tag(host.actor, miriam.id, "knee")
    actions.remove_tag(host.actor, miriam.id, "knee")
    assert "knee" not in client_card(circle(host.actor), miriam.id, now=NOW).client.tags
    told = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"user:{miriam.id}")).all()
    assert told.count("client.tagged") == MOST_TAGS
    assert told.count("client.untagged") == 1
    assert tag_of(" Left ;  KNEE\n") == "left knee"


def test_a_note_is_its_authors_alone_even_when_somebody_else_becomes_the_facilitator() -> None:
    host, miriam = a_host(), a_user()
    host.booked_by(miriam)
    note = actions.add_note(host.actor, miriam.id, " Sleeps badly. ", key="a-key", now=NOW)
    assert actions.add_note(host.actor, miriam.id, " Sleeps badly. ", key="a-key", now=NOW) == note
    with pytest.raises(KeyReused):
        actions.add_note(host.actor, miriam.id, "Another", key="a-key", now=NOW)
    (kept,) = client_card(circle(host.actor), miriam.id, now=NOW).notes
    assert (kept.id, kept.text, kept.created_at) == (note, "Sleeps badly.", NOW)
    for other in (an_owner_of(host.merchant), actor_of(a_user(is_admin=True))):
        assert client_card(circle(other, host.merchant.slug), miriam.id, now=NOW).notes == ()
    heir = a_user()
    host.person.user_id = heir.id
    db.session.commit()
    grant_role(SYSTEM, user_id=heir.id, merchant_id=host.merchant.id, role="facilitator")
    assert client_card(circle(actor_of(heir)), miriam.id, now=NOW).notes == []
    actions.remove_note(actor_of(heir), miriam.id, note)
    assert db.session.get(ClientNote, note) is not None


def test_a_note_can_be_removed_and_the_trail_says_so_without_its_words() -> None:
    host, miriam = a_host(), a_user()
    host.booked_by(miriam)
    for text in ("", "x" * 4001):
        with pytest.raises(NotValid):
            actions.add_note(host.actor, miriam.id, text, key="a-key", now=NOW)
    note = actions.add_note(host.actor, miriam.id, "Canary", key="a-key", now=NOW)
    for _ in range(2):
        actions.remove_note(host.actor, miriam.id, note)
    trail = db.session.execute(
        select(AuditEntry.action, AuditEntry.facts).where(AuditEntry.subject == f"user:{miriam.id}")
    ).all()
    assert [tuple(row) for row in trail if row.action.startswith("client.note")] == [
        ("client.note_added", {"note": note}),
        ("client.note_removed", {"note": note}),
    ]


def test_a_word_to_a_client_goes_by_mail_and_the_answer_to_the_house() -> None:
    host, miriam = a_host(name="Priya Sharma"), a_user(name="Miriam")
    host.booked_by(miriam)
    message = write(host, miriam, key="one-key", text="We are in Studio Two.\n\nBring socks.\nAnd <b>tea</b>.")
    assert (
        write(host, miriam, key="one-key", text="We are in Studio Two.\n\nBring socks.\nAnd <b>tea</b>.").id
        == message.id
    )
    with pytest.raises(KeyReused):
        write(host, miriam, key="one-key")
    mail, notice = db.session.scalars(
        select(MessageRecord).where(MessageRecord.kind == "crm.client_message").order_by(MessageRecord.channel)
    )
    assert (mail.recipient, mail.reply_to) == (miriam.email, "hello@house.example")
    assert mail.subject == f"Wednesday (Priya Sharma, {host.merchant.name})"
    assert "Bring socks.\nAnd <b>tea</b>." in mail.text
    assert "Bring socks.<br>And &lt;b&gt;tea&lt;/b&gt;." in mail.html
    assert (notice.channel, notice.user_id) == ("in_app", miriam.id)
    assert "Studio" not in notice.text
    (kept,) = client_card(circle(host.actor), miriam.id, now=NOW).messages
    assert kept.text.startswith("We are in Studio Two.")
    assert client_card(circle(an_owner_of(host.merchant)), miriam.id, now=NOW).messages == ()


def test_what_cannot_be_sent_is_refused_in_words() -> None:
    host, miriam = a_host(), a_user()
    host.booked_by(miriam)
    with pytest.raises(NotValid) as refusal:
        write(host, miriam, subject=" ", text="x" * 4001)
    assert set(refusal.value.fields) == {"subject", "text"}
    miriam.disabled_at = NOW
    db.session.commit()
    with pytest.raises(NotPossibleNow):
        write(host, miriam)
    assert not client_card(circle(host.actor), miriam.id, now=NOW).can_be_written


def test_who_writes_a_good_deal_waits() -> None:
    host, miriam, tom = a_host(), a_user(), a_user()
    host.booked_by(miriam)
    host.booked_by(tom)
    for _ in range(MOST_A_DAY_TO_ONE):
        write(host, miriam)
    with pytest.raises(TooFast) as refusal:
        write(host, miriam, now=NOW + HOUR)
    assert refusal.value.retry_after == 23 * 3600 + 1
    write(host, tom, now=NOW + HOUR)
    write(host, miriam, now=NOW + 24 * HOUR)


def test_the_pause_is_the_longer_of_the_two() -> None:
    none = dt.timedelta(0)
    assert pause([], [], NOW) == none
    many = [NOW - dt.timedelta(minutes=number) for number in range(MOST_AN_HOUR)]
    assert pause(many[1:], [], NOW) == none
    assert pause(many, [], NOW) == HOUR - dt.timedelta(minutes=MOST_AN_HOUR - 1)
    assert pause([NOW - HOUR] * MOST_AN_HOUR, [], NOW) == none
    assert pause(many, [NOW] * MOST_A_DAY_TO_ONE, NOW) == 24 * HOUR
