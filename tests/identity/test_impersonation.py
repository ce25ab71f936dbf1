"""An admin acts as somebody: seen by all, written down with both names, and never for what is theirs alone."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select as query
from sqlalchemy import update

from bookapp.app import THEIRS_ALONE, _actor_of
from bookapp.audit.models import AuditEntry
from bookapp.audit.queries import TrailFilter, trail
from bookapp.identity import actions
from bookapp.identity.errors import ActingAlready
from bookapp.identity.models import SignIn, User
from bookapp.identity.queries import actor_for_token, actor_of
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.values.errors import NotAllowed, NotFound
from tests.builders.booking import a_hold
from tests.identity.people import PASSWORD, a_person, come_in
from tests.support.queries import counted
from tests.support.select import one, select, submit, texts

BANNER = ".acting"
# What an admin never does in somebody's name has one of these words in its address (guarantees of the desk).
PERSONAL = re.compile(r"pay|password|email|/account/|feed|gift-card|goodwill|erasure|/rest$")
# Of no account: a letter anybody may ask for, what a provider tells us, and a limit that pays nothing by itself.
OF_NOBODY = {"identity.send_reset_link", "payment_doors.webhook", "catalog_desk.limit_goodwill"}


@pytest.fixture
def admin(app):
    """An admin."""
    return a_person(name="Ada Chief", email="ada@example.org", is_admin=True)


@pytest.fixture
def user(app):
    """A customer."""
    return a_person(name="Tom", email="tom@example.org")


@pytest.fixture
def desk(client, admin):
    """The admin's browser."""
    return come_in(client, admin)


@pytest.fixture
def acting(desk, user):
    """The admin's browser, acting as the customer."""
    assert act_as(desk, user).location == "/bookings"
    return desk


def act_as(client, user, reason="He cannot find his booking"):
    return client.post(f"/desk/users/{user.id}/standing", data={"act": "impersonate", "reason": reason})


def token_of(client):
    with client.session_transaction() as session:
        return session["_user_id"]


def test_the_admin_is_the_user_and_every_page_says_so(desk, user, admin):
    before = token_of(desk)
    assert one(desk.get(f"/desk/users/{user.id}").text, "form input[value=impersonate]")
    assert act_as(desk, user).status_code == 303
    actor = _actor_of(token_of(desk))
    assert (actor.user_id, actor.impersonator_id, actor.is_admin) == (user.id, admin.id, False)
    assert token_of(desk) != before
    for path in (
        "/",
        "/bookings",
        "/search",
        "/account",
        "/account/security",
        "/wallet",
        "/login/second-step",
        "/nowhere",
    ):
        page = desk.get(path, follow_redirects=True).text
        assert "Tom" in one(page, BANNER).text, path
        assert one(page, f"{BANNER} form")["action"] == "/acting/ending"
    refused = desk.get("/desk/users")
    assert refused.status_code == 403 and select(refused.text, BANNER)
    assert desk.htmx("/search").status_code == 200


def test_the_banner_needs_no_database(acting, monkeypatch):
    monkeypatch.setattr("bookapp.search.views.page", None, raising=False)
    monkeypatch.setattr("bookapp.operations.views.health.queries", None, raising=False)
    monkeypatch.setattr("bookapp.payments.views.wallet.page", None, raising=False)
    broken = acting.get("/wallet")
    assert broken.status_code == 500 and one(broken.text, BANNER)


def test_nobody_else_sees_one(desk):
    assert not select(desk.get("/").text, BANNER)


def test_one_click_ends_it_and_the_admin_is_themselves_with_a_new_session(desk, user, admin):
    before = token_of(desk)
    act_as(desk, user)
    theirs = token_of(desk)
    answer = submit(desk, "/bookings", f"{BANNER} form")
    assert (answer.status_code, answer.location) == (303, "/desk/users")
    assert desk.get("/desk/users").status_code == 200
    assert not select(desk.get("/").text, BANNER)
    assert actor_for_token(theirs) is None and actor_for_token(before) is None
    assert actor_for_token(token_of(desk)).user_id == admin.id


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_without_a_reason_nobody_acts_as_anybody(desk, user, reason):
    assert act_as(desk, user, reason).status_code == 422
    assert desk.get("/desk/users").status_code == 200


def test_never_as_another_admin_oneself_or_who_is_closed(desk, admin):
    other, closed = a_person(is_admin=True), a_person(disabled_at=clock.now())
    for who, status in ((other, 403), (admin, 409), (closed, 409)):
        assert not select(desk.get(f"/desk/users/{who.id}").text, "input[value=impersonate]")
        answer = act_as(desk, who)
        assert answer.status_code == status and one(answer.text, "main [role=alert]")
    assert act_as(desk, User(id=987654)).status_code == 404
    assert actor_for_token(token_of(desk)).user_id == admin.id


def test_only_an_admin_and_only_as_somebody_there_is(user, admin):
    for whose, by, refusal in ((admin.id, user, NotAllowed), (987654, admin, NotFound)):
        with pytest.raises(refusal):
            actions.impersonate(
                whose, by=actor_of(by), own_token="x", reason="x", agent="", address="", now=clock.now()
            )


def test_not_out_of_somebody_elses_account(desk, user, admin):
    act_as(desk, user)
    by = actor_of(db.session.get_one(User, admin.id))
    for own in (token_of(desk), "made up"):
        with pytest.raises(ActingAlready):
            actions.impersonate(user.id, by=by, own_token=own, reason="x", agent="", address="", now=clock.now())


@pytest.mark.parametrize(
    "change",
    [
        update(SignIn)
        .where(SignIn.impersonator_id.is_not(None))
        .values(created_at=SignIn.created_at - dt.timedelta(minutes=31)),
        update(SignIn).where(SignIn.impersonator_id.is_(None)).values(ended_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        update(SignIn)
        .where(SignIn.impersonator_id.is_(None))
        .values(created_at=SignIn.created_at - dt.timedelta(days=31)),
        update(User).where(User.is_admin).values(is_admin=False),
        update(User).where(User.is_admin).values(version=User.version + 1),
        update(User).where(User.is_admin).values(disabled_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        update(User).where(User.email == "tom@example.org").values(version=User.version + 1),
    ],
    ids=["half an hour", "own ended", "own too old", "no admin", "own version", "closed", "their version"],
)
def test_it_ends_by_itself(acting, change):
    token = token_of(acting)
    assert actor_for_token(token) is not None
    db.session.execute(change)
    assert actor_for_token(token) is None
    assert acting.get("/account").status_code == 303


def test_after_half_an_hour_there_is_still_a_way_back(acting, admin):
    late = SignIn.created_at - dt.timedelta(minutes=31)
    db.session.execute(update(SignIn).where(SignIn.impersonator_id.is_not(None)).values(created_at=late))
    assert one(acting.get("/").text, BANNER)
    assert submit(acting, "/", f"{BANNER} form").location == "/desk/users"
    assert actor_for_token(token_of(acting)).user_id == admin.id


def test_but_none_into_a_sign_in_that_is_over(acting):
    db.session.execute(update(User).where(User.is_admin).values(version=User.version + 1))
    assert submit(acting, "/", f"{BANNER} form").location == "/login"
    assert acting.get("/account").status_code == 303


def test_who_acts_as_nobody_stays_who_they_are(desk):
    assert desk.post("/acting/ending").location == "/"
    assert desk.get("/desk/users").status_code == 200


def test_signing_out_leaves_both_accounts(acting, admin):
    acting.post("/logout")
    assert db.session.scalars(query(SignIn.id).where(SignIn.ended_at.is_(None))).all() == []
    entry = db.session.scalars(query(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.impersonator_id) == ("user.signed_out", admin.id)


def test_every_row_of_the_trail_has_both(acting, user, admin):
    held = a_hold(actor=actor_of(user))
    last = db.session.scalars(query(AuditEntry.id).order_by(AuditEntry.id.desc())).first()
    assert acting.post(f"/checkout/{held.ref}/release").status_code in (200, 303)
    rows = db.session.scalars(query(AuditEntry).where(AuditEntry.id > last)).all()
    assert rows and {row.impersonator_id for row in rows} == {admin.id}
    began = db.session.scalars(query(AuditEntry).where(AuditEntry.action == "user.impersonated")).one()
    assert (began.user_id, began.subject, began.reason) == (admin.id, f"user:{user.id}", "He cannot find his booking")
    submit(acting, "/", f"{BANNER} form")
    ended = db.session.scalars(query(AuditEntry).where(AuditEntry.action == "user.impersonation_ended")).one()
    assert (ended.user_id, ended.impersonator_id) == (admin.id, None)
    found = {row.id for row in trail(TrailFilter(user_id=admin.id))[0]}
    assert {row.id for row in rows} <= found
    assert "acted on by Ada Chief" in acting.get("/desk/audit").text
    assert f"by admin {admin.id}" not in acting.get(f"/desk/users/{user.id}").text


def test_what_is_theirs_alone_is_refused(acting, user):
    for path, typed in (
        ("/account/password", {"current": PASSWORD, "password": "seven green bottles"}),
        ("/account/email", {"email": "new@example.org", "password": PASSWORD}),
        ("/account/profile", {"name": "Tim"}),
        ("/account/sign-ins/ending", {}),
        ("/account/security/app", {"password": PASSWORD}),
        ("/account/security/passkeys/options", {"name": "Phone", "password": PASSWORD}),
        ("/email/change/x", {}),
        ("/bookings/feed", {}),
        ("/wallet/gift-cards", {"code": "X"}),
        ("/checkout/B7K2QF", {}),
        ("/bookings/B7K2QF/rest", {}),
        ("/bookings/B7K2QF/move/payment", {}),
        ("/invitations/x", {}),
        ("/sell", {"name": "House"}),
    ):
        answer = acting.post(path, data=typed)
        assert answer.status_code == 403, path
        assert "theirs alone" in one(answer.text, "main").text
    assert db.session.get_one(User, user.id).version == 1
    assert acting.get("/account").status_code == 200


def test_the_list_of_what_is_refused_is_whole(app):
    """Each name in it is a route, and no route that sounds personal is missing."""
    writing = {
        rule.endpoint: rule.rule
        for rule in app.url_map.iter_rules()
        if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"} and not rule.rule.startswith("/api/")
    }
    areas = {f"{endpoint.rpartition('.')[0]}.*" for endpoint in writing}
    assert areas | set(writing) >= THEIRS_ALONE
    forbidden = {
        endpoint
        for endpoint in writing
        if endpoint in THEIRS_ALONE or f"{endpoint.rpartition('.')[0]}.*" in THEIRS_ALONE
    }
    personal = {endpoint for endpoint, path in writing.items() if PERSONAL.search(path)}
    assert personal - forbidden - OF_NOBODY == set()


def test_the_person_sees_it_in_their_own_list_and_may_end_it(acting, user, app):
    theirs = come_in(app.test_client(), user)
    page = theirs.get("/account/security").text
    assert "An admin of Bookapp who acts as you" in one(page, "#browsers").text
    assert texts(page, "#impersonations li b") == ["He cannot find his booking"]
    ending = next(form for form in select(page, "#browsers form"))
    assert theirs.post(ending["action"]).status_code == 303
    assert acting.get("/account").status_code == 303
    page = theirs.get("/account/security").text
    assert "An admin" not in one(page, "#browsers").text
    assert texts(page, "#impersonations li b") == ["He cannot find his booking"]


def test_it_costs_no_query(desk, user):
    own = token_of(desk)
    with counted() as alone:
        _actor_of(own)
    act_as(desk, user)
    with counted() as both:
        _actor_of(token_of(desk))
    assert len(alone) == len(both) == 1


def test_a_second_factor_is_taken_away_at_the_desk(desk, user):
    assert not select(desk.get(f"/desk/users/{user.id}").text, "button[value=reset_factors]")
    user.second_factor_at = clock.now()
    assert select(desk.get(f"/desk/users/{user.id}").text, "button[value=reset_factors]")
    typed = {"act": "reset_factors", "reason": "Phone in the lake"}
    assert desk.post(f"/desk/users/{user.id}/standing", data=typed).status_code == 303
    assert db.session.get_one(User, user.id).second_factor_at is None
    assert desk.post(f"/desk/users/{user.id}/standing", data={"act": "reset_factors", "reason": ""}).status_code == 422
