"""Tokens of each kind at each door of the API: a token opens what it is for, and a cookie opens nothing there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from bookapp.web.areas import Audience
from tests.security.matrix import Row, rows
from tests.security.test_matrix import letter
from tests.security.world import API, PEOPLE, World
from tests.support.databases import forgotten_afterwards

# The method decides about the scope, but a program that only reads may sign itself out.
FOR_READING = ("POST /api/v1/auth/logout",)
OPEN = ("GET /api/v1/openapi.json", "GET /api/v1/docs")
DOORS = [
    row
    for row in rows()
    if row.rule.startswith(API)
    and row.audience is not Audience.MACHINE
    and str(row) not in OPEN
    and row.answers[0] != "0"
]


@pytest.fixture(scope="module")
def world(unforgetting_app: Flask) -> Iterator[World]:
    """One for all doors."""
    with forgotten_afterwards(unforgetting_app) as app:
        yield World(app)


@pytest.fixture(scope="module")
def tokens(world: World) -> dict[str, dict[str, str]]:
    """For each person their tokens, by kind."""
    return {person: world.other_tokens(person) for person in ("customer A", "facilitator A", "owner here", "admin")}


@pytest.mark.parametrize("row", DOORS, ids=str)
def test_a_token_opens_what_it_is_for(world: World, tokens: dict[str, dict[str, str]], row: Row) -> None:
    person = next(one for one in tokens if row.answers[PEOPLE.index(one)] == "+")
    path = world.path(row.rule)
    seen = {
        kind: letter(world.ask(person, row.method, path, row.form, token=token))
        for kind, token in (*tokens[person].items(), ("cookie only", ""))
    }
    reads = row.method == "GET"
    expected = {
        "read": "+" if reads else "-",
        "write": "-" if reads else "+",
        "refresh": "d",
        "notify": "d",
        "cookie only": row.answers[0],
    }
    if str(row) in FOR_READING:
        expected["read"], expected["write"] = "+", "-"
    assert seen == expected


@pytest.mark.parametrize(
    ("scope", "status"),
    [("any house", 201), ("this house", 201), ("another house", 404), ("an account", 401), ("", 401)],
)
def test_the_notify_door_takes_its_own_tokens_only(world: World, tokens: dict, scope: str, status: int) -> None:
    token = world.facts["notify_tokens"].get(scope, tokens["admin"]["write"] if scope else "")
    news = {
        "booking_id": 101,
        "user": "Bhavin",
        "event": "Meditation Retreat",
        "facilitator_id": world.facts["facilitator_id"],
    }
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = world.visitor()
    answer = world.undone(lambda: client.post("/notify", json=news, headers=headers))
    assert answer.status_code == status
