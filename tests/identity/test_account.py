"""What an account says about its owner, its email, and what an admin may do with it."""

import datetime as dt

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.identity import actions
from bookapp.identity.actor import ANONYMOUS, SYSTEM
from bookapp.identity.commands import commands
from bookapp.identity.errors import EmailInUse, LinkGone, LinkOfSomebodyElse, MailTooSoon
from bookapp.identity.events import EmailVerified
from bookapp.identity.queries import actor_for_token, actor_of
from bookapp.infra import clock, events
from bookapp.infra.db import db
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_user
from tests.identity.people import NOW, PASSWORD, a_person, audited, letters, token_in

pytestmark = pytest.mark.usefixtures("app")

MINUTE = dt.timedelta(minutes=1)


def ask(user, email="new@example.org", password=PASSWORD, now=NOW):
    actions.request_email_change(actor_of(user), email=email, password=password, now=now)


def test_name_and_username_are_changed_and_noted_by_field_only():
    user = a_person(name="Ann")
    actions.change_profile(actor_of(user), name="Ann Lee", username=" Ann.Lee ")
    assert (user.name, user.username) == ("Ann Lee", "ann.lee")
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.facts) == ("user.profile_changed", {"fields": ["name", "username"]})
    actions.change_profile(actor_of(user), name="Ann Lee", username="ann.lee")
    assert audited(user) == ["user.profile_changed"]
    actions.change_profile(actor_of(user), name="Ann Lee", username="")
    assert user.username is None


@pytest.mark.parametrize("username", ["bo", "taken", "TAKEN", "a@b.example"])
def test_a_username_must_be_one_and_free(username):
    a_user(username="taken")
    user = a_person(name="Ann")
    with pytest.raises(NotValid) as refused:
        actions.change_profile(actor_of(user), name="Other", username=username)
    assert list(refused.value.fields) == ["username"]
    db.session.refresh(user)
    assert (user.name, user.username) == ("Ann", None)


def test_an_email_changes_when_its_letter_is_opened(monkeypatch):
    heard = []
    monkeypatch.setitem(events._handlers, EmailVerified, [heard.append])
    user = a_person(email="old@example.org")
    ask(user, "New@Example.org")
    assert user.email == "old@example.org"
    (letter,) = letters()
    assert (letter.kind, letter.recipient) == ("identity.change", "new@example.org")
    actions.confirm_email_change(token_in(letter), by=actor_of(user), now=NOW + MINUTE)
    assert (user.email, user.email_verified_at) == ("new@example.org", NOW + MINUTE)
    assert heard == [EmailVerified(user.id, "new@example.org")]
    (told,) = letters("changed")
    assert told.recipient == "old@example.org" and "new@example.org" in told.text
    assert audited(user) == ["user.email_change_requested", "user.email_changed", "user.email_verified"]
    with pytest.raises(LinkGone):
        actions.confirm_email_change(token_in(letter), by=actor_of(user), now=NOW + MINUTE)


def test_it_lasts_a_day_and_only_for_its_owner():
    user = a_person()
    ask(user)
    token = token_in(letters()[0])
    with pytest.raises(LinkGone):
        actions.confirm_email_change(token, by=actor_of(user), now=NOW + dt.timedelta(days=1))
    for stranger in (actor_of(a_user()), ANONYMOUS):
        with pytest.raises(LinkOfSomebodyElse):
            actions.confirm_email_change(token, by=stranger, now=NOW)
    actions.confirm_email_change(token, by=actor_of(user), now=NOW)
    assert user.email == "new@example.org"


def test_what_lies_in_the_old_mailbox_opens_nothing_any_more():
    user = a_person()
    actions.mail_reset_link(user.id, asked_at=NOW, now=NOW)
    reset = token_in(letters("reset")[0])
    ask(user)
    actions.confirm_email_change(token_in(letters("change")[0]), by=actor_of(user), now=NOW)
    with pytest.raises(LinkGone):
        actions.reset_password(reset, "yet another password", agent="", now=NOW)


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"password": "wrong one"}, "password"), ({"email": "no email"}, "email"), ({"email": "ME@example.org"}, "email")],
)
def test_a_change_needs_the_password_and_another_email(asked, field):
    with pytest.raises(NotValid) as refused:
        ask(a_person(email="me@example.org"), **asked)
    assert list(refused.value.fields) == [field]
    assert letters() == []


def test_a_taken_email_is_answered_like_a_free_one():
    a_person(email="taken@example.org")
    for email in ("taken@example.org", "free@example.org"):
        user = a_person()
        ask(user, email)
        with pytest.raises(MailTooSoon):
            ask(user, email, now=NOW + MINUTE / 2)
    assert [(letter.kind, letter.recipient) for letter in letters()] == [
        ("identity.known", "taken@example.org"),
        ("identity.change", "free@example.org"),
    ]


def test_an_email_taken_meanwhile_stays_with_who_has_it():
    user = a_person(email="old@example.org")
    ask(user)
    a_user(email="new@example.org")
    with pytest.raises(EmailInUse):
        actions.confirm_email_change(token_in(letters()[0]), by=actor_of(user), now=NOW)
    db.session.refresh(user)
    assert user.email == "old@example.org" and user.email_verified_at is not None


def test_an_admin_closes_an_account_and_nobody_else_does():
    user = a_person()
    token = actions.sign_in(user.email, PASSWORD, agent="", now=clock.now())
    for by in (actor_of(user), ANONYMOUS):
        with pytest.raises(NotAllowed):
            actions.disable(user.id, by=by, reason="spam", now=NOW)
    admin = actor_of(a_user(is_admin=True))
    for _ in range(2):
        actions.disable(user.id, by=admin, reason="spam", now=NOW)
    assert actor_for_token(token) is None
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.disabled")).one()
    assert (entry.actor, entry.subject, entry.reason) == (admin.label, f"user:{user.id}", "spam")
    with pytest.raises(NotFound):
        actions.disable(0, by=admin, reason="spam", now=NOW)


def test_a_change_of_role_is_noted_and_asks_to_sign_in_again():
    user = a_person()
    token = actions.sign_in(user.email, PASSWORD, agent="", now=clock.now())
    with pytest.raises(NotAllowed):
        actions.set_admin(user.id, is_admin=True, by=actor_of(user), reason="", now=NOW)
    actions.set_admin(user.id, is_admin=True, by=SYSTEM, reason="founder", now=NOW)
    assert user.is_admin and actor_for_token(token) is None
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.role_changed")).one()
    assert entry.facts == {"role": "admin", "before": False, "after": True}
    assert entry.reason == "founder"


def test_the_operator_makes_an_admin_by_command(app):
    user = a_user(email="ann@example.org")
    run = app.test_cli_runner().invoke
    assert run(commands, ["make-admin", "Ann@example.org"]).output == "ann@example.org is an admin.\n"
    db.session.refresh(user)
    assert user.is_admin
    assert "no longer" in run(commands, ["make-admin", "--undo", "ann@example.org"]).output
    db.session.refresh(user)
    assert not user.is_admin
    unknown = run(commands, ["make-admin", "nobody@example.org"])
    assert unknown.exit_code == 1 and "no account" in unknown.output
