"""What calling any provider over the network has in common."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import structlog
from flask import has_request_context

from bookapp.payments.gateways.base import ChargeRequest, Notice, Subject

# guarantees.md 18: somebody waits for a page, nobody for a job.
CONNECT_SECONDS = 3.0
READ_SECONDS_IN_REQUESTS = 10.0
READ_SECONDS_IN_JOBS = 30.0

# Signatures older than this, or from a future further away, are refused.
TOLERANCE_SECONDS = 300

# We close what is over ourselves, so that we know. The provider's own end lies behind ours, for the day on which we
# cannot, and further away than the shortest that any provider accepts (Stripe: 30 minutes), however late we open.
_OUR_CLOSING_FIRST = dt.timedelta(minutes=31)


def patience() -> tuple[float, float]:
    """How many seconds to wait for a connection, and then for an answer."""
    return CONNECT_SECONDS, READ_SECONDS_IN_REQUESTS if has_request_context() else READ_SECONDS_IN_JOBS


def ends_at(request: ChargeRequest) -> int:
    """When the provider stops collecting by itself, in seconds since 1970. The same however often it is asked."""
    return int((request.expires_at + _OUR_CLOSING_FIRST).timestamp())


def labels(key: uuid.UUID, reference: str = "") -> dict[str, str]:
    """What is written on everything we make at a provider, so that it can be found: ref, key, request id."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    noted = {"key": str(key), "reference": reference, "request_id": request_id or ""}
    return {name: value for name, value in noted.items() if value}


def key_in(noted: object) -> uuid.UUID | None:
    """The key among the labels of a thing at the provider; None when it is none of ours."""
    text = noted.get("key") if isinstance(noted, Mapping) else None
    return as_key(text)


def as_key(text: object) -> uuid.UUID | None:
    """The key written as `text`, or None when it is not one."""
    try:
        return uuid.UUID(str(text))
    except ValueError:
        return None


def notice(event_id: str, kind: str, subject: Subject, provider_id: object, **ids: object) -> Notice:
    """A webhook reduced to ids: what providers send along about a person is not ours to keep."""
    known = {name: value for name, value in ids.items() if value and isinstance(value, str)}
    named = str(provider_id or "")
    return Notice(event_id, kind, subject, named, {"subject": subject, "provider_id": named, **known})
