"""POST /notify: another program tells a facilitator what became of a booking (docs/notify.md)."""

from __future__ import annotations

from flask import Response, jsonify, request
from werkzeug.exceptions import UnsupportedMediaType

from bookapp.crm.actions.inbox import store
from bookapp.crm.errors import NoNotifyToken
from bookapp.crm.forms.notify import KEY_HEADER, json_object, key_of, notice_of
from bookapp.crm.models import Notification
from bookapp.crm.queries.tokens import sender_of
from bookapp.crm.rules.notify import Sender, token_hash
from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.web.areas import MACHINE, area

LARGEST_BODY = 16 * 1024

doors = area("notify", __name__, MACHINE)


def _token() -> str:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _caller() -> str:
    return f"notify:{token_hash(_token())}"


@doors.post("/notify")
@limiter.limit(lambda: limits.NOTIFY, key_func=_caller)
def notify() -> tuple[Response, int]:
    """Store it once: 201 with what was stored, 200 when it was there before."""
    sender = _sender()
    request.max_content_length = LARGEST_BODY
    if not request.is_json:
        raise UnsupportedMediaType()
    notice = notice_of(json_object(request.get_data()))
    stored, is_new = store(sender, notice, key=key_of(request.headers.get(KEY_HEADER)), now=clock.now())
    return jsonify(_shown(stored)), 201 if is_new else 200


def _sender() -> Sender:
    sender = sender_of(_token())
    if sender is None:
        raise NoNotifyToken()
    return sender


def _shown(stored: Notification) -> dict[str, object]:
    return {
        "id": stored.id,
        "booking_id": stored.booking_id,
        "user": stored.user_name,
        "event": stored.event,
        "facilitator_id": stored.facilitator_id,
        "kind": stored.kind,
        "created_at": stored.created_at.isoformat(),
    }
