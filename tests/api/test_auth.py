"""Opening an account and signing a program in, out, and on."""

from sqlalchemy import select

from bookapp.identity.actions import sign_out_everywhere
from bookapp.identity.models import User
from bookapp.identity.queries import actor_of
from bookapp.identity.rules import Scope
from bookapp.infra import clock
from bookapp.infra.db import db
from tests.api.calling import PASSWORD, Program, an_account
from tests.identity.people import letters


def login(client, user, **more):
    return Program(client).post("auth/login", json={"login": user.email, "password": PASSWORD, **more})


def works(client, token):
    program = Program(client)
    program.token = token
    # Signing out twice would end the family; a PUBLIC door takes a good token and refuses a bad one.
    return program.post("auth/logout").status_code


def test_a_program_signs_in_and_out(client):
    user = an_account(username="ann")
    answer = Program(client).post("auth/login", json={"login": "ann", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    said = answer.json
    assert (said["token_type"], said["expires_in"], said["refresh_expires_in"]) == ("Bearer", 1800, 604800)
    assert said["scope"] == "read write"
    program = Program(client, user)
    program.token = said["access_token"]
    gone = program.post("auth/logout")
    assert (gone.status_code, gone.data) == (204, b"")
    assert program.post("auth/logout").status_code == 401
    assert Program(client).post("auth/refresh", json={"refresh_token": said["refresh_token"]}).status_code == 401


def test_wrong_is_401_whatever_was_wrong(client):
    user = an_account()
    for asked in ({"login": user.email, "password": "wrong password"}, {"login": "nobody", "password": PASSWORD}):
        answer = Program(client).post("auth/login", json=asked)
        assert answer.status_code == 401 and answer.json["code"] == "wrong_sign_in"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_closed_account_is_403_to_who_knows_the_password(client):
    user = an_account(disabled_at=clock.now())
    assert login(client, user).status_code == 403
    assert Program(client).post("auth/login", json={"login": user.email, "password": "wrong"}).status_code == 401


def test_a_refresh_token_is_good_once_and_shown_twice_ends_the_family(client):
    first = login(client, an_account()).json
    second = Program(client).post("auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    assert second.json["access_token"] != first["access_token"]
    again = Program(client).post("auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert again.status_code == 401 and again.json["code"] == "token_gone"
    assert works(client, second.json["access_token"]) == 401
    assert Program(client).post("auth/refresh", json={"refresh_token": second.json["refresh_token"]}).status_code == 401


def test_an_access_token_refreshes_nothing_and_a_refresh_token_opens_nothing(client):
    said = login(client, an_account()).json
    assert Program(client).post("auth/refresh", json={"refresh_token": said["access_token"]}).status_code == 401
    assert works(client, said["refresh_token"]) == 401


def test_signing_out_everywhere_voids_every_token(client):
    user = an_account()
    program, other = Program(client, user), Program(client, an_account())
    sign_out_everywhere(actor_of(user), now=clock.now())
    assert program.post("auth/logout").status_code == 401
    assert other.post("auth/logout").status_code == 204


def test_scopes_are_asked_for_and_kept_when_refreshed(client):
    said = login(client, an_account(), scope="read").json
    assert said["scope"] == "read"
    again = Program(client).post("auth/refresh", json={"refresh_token": said["refresh_token"]}).json
    assert again["scope"] == "read"
    assert works(client, again["access_token"]) == 204  # reading is enough to leave
    wrong = login(client, an_account(), scope="everything")
    assert wrong.status_code == 422 and list(wrong.json["errors"]) == ["scope"]


def test_a_token_for_writing_only_does_not_read(client):
    answer = Program(client, an_account(), Scope.WRITE).post("auth/logout")
    assert answer.status_code == 403 and answer.json["code"] == "insufficient_scope"
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope",scope="read"'


def test_an_account_is_opened_once_for_one_key(client):
    asked = {"name": "Ann Example", "email": "ann@example.org", "password": PASSWORD}
    answers = [Program(client).post("auth/register", key="k-1", json=asked) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert db.session.scalars(select(User.email)).all() == ["ann@example.org"]
    assert len(letters(to="ann@example.org")) == 1
    other = Program(client).post("auth/register", key="k-1", json=asked | {"name": "Somebody Else"})
    assert other.status_code == 409 and other.json["code"] == "key_reused"
    signed_in = Program(client).post("auth/login", json={"login": "ann@example.org", "password": PASSWORD})
    assert signed_in.status_code == 200


def test_a_password_or_email_that_cannot_be_is_said_at_its_field(client):
    asked = {"name": "Ann", "email": "ann@example.org", "password": PASSWORD}
    for field, value in (("email", "no address"), ("password", "short"), ("password", "password")):
        answer = Program(client).post("auth/register", json=asked | {field: value})
        assert answer.status_code == 422 and list(answer.json["errors"]) == [field]
    assert letters() == []
