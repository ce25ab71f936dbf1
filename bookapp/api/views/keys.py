"""`Idempotency-Key`: sent again with the same key, a POST is done once and answered the same (guarantees.md 5).

The key belongs to its caller and its route. Actions that take a `key` get it as it comes from `views.idempotent`;
what has none of its own is wrapped in `once`, which stores the key in the same transaction.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from bookapp.api.views.bearer import caller
from bookapp.infra import idempotency
from bookapp.infra.db import action
from bookapp.values.errors import NotValid
from bookapp.values.words import N_

HEADER = "Idempotency-Key"
PATTERN = r"[A-Za-z0-9_.:-]{1,100}"
_NOT_A_KEY = N_("Use 1 to 100 letters, digits, dots, dashes, colons or underscores.")


def key_of_request() -> str:
    """The key of this request, for this caller and route only; without a header a new one. Raises NotValid."""
    given = request.headers.get(HEADER)
    if given is None:
        return uuid.uuid4().hex
    if not re.fullmatch(PATTERN, given):
        raise NotValid({HEADER: _NOT_A_KEY})
    rule = request.url_rule.rule if request.url_rule else request.path
    own = f"{caller()}\n{request.method}\n{rule}\n{given}"
    return hashlib.sha256(own.encode()).hexdigest()


@action
def once(key: str, asked: Mapping[str, Any], work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """`work` done once for this key; it calls actions and returns JSON values, which are the answer ever after.

    Raises KeyReused (409) when the key came with something else than `asked`.
    """
    return idempotency.once("api", key, idempotency.fingerprint(**asked), work)
