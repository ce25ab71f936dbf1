"""Which other sites' pages may use the API from a browser: those of CORS_ORIGINS. They never send a cookie."""

from __future__ import annotations

from flask import Flask, Response, request

from bookapp.api.views.area import PREFIX
from bookapp.api.views.bearer import BOOKING_TOKEN
from bookapp.api.views.keys import HEADER
from config import Settings

_METHODS = "GET, POST, PUT, DELETE, OPTIONS"
_HEADERS = f"Authorization, Content-Type, {HEADER}, {BOOKING_TOKEN}, X-Request-ID"
_SHOWN = "Location, Retry-After, X-Request-ID, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
_PREFLIGHT_SECONDS = "600"


def init_app(app: Flask, settings: Settings) -> None:
    """Answer pages of the origins in `settings`; everything outside /api/v1 is ours alone."""
    origins = frozenset(settings.cors_origins)

    @app.after_request
    def allow(response: Response) -> Response:
        if not request.path.startswith(f"{PREFIX}/"):
            return response
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin not in origins:
            return response
        response.headers["Access-Control-Allow-Origin"] = str(origin)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response.headers["Access-Control-Allow-Methods"] = _METHODS
            response.headers["Access-Control-Allow-Headers"] = _HEADERS
            response.headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
        else:
            response.headers["Access-Control-Expose-Headers"] = _SHOWN
        return response
