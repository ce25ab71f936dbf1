"""The application: the only place that knows every feature.

What a feature brings stands in the four lists below: its pages, its commands, its jobs, its tables.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from sqlalchemy import func, select
from werkzeug.middleware.proxy_fix import ProxyFix

from bookapp import reactions
from bookapp.api.views import AREAS as API_AREAS
from bookapp.api.views import bearer as api_bearer
from bookapp.api.views import cors as api_cors
from bookapp.api.views import description as api_description
from bookapp.api.views import docs as api_docs
from bookapp.audit import models as audit_models
from bookapp.booking import jobs as booking_jobs
from bookapp.booking import models as booking_models
from bookapp.booking.desk_views import blueprint as booking_desk_views
from bookapp.booking.views import blueprint as booking_views
from bookapp.catalog import jobs as catalog_jobs
from bookapp.catalog import models as catalog_models
from bookapp.catalog.commands import catalog
from bookapp.catalog.desk_views import blueprint as catalog_desk_views
from bookapp.catalog.models import Membership
from bookapp.catalog.views import blueprint as catalog_views
from bookapp.crm import jobs as crm_jobs
from bookapp.crm import models as crm_models
from bookapp.crm.desk_views import AREAS as CRM_DESK_AREAS
from bookapp.crm.views import AREAS as CRM_AREAS
from bookapp.demo.accounts import ACCOUNTS as DEMO_ACCOUNTS
from bookapp.demo.commands import demo
from bookapp.favourites import models as favourite_models
from bookapp.favourites.views import blueprint as favourite_views
from bookapp.identity import jobs as identity_jobs
from bookapp.identity import models as identity_models
from bookapp.identity.actor import ANONYMOUS, Actor
from bookapp.identity.commands import commands as identity_commands
from bookapp.identity.models import User
from bookapp.identity.policy import must_have_factor
from bookapp.identity.queries import Bearer, actor_for_access_token, actor_for_token
from bookapp.identity.views import AREAS as IDENTITY_AREAS
from bookapp.infra import access, engine, idempotency, limits, live, logging, outbox, queue, remembering
from bookapp.infra import settings as infra_settings
from bookapp.infra.db import db
from bookapp.members import models as member_models
from bookapp.members.desk_views import AREAS as MEMBER_DESK_AREAS
from bookapp.members.views import AREAS as MEMBER_AREAS
from bookapp.notifications import jobs as notification_jobs
from bookapp.notifications import models as notification_models
from bookapp.notifications.views import views as notification_views
from bookapp.operations import jobs as operations_jobs
from bookapp.operations.commands import outbox as outbox_commands
from bookapp.operations.commands import payments as books_commands
from bookapp.operations.desk_views import blueprint as operations_desk_views
from bookapp.operations.views import desk, dev_mail, health
from bookapp.payments import jobs as payment_jobs
from bookapp.payments import models as payment_models
from bookapp.payments.desk_views import blueprint as payment_desk_views
from bookapp.payments.views import AREAS as PAYMENT_AREAS
from bookapp.pricing import models as pricing_models
from bookapp.pricing.desk_views import blueprint as pricing_desk_views
from bookapp.reviews import models as review_models
from bookapp.scheduling import jobs as scheduling_jobs
from bookapp.scheduling import models as scheduling_models
from bookapp.scheduling.desk_views import blueprint as scheduling_desk_views
from bookapp.scheduling.views import AREAS as SCHEDULING_AREAS
from bookapp.search.views import blueprint as search_views
from bookapp.web import areas, assets, errors, filters, headers, hypermedia, language, pieces, security, uploads, wire
from config import ROOT, Settings

VIEWS = (
    assets.views,
    uploads.views,
    health.views,
    desk.views,
    dev_mail.views,
    operations_desk_views,
    *IDENTITY_AREAS,
    catalog_views,
    catalog_desk_views,
    *SCHEDULING_AREAS,
    scheduling_desk_views,
    booking_views,
    booking_desk_views,
    payment_desk_views,
    pricing_desk_views,
    favourite_views,
    *MEMBER_AREAS,
    *MEMBER_DESK_AREAS,
    notification_views,
    *PAYMENT_AREAS,
    search_views,
    *CRM_AREAS,
    *CRM_DESK_AREAS,
    *API_AREAS,
    api_docs.views,
)
COMMANDS = (
    demo,
    catalog,
    identity_commands,
    outbox_commands,
    books_commands,
)
# Importing a module of jobs registers them by name; the worker finds them there.
JOBS = (
    booking_jobs,
    catalog_jobs,
    crm_jobs,
    identity_jobs,
    notification_jobs,
    operations_jobs,
    payment_jobs,
    scheduling_jobs,
)
# Migrations compare the database with every table that is imported.
TABLES = (
    audit_models, booking_models, catalog_models, crm_models, favourite_models, idempotency, identity_models,
    member_models, notification_models, outbox, payment_models, pricing_models, remembering, review_models,
    scheduling_models,
)  # fmt: skip

# What an admin who acts as somebody may look at, but not do: passwords, factors, email, tokens, money.
THEIRS_ALONE = frozenset({
    "account.*", "account_security.*", "identity_letters.*",
    "crm_own.make_own_feed", "crm_own.revoke_own_feed", "crm.make_hosts_feed", "crm.revoke_hosts_feed",
    "booking.pay", "booking.pay_rest", "booking.pay_move", "booking_desk.give_goodwill",
    "booking_desk.take_payment", "booking_desk.take_at_venue", "crm_check_in.take_payment", "wallet.redeem",
    "payments.sandbox_answer", "payments_desk.*", "members_invitations.accept", "members_sell.apply",
})  # fmt: skip

# Forms and JSON are small; a view that takes a file raises its own limit.
LARGEST_BODY = 512 * 1024
MOST_FORM_PARTS = 500
SESSION_DAYS = 30

_MEMBERSHIPS = (
    select(func.jsonb_agg(func.jsonb_build_array(Membership.role, Membership.merchant_id, Membership.venue_id)))
    .where(Membership.user_id == User.id)
    .correlate(User)
    .scalar_subquery()
)


def create_app(settings: Settings | None = None, *, service: str = "web") -> Flask:
    """The application, with nothing connected yet. Without `settings` they are read from the environment.

    `service` (web, worker, scheduler) is how this process calls itself in logs and in the database. Raises
    SettingsError, and RuntimeError for a route that nobody guards.
    """
    settings = settings or Settings.of_this_process()
    logging.configure(settings, service)
    app = Flask(__name__, root_path=str(ROOT / "bookapp"), template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.update(_configuration(settings, service))
    app.extensions[infra_settings.EXTENSION] = settings
    reactions.wire()
    _around_requests(app, settings)
    uploads.init_app(app)
    _database(app)
    queue.init_app(app, settings.redis_url)
    limits.init_app(app, settings)
    live.init_app(app, settings)
    csrf = CSRFProtect(app)
    language.init_app(app)
    security.init_app(app, load_actor=_actor_of, anonymous=ANONYMOUS)
    hypermedia.init_app(app)
    pieces.init_app(app)
    filters.init_app(app)
    assets.init_app(app, watch=not settings.is_production)
    errors.init_app(app)
    api_bearer.init_app(app, load_bearer=_bearer_of)
    api_cors.init_app(app, settings)
    api_description.init_app(app, API_AREAS)
    for blueprint in VIEWS:
        app.register_blueprint(blueprint)
        if blueprint.audience is areas.MACHINE:
            csrf.exempt(blueprint)
    for group in COMMANDS:
        app.cli.add_command(group)
    areas.forbid_while_acting(app, THEIRS_ALONE)
    if unguarded := areas.undeclared_routes(app):
        raise RuntimeError(f"routes outside every area: {', '.join(unguarded)}")
    return app


def _configuration(settings: Settings, service: str) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "DEMO_ACCOUNTS": DEMO_ACCOUNTS,
        "TESTING": settings.env == "test",
        # A test wants the answer people get, not the exception behind it.
        "PROPAGATE_EXCEPTIONS": False,
        "TRUSTED_HOSTS": list(settings.trusted_hosts),
        "MAX_CONTENT_LENGTH": LARGEST_BODY,
        "MAX_FORM_MEMORY_SIZE": LARGEST_BODY,
        "MAX_FORM_PARTS": MOST_FORM_PARTS,
        # __Host- ties the cookie to this host and to https; a browser refuses the name without Secure.
        "SESSION_COOKIE_NAME": "__Host-bookapp" if settings.is_https else "bookapp",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": SESSION_DAYS * 24 * 3600,
        "SESSION_REFRESH_EACH_REQUEST": False,
        # Pages behind a mailed link send no Referer, so that nobody learns the link; the token and SameSite guard them.
        "WTF_CSRF_SSL_STRICT": False,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a form that was open over lunch is not an attack
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine.engine_options(service),
    }


def _around_requests(app: Flask, settings: Settings) -> None:
    wire.init_app(app)
    headers.init_app(app, settings)
    app.before_request(access.remember_route)
    if count := settings.proxy_count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    app.wsgi_app = access.AccessLog(app.wsgi_app)  # type: ignore[method-assign, assignment]


def _database(app: Flask) -> None:
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        engine.watch(db.engine)


def _actor_of(token: str) -> Actor | None:
    actor = actor_for_token(token, grants=_MEMBERSHIPS)
    return _held_back(actor) if actor else None


def _bearer_of(token: str) -> Bearer | None:
    bearer = actor_for_access_token(token, grants=_MEMBERSHIPS)
    return replace(bearer, actor=_held_back(bearer.actor)) if bearer else None


def _held_back(actor: Actor) -> Actor:
    return replace(actor, must_add_factor=must_have_factor(actor) and not actor.has_second_factor)
