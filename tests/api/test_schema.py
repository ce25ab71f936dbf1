"""Every answer of the API against its own description, asked by three roles with whatever the description allows,
and with what it does not: no error of ours, no status and no field that is not described.

`make torture` asks more of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    CHECKS,
    load_all_checks,
)

from bookapp.api.views.description import described
from tests.security.world import World
from tests.support.databases import forgotten_afterwards

EXAMPLES = 3
ALLOWED, NOT_ALLOWED = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
# Who may enter everywhere is asked what is not allowed: the others would be turned away for what they are.
ASKED = (("nobody", ALLOWED), ("customer A", ALLOWED), ("admin", ALLOWED), ("admin", NOT_ALLOWED))
load_all_checks()
# The test client of a WSGI application does not unpack what was packed on the wire.
PLAIN = {"Accept-Encoding": "identity"}
PROMISES = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    ]
)


@pytest.fixture(scope="module")
def world(unforgetting_app: Flask) -> Iterator[World]:
    """One for all questions: what an answer changes is rolled back at once."""
    with forgotten_afterwards(unforgetting_app) as app:
        yield World(app)


@pytest.fixture(scope="module")
def doors(world: World, unforgetting_app: Flask) -> Any:
    """The description, as others read it."""
    with unforgetting_app.test_request_context("/"):
        # The role brings its token along: nothing is to be tried in its place.
        described_without_tokens = deepcopy(described())
    for doors in described_without_tokens["paths"].values():
        for door in doors.values():
            if isinstance(door, dict):
                door.pop("security", None)
    found = schemathesis.openapi.from_dict(described_without_tokens)
    found.app = unforgetting_app
    return found


@pytest.mark.parametrize(("role", "mode"), ASKED, ids=lambda value: str(getattr(value, "value", value)))
def test_every_answer_is_as_described(world: World, doors: Any, role: str, mode: GenerationMode) -> None:
    assert_as_described(world, doors, role, mode, examples=EXAMPLES)


def assert_as_described(world: World, doors: Any, role: str, mode: GenerationMode, *, examples: int) -> None:
    """Ask every door so many times; what is wrong with any of them is told at the end."""
    wrong = []
    for found in doors.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), real=st.randoms(use_true_random=False))
        def asked(case: Case, real: Any) -> None:
            if mode is ALLOWED:
                name_real_things(case, world, real)
            # A field the address does not know, with nothing in it, is not in the address.
            assume(not any(value in ([], {}, None) for value in dict(case.query or {}).values()))
            case.validate_response(world.undone(lambda: case.call(headers=world.bearer(role) | PLAIN)), checks=PROMISES)

        try:
            asked()
        except Unsatisfiable:
            pass  # what takes nothing cannot be asked wrongly
        except Exception as problem:
            wrong.append(f"{operation.label}: {problem}")
    assert not wrong, "\n\n".join(wrong)


def name_real_things(case: Case, world: World, real: Any) -> None:
    """Mostly ask about what is there: a number out of the air leads no further than 404."""
    for values in (case.path_parameters, case.query, case.body):
        if isinstance(values, dict):
            for name in values.keys() & REAL.keys():
                if real.random() < 0.8:
                    fact = world.facts[REAL[name]]
                    values[name] = fact if isinstance(fact, int) else str(fact)


REAL = {
    "ref": "ref", "booking_ref": "ref", "session_id": "session_id", "facilitator_id": "facilitator_id",
    "room_id": "room", "venue_id": "venue_id", "payment_id": "key", "participant_id": "participant_id",
}  # fmt: skip
