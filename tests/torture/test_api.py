"""The API against its own description, with many more questions than `make test` asks."""

from __future__ import annotations

import pytest

from tests.api.test_schema import ASKED, assert_as_described, doors, world

__all__ = ["doors", "world"]

pytestmark = pytest.mark.torture


@pytest.mark.parametrize(("role", "mode"), ASKED)
def test_200_questions_at_every_door(world, doors, role, mode):
    assert_as_described(world, doors, role, mode, examples=200)
