"""The API described: as OpenAPI for programs, and as a page for people. Both say the same: it is made of the routes."""

from __future__ import annotations

from flask import Response, jsonify

from bookapp.api.views.area import PREFIX
from bookapp.api.views.description import described
from bookapp.api.views.doors import groups
from bookapp.infra.settings import public_url
from bookapp.web.areas import PUBLIC, area
from bookapp.web.hypermedia import page

SHORTLY = "public, max-age=300"

views = area("api_docs", __name__, audience=PUBLIC, url_prefix=PREFIX)


@views.get("/openapi.json")
def openapi() -> Response:
    """OpenAPI 3.1."""
    response = jsonify(described())
    response.headers["Cache-Control"] = SHORTLY
    return response


@views.get("/docs")
def show_docs() -> Response:
    """The same to read, with a command to try each door."""
    return page("api/docs.html", "main", groups=groups(described()), base=public_url(PREFIX))
