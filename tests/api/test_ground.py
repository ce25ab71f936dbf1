"""What all doors of the API have in common: who comes in, what is read, what is refused, and how."""

import datetime as dt
import json

import pytest
import time_machine
from marshmallow import ValidationError
from sqlalchemy import update

from bookapp.api.schemas.base import Answer, Input
from bookapp.api.schemas.fields import Flag, Instant, Line, Text, Whole, Words
from bookapp.api.schemas.money import MoneyInput, MoneySchema
from bookapp.identity.actions import sign_out_everywhere
from bookapp.identity.models import ApiToken, User
from bookapp.identity.queries import actor_of
from bookapp.identity.rules import Scope
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.values.money import Money
from config import Settings
from tests.api.calling import PASSWORD, Program, an_account
from tests.builders import a_room
from tests.identity.people import come_in

LOGIN = {"login": "ann@example.org", "password": PASSWORD}


def post(client, data, content_type="application/json", path="auth/login"):
    return Program(client).post(path, data=data, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[1,",
        b"nonsense",
        b'{"login": NaN}',
        b"\xff\xfe",
        b'{"login": "\xe9"}',
        b"[" * 100_000,
        b"1" * 5000 + b"x",
    ],
)
def test_what_is_no_json_is_400(client, body):
    answer = post(client, body)
    assert answer.status_code == 400 and answer.json["code"] == "http_400"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_type_is_415(client, content_type):
    assert post(client, json.dumps(LOGIN).encode(), content_type).status_code == 415


def test_json_may_call_itself_by_a_longer_name(client):
    an_account(email="ann@example.org")
    assert post(client, json.dumps(LOGIN), "application/vnd.bookapp+json; charset=utf-8").status_code == 200


def test_nothing_at_all_is_an_empty_object(client):
    answer = Program(client).post("auth/login")
    assert answer.status_code == 422
    assert answer.json["errors"] == {"login": "Please fill this in.", "password": "Please fill this in."}


@pytest.mark.parametrize("body", ["[]", "null", '"text"', "1", "[[]]"])
def test_what_is_no_object_is_said_of_the_body(client, body):
    answer = post(client, body)
    assert answer.status_code == 422 and answer.json["errors"] == {"body": "Please give an object."}


def test_an_unknown_field_is_422(client):
    answer = Program(client).post("auth/login", json={**LOGIN, "is_admin": True})
    assert answer.status_code == 422 and answer.json["errors"] == {"is_admin": "There is no such field here."}


@pytest.mark.parametrize("login", ["ann\x00", "a\nb", "\ud800", "", "   ", 5, None, ["ann"], "x" * 255, "\u202eann"])
def test_a_text_that_cannot_be_is_said_at_its_field(client, login):
    answer = Program(client).post("auth/login", json={"login": login, "password": "x"})
    assert answer.status_code == 422 and list(answer.json["errors"]) == ["login"]


@pytest.mark.parametrize("password", ["\x00", "a\ud800", "", "x" * 1001])
def test_a_secret_that_cannot_be_hashed_is_said_at_its_field(client, password):
    answer = Program(client).post("auth/login", json={"login": "ann", "password": password})
    assert answer.status_code == 422 and list(answer.json["errors"]) == ["password"]


def test_too_large_is_413(client):
    assert post(client, b" " * (512 * 1024 + 1)).status_code == 413


def test_what_is_not_there_and_not_for_this_method(client):
    program = Program(client)
    assert program.get("nothing").status_code == 404
    answer = program.call("DELETE", "rooms")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "header", ["Basic YTpi", "Bearer", "Bearer ", "bearer nonsense", "nonsense", "Bearer " + "x" * 300]
)
def test_a_token_that_is_none_is_401_also_where_none_is_needed(client, header):
    answer = client.get("/api/v1/rooms", headers={"Authorization": header})
    assert answer.status_code == 401 and answer.json["code"] == "invalid_token"
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert answer.content_type == "application/problem+json"


def test_without_a_token_one_is_told_to_bring_one_and_no_cookie_counts(client):
    user = an_account()
    come_in(client, user)
    assert client.get("/account").status_code == 200
    answer = Program(client).post("auth/logout")
    assert answer.status_code == 401 and answer.json["code"] == "not_signed_in"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "Set-Cookie" not in answer.headers
    assert client.get("/account").status_code == 200  # still signed in there


@pytest.mark.parametrize(
    "change",
    [
        update(ApiToken).values(ended_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        update(ApiToken).values(expires_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        update(ApiToken).values(kind="refresh"),
        update(User).values(version=User.version + 1),
        update(User).values(disabled_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
    ],
    ids=["ended", "expired", "kind", "version", "closed"],
)
def test_a_token_that_is_over_opens_nothing(client, change):
    program = Program(client, an_account())
    assert program.get("rooms").status_code == 200
    db.session.execute(change)
    assert program.get("rooms").status_code == 401


def test_a_token_for_reading_does_not_write(client):
    reader, writer = Program(client, an_account(), Scope.READ), Program(client, an_account(), Scope.WRITE)
    assert reader.get("rooms").status_code == 200
    refused = reader.post("bookings", json={"session_id": 1})
    assert refused.status_code == 403 and 'scope="write"' in refused.headers["WWW-Authenticate"]
    assert writer.get("rooms").status_code == 403


def test_what_was_answered_to_somebody_is_kept_by_nobody(client):
    program, user = Program(client), an_account()
    assert Program(client, user).get("rooms").headers["Cache-Control"] == "no-store"
    public = program.get("rooms")
    assert public.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in public.headers["Vary"]
    assert "Set-Cookie" not in public.headers


@pytest.mark.parametrize("key", ["", "x" * 101, "a b", "ü", "a\tb"])
def test_a_key_that_is_none_is_said(client, key):
    asked = {"name": "Ann", "email": "ann@example.org", "password": PASSWORD}
    answer = Program(client).call("POST", "auth/register", headers={"Idempotency-Key": key}, json=asked)
    assert answer.status_code == 422 and list(answer.json["errors"]) == ["Idempotency-Key"]


def test_a_key_is_its_callers_own(client):
    asked = {"name": "Ann", "email": "ann@example.org", "password": PASSWORD}
    here = Program(client).post("auth/register", key="1", json=asked, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    there = Program(client).post(
        "auth/register", key="1", json=asked | {"email": "bob@example.org"}, environ_base={"REMOTE_ADDR": "192.0.2.2"}
    )
    assert (here.status_code, there.status_code) == (201, 201)


@pytest.fixture
def origins(app):
    """Pages of https://shop.example may use the API, in this application."""
    from bookapp.app import create_app
    from tests.support.client import Client

    settings = app.extensions["bookapp.settings"]
    made = create_app(Settings.from_env({
        "BOOKAPP_ENV": "test", "DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url,
        "CORS_ORIGINS": "https://shop.example", "RATE_LIMITS": "off",
    }))  # fmt: skip
    made.test_client_class = Client
    return made.test_client()


def test_pages_of_named_origins_may_use_the_api_and_nothing_else(origins):
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    preflight = origins.options("/api/v1/bookings", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    for header in ("Authorization", "Content-Type", "Idempotency-Key"):
        assert header in preflight.headers["Access-Control-Allow-Headers"]
    answer = origins.get("/api/v1/nothing", headers={"Origin": "https://shop.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    for path, origin in (("/login", "https://shop.example"), ("/api/v1/nothing", "https://evil.example")):
        assert "Access-Control-Allow-Origin" not in origins.get(path, headers={"Origin": origin}).headers


def test_without_a_setting_no_other_origin_may(client):
    answer = client.options("/api/v1/rooms", headers={"Origin": "https://shop.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


class Sent(Input):
    count = Whole(low=-5, high=5)
    flag = Flag()
    at = Instant()
    text = Text(longest=10)
    line = Line(least=3, longest=5)
    words = Words(most=2)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"count": "1"}, "count"), ({"count": True}, "count"), ({"count": 1.5}, "count"), ({"count": 6}, "count"),
        ({"count": 1e400}, "count"), ({"flag": 1}, "flag"), ({"flag": "true"}, "flag"), ({"at": 5}, "at"),
        ({"at": "2026-11-24T14:00:00"}, "at"), ({"at": "2026-02-30T14:00:00Z"}, "at"),
        ({"at": "1999-01-01T00:00Z"}, "at"), ({"text": "x" * 11}, "text"), ({"line": "ab"}, "line"),
        ({"words": "a,b"}, "words"), ({"words": list("abc")}, "words"), ({"words": ["a", 5]}, "words"),
    ],
)  # fmt: skip
def test_json_is_taken_as_it_is_described(sent, field):
    assert list(Sent().validate(sent)) == [field]


def test_what_was_sent_comes_typed():
    sent = {"count": 5.0, "flag": False, "at": "2026-11-24T14:00:00+01:00", "text": " a\r\nb ", "line": "abc"}
    assert Sent().load(sent | {"words": ["a"]}) == {
        "count": 5,
        "flag": False,
        "at": dt.datetime(2026, 11, 24, 13, tzinfo=dt.UTC),
        "text": "a\nb",
        "line": "abc",
        "words": ["a"],
    }


@pytest.mark.parametrize(
    ("money", "said"),
    [
        (Money(26250, "EUR"), {"amount": "262.50", "currency": "EUR"}),
        (Money(0, "EUR"), {"amount": "0.00", "currency": "EUR"}),
        (Money(-5, "EUR"), {"amount": "-0.05", "currency": "EUR"}),
        (Money(500, "JPY"), {"amount": "500", "currency": "JPY"}),
        (Money(1250, "KWD"), {"amount": "1.250", "currency": "KWD"}),
        (Money(10**11, "EUR"), {"amount": "1000000000.00", "currency": "EUR"}),
    ],
)
def test_money_is_exact_both_ways(money, said):
    assert MoneySchema().dump(money) == said
    assert MoneyInput().load(said) == money


@pytest.mark.parametrize("amount", ["1.005", "1e3", "", "1,50", "Infinity", 5, None])
def test_an_amount_that_cannot_be_is_refused(amount):
    with pytest.raises(ValidationError) as refused:
        MoneyInput().load({"amount": amount, "currency": "EUR"})
    assert list(refused.value.messages) == ["amount"]


def test_an_amount_has_no_more_decimals_than_its_currency():
    with pytest.raises(ValidationError):
        MoneyInput().load({"amount": "1.5", "currency": "JPY"})
    assert list(MoneyInput().validate({"amount": "1", "currency": "eur"})) == ["currency"]


def test_an_answer_that_forgets_a_field_is_noticed():
    class Said(Answer):
        text = Line()

    with pytest.raises(LookupError, match="has no text"):
        Said().dump({})


def test_an_access_token_lasts_half_an_hour_and_a_refresh_token_a_week(client):
    user = an_account()
    said = Program(client).post("auth/login", json={"login": user.email, "password": PASSWORD}).json
    kinds = dict(db.session.execute(db.select(ApiToken.kind, ApiToken.expires_at - ApiToken.created_at)).all())
    assert kinds == {"access": dt.timedelta(minutes=30), "refresh": dt.timedelta(days=7)}
    with time_machine.travel(clock.now() + dt.timedelta(days=7, seconds=1)):
        late = Program(client).post("auth/refresh", json={"refresh_token": said["refresh_token"]})
    assert late.status_code == 401
    sign_out_everywhere(actor_of(user), now=clock.now())
    assert Program(client).post("auth/refresh", json={"refresh_token": said["refresh_token"]}).status_code == 401


def test_bookapp_reads_a_token_with_one_query_more(client):
    from tests.support.queries import counted

    room_id, program = a_room().id, Program(client, an_account())
    Program(client).get(f"rooms/{room_id}")
    with counted() as without:
        Program(client).get(f"rooms/{room_id}")
    with counted() as withal:
        program.get(f"rooms/{room_id}")
    assert len(withal) == len(without) + 1
