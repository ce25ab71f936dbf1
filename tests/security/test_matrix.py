"""The matrix of routes and roles (matrix.py), asked one by one in a world of its own (world.py)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from bookapp.web.areas import audience_of
from tests.security.matrix import Row, rows
from tests.security.world import PEOPLE, World, lasting_writes, path_to_nothing
from tests.support.databases import forgotten_afterwards

ROWS = list(rows())
REFUSED = {401: "d", 403: "-", 404: "0"}


@pytest.fixture(scope="module")
def world(unforgetting_app: Flask) -> Iterator[World]:
    """One for all rows: what a row changes is rolled back at once."""
    with forgotten_afterwards(unforgetting_app) as app:
        yield World(app)


def test_every_route_has_a_row_and_every_row_a_route(unforgetting_app: Flask) -> None:
    routes = {
        (audience_of(unforgetting_app, rule.endpoint), method, rule.rule)
        for rule in unforgetting_app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(row.audience, row.method, row.rule) for row in ROWS} == routes


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_role_gets_what_is_written(world: World, row: Row) -> None:
    assert len(row.answers) == len(PEOPLE), f"{row.answers}: a letter for each of {PEOPLE}"
    path, seen, changed = world.path(row.rule), "", {}
    for person in PEOPLE:
        with lasting_writes() as writes:
            answer = letter(world.ask(person, row.method, path, row.form))
        seen += answer
        if answer != "+" and writes:
            changed[person] = list(writes)
    assert seen == row.answers
    assert not changed


@pytest.mark.parametrize("row", [row for row in ROWS if "0" in row.answers and "<" in row.rule], ids=str)
def test_what_is_not_theirs_reads_as_what_never_was(world: World, row: Row) -> None:
    stranger = PEOPLE[row.answers.rindex("0")]
    theirs, never = (
        world.ask(stranger, row.method, path, row.form) for path in (world.path(row.rule), path_to_nothing(row.rule))
    )
    assert theirs.status_code == never.status_code == 404
    assert lasting(theirs) == lasting(never)


def lasting(response: TestResponse) -> str:
    """The page, without what differs between any two requests."""
    page = re.sub(r"I[\w-]{50,}\.[\w-]+\.[\w-]+", "", response.text)  # the token of its forms
    page = re.sub(r"\d\d:\d\d UTC", "", page)  # between the two a minute may pass
    return page.replace(response.headers["X-Request-ID"], "").replace(response.request.path, "")


def letter(response: TestResponse) -> str:
    """How the matrix writes this answer. An error of ours is a word, which fits nowhere."""
    if response.status_code >= 500:
        return f"<{response.status}>"
    if response.status_code == 303 and response.location.startswith("/login?next="):
        return "d"
    return REFUSED.get(response.status_code, "+")
