"""Opening an account, and proving that its email is one's own."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from bookapp.identity import actions
from bookapp.identity.errors import LinkGone, LinkOfSomebodyElse, MailTooSoon
from bookapp.identity.events import EmailVerified, UserRegistered
from bookapp.identity.models import EmailLink, User
from bookapp.identity.queries import actor_of, user_by_email, user_by_login
from bookapp.infra import events
from bookapp.infra.db import db
from bookapp.values.errors import NotValid
from tests.builders import a_user
from tests.identity.people import ANOTHER, NOW, PASSWORD, a_person, audited, letters, token_in

pytestmark = pytest.mark.usefixtures("app")

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@pytest.fixture
def heard(monkeypatch):
    """The events published meanwhile, beside whatever else listens."""
    seen = []
    for kind in (UserRegistered, EmailVerified):
        monkeypatch.setitem(events._handlers, kind, [seen.append])
    return seen


def register(email="Ann@Example.org", password=PASSWORD, now=NOW, name="Ann"):
    actions.register(name=name, email=email, password=password, now=now)


def test_registering_opens_an_account_that_waits_for_its_letter(heard):
    register()
    user = user_by_email("ann@example.org")
    assert (user.email, user.name, user.email_verified_at, user.is_admin) == ("ann@example.org", "Ann", None, False)
    assert PASSWORD not in user.password_hash
    assert heard == [UserRegistered(user.id)]
    assert audited(user) == ["user.registered"]
    (letter,) = letters()
    assert (letter.kind, letter.recipient) == ("identity.verify", "ann@example.org")


def test_a_letter_to_an_unproved_address_carries_no_word_of_who_typed_it():
    register(name="Win money at evil.example")
    (letter,) = letters()
    assert "evil" not in letter.subject + letter.text + letter.html + letter.recipient_name


def test_the_letter_leads_to_our_public_address_only(app):
    register()
    (letter,) = letters()
    settings = app.extensions["bookapp.settings"]
    assert f"{settings.public_base_url}/email/verify/{token_in(letter)}" in letter.text
    assert f"{settings.public_base_url}/email/verify/{token_in(letter)}" in letter.html


def test_only_the_hash_of_a_link_is_stored():
    register()
    link = db.session.scalars(select(EmailLink)).one()
    token = token_in(letters()[0])
    assert token not in (link.token_hash, link.email, link.purpose)
    assert len(link.token_hash) == 64
    assert link.expires_at == NOW + 3 * DAY


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"email": "ann"}, "email"), ({"password": "short"}, "password"), ({"password": "password123"}, "password"),
     ({"password": "ann@example.org"}, "password")],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_at_its_field(facts, field):
    with pytest.raises(NotValid) as refused:
        register(**facts)
    assert list(refused.value.fields) == [field]
    assert db.session.scalar(select(func.count()).select_from(User)) == 0


def test_a_known_email_changes_nothing_and_its_owner_hears_of_it(heard):
    user = a_person(email="ann@example.org", name="Real Ann")
    register(password=ANOTHER, name="Somebody")
    db.session.refresh(user)
    assert user.name == "Real Ann"
    assert heard == []
    (letter,) = letters()
    assert (letter.kind, letter.recipient) == ("identity.known", "ann@example.org")
    assert "/password/reset/" in letter.text and "/login" in letter.text
    assert audited(user) == ["user.registered_again"]
    assert actions.sign_in("ann@example.org", PASSWORD, agent="", now=NOW)


def test_a_closed_account_hears_nothing():
    a_person(email="ann@example.org", disabled_at=NOW)
    register()
    assert letters() == []


def test_a_double_click_is_one_account_and_one_letter():
    register()
    register()
    assert len(letters()) == 1
    register(now=NOW + MINUTE)
    assert [letter.kind for letter in letters()] == ["identity.verify", "identity.verify"]


def test_a_mailbox_cannot_be_filled():
    a_person(email="ann@example.org")
    for minute in range(30):
        register(now=NOW + minute * MINUTE)
    assert len(letters()) == 5


def test_opening_the_letter_proves_the_email_once(heard):
    register()
    user, token = user_by_email("ann@example.org"), token_in(letters()[0])
    heard.clear()
    actions.verify_email(token, by=actor_of(user), now=NOW + MINUTE)
    assert user.email_verified_at == NOW + MINUTE
    assert heard == [EmailVerified(user.id, "ann@example.org")]
    assert audited(user)[-1] == "user.email_verified"
    with pytest.raises(LinkGone):
        actions.verify_email(token, by=actor_of(user), now=NOW + MINUTE)
    assert len(heard) == 1


def test_a_link_lasts_three_days():
    register()
    user, token = user_by_email("ann@example.org"), token_in(letters()[0])
    with pytest.raises(LinkGone):
        actions.verify_email(token, by=actor_of(user), now=NOW + 3 * DAY)
    actions.verify_email(token, by=actor_of(user), now=NOW + 3 * DAY - MINUTE)


def test_nobody_else_proves_it():
    """Pre-hijacking: an account opened with a stranger's email must not become theirs by the stranger's click."""
    register()
    token = token_in(letters()[0])
    for by in (actor_of(a_user()), actor_of(user_by_email("ann@example.org"))):
        if by.email == "ann@example.org":
            actions.verify_email(token, by=by, now=NOW)
        else:
            with pytest.raises(LinkOfSomebodyElse):
                actions.verify_email(token, by=by, now=NOW)


def test_a_link_for_something_else_proves_nothing():
    user = a_person(verified=False, email="ann@example.org")
    actions.mail_reset_link(user.id, asked_at=NOW, now=NOW)
    with pytest.raises(LinkGone):
        actions.verify_email(token_in(letters()[0]), by=actor_of(user), now=NOW)


def test_the_letter_comes_again_but_not_at_once():
    register()
    actor = actor_of(user_by_email("ann@example.org"))
    with pytest.raises(MailTooSoon):
        actions.send_verification(actor, now=NOW + MINUTE / 2)
    actions.send_verification(actor, now=NOW + MINUTE)
    first, second = letters("verify")
    actions.verify_email(token_in(first), by=actor, now=NOW + MINUTE)
    with pytest.raises(LinkGone):
        actions.verify_email(token_in(second), by=actor, now=NOW + MINUTE)
    actions.send_verification(actor, now=NOW + 5 * MINUTE)
    assert len(letters("verify")) == 2


def test_the_house_makes_accounts_without_a_letter(heard):
    user = actions.create_user(
        name="Dr. Priya Sharma", email="Priya@Example.org", username="Priya", password="priya123", now=NOW
    )
    assert (user.username, user.email_verified_at) == ("priya", NOW)
    assert heard == [UserRegistered(user.id), EmailVerified(user.id, "priya@example.org")]
    assert letters() == []
    assert user_by_login("PRIYA").id == user.id
    assert actions.sign_in("priya", "priya123", agent="", now=NOW)


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"email": "ann@example.org"}, "email"), ({"username": "ann"}, "username"), ({"username": "a"}, "username"),
     ({"password": "password"}, "password")],
)  # fmt: skip
def test_the_house_keeps_to_the_same_rules(facts, field):
    a_user(email="ann@example.org", username="ann")
    with pytest.raises(NotValid) as refused:
        actions.create_user(**({"name": "Bo", "email": "bo@example.org", "now": NOW} | facts))
    assert list(refused.value.fields) == [field]
