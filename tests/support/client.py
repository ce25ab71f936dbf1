"""The test client: each request as separate as a real one, each HTML answer checked."""

import contextvars
import gzip
from typing import Any

from flask import has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bookapp.infra.db import db
from tests.support.pages import assert_well_made

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Client(FlaskClient):
    """A visitor without a browser."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request in a context of its own: sharing the test's would share its session and signed-in user."""
        if has_app_context():
            db.session.commit()  # inside the test's outer transaction; the request sees what the test prepared
        response: TestResponse = contextvars.Context().run(super().open, *args, **kwargs)
        if has_app_context():
            db.session.expire_all()  # and the test sees what the request changed
        if response.mimetype == "text/html" and response.data and not response.location:
            where = f"{response.request.method} {response.request.path} ({response.status_code})"
            is_packed = response.headers.get("Content-Encoding") == "gzip"
            assert_well_made(gzip.decompress(response.data).decode() if is_packed else response.text, where)
        return response

    def htmx(self, path: str, method: str = "GET", **kwargs: Any) -> TestResponse:
        """The same as a click handled by htmx, which asks for a part of the page."""
        headers = HTMX | kwargs.pop("headers", {})
        return self.open(path, method=method, headers=headers, **kwargs)
