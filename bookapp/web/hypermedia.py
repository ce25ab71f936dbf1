"""One template answers a browser with the page and htmx with the blocks of it that changed."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, make_response, redirect, render_template, request
from jinja2 import Environment, StrictUndefined
from jinja2_fragments.flask import render_blocks
from werkzeug.local import LocalProxy

from bookapp.infra.settings import current_settings
from bookapp.web.security import acting_as, current_actor

PARTS = "components/ui.html"


class Parts:
    """The macros of components/, as the global `ui`: a macro imported by a page is lost when a block renders alone."""

    def __init__(self, templates: Environment) -> None:
        self._templates = templates

    def __getattr__(self, name: str) -> Any:
        part = getattr(self._templates.get_template(PARTS).module, name)
        if not self._templates.auto_reload:
            setattr(self, name, part)  # found once; whoever edits a part sees it at once
        return part


def init_app(app: Flask) -> None:
    """Give templates the parts, the actor, and an error for every name that is not there."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["ui"] = Parts(app.jinja_env)
    app.context_processor(_everywhere)


def is_htmx() -> bool:
    """Whether htmx asks, for a page or for a part of one."""
    return request.headers.get("HX-Request") == "true"


def is_partial() -> bool:
    """Whether htmx asks for a part of the page; a boosted link or a restored history wants all of it."""
    return is_htmx() and request.headers.get("HX-Request-Type") == "partial"


def page(template: str, *blocks: str, status: int = 200, **context: Any) -> Response:
    """The page, or only `blocks` of it where htmx asks for a part. Blocks see `context` only, no top-level set."""
    if blocks and is_partial():
        body = render_blocks(template, list(blocks), **context)
    else:
        body = render_template(template, **context)
    response = make_response(body, status)
    response.vary.update(("HX-Request", "HX-Request-Type"))
    return response


def redirect_to(url: str, status: int = 303) -> Response:
    """Lead on to `url`: 303 for a form, HX-Redirect for htmx, which cannot follow a redirect to another origin.

    A full navigation also for our own pages: the next page may need other styles than this one.
    """
    if is_htmx():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = url
    else:
        response = make_response(redirect(url, code=status))
    response.vary.update(("HX-Request", "HX-Request-Type"))
    return response


def _everywhere() -> dict[str, Any]:
    # Asked for only when a template uses it: an error page must not need the database.
    return {"actor": LocalProxy(current_actor), "demo_mode": current_settings().demo, "acting_as": acting_as}
