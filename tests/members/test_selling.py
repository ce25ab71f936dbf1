"""Applying to sell, the answer, and merchants found, closed and opened by an admin."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.booking.actions import cancel
from bookapp.booking.queries import by_ref
from bookapp.catalog.models import Merchant
from bookapp.catalog.queries import grants_of
from bookapp.identity.actor import SYSTEM, Grant
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.members.actions import apply, approve, refuse, set_standing
from bookapp.members.actions.applications import Wish
from bookapp.members.errors import ApplicationDecided, EmailNotProved, StandingChanged
from bookapp.members.models import MerchantApplication
from bookapp.members.queries import merchants as merchant_queries
from bookapp.members.queries.merchants import figures_of, merchants_found
from bookapp.payments.actions import ask_back
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_merchant, a_user, a_venue, actor_of
from tests.builders.booking import NOW, a_booking, a_hold, a_wish, an_open_room, pay
from tests.builders.staff import an_owner_of
from tests.identity.people import a_person, come_in
from tests.members.letters import letters
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import one, submit, texts
from tests.support.select import select as css
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")
WISH = Wish(
    name="Loft", about="Two rooms.", city="Lyon", country="FR", currency="EUR", zone="Europe/Paris", phone="+33 1"
)
TYPED = {
    "name": "Loft",
    "about": "Two rooms.",
    "city": "Lyon",
    "country": "FR",
    "currency": "EUR",
    "zone": "Europe/Paris",
}


def an_admin() -> User:
    return a_user(is_admin=True)


def test_an_application_becomes_a_merchant_with_its_owner() -> None:
    user, admin = a_user(), an_admin()
    made = apply(actor_of(user), WISH, now=NOW)
    assert apply(actor_of(user), replace(WISH, name="Attic"), now=NOW).id == made.id
    (asked,) = letters(admin.email)
    assert f"/desk/merchants/applications/{made.id}" in asked.text
    for _twice in range(2):
        approve(actor_of(admin), made.id, now=NOW)
    (merchant,) = db.session.scalars(select(Merchant).where(Merchant.name == "Loft"))
    facts = (merchant.currency, merchant.zone, merchant.email, merchant.phone, merchant.about)
    assert facts == ("EUR", "Europe/Paris", user.email, "+33 1", "Two rooms.")
    assert grants_of(user.id) == (Grant("owner", merchant.id, None),)
    (letter,) = letters(user.email)
    assert f"/desk/beginning?merchant={merchant.slug}" in letter.text
    with pytest.raises(ApplicationDecided):
        refuse(actor_of(admin), made.id, reason="Too late", now=NOW)
    assert apply(actor_of(user), replace(WISH, name="Attic"), now=NOW).id != made.id


def test_who_is_refused_reads_why_and_asks_again() -> None:
    user, admin = a_user(), actor_of(an_admin())
    made = apply(actor_of(user), WISH, now=NOW)
    for _twice in range(2):
        refuse(admin, made.id, reason="Please say what you offer.", now=NOW)
    (letter,) = letters(user.email)
    assert "Please say what you offer." in letter.text
    with pytest.raises(ApplicationDecided):
        approve(admin, made.id, now=NOW)
    assert grants_of(user.id) == ()
    assert apply(actor_of(user), WISH, now=NOW).id != made.id
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "merchant_application.refused"))
    assert entry.reason == "Please say what you offer."


def test_what_cannot_become_a_merchant_is_refused() -> None:
    with pytest.raises(EmailNotProved):
        apply(actor_of(a_user(verified=False)), WISH, now=NOW)
    for facts in ({"currency": "XXX"}, {"zone": "Moon"}, {"country": "ZZ"}, {"city": " "}, {"name": ""}):
        with pytest.raises(NotValid) as refused:
            apply(actor_of(a_user()), replace(WISH, **facts), now=NOW)
        assert list(refused.value.fields) == list(facts)
    made = apply(actor_of(a_user()), WISH, now=NOW)
    with pytest.raises(NotAllowed):
        approve(actor_of(a_user()), made.id, now=NOW)
    with pytest.raises(NotFound):
        approve(SYSTEM, 987654, now=NOW)


def test_a_customer_applies_and_sees_how_it_stands(client: Client) -> None:
    user = sign_in(client)
    wrong = submit(client, "/sell", "form.sheet", **(TYPED | {"currency": ""}))
    assert (wrong.status_code, one(wrong.text, "#name")["value"]) == (422, "Loft")
    assert submit(client, "/sell", "form.sheet", **TYPED).location == "/sell"
    html = client.get("/sell").text
    assert "We are looking at it" in html
    assert not css(html, "form.sheet")
    made = db.session.scalars(select(MerchantApplication)).one()
    refuse(SYSTEM, made.id, reason="Say more.", now=NOW)
    assert "Say more." in client.get("/sell").text
    submit(client, "/sell", "form.sheet", **TYPED)
    approve(SYSTEM, made.id + 1, now=NOW)
    assert "/desk/beginning?merchant=loft" in client.get("/sell").text
    user.email_verified_at = None
    db.session.commit()
    assert submit(client, "/sell", "form.sheet", **TYPED).status_code == 409


def test_an_admin_answers_on_the_page(client: Client) -> None:
    sign_in(client, is_admin=True)
    first, second = (apply(actor_of(a_user()), WISH, now=NOW) for _number in range(2))
    assert "2 applications wait" in client.get("/desk/merchants").text
    there = f"/desk/merchants/applications/{first.id}"
    assert submit(client, there, "form:has(textarea)", act="refuse").status_code == 422
    assert submit(client, there, "form:has(textarea)", act="refuse", reason="No.").location == there
    assert "No." in client.get(there).text
    decision = f"{there}/decision"
    assert client.post(decision, data={"act": "approve"}).status_code == 409
    there = f"/desk/merchants/applications/{second.id}"
    assert submit(client, there, "form:not(:has(textarea))[action$=decision]", act="approve").status_code == 303
    html = client.get(there).text
    assert client.get(one(html, "main .btn--line")["href"]).status_code == 200
    assert client.get("/desk/merchants/applications/987654").status_code == 404


def test_a_closed_house_is_neither_found_nor_booked_and_serves_what_is(client: Client) -> None:
    room = an_open_room()
    venue = room.venue
    merchant = venue.merchant
    user = a_person()
    owner, customer = an_owner_of(merchant), actor_of(user)
    booked = a_booking(a_wish(room, start=NOW + dt.timedelta(days=7)), actor=customer, now=NOW)
    held = a_hold(a_wish(room, start=NOW + dt.timedelta(days=8)), actor=customer, now=NOW)
    set_standing(SYSTEM, merchant.id, close=True, reason="Rent not paid", now=NOW)
    with pytest.raises(StandingChanged):
        set_standing(SYSTEM, merchant.id, close=True, reason="Again", now=NOW)
    for path in (f"/at/{merchant.slug}", f"/rooms/{room.slug}", f"/venues/{venue.slug}"):
        assert client.get(path).status_code == 404
    with pytest.raises(NotFound):
        a_hold(a_wish(room, start=NOW + dt.timedelta(days=9)), actor=customer, now=NOW)
    ask_back(pay(held, customer), now=NOW)
    assert by_ref(held.ref, visible_to_actor=customer).state == "confirmed"
    come_in(client, user)
    for page in ("", "/cancellation", "/confirmation.pdf"):
        assert client.get(f"/bookings/{booked.ref}{page}").status_code == 200
    assert "gives no new times" in client.get(f"/bookings/{booked.ref}/move").text
    assert f"{booked.ref}/move" not in client.get(f"/bookings/{booked.ref}").text
    cancel(customer, booked.ref, now=NOW)
    assert by_ref(booked.ref, visible_to_actor=customer).state == "cancelled"
    set_standing(SYSTEM, merchant.id, close=False, reason="Paid", now=NOW + dt.timedelta(days=1))
    assert client.get(f"/at/{merchant.slug}").status_code == 200
    assert [letter.subject for letter in letters(owner.email)] == [
        f"{merchant.name} was closed", f"{merchant.name} is open again",
    ]  # fmt: skip
    trail = db.session.execute(
        select(AuditEntry.action, AuditEntry.reason)
        .where(AuditEntry.action.in_(("merchant.closed", "merchant.opened")))
        .order_by(AuditEntry.id)
    ).all()
    assert [tuple(row) for row in trail] == [("merchant.closed", "Rent not paid"), ("merchant.opened", "Paid")]
    for actor in (owner, customer):
        with pytest.raises(NotAllowed):
            set_standing(actor, merchant.id, close=True, reason="Mine", now=NOW)
    with pytest.raises(NotFound):
        set_standing(SYSTEM, 987654, close=True, reason="Nobody", now=NOW)


def test_merchants_are_found_by_words_and_standing() -> None:
    mill, loft = a_merchant(name="Mill by the River", email="ask@mill.example"), a_merchant(name="Loft")
    an_owner_of(mill)
    a_venue(mill)
    set_standing(SYSTEM, loft.id, close=True, reason="Asked", now=NOW)
    for text in ("river mil", "ask@mill.example", "mill-by"):
        found = merchants_found(text)
        assert [merchant.id for merchant in found.merchants] == [mill.id]
    assert (found.venues, len(found.owners[mill.id])) == ({mill.id: 1}, 1)
    assert [merchant.id for merchant in merchants_found(only="closed").merchants] == [loft.id]
    assert loft.id not in {merchant.id for merchant in merchants_found(only="open").merchants}
    assert not merchants_found("nothing").merchants


def test_the_figures_of_a_house_stop_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    room = an_open_room()
    merchant_id = room.venue.merchant_id
    for days in (1, 2, 3):
        a_booking(a_wish(room, start=NOW + dt.timedelta(days=days)), now=NOW, email="guest@example.org")
    a_hold(a_wish(room, start=NOW + dt.timedelta(days=4)), now=NOW)
    with counted() as statements:
        figures = figures_of(merchant_id, now=NOW + dt.timedelta(days=1, hours=6))
    assert len(statements) == 2
    assert (figures.venues, figures.rooms, figures.bookings_lately, figures.bookings_ahead) == (1, 1, 1, 2)
    assert [str(amount.amount) for amount in figures.owed] == ["162.00"]
    monkeypatch.setattr(merchant_queries, "MOST_COUNTED", 0)
    assert figures_of(merchant_id, now=NOW).bookings_ahead == 1


def test_the_pages_of_merchants(client: Client) -> None:
    merchant = a_merchant(name="Mill")
    an_owner_of(merchant)
    sign_in(client, is_admin=True)
    html = client.get("/desk/merchants?q=mill").text
    assert texts(html, "tbody th") == ["Mill"]
    there = one(html, "tbody th a")["href"]
    assert "No merchant fits" in client.get("/desk/merchants?q=nothing").text
    form = "form[action$=standing]"
    assert submit(client, there, form, act="close").status_code == 422
    assert submit(client, there, form, act="sell", reason="Why not").status_code == 422
    assert submit(client, there, form, act="close", reason="Asked for it").location == there
    html = client.get(there).text
    assert "Asked for it" in html
    stale = client.post(f"{there}/standing", data={"act": "close", "reason": "Again"})
    assert stale.status_code == 409
    assert submit(client, there, form, act="open", reason="Asked again").location == there
    assert client.get("/desk/merchants/987654").status_code == 404
    assert client.htmx("/desk/merchants?q=mill").text.count("<tr>") == 2


def test_the_list_costs_the_same_for_many(client: Client) -> None:
    sign_in(client, is_admin=True)

    def asked() -> int:
        with counted() as statements:
            assert client.get("/desk/merchants").status_code == 200
        return len(statements)

    an_owner_of(a_merchant())
    few = asked()
    for _number in range(4):
        an_owner_of(a_merchant())
    assert asked() == few
