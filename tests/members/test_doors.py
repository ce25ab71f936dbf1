"""The page of an invitation, for who is signed in, who is somebody else, and who has no account yet."""

from __future__ import annotations

import pytest

from bookapp.catalog.queries import grants_of
from bookapp.identity.actor import SYSTEM, Grant
from bookapp.infra import clock
from bookapp.members.actions import invite, withdraw
from bookapp.members.rules import Post
from tests.builders import a_facilitator, a_merchant
from tests.builders.staff import an_owner_of
from tests.identity.people import PASSWORD, a_person, come_in, path_in
from tests.identity.people import letters as account_letters
from tests.members.letters import letters, token_in
from tests.support.client import Client
from tests.support.select import one, submit

pytestmark = pytest.mark.usefixtures("app")


def an_invitation(email: str = "nora@example.org") -> tuple[int, int, str]:
    """The merchant, the invitation, and where its link leads."""
    merchant = a_merchant(name="Mill")
    an_owner_of(merchant)
    person = a_facilitator(merchant, name="Nora of the Mill")
    made = invite(SYSTEM, merchant.id, Post("facilitator"), email=email, host_id=person.id, now=clock.now())
    return merchant.id, made.id, f"/invitations/{token_in(letters(email)[-1])}"


def test_who_is_signed_in_accepts_once_and_again(client: Client) -> None:
    nora = a_person(email="nora@example.org")
    merchant_id, _id, there = an_invitation()
    come_in(client, nora)
    page = client.get(there)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "Nora of the Mill" in page.text
    assert submit(client, there, "form.sheet").location == "/desk"
    assert grants_of(nora.id) == (Grant("facilitator", merchant_id, None),)
    assert client.post(there).location == "/desk"
    assert client.get(there).location == "/desk"
    assert client.get("/desk/day").status_code == 200


def test_somebody_else_is_told_and_led_out(client: Client) -> None:
    other = a_person()
    _merchant, _id, there = an_invitation()
    come_in(client, other)
    page = client.get(there)
    assert page.status_code == 200
    words = one(page.text, ".notice").text
    assert "nora@example.org" in words
    assert other.email in words
    refused = client.post(there)
    assert refused.status_code == 403
    assert one(refused.text, ".notice").text == words
    assert grants_of(other.id) == ()
    assert submit(client, there, "form[action$=leaving]").location == there
    assert "Sign in" in client.get(there).text
    assert client.get("/bookings?tab=past").text.count(other.name) == 0
    assert client.post(f"{there}/leaving").location == there


def test_who_has_no_account_opens_one_and_comes_back(client: Client) -> None:
    merchant_id, _id, there = an_invitation()
    assert client.post(there).location == f"/login?next={there.replace('/', '%2F')}"
    door = one(client.get(there).text, "a[href^='/register']")["href"]
    submit(client, door, "form.sheet", name="Nora", email="nora@example.org", password=PASSWORD)
    confirm = path_in(account_letters("verify", to="nora@example.org")[-1], "/email/verify/")
    back = submit(client, confirm, "form.sheet", password=PASSWORD)
    assert back.location == there
    assert submit(client, there, "form.sheet").location == "/desk"
    assert client.get("/desk").location == "/desk/day"
    assert merchant_id


def test_a_link_that_is_over_says_so(client: Client) -> None:
    nora = a_person(email="nora@example.org")
    _merchant, invitation_id, there = an_invitation()
    withdraw(SYSTEM, invitation_id, now=clock.now())
    for method in ("GET", "POST"):
        answer = client.open(there, method=method)
        assert answer.status_code == 409
        assert "can send a new one" in answer.text
    assert client.get("/invitations/nonsense").status_code == 409
    _merchant, _id, second = an_invitation()
    come_in(client, nora)
    client.post(second)
    client.post("/logout")
    assert client.get(second).status_code == 409
