"""Calling another program's door: short waits, no redirects, nothing of the answer's body kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

# guarantees.md 18
_CONNECT_SECONDS, _READ_SECONDS = 3.0, 10.0


class NoAnswer(Exception):
    """Nobody there, or silent for too long: whether it was done is not known."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back; `retry_after` is how many seconds they ask us to wait, if they do."""

    status: int
    retry_after: float | None = None


def post_json(url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Answered:
    """POST `body`. For addresses an operator has set: what a user gave us goes elsewhere. Raises NoAnswer."""
    try:
        # One connection per call: what lies between calls would only be stale. No proxy: these are our own machines.
        with requests.Session() as session:
            session.trust_env = False
            with session.post(
                url, json=body, headers=dict(headers), timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                return Answered(answer.status_code, _seconds(answer.headers.get("Retry-After", "")))
    except requests.RequestException as error:
        raise NoAnswer(type(error).__name__) from error


def _seconds(text: str) -> float | None:
    return float(text) if text.isdecimal() and len(text) < 6 else None
