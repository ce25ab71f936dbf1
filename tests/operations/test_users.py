"""Accounts as admins see them: found by words, closed and opened, signed out, made admins; never their own."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.identity import queries
from bookapp.identity.models import SignIn, User
from bookapp.infra.db import db
from tests.builders.booking import a_booking
from tests.builders.identity import a_user
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import one, texts
from tests.support.staff import PASSWORD, sign_in

pytestmark = pytest.mark.usefixtures("app")


def change(client: Client, user: User, act: str, reason: str = "They asked us to") -> int:
    return client.post(f"/desk/users/{user.id}/standing", data={"act": act, "reason": reason}).status_code


@pytest.mark.parametrize("words", ["zebedee", "Zeb quim", "zebedee@", "zebedee@example.org", "zq"])
def test_people_are_found_by_how_their_words_begin(client: Client, words: str) -> None:
    a_user(name="Zebedee Quimby", email="zebedee@example.org", username="zq")
    a_user(name="Somebody Else")
    sign_in(client, is_admin=True)
    assert texts(client.get("/desk/users", query_string={"q": words}).text, "tbody th") == ["Zebedee Quimby"]


def test_who_is_not_found_and_who_stands_out(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    closed, admin = a_user(name="Closed Person"), sign_in(client, is_admin=True)
    assert change(client, closed, "close") == 303
    assert "Nobody fits" in client.htmx("/desk/users?q=zzzzzz").text
    assert texts(client.get("/desk/users?only=closed").text, "tbody th") == ["Closed Person"]
    assert admin.name in texts(client.get("/desk/users?only=admins").text, "tbody th")
    monkeypatch.setattr(queries, "PER_PAGE", 1)
    assert len(texts(client.get("/desk/users?page=2").text, "tbody th")) == 1


def test_an_account_is_closed_with_a_reason_and_opened_again(client: Client, app) -> None:
    theirs = app.test_client()
    user = sign_in(theirs)
    admin = sign_in(client, is_admin=True)
    assert theirs.get("/account").status_code == 200
    assert change(client, user, "close", "Fraud") == 303
    assert theirs.get("/account").status_code == 303
    shown = client.get(f"/desk/users/{user.id}").text
    assert "Closed" in one(shown, "main .badge").text
    assert "Fraud" in shown
    assert "Nowhere." in shown
    assert change(client, user, "open") == 303
    theirs.post("/login", data={"login": user.email, "password": PASSWORD})
    assert theirs.get("/account").status_code == 200
    noted = db.session.execute(
        select(AuditEntry.action, AuditEntry.user_id, AuditEntry.reason).where(
            AuditEntry.subject == f"user:{user.id}", AuditEntry.user_id == admin.id
        )
    ).all()
    assert [tuple(row) for row in noted] == [
        ("user.disabled", admin.id, "Fraud"), ("user.enabled", admin.id, "They asked us to"),
    ]  # fmt: skip


def test_somebody_is_signed_out_everywhere(client: Client, app) -> None:
    theirs = app.test_client()
    user = sign_in(theirs)
    sign_in(client, is_admin=True)
    assert change(client, user, "sign_out") == 303
    assert theirs.get("/account").status_code == 303
    assert db.session.scalars(select(SignIn.ended_at).where(SignIn.user_id == user.id)).one() is not None


def test_an_admin_is_made_and_unmade(client: Client) -> None:
    user = a_user()
    sign_in(client, is_admin=True)
    assert change(client, user, "make_admin") == 303
    assert db.session.get_one(User, user.id).is_admin
    assert "Take the admin" in client.get(f"/desk/users/{user.id}").text
    assert change(client, user, "unmake_admin") == 303
    assert not db.session.get_one(User, user.id).is_admin


@pytest.mark.parametrize("act", ["close", "unmake_admin"])
def test_nobody_locks_themselves_out(client: Client, act: str) -> None:
    admin = sign_in(client, is_admin=True)
    answer = client.post(f"/desk/users/{admin.id}/standing", data={"act": act, "reason": "Holidays"})
    assert answer.status_code == 409
    assert "ask another admin" in one(answer.text, "[role=alert]").text
    assert 'value="Holidays"' in answer.text
    assert db.session.get_one(User, admin.id).is_admin
    assert db.session.get_one(User, admin.id).disabled_at is None


@pytest.mark.parametrize(("act", "reason"), [("close", ""), ("close", "   "), ("delete", "Why not"), ("", "Why not")])
def test_without_a_reason_or_an_act_nothing_happens(client: Client, act: str, reason: str) -> None:
    user = a_user()
    sign_in(client, is_admin=True)
    assert change(client, user, act, reason) == 422
    assert db.session.get_one(User, user.id).disabled_at is None


def test_roles_are_told_and_an_unknown_account_is_not_there(client: Client, app) -> None:
    booking = a_booking()
    owner = sign_in(app.test_client(), merchant_id=booking.merchant_id)
    sign_in(client, is_admin=True)
    assert "owner, " in client.get(f"/desk/users/{owner.id}").text
    assert client.get("/desk/users/999999999").status_code == 404


def test_the_number_of_queries_does_not_grow(client: Client) -> None:
    user = a_user()
    sign_in(client, is_admin=True)
    for path in ("/desk/users", f"/desk/users/{user.id}"):
        client.get(path)
        with counted() as asked:
            client.get(path)
        assert len(asked) <= 7, path
