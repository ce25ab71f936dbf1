"""Signing in and out, and who is behind a token."""

import datetime as dt
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from bookapp.app import _actor_of
from bookapp.audit.models import AuditEntry
from bookapp.catalog.actions import grant_role
from bookapp.identity import actions, passwords
from bookapp.identity.actor import SYSTEM, Grant
from bookapp.identity.errors import AccountClosed, WrongSignIn
from bookapp.identity.models import SignIn, User
from bookapp.identity.queries import actor_for_token, actor_of, sign_ins_of
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.values.errors import NotFound
from tests.builders import a_merchant, a_user, a_venue
from tests.identity.people import PASSWORD, a_person, audited
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")


def sign_in(login, password=PASSWORD, agent="Firefox"):
    return actions.sign_in(login, password, agent=agent, now=clock.now())


@pytest.mark.parametrize("login", ["ann@example.org", " ANN@Example.ORG ", "ann", "Ann "])
def test_one_signs_in_by_email_or_username(login):
    user = a_person(email="ann@example.org", username="ann")
    assert actor_for_token(sign_in(login)).user_id == user.id
    assert audited(user) == ["user.signed_in"]


def test_the_row_keeps_the_hash_and_not_the_token():
    user = a_person()
    token = sign_in(user.email, agent="x" * 1000)
    row = db.session.scalars(select(SignIn)).one()
    assert token != row.token_hash and len(row.token_hash) == 64
    assert len(row.agent) == 300


@pytest.mark.parametrize("login", ["ann@example.org", "nobody@example.org", "nobody", "", "x" * 300, "@"])
def test_wrong_is_wrong_whatever_was_wrong(login, monkeypatch):
    a_person(email="ann@example.org")
    checked, hasher = [], passwords._hasher
    counting = SimpleNamespace(verify=lambda *given: checked.append(given) or hasher.verify(*given))
    monkeypatch.setattr(passwords, "_hasher", counting)
    with pytest.raises(WrongSignIn) as refused:
        sign_in(login, "wrong password")
    assert len(checked) == 1
    assert str(refused.value) == "These two do not go together. Please check both and try again."


def test_known_and_unknown_do_the_same_work(monkeypatch):
    a_person(email="ann@example.org")
    seen = []
    for login in ("ann@example.org", "nobody@example.org"):
        with counted() as statements, pytest.raises(WrongSignIn):
            sign_in(login, "wrong password")
        seen.append([statement.split()[0] for statement in statements])
    assert seen[0] == seen[1]


def test_a_failure_is_noted_without_the_email():
    user = a_person(email="ann@example.org")
    for login in ("ann@example.org", "nobody@example.org"):
        with pytest.raises(WrongSignIn):
            sign_in(login, "wrong password")
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.subject, entry.facts) for entry in entries] == [
        ("user.sign_in_failed", f"user:{user.id}", {}),
        ("user.sign_in_failed", "user:unknown", {}),
    ]


def test_without_a_password_nobody_comes_in():
    user = a_user()
    for password in ("", PASSWORD):
        with pytest.raises(WrongSignIn):
            sign_in(user.email, password)


def test_a_closed_account_is_told_only_to_who_knows_the_password():
    a_person(email="ann@example.org", disabled_at=clock.now())
    with pytest.raises(AccountClosed):
        sign_in("ann@example.org")
    with pytest.raises(WrongSignIn):
        sign_in("ann@example.org", "wrong password")


def test_an_outdated_hash_is_made_again():
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    user = a_person(password_hash=old)
    sign_in(user.email)
    db.session.refresh(user)
    assert not passwords.is_outdated(user.password_hash)
    assert passwords.fits(PASSWORD, user.password_hash)


def test_an_actor_costs_one_query_with_all_roles():
    user, venue = a_person(is_admin=True), a_venue()
    grant_role(SYSTEM, user_id=user.id, merchant_id=venue.merchant_id, role="manager", venue_id=venue.id)
    other = a_merchant()
    grant_role(SYSTEM, user_id=user.id, merchant_id=other.id, role="owner")
    token = sign_in(user.email)
    with counted() as statements:
        actor = _actor_of(token)
    assert len(statements) == 1
    assert (actor.user_id, actor.name, actor.is_admin, actor.kind) == (user.id, user.name, True, "user")
    assert set(actor.grants) == {Grant("manager", venue.merchant_id, venue.id), Grant("owner", other.id)}


@pytest.mark.parametrize(
    "change",
    [
        update(SignIn).values(ended_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        update(SignIn).values(created_at=SignIn.created_at - dt.timedelta(days=30, minutes=1)),
        update(SignIn).values(token_hash="other"),
        update(User).values(version=User.version + 1),
        update(User).values(disabled_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
    ],
    ids=["ended", "old", "unknown", "version", "closed"],
)
def test_a_sign_in_that_is_over_is_nobody(change):
    token = sign_in(a_person().email)
    assert actor_for_token(token) is not None
    db.session.execute(change)
    assert actor_for_token(token) is None


def test_signing_out_ends_this_browser_only():
    user = a_person()
    here, there = sign_in(user.email), sign_in(user.email)
    actions.sign_out(here, now=clock.now())
    actions.sign_out(here, now=clock.now())
    assert actor_for_token(here) is None
    assert actor_for_token(there) is not None
    assert audited(user).count("user.signed_out") == 1


def test_signing_out_everywhere_ends_all_and_raises_the_version():
    user = a_person()
    tokens = [sign_in(user.email) for _ in range(3)]
    somebody = sign_in(a_person().email)
    actions.sign_out_everywhere(actor_of(user), now=clock.now())
    assert [actor_for_token(token) for token in tokens] == [None] * 3
    assert actor_for_token(somebody) is not None
    db.session.refresh(user)
    assert user.version == 2
    assert actor_for_token(sign_in(user.email)) is not None


def test_one_other_browser_can_be_ended_and_nobody_elses():
    user, stranger = a_person(), a_person()
    token = sign_in(user.email)
    (row,) = sign_ins_of(user, now=clock.now())
    with pytest.raises(NotFound):
        actions.end_sign_in(actor_of(stranger), row.id, now=clock.now())
    assert actor_for_token(token) is not None
    actions.end_sign_in(actor_of(user), row.id, now=clock.now())
    assert actor_for_token(token) is None
    with pytest.raises(NotFound):
        actions.end_sign_in(actor_of(user), row.id, now=clock.now())


def test_the_list_has_what_is_signed_in_now_the_newest_first():
    user = a_person()
    tokens = [sign_in(user.email, agent=name) for name in ("one", "two", "three")]
    actions.sign_out(tokens[1], now=clock.now())
    assert [row.agent for row in sign_ins_of(user, now=clock.now())] == ["three", "one"]
