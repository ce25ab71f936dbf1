"""An application with a few made-up pages, to try what all real ones share. Nothing in it needs a database."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response, abort, make_response, render_template_string, request
from flask_wtf.csrf import generate_csrf
from sqlalchemy.exc import OperationalError

from bookapp.app import create_app
from bookapp.identity.actor import ANONYMOUS, Actor, Grant
from bookapp.values import errors
from bookapp.values.money import Money
from bookapp.web import security
from bookapp.web.areas import ADMIN, MACHINE, PUBLIC, SIGNED_IN, STAFF, area
from bookapp.web.forms import OnceForm
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor
from config import Settings
from tests.support.client import Client

NOWHERE = {
    "BOOKAPP_ENV": "test",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "only-for-tests-and-long-enough-for-production-too",
    "RATE_LIMITS": "off",
    "LOG_FORMAT": "json",
}
ACTORS = {
    "customer": Actor(user_id=1, name="Ada", kind="user"),
    "facilitator": Actor(user_id=2, name="Priya", grants=(Grant("facilitator", 1),), kind="user"),
    "admin": Actor(user_id=3, name="Root", is_admin=True, kind="user"),
}


@pytest.fixture(scope="session")
def make_site() -> Callable[..., Flask]:
    """Make the site, with other settings where a test needs them."""

    def make(**env: str) -> Flask:
        app = create_app(Settings.from_env(NOWHERE | env))
        app.extensions["bookapp.actors"] = (ACTORS.get, ANONYMOUS)
        app.test_client_class = Client
        for audience in (PUBLIC, SIGNED_IN, STAFF, ADMIN):
            views = area(f"for_{audience.name.lower()}", __name__, audience=audience)
            views.add_url_rule(f"/try/{audience.name.lower()}", "show", lambda: "ok", methods=["GET"])
            app.register_blueprint(views)
        machines = area("for_machines", __name__, audience=MACHINE)
        machines.add_url_rule("/try/machine", "take", lambda: "ok", methods=["POST"])
        machines.add_url_rule("/try/machine/broken", "broken", lambda: 1 / 0, methods=["POST"])
        app.extensions["csrf"].exempt(machines)
        app.register_blueprint(machines)
        app.register_blueprint(_tried())
        return app

    return make


@pytest.fixture(scope="session")
def site(make_site: Callable[..., Flask]) -> Flask:
    """The site as a visitor finds it; a test that changes it makes its own."""
    return make_site()


@pytest.fixture
def browser_on(site: Flask) -> Client:
    """A visitor on it."""
    client = site.test_client()
    assert isinstance(client, Client)
    return client


def _tried() -> Any:
    views = area("tried", __name__, audience=PUBLIC)
    refusals = {
        "taken": lambda: errors.NotPossibleNow(
            "%(price)s is gone.", price=Money(5400, "EUR"), alternatives=[errors.Alternative("/x", "15:00")]
        ),
        "not-valid": lambda: errors.NotValid({"email": "That is no address."}),
        "not-found": errors.NotFound,
        "not-allowed": errors.NotAllowed,
        "too-fast": lambda: errors.TooFast(retry_after=7),
        "unavailable": errors.Unavailable,
    }

    @views.get("/try/refusal/<name>")
    def refuse(name: str) -> Response:
        raise refusals[name]()

    @views.get("/try/status/<int:status>")
    def fail(status: int) -> Response:
        abort(status)

    @views.get("/try/broken")
    def broken() -> Response:
        raise RuntimeError("secret@example.org fell over")

    @views.get("/try/database-away")
    def database_away() -> Response:
        raise OperationalError("SELECT 1", {}, Exception("could not connect"))

    @views.get("/try/page")
    def show() -> Response:
        return page("operations/dev_mail/index.html", "title", mails=[])

    @views.get("/try/once")
    def once() -> Response:
        with_key = "<p>{{ ui.idempotency(key) }}</p>" * 40
        return make_response(render_template_string(with_key, key=OnceForm().idempotency_key.data))

    @views.get("/try/kept-from-all")
    def kept_from_all() -> Response:
        return make_response("<p>for your eyes</p>", {"Cache-Control": "no-store"})

    @views.get("/try/stream")
    def stream() -> Response:
        return Response(("<p>piece</p>" for _ in range(1000)), mimetype="text/html")

    @views.get("/try/token")
    def token() -> str:
        return generate_csrf()

    @views.post("/try/post")
    def post() -> str:
        return request.form.get("name", "")

    @views.post("/try/redirect")
    def lead() -> Response:
        return redirect_to(request.form["to"])

    @views.post("/try/sign-in/<token>")
    def sign_in(token: str) -> str:
        security.sign_in(token)
        return current_actor().name

    @views.post("/try/sign-out")
    def sign_out() -> str:
        security.sign_out()
        return current_actor().name

    @views.route("/try/me", methods=["GET"])
    def me() -> dict[str, Any]:
        actor = current_actor()
        return {"name": actor.name, "visitor": actor.visitor, "token": security.sign_in_token()}

    return views
