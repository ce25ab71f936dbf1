"""How often one may ask (product.md "Rate limits"): counted in Redis, in this process's memory while Redis is away.

A view takes its limit by decorator: `@limiter.limit(limits.SIGN_IN)`. Answers carry X-RateLimit-*, 429 Retry-After.
"""

from __future__ import annotations

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from bookapp.infra.settings import current_settings
from config import Settings

EVERYTHING = "1000/minute"
SIGN_IN = "10/minute"
SIGN_UP = "5/minute"
BOOKINGS = "50/minute"
SEARCH = "100/minute"
# Trying out coupons and gift cards, wherever they are typed.
CODES = "10/minute"
CODES_SCOPE = "codes"
NOTIFY = "600/minute"

# Open pages ask at /live by themselves, each a few times a minute: an office behind one address would be shut out.
_FREE = frozenset({"/healthz", "/readyz", "/metrics", "/live"})
# A provider has one address for everything it tells: a session called off with 200 seats is news 400 times at once.
# What it says is signed, and without the signature it is turned away before anything is done.
_SIGNED = "/payments/webhooks/"

# By address; ProxyFix has made it the visitor's own, or everyone behind a proxy would share one count.
limiter = Limiter(
    get_remote_address,
    application_limits=[EVERYTHING],
    strategy="sliding-window-counter",
    headers_enabled=True,
    in_memory_fallback_enabled=True,
)


def init_app(app: Flask, settings: Settings) -> None:
    """Count requests of `app`; nothing connects before the first one."""
    app.config["RATELIMIT_STORAGE_URI"] = settings.redis_url
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_connect_timeout": 0.3, "socket_timeout": 0.5}
    # The library's own hook runs between these two: the last one to be added is the first to run.
    app.after_request(_keep_own_retry_after)
    limiter.init_app(app)
    app.after_request(_note_own_retry_after)


@limiter.request_filter
def _is_free() -> bool:
    free = request.path in _FREE or request.path.startswith(("/static/", _SIGNED))
    return free or not current_settings().rate_limits


def _note_own_retry_after(response: Response) -> Response:
    g.own_retry_after = response.headers.get("Retry-After")
    return response


def _keep_own_retry_after(response: Response) -> Response:
    # The library says on every answer when its count begins anew; that concerns only those who were too fast.
    if response.status_code != 429:
        response.headers.pop("Retry-After", None)
        if g.get("own_retry_after"):
            response.headers["Retry-After"] = g.own_retry_after
    return response
