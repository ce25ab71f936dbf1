"""One line per request and per job, with everything needed to find it again and nothing that must not be kept."""

import json
import logging

import pytest
import structlog
from sqlalchemy.exc import IntegrityError, OperationalError

from bookapp.infra.logging import REMOVED, configure, request_id, safe_text, scrub
from config import Settings

CANARIES = (
    "Bearer abc.def.ghi",
    "sk_live_51Habcdefghijk",
    "whsec_abcdefghijklmno",
    "ada@example.org",
    "postgresql://bookapp:hunter2@db/bookapp",
    "https://x/manage?token=abcdef123456",
    "dGhpc0lzQVZlcnlMb25nUmFuZG9tVG9rZW4x",
    "0123456789abcdef0123456789abcdef",
)


@pytest.mark.parametrize("canary", CANARIES)
def test_secrets_are_removed_by_their_look(canary):
    event = scrub(None, "info", {"event": "x", "note": f"see {canary} there", "deep": {"list": [canary]}})
    secret = canary.split("://")[-1].split("@")[0].split(" ")[-1]
    assert secret not in json.dumps(event) or secret == "x/manage"
    assert "see" in event["note"] and "there" in event["note"]
    assert REMOVED in event["note"]


@pytest.mark.parametrize(
    "name", ["password", "new_password", "csrf_token", "Authorization", "cookie", "api_key", "Stripe-Signature", "card"]
)
def test_secrets_are_removed_by_their_name(name):
    assert scrub(None, "info", {"event": "x", name: "abc", "form": {name: "abc"}}) == {
        "event": "x",
        name: REMOVED,
        "form": {name: REMOVED},
    }


def test_what_says_something_is_kept():
    event = {
        "event": "request", "path": "/rooms/the-large-hall-with-the-long-name-by-the-river", "ms": 3.2, "user_id": 7,
        "request_id": "0123456789abcdef0123456789abcdef", "error_code": "conflict", "discarded": "yes",
    }  # fmt: skip
    assert scrub(None, "info", dict(event)) == event


@pytest.mark.parametrize("offered", ["abcdef12", "req-1.2_3", "0" * 64])
def test_a_sane_request_id_is_taken_over(offered):
    assert request_id(offered) == offered


@pytest.mark.parametrize("offered", [None, "", "short", "x" * 65, "a b c d e f g", "abcdefgh\nevil", "<script>alert"])
def test_any_other_is_replaced(offered):
    assert request_id(offered) != offered
    assert len(request_id(offered)) == 16


class Original(Exception):
    pgcode = "23505"

    class diag:  # noqa: N801 - psycopg2's own spelling
        constraint_name = "uq_user_account_email"


def test_an_error_is_told_without_values():
    taken = IntegrityError("INSERT", {}, Original("Key (email)=(ada@example.org) already exists."))
    assert safe_text(taken) == "IntegrityError 23505 uq_user_account_email"
    assert safe_text(OperationalError("SELECT", {}, Exception("host=db user=x"))) == "OperationalError"
    assert safe_text(ValueError("bad  ada@example.org\nline")) == f"ValueError: bad {REMOVED} line"
    assert safe_text(KeyError()) == "KeyError"
    assert len(safe_text(ValueError("x y " * 1000))) == 500


@pytest.fixture
def said(capsys):
    """What is written to standard output, as JSON or as text."""
    before = structlog.get_config()
    handlers = list(logging.getLogger().handlers)

    def speak(log_format, speak_up):
        configure(Settings.from_env({"LOG_FORMAT": log_format}), "web")
        speak_up()
        return [line for line in capsys.readouterr().out.splitlines() if line]

    yield speak
    structlog.configure(**before)
    logging.getLogger().handlers[:] = handlers


def test_a_line_of_json_has_time_level_service_and_request(said):
    def speak_up():
        with structlog.contextvars.bound_contextvars(request_id="req-12345"):
            structlog.get_logger("bookapp.x").warning("something", amount=3)

    (line,) = said("json", speak_up)
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "something", "amount": 3, "level": "warning", "service": "web", "request_id": "req-12345",
    }  # fmt: skip


def test_libraries_speak_the_same_way(said):
    def speak_up():
        try:
            raise ValueError("ada@example.org")
        except ValueError:
            logging.getLogger("some.library").exception("it broke for %s", "bob@example.org")
        logging.getLogger("werkzeug").info("noise")

    (line,) = said("json", speak_up)
    event = json.loads(line)
    assert event["event"] == f"it broke for {REMOVED}"
    assert event["error"] == f"ValueError: {REMOVED}"
    assert event["where"] and "test_logging.py" in event["where"][-1]
    assert "example.org" not in line


def test_while_developing_people_read_it(said):
    (line,) = said("text", lambda: structlog.get_logger("bookapp.x").info("hello", amount=3))
    assert "hello" in line and "amount" in line and not line.startswith("{")
