"""What every answer tells the browser not to do."""

from __future__ import annotations

from flask import Flask, Response

from config import Settings

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Links in mails carry tokens in their path: other sites never see one as the page we came from.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def content_security_policy(settings: Settings, **more: str) -> str:
    """The policy of our pages: nothing but our own files, nothing inline, forms to us and to the gateways only.

    `more` replaces or adds a directive, for the one page that needs it: frame_src="'self'".
    """
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": " ".join(("'self'", *settings.gateway_origins)),
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    directives.update({name.replace("_", "-"): value for name, value in more.items()})
    return "; ".join(f"{name} {value}".strip() for name, value in directives.items())


def init_app(app: Flask, settings: Settings) -> None:
    """Put the headers on every answer; a view's own value wins."""
    headers = _FIXED | {"Content-Security-Policy": content_security_policy(settings)}
    if settings.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            # Pages carry a name and a token; only what says so itself may be kept by anybody.
            response.headers["Cache-Control"] = "private, no-cache"
        return response
