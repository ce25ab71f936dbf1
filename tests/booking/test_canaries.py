"""Nothing personal in the log: canary values through every form on the way to a booking, and out of it again."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from structlog.stdlib import ProcessorFormatter

from bookapp.audit.models import AuditEntry
from bookapp.booking.models import Booking
from bookapp.booking.queries import manage_url
from bookapp.infra.db import db
from bookapp.infra.logging import configure
from bookapp.infra.outbox import OutboxRow
from bookapp.infra.settings import EXTENSION
from bookapp.payments.models import Payment
from tests.builders.booking import NOW, an_open_room
from tests.support.client import Client

CANARIES = {
    "name": "Canary Vogelsang",
    "email": "canary.bird@example.org",
    "phone": "+49 30 55501234",
    "notes": "canary notes: allergic to cats",
    "companions": "Canary Companion, canary.friend@example.org",
}
REASON = "canary reason: a funeral"


@pytest.fixture
def log(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged, as it would be written in production."""
    # Whoever made an application last in this process has decided how all of it is written.
    configure(app.extensions[EXTENSION], "web")
    heard, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(heard)
    handler.setFormatter(next(one.formatter for one in root.handlers if isinstance(one.formatter, ProcessorFormatter)))
    monkeypatch.setattr(root, "handlers", [handler])
    monkeypatch.setattr(root, "level", logging.DEBUG)
    with time_machine.travel(NOW, tick=False):
        yield heard


def test_no_name_address_note_or_link_of_a_booking_is_logged(
    client: Client, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = an_open_room()
    answers = []

    def send(method: str, path: str, **fields: str) -> str:
        answer = client.open(path, method=method, data=fields or None, buffered=True)
        answer.close()  # what the log waits for
        answers.append(answer.status_code)
        return answer.location or ""

    checkout = send("POST", "/hold", kind="room", room=room.slug, date="2027-03-08", **{"from": "09:00", "to": "11:00"})
    ref = checkout.rpartition("/")[2]
    send("POST", checkout, **(CANARIES | {"email": "canary.bird@"}))
    page = send("POST", checkout, **CANARIES)
    back = send("POST", page, answer="pay")
    send("GET", re.sub(r"^https?://[^/]+", "", back))
    booking = db.session.scalars(select(Booking)).one()
    token = manage_url(booking).rpartition("/")[2]
    for path in (f"/manage/{token}", f"/manage/{token}/", f"/manage/{token[:-1]}", f"/bookings/{ref}"):
        send("GET", path)
    send("POST", f"/manage/{token}")
    send("GET", f"/bookings/{ref}/confirmation.pdf")
    send("POST", "/bookings/find", email=CANARIES["email"])
    send("GET", f"/bookings/find?email={CANARIES['email']}")
    send("POST", f"/bookings/{ref}/cancellation", reason=REASON)
    assert 500 not in answers
    assert (booking.state, booking.name) == ("cancelled", CANARIES["name"])

    written = log.getvalue()
    assert '"route": "/manage/<token>"' in written
    assert f'"/bookings/{ref}/cancellation"' in written
    key = str(db.session.scalars(select(Payment.key)).one())
    for secret in (*CANARIES.values(), "canary.friend", "Vogelsang", "funeral", token, token.partition(".")[0], key):
        assert secret not in written, f"{secret} is in the log"
    trail = str([(one.facts, one.actor, one.subject) for one in db.session.scalars(select(AuditEntry))])
    promised = str(db.session.scalars(select(OutboxRow.args)).all())
    for personal in ("canary", "Canary"):
        assert personal not in trail
        assert personal not in promised
