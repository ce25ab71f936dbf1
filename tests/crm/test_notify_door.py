"""POST /notify: what a program is answered, and what stands in the inbox afterwards."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bookapp.app import create_app
from bookapp.catalog.actions import grant_role
from bookapp.crm.actions.inbox import store
from bookapp.crm.actions.tokens import make_token, revoke_token
from bookapp.crm.models import Notification, NotifyToken
from bookapp.crm.queries.tokens import own_token
from bookapp.crm.rules.notify import Notice, Sender, platform_token
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock, limits
from bookapp.infra.db import db
from bookapp.infra.settings import current_settings
from config import Settings
from tests.builders import a_facilitator, a_merchant, a_user
from tests.support.client import Client
from tests.support.databases import Servers, application_of_its_own, settings_for


def a_token(merchant_id: int | None = None, key: str = "a-key-of-a-form") -> str:
    return make_token(SYSTEM, name="Studio kiosk", merchant_id=merchant_id, key=key)


def a_body(facilitator_id: int, **more: Any) -> dict[str, Any]:
    return {"booking_id": 101, "user": "Bhavin", "event": "Meditation Retreat", "facilitator_id": facilitator_id} | more


def post(client: Client, body: Any, *, token: str | None = None, **headers: str) -> TestResponse:
    """As a program posts it; headers are written with underscores."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post("/notify", data=data, content_type=sent.pop("Content-Type", "application/json"), headers=sent)


def stored() -> int:
    return db.session.scalar(select(func.count()).select_from(Notification)) or 0


def test_what_is_told_is_stored_and_the_same_again_is_not(client: Client) -> None:
    host, token = a_facilitator(), a_token()
    first, second = (post(client, a_body(host.id), token=token) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert first.json is not None
    assert {name: first.json[name] for name in ("booking_id", "user", "event", "facilitator_id", "kind")} == {
        "booking_id": 101, "user": "Bhavin", "event": "Meditation Retreat", "facilitator_id": host.id,
        "kind": "confirmed",
    }  # fmt: skip
    assert first.json["created_at"].endswith("+00:00")
    # Another kind, booking, person or sender is another thing.
    for body in (a_body(host.id, kind="moved"), a_body(host.id, booking_id=102), a_body(a_facilitator().id)):
        assert post(client, body, token=token).status_code == 201
    assert post(client, a_body(host.id), token=a_token(key="another-form")).status_code == 201
    assert stored() == 5
    # Words are not what makes it the same.
    assert post(client, a_body(host.id, user="Bhavin P."), token=token).json == first.json


def test_a_key_says_what_is_the_same(client: Client) -> None:
    host, token = a_facilitator(), a_token()
    first = post(client, a_body(host.id), token=token, Idempotency_Key="one")
    assert first.status_code == 201
    again = post(client, a_body(host.id), token=token, Idempotency_Key="one")
    assert (again.status_code, again.json) == (200, first.json)
    assert post(client, a_body(host.id), token=token, Idempotency_Key="two").status_code == 201
    other = post(client, a_body(host.id, booking_id=7), token=token, Idempotency_Key="one")
    assert (other.status_code, other.json and other.json["code"]) == (409, "key_reused")
    assert post(client, a_body(host.id), token=token).status_code == 201, "without a key it is another thing again"
    assert post(client, a_body(host.id), token=a_token(key="other"), Idempotency_Key="one").status_code == 201
    assert stored() == 4


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer nobodys", "Bearer " + "x" * 300])
def test_without_a_valid_token_nothing_is_read(client: Client, header: str) -> None:
    answer = client.post("/notify", data="{", content_type="text/plain", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.content_type == "application/problem+json"


def test_a_revoked_token_is_none(client: Client) -> None:
    token, host = a_token(), a_facilitator()
    assert post(client, a_body(host.id), token=token).status_code == 201
    made = db.session.scalars(select(NotifyToken)).one()
    assert made.last_used_at is not None
    revoke_token(SYSTEM, made.id, now=clock.now())
    assert post(client, a_body(host.id), token=token).status_code == 401


def test_the_application_has_a_token_of_its_own(client: Client) -> None:
    host = a_facilitator()
    assert post(client, a_body(host.id), token=own_token()).status_code == 201
    assert post(client, a_body(host.id), token=own_token()).status_code == 200
    secret = current_settings().secret_key
    assert own_token() == platform_token(None, secret) != platform_token(None, secret + "x")
    assert platform_token("given by the operator", secret) == "given by the operator"
    assert db.session.scalar(select(func.count()).select_from(NotifyToken)) == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b"null", b"\xff{}", b'{"booking_id": NaN}', b"[" * 9000, b'{"a": ' + b"9" * 5000]
)
def test_what_is_no_json_object_is_malformed(client: Client, body: bytes) -> None:
    assert post(client, body, token=a_token()).status_code == 400


def test_another_type_and_too_much_of_it_are_refused(client: Client) -> None:
    token, host = a_token(), a_facilitator()
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert post(client, a_body(host.id), token=token, Content_Type=content_type).status_code == 415
    assert post(client, a_body(host.id, user="x" * 17_000), token=token).status_code == 413
    assert client.get("/notify").status_code == 405
    assert stored() == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("booking_id", "101"), ("booking_id", 0), ("booking_id", -1), ("booking_id", 1.5), ("booking_id", True),
        ("booking_id", None), ("booking_id", 2**63), ("user", ""), ("user", "  "), ("user", 7), ("user", "x" * 201),
        ("user", "a\x00b"), ("user", "\ud800"), ("event", ["x"]), ("event", "a\u202eb"), ("facilitator_id", "2"),
        ("kind", "deleted"), ("kind", None), ("kind", ["moved"]), ("admin", True),
    ],
)  # fmt: skip
def test_each_field_says_what_is_wrong_with_it(client: Client, name: str, value: object) -> None:
    answer = post(client, a_body(a_facilitator().id) | {name: value}, token=a_token())
    assert answer.status_code == 422
    assert answer.json is not None
    assert list(answer.json["errors"]) == [name]
    assert stored() == 0


def test_every_missing_field_is_named_and_a_key_must_be_one(client: Client) -> None:
    token = a_token()
    answer = post(client, {}, token=token)
    assert answer.json is not None
    assert set(answer.json["errors"]) == {"booking_id", "user", "event", "facilitator_id"}
    for key in ("", "x" * 201, "caf\xe9"):
        answer = post(client, a_body(a_facilitator().id), token=token, Idempotency_Key=key)
        assert (answer.status_code, list((answer.json or {})["errors"])) == (422, ["Idempotency-Key"])


def test_a_merchants_token_reaches_its_own_people_only(client: Client) -> None:
    house = a_merchant()
    token = a_token(house.id)
    ours, theirs, guest = a_facilitator(house), a_facilitator(), a_facilitator(user_id=a_user().id)
    grant_role(SYSTEM, user_id=guest.user_id, merchant_id=house.id, role="facilitator")
    unknown = post(client, a_body(999_999), token=token)
    refused = post(client, a_body(theirs.id), token=token)
    assert (unknown.status_code, refused.status_code) == (404, 404)
    assert {k: v for k, v in (unknown.json or {}).items() if k != "request_id"} == {
        k: v for k, v in (refused.json or {}).items() if k != "request_id"
    }, "not theirs reads as not there"
    assert post(client, a_body(ours.id), token=token).status_code == 201
    assert post(client, a_body(guest.id), token=token).status_code == 201


def test_a_token_has_its_own_count_of_calls(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.NOTIFY == "600/minute"
    monkeypatch.setattr(limits, "NOTIFY", "3/minute")
    monkeypatch.setattr(limits.limiter, "_storage_dead", False)
    environment = settings_for(
        servers.folder / "notify", servers.fresh_database(), servers.fresh_redis(), RATE_LIMITS="on"
    )
    limited = create_app(Settings.from_env(environment)).test_client()
    answers = [limited.post("/notify", headers={"Authorization": "Bearer one"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert limited.post("/notify", headers={"Authorization": "Bearer other"}).status_code == 401


def test_twenty_at_once_are_one(servers: Servers, tmp_path: Path) -> None:
    with application_of_its_own(servers, tmp_path) as app:
        host = a_facilitator()
        db.session.commit()
        notice = Notice(1, "Bhavin", "Retreat", host.id)
        for key in (None, "one key"):
            assert sorted(at_once(app, notice, key)) == [False] * 19 + [True]
        assert stored() == 2


def at_once(app: Flask, notice: Notice, key: str | None) -> list[bool]:
    """Whether it was new, of twenty who tell the same at the same moment."""
    begin, found = threading.Barrier(20), []

    def tell() -> None:
        with app.app_context():
            begin.wait(30)
            found.append(store(Sender(), notice, key=key, now=clock.now())[1])

    threads = [threading.Thread(target=tell) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found
