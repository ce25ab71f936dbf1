"""/desk/tokens: made by admins, shown once, revoked for good."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from bookapp.audit.models import AuditEntry
from bookapp.crm.actions.tokens import make_token, revoke_token
from bookapp.crm.models import NotifyToken
from bookapp.crm.queries.tokens import sender_of
from bookapp.crm.rules.notify import Sender
from bookapp.infra.db import db
from bookapp.infra.idempotency import KeyReused
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_merchant, a_user, actor_of
from tests.builders.booking import NOW
from tests.builders.staff import an_owner_of
from tests.support.client import Client
from tests.support.staff import sign_in

FORM = {"name": "Studio kiosk", "idempotency_key": "one-form-shown"}


def told_of(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_a_token_is_shown_once_and_opens_the_door(client: Client) -> None:
    admin = sign_in(client, is_admin=True)
    house = a_merchant()
    answer = client.post("/desk/tokens", data=FORM | {"merchant": str(house.id)})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    shown = re.search(r'id="made">([\w-]+)<', answer.text)
    assert shown
    made = db.session.scalars(select(NotifyToken)).one()
    assert sender_of(shown[1]) == Sender(made.id, house.id)
    assert (made.name, made.made_by) == ("Studio kiosk", admin.id)
    later = client.get("/desk/tokens").text
    assert shown[1] not in later
    assert "Studio kiosk" in later
    assert "never" in later
    (entry,) = told_of("notify_token.made")
    assert (entry.user_id, entry.subject, entry.facts) == (
        admin.id, f"notify_token:{made.id}", {"merchant_id": house.id}
    )  # fmt: skip


def test_the_same_form_twice_is_one_token_and_shows_it_both_times(client: Client) -> None:
    sign_in(client, is_admin=True)
    first, second = (client.post("/desk/tokens", data=FORM) for _ in range(2))
    tokens = {re.search(r'id="made">([\w-]+)<', answer.text)[1] for answer in (first, second)}  # type: ignore[index]
    assert len(tokens) == 1
    assert db.session.scalar(select(func.count()).select_from(NotifyToken)) == 1
    assert sender_of(tokens.pop()).merchant_id is None  # type: ignore[union-attr]
    assert client.post("/desk/tokens", data=FORM | {"name": "Another"}).status_code == 409


def test_what_is_typed_wrong_comes_back(client: Client) -> None:
    sign_in(client, is_admin=True)
    for form in ({"name": ""}, {"name": "x" * 61}, {"name": "Kiosk", "merchant": "999999"}):
        answer = client.post("/desk/tokens", data=FORM | form)
        assert answer.status_code == 422
        assert form["name"] in answer.text
    assert told_of("notify_token.made") == []


def test_a_revoked_token_stays_in_the_list_and_opens_nothing(client: Client) -> None:
    admin = sign_in(client, is_admin=True)
    token = make_token(actor_of(admin), name="Old kiosk", merchant_id=None, key="one-form-shown")
    made = db.session.scalars(select(NotifyToken)).one()
    for _ in range(2):
        answer = client.post(f"/desk/tokens/{made.id}/revocation")
        assert (answer.status_code, answer.location) == (303, "/desk/tokens")
    assert sender_of(token) is None
    assert "Revoked" in client.get("/desk/tokens").text
    assert len(told_of("notify_token.revoked")) == 1
    assert client.post("/desk/tokens/999999/revocation").status_code == 404


def test_only_admins_make_and_revoke(app: Flask) -> None:
    house = a_merchant()
    admin = a_user(is_admin=True)
    make_token(actor_of(admin), name="Kiosk", merchant_id=house.id, key="one-form-shown")
    made = db.session.scalars(select(NotifyToken)).one()
    with pytest.raises(NotAllowed):
        make_token(an_owner_of(house), name="Mine", merchant_id=house.id, key="another-form")
    with pytest.raises(NotAllowed):
        revoke_token(an_owner_of(house), made.id, now=NOW)
    with pytest.raises(NotFound):
        revoke_token(actor_of(admin), 999_999, now=NOW)
    with pytest.raises(NotValid):
        make_token(actor_of(admin), name="Nobody's", merchant_id=999_999, key="third-form")
    with pytest.raises(KeyReused):
        make_token(actor_of(admin), name="Other", merchant_id=None, key="one-form-shown")
