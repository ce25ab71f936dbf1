"""Programs that act for somebody: their tokens, how they end, and the list of them."""

import datetime as dt

import pytest
from sqlalchemy import select

from bookapp.app import _bearer_of
from bookapp.catalog.actions import grant_role
from bookapp.identity import actions
from bookapp.identity.actions.forgetting import forget_expired
from bookapp.identity.actor import SYSTEM, Grant
from bookapp.identity.errors import AccountClosed, TokenGone, WrongSignIn
from bookapp.identity.models import ApiToken
from bookapp.identity.queries import actor_of, programs_of
from bookapp.identity.rules import Scope
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.values.errors import NotFound
from tests.builders import a_venue
from tests.identity.people import ANOTHER, PASSWORD, a_person, audited, come_in
from tests.support.queries import counted
from tests.support.select import select as find

pytestmark = pytest.mark.usefixtures("app")


def issue(user, *scopes, agent="Ledger/2.1"):
    return actions.issue_tokens(user.email, PASSWORD, scopes=scopes or tuple(Scope), agent=agent, now=clock.now())


def rotate(token, now=None):
    return actions.rotate_tokens(token, now=now or clock.now())


def test_only_hashes_are_kept():
    issued = issue(a_person(), agent="x" * 1000)
    rows = db.session.scalars(select(ApiToken)).all()
    assert len(rows) == 2 and len({row.family for row in rows}) == 1
    assert not {issued.access_token, issued.refresh_token} & {row.token_hash for row in rows}
    assert {len(row.token_hash) for row in rows} == {64} and {len(row.agent) for row in rows} == {300}


def test_who_shows_a_token_costs_one_query_with_all_roles():
    user, venue = a_person(is_admin=True), a_venue()
    grant_role(SYSTEM, user_id=user.id, merchant_id=venue.merchant_id, role="manager", venue_id=venue.id)
    issued = issue(user, Scope.READ)
    with counted() as statements:
        bearer = _bearer_of(issued.access_token)
    assert len(statements) == 1
    assert (bearer.actor.user_id, bearer.actor.is_admin, bearer.actor.kind) == (user.id, True, "user")
    assert bearer.actor.grants == (Grant("manager", venue.merchant_id, venue.id),)
    assert bearer.scopes == {Scope.READ}
    assert _bearer_of(issued.refresh_token) is None and _bearer_of("nonsense") is None


@pytest.mark.parametrize(
    ("facts", "password", "refusal"),
    [
        ({}, "wrong password", WrongSignIn),
        ({"disabled_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, PASSWORD, AccountClosed),
    ],
)
def test_a_refused_program_is_noted_and_gets_nothing(facts, password, refusal):
    user = a_person(**facts)
    with pytest.raises(refusal):
        actions.issue_tokens(user.email, password, agent="", now=clock.now())
    assert audited(user) == ["user.sign_in_failed"]
    assert db.session.scalars(select(ApiToken)).all() == []


def test_the_next_pair_keeps_family_scope_and_beginning():
    user = a_person()
    first = issue(user, Scope.READ)
    (began,) = programs_of(user, now=clock.now())
    later = clock.now() + dt.timedelta(days=6)
    second = rotate(first.refresh_token, now=later)
    assert second.scopes == (Scope.READ,)
    (program,) = programs_of(user, now=later)
    assert (program.family, program.began_at, program.agent) == (began.family, began.began_at, "Ledger/2.1")
    assert program.created_at == later
    assert _bearer_of(first.access_token) is not None  # until it expires by itself
    third = rotate(second.refresh_token, now=later + dt.timedelta(days=6))
    assert third.refresh_token != second.refresh_token


def test_a_refresh_token_that_comes_twice_ends_the_family_and_no_other():
    user = a_person()
    first, other = issue(user), issue(user)
    second = rotate(first.refresh_token)
    for _ in range(2):
        with pytest.raises(TokenGone):
            rotate(first.refresh_token)
    with pytest.raises(TokenGone):
        rotate(second.refresh_token)
    assert _bearer_of(first.access_token) is None and _bearer_of(second.access_token) is None
    assert _bearer_of(other.access_token) is not None
    assert audited(user).count("user.program_token_reused") == 1
    rotate(other.refresh_token)


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_what_is_no_refresh_token_is_refused(token):
    issued = issue(a_person())
    for wrong in (token, issued.access_token):
        with pytest.raises(TokenGone):
            rotate(wrong)
    rotate(issued.refresh_token)


def test_a_refresh_token_is_good_for_a_week():
    issued = issue(a_person())
    with pytest.raises(TokenGone):
        rotate(issued.refresh_token, now=clock.now() + dt.timedelta(days=7, seconds=1))


@pytest.mark.parametrize(
    "end",
    [
        lambda user: actions.sign_out_everywhere(actor_of(user), now=clock.now()),
        lambda user: actions.change_password(
            actor_of(user), current=PASSWORD, password=ANOTHER, agent="", now=clock.now()
        ),
        lambda user: actions.disable(user.id, by=SYSTEM, reason="", now=clock.now()),
        lambda user: actions.set_admin(user.id, is_admin=True, by=SYSTEM, reason="", now=clock.now()),
    ],
    ids=["everywhere", "password", "disabled", "role"],
)
def test_what_ends_every_browser_ends_every_program(end):
    user, somebody = a_person(), issue(a_person())
    issued = issue(user)
    end(user)
    assert _bearer_of(issued.access_token) is None
    with pytest.raises(TokenGone):
        rotate(issued.refresh_token)
    assert programs_of(user, now=clock.now()) == []
    assert _bearer_of(somebody.access_token) is not None


def test_expired_tokens_are_forgotten_and_used_ones_kept_until_then():
    user = a_person()
    rotate(issue(user).refresh_token)
    now = clock.now()
    assert forget_expired(now=now + dt.timedelta(hours=1)) == 2  # both access tokens
    assert len(db.session.scalars(select(ApiToken)).all()) == 2
    assert forget_expired(now=now + dt.timedelta(days=8)) == 2


def test_a_program_is_ended_from_the_list_by_its_owner_only():
    user, stranger = a_person(), a_person()
    one, other = issue(user), issue(user)
    family = _bearer_of(one.access_token).family
    with pytest.raises(NotFound):
        actions.end_program(actor_of(stranger), family, now=clock.now())
    actions.end_program(actor_of(user), family, now=clock.now())
    assert _bearer_of(one.access_token) is None and _bearer_of(other.access_token) is not None
    with pytest.raises(NotFound):
        actions.end_program(actor_of(user), family, now=clock.now())
    assert audited(user).count("user.program_ended") == 1


def test_the_account_shows_its_programs_and_ends_one(client):
    user = a_person()
    come_in(client, user)
    assert "Ledger" not in client.get("/account/security").text
    issued = issue(user, Scope.READ)
    issue(user, agent="")
    page = client.get("/account/security").text
    shown = [one.text for one in find(page, "#programs .grow")]
    assert "Ledger/2.1" in shown[1] and "May read" in shown[1]
    assert "Unknown program" in shown[0] and "May read and change" in shown[0]
    ends = [one["action"] for one in find(page, "#programs form")]
    assert client.post(ends[1]).status_code == 303
    assert _bearer_of(issued.access_token) is None
    assert "Ledger" not in client.get("/account/security").text
    assert client.post(ends[1]).status_code == 404
