"""A new password: forgotten, or changed."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from bookapp.identity import actions, jobs
from bookapp.identity.errors import AccountClosed, LinkGone, WrongSignIn
from bookapp.identity.models import EmailLink
from bookapp.identity.queries import actor_for_token, actor_of
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.values.errors import NotValid
from tests.identity.people import ANOTHER, NOW, PASSWORD, a_person, audited, letters, token_in
from tests.support.jobs import promised, work_off
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")

JOB = "identity.mail_reset_link"


def a_link(user, now=NOW):
    actions.mail_reset_link(user.id, asked_at=now, now=now)
    return token_in(letters("reset", to=user.email)[-1])


def sign_in(user, password=PASSWORD):
    return actions.sign_in(user.email, password, agent="", now=clock.now())


def test_known_and_unknown_emails_write_the_same_row():
    user = a_person(email="ann@example.org")
    seen = []
    for email in ("Ann@example.org", "nobody@example.org"):
        with counted() as statements:
            actions.request_password_reset(email, now=NOW)
        seen.append(statements)
    assert seen[0] == seen[1]
    assert promised(JOB) == [[user.id, NOW.isoformat()], [0, NOW.isoformat()]]
    assert letters() == []


def test_a_worker_writes_to_who_exists():
    user = a_person(email="ann@example.org", username="ann")
    actions.request_password_reset("ann@example.org", now=clock.now())
    actions.request_password_reset("nobody@example.org", now=clock.now())
    assert work_off(JOB) == 2
    (letter,) = letters()
    assert (letter.kind, letter.recipient) == ("identity.reset", "ann@example.org")
    assert "Your username is ann." in letter.text
    assert audited(user) == ["user.password_reset_requested"]


def test_the_job_may_run_twice():
    user = a_person()
    asked = clock.now().isoformat()
    for _ in range(3):
        jobs.mail_reset_link(user.id, asked)
    assert len(letters()) == 1


def test_a_closed_account_gets_no_letter_and_its_link_opens_nothing():
    user = a_person()
    token = a_link(user)
    user.disabled_at = NOW
    db.session.commit()
    actions.mail_reset_link(user.id, asked_at=NOW + dt.timedelta(minutes=9), now=NOW + dt.timedelta(minutes=9))
    assert len(letters()) == 1
    with pytest.raises(AccountClosed):
        actions.reset_password(token, ANOTHER, agent="", now=NOW)


def test_a_new_password_replaces_the_old_and_ends_every_sign_in():
    user = a_person()
    old = sign_in(user)
    new = actions.reset_password(a_link(user), ANOTHER, agent="", now=NOW)
    assert actor_for_token(old) is None
    db.session.refresh(user)
    assert user.version == 2
    with pytest.raises(WrongSignIn):
        sign_in(user)
    assert sign_in(user, ANOTHER)
    assert new != old
    assert "user.password_reset" in audited(user)
    assert letters("password", to=user.email)


def test_a_reset_link_is_good_once_and_for_an_hour():
    user = a_person()
    first, second = a_link(user), a_link(user, NOW + dt.timedelta(minutes=2))
    with pytest.raises(LinkGone):
        actions.reset_password(first, ANOTHER, agent="", now=NOW + dt.timedelta(hours=1))
    actions.reset_password(first, ANOTHER, agent="", now=NOW + dt.timedelta(minutes=59))
    for token in (first, second, "made up", ""):
        with pytest.raises(LinkGone):
            actions.reset_password(token, "a third password", agent="", now=NOW + dt.timedelta(minutes=59))


def test_a_password_we_do_not_take_leaves_the_link_good():
    user = a_person()
    token = a_link(user)
    for password in ("short", "password123", user.email):
        with pytest.raises(NotValid) as refused:
            actions.reset_password(token, password, agent="", now=NOW)
        assert list(refused.value.fields) == ["password"]
    actions.reset_password(token, ANOTHER, agent="", now=NOW)


def test_opening_the_letter_proves_the_email():
    user = a_person(verified=False)
    actions.reset_password(a_link(user), ANOTHER, agent="", now=NOW)
    db.session.refresh(user)
    assert user.email_verified_at == NOW
    assert "user.email_verified" in audited(user)


def test_a_link_for_something_else_sets_no_password():
    user = a_person(verified=False)
    actions.send_verification(actor_of(user), now=NOW)
    with pytest.raises(LinkGone):
        actions.reset_password(token_in(letters("verify")[0]), ANOTHER, agent="", now=NOW)


def test_changing_it_needs_the_old_one_and_keeps_this_browser_in():
    user = a_person()
    here, there = sign_in(user), sign_in(user)
    waiting = a_link(user)
    change = {"agent": "", "now": clock.now()}
    with pytest.raises(NotValid) as refused:
        actions.change_password(actor_of(user), current="wrong one", password=ANOTHER, **change)
    assert list(refused.value.fields) == ["current"]
    with pytest.raises(NotValid) as refused:
        actions.change_password(actor_of(user), current=PASSWORD, password="12345678", **change)
    assert list(refused.value.fields) == ["password"]
    assert actor_for_token(here) is not None
    token = actions.change_password(actor_of(user), current=PASSWORD, password=ANOTHER, **change)
    assert actor_for_token(token).user_id == user.id
    assert (actor_for_token(here), actor_for_token(there)) == (None, None)
    with pytest.raises(LinkGone):
        actions.reset_password(waiting, "a third password", agent="", now=NOW)
    assert "user.password_changed" in audited(user)


def test_links_of_others_stay_good():
    user, other = a_person(), a_person()
    token = a_link(other)
    actions.reset_password(a_link(user), ANOTHER, agent="", now=NOW)
    assert db.session.scalar(select(func.count()).where(EmailLink.used_at.is_(None))) == 1
    actions.reset_password(token, ANOTHER, agent="", now=NOW)
