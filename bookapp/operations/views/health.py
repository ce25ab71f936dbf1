"""For machines that watch over us: alive, ready, figures."""

from __future__ import annotations

from flask import Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from bookapp.infra import clock, metrics
from bookapp.infra.db import db
from bookapp.operations import queries
from bookapp.web.areas import MACHINE, area

views = area("operations", __name__, audience=MACHINE)


@views.get("/healthz")
def alive() -> Response:
    """This process answers; asks nobody else."""
    return _fresh(jsonify(status="ok"))


@views.get("/readyz")
def ready() -> tuple[Response, int]:
    """Database, migrations and Redis are there, or 503 and what is not."""
    missing = queries.what_is_missing()
    return _fresh(jsonify(ready=not missing, missing=missing)), 503 if missing else 200


@views.get("/metrics")
def figures() -> Response:
    """Prometheus's text format; the outbox is left out while the database is away."""
    try:
        gauges = [("bookapp_outbox", "Rows of the outbox, and the oldest's age", queries.outbox_figures(clock.now()))]
    except SQLAlchemyError:
        db.session.rollback()
        gauges = []
    return _fresh(Response(metrics.exposition(gauges), content_type=metrics.CONTENT_TYPE))


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
