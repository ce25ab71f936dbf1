"""The bare stack: for each page the queries it asks and the template it fills, and nothing of Bookapp between them.

The first request for an address is answered by Bookapp, twice, as some things are remembered from the first time on;
what it does the second time is noted. Every other request sends the same statements past the ORM and renders the same
template with the same context: as fast as these can be on this stack.
"""

from __future__ import annotations

import contextvars
import threading
from typing import Any

import psycopg2
from flask import Flask, before_render_template, request
from sqlalchemy import Engine, event

from bookapp.app import create_app
from bookapp.infra.db import db


def create() -> Flask:
    """The bare stack on the database this process was given."""
    return beside(create_app())


def beside(real: Flask) -> Flask:
    """The bare stack beside a real application."""
    app, here = Flask("bare", static_folder=None), threading.local()
    url = str(real.config["SQLALCHEMY_DATABASE_URI"]).replace("+psycopg2", "", 1)

    @app.get("/")
    @app.get("/<path:_path>")
    def answer(_path: str = "") -> str:
        if not hasattr(here, "known"):
            here.known, here.connection = {}, psycopg2.connect(url)
            here.connection.autocommit = True
        key = (request.full_path, request.headers.get("Cookie"))
        if key not in here.known:
            here.known[key] = _note(real, request.environ)
        asked, template, context, place = here.known[key]
        with here.connection.cursor() as cursor:
            for statement, values in asked:
                cursor.execute(statement, values)
                if cursor.description:
                    cursor.fetchall()
        return place.run(_filled, template, context)

    return app


def _filled(template: Any, context: dict[str, Any]) -> str:
    try:
        return str(template.render(context))
    finally:
        db.session.remove()  # what a template asks for by itself, the count of a bell, holds a connection


def _note(real: Flask, environ: dict[str, Any]) -> tuple[list[Any], Any, dict[str, Any], contextvars.Context]:
    """The statements, the template, its context, and the circumstances of a request to the real application."""
    asked: list[Any] = []
    filled: list[Any] = []

    def note_query(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    def note_template(_app: Flask, template: Any, context: dict[str, Any], **_: Any) -> None:
        filled.append((template, context))

    def live() -> None:
        real.request_context(environ).push()
        real.full_dispatch_request()
        db.session.remove()  # gives its connection back

    with real.request_context(environ):
        real.full_dispatch_request()
    place = contextvars.Context()
    event.listen(Engine, "before_cursor_execute", note_query)
    try:
        with before_render_template.connected_to(note_template, real):
            place.run(live)
    finally:
        event.remove(Engine, "before_cursor_execute", note_query)
    return asked, *filled[-1], place
