"""What one action is: one transaction, tried again when it lost against another, never when a rule was broken."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from bookapp.catalog.models import Resource
from bookapp.infra.db import action, db
from bookapp.values.errors import NotPossibleNow, Unavailable

pytestmark = pytest.mark.usefixtures("app")


class Lost(Exception):
    """What psycopg2 raises, as far as an action looks at it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.pgcode = code


def kinds() -> list[str]:
    """The resources that were kept."""
    return list(db.session.scalars(select(Resource.kind)))


def failing(code: str, times: int):
    """An action that writes, then loses `times` times with that code."""
    left = [times]

    @action
    def verb() -> str:
        db.session.add(Resource(kind="room"))
        db.session.flush()
        if left[0]:
            left[0] -= 1
            raise DBAPIError("SELECT 1", None, Lost(code))
        return "done"

    return verb


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
def test_a_lost_race_is_run_again_as_a_whole(code: str) -> None:
    assert failing(code, 2)() == "done"
    assert kinds() == ["room"]


def test_three_lost_races_are_a_refusal_and_nothing_is_kept() -> None:
    with pytest.raises(Unavailable):
        failing("40P01", 3)()
    assert kinds() == []


def test_a_broken_constraint_is_not_tried_again() -> None:
    verb = failing("23P01", 1)
    with pytest.raises(DBAPIError):
        verb()
    assert kinds() == []
    assert verb() == "done"


def test_a_refusal_undoes_everything() -> None:
    @action
    def refuse() -> None:
        db.session.add(Resource(kind="room"))
        db.session.flush()
        raise NotPossibleNow

    with pytest.raises(NotPossibleNow):
        refuse()
    assert kinds() == []


def test_an_action_within_an_action_joins_it() -> None:
    @action
    def inner() -> None:
        db.session.add(Resource(kind="person"))

    @action
    def outer() -> None:
        inner()
        db.session.add(Resource(kind="nothing like that"))

    with pytest.raises(IntegrityError):
        outer()
    assert kinds() == []
    inner()
    assert kinds() == ["person"]
