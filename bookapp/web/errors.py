"""Every refusal and failure becomes an answer here, once: a page, a fragment for htmx, or problem+json for programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from bookapp.infra import access, clock
from bookapp.infra.db import db
from bookapp.infra.engine import is_down
from bookapp.values.errors import NotAllowed, NotFound, NotValid, Refusal, TooFast, Unavailable
from bookapp.values.money import Money
from bookapp.values.words import N_
from bookapp.web.areas import NotSignedIn, ask_to_sign_in, is_for_machines
from bookapp.web.filters import day, duration, money
from bookapp.web.hypermedia import is_partial, redirect_to
from bookapp.web.security import SecondFactorFirst

RETRY_SECONDS = 5
_ADD_FACTOR = "/account/security"
# What the database can hold as an id; a longer number in an address is nobody's.
LARGEST_ID = 2**63 - 1

log = structlog.get_logger("bookapp.errors")

_TITLES = {
    400: N_("This request cannot be read."),
    401: N_("Please sign in."),
    403: N_("This is not yours to do."),
    404: N_("There is no page at this address."),
    405: N_("This address does not take that."),
    409: N_("This is not possible any more."),
    410: N_("This page is gone."),
    413: N_("That is too large."),
    415: N_("This kind of content is not understood here."),
    422: N_("Something in it is not right."),
    429: N_("That was a little fast."),
    500: N_("Something broke on our side."),
    503: N_("We are not available for a moment."),
}
_SENTENCES = {
    400: N_("Part of what your browser sent did not arrive as it should. Please go back and try once more."),
    404: N_(
        "The room or session may have been renamed, or the link was cut short on its way to you. Nothing of yours is"
        " lost: a hold keeps running, and your bookings are where they were."
    ),
    405: N_("The page exists, but not for what was asked of it. Please go back and try from there."),
    413: N_("What was sent is larger than we take. Nothing was changed."),
    415: N_("Please send it in the form the documentation of this address names."),
    429: N_("Please wait a moment, then try again. Nothing was lost."),
    500: N_("It is our mistake, not yours, and we have been told. Please try again in a moment."),
    503: N_("Nothing was changed. Please try again in a minute."),
}
_OTHER = N_("This did not work. Please go back and try once more.")
_CSRF = N_(
    "This page had been open for too long, or in another session. Please go back, load it again and send it once more."
    " Nothing was changed."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong, ready to be said."""

    status: int
    title: str
    sentence: str
    code: str
    fields: Mapping[str, str] = field(default_factory=dict)
    alternatives: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    current: Mapping[str, Any] | None = None


def init_app(app: Flask) -> None:
    """Answer for everything that can be raised in a view."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(Exception, _broken)
    app.before_request(_refuse_unreadable_address)


def of_refusal(refusal: Refusal) -> Problem:
    """A refusal in the reader's language; views use it to show one in its place, with their own page around it."""
    if type(refusal) is NotFound and refusal.sentence == NotFound.sentence:
        return _plain(404, code=refusal.code)  # not yours, not there, no such page: one answer
    headers: dict[str, str] = {}
    if isinstance(refusal, TooFast):
        headers["Retry-After"] = str(refusal.retry_after)
    elif isinstance(refusal, Unavailable):
        headers["Retry-After"] = str(RETRY_SECONDS)
    if refusal.challenge:
        headers["WWW-Authenticate"] = refusal.challenge
    said = {name: _said(value) for name, value in refusal.params.items()}
    return Problem(
        status=refusal.status,
        title=_(_TITLES.get(refusal.status, _OTHER)),
        sentence=_(refusal.sentence, **said),
        code=refusal.code,
        fields={name: _(words, **said) for name, words in refusal.fields.items()}
        if isinstance(refusal, NotValid)
        else {},
        alternatives=[(choice.label, choice.href) for choice in refusal.alternatives],
        headers=headers,
        current=refusal.current,
    )


def _said(value: Any) -> Any:
    """A value of a sentence as people read it."""
    if isinstance(value, Money):
        return money(value)
    if isinstance(value, dt.timedelta):
        return duration(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return day(value)
    return value


def answer(problem: Problem) -> Response:
    """The problem as whoever asked can use it."""
    access.note_refusal(problem.code)
    if wants_json():
        response = _as_json(problem)
    else:
        try:
            response = _as_html(problem)
        except SecondFactorFirst:
            return redirect_to(_ADD_FACTOR)
        except SQLAlchemyError as error:
            # The page needs to know who is reading, and the database is away: the plain page needs nobody.
            return answer(_of_database(error))
    response.status_code = problem.status
    response.headers.update(problem.headers)
    response.vary.update(("HX-Request", "HX-Request-Type"))
    return response


def wants_json() -> bool:
    """Whether a program asks: by address, or because it prefers JSON to a page."""
    if request.path.startswith("/api/") or is_for_machines():
        return True
    accepts = request.accept_mimetypes
    return accepts["application/json"] > accepts["text/html"]


def _as_json(problem: Problem) -> Response:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.sentence,
        "code": problem.code,
        "request_id": _request_id(),
    }
    if problem.fields:
        body["errors"] = dict(problem.fields)
    if problem.alternatives:
        body["alternatives"] = [{"label": label, "href": href} for label, href in problem.alternatives]
    if problem.current is not None:
        body["current"] = dict(problem.current)
    response = jsonify(body)
    response.content_type = "application/problem+json"
    return response


def _as_html(problem: Problem) -> Response:
    context = {
        "status": problem.status,
        "title": problem.title,
        # This page has no fields to mark: it says itself what is wrong with each.
        "sentence": " ".join(problem.fields.values()) or problem.sentence,
        "alternatives": list(problem.alternatives),
        "request_id": _request_id(),
        "now": _("%(time)s UTC", time=format_datetime(clock.now(), "EEE d MMM yyyy, HH:mm", rebase=False)),
        # What went wrong may be the database: nothing is counted for the menu here.
        "bell_count": str,
    }
    if is_partial():
        # Said beside what was asked, not instead of it: nothing typed is lost.
        response = make_response(render_template("errors/_said.html", **context))
        response.headers["HX-Retarget"] = "#toasts"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    return make_response(render_template("errors/error.html", **context))


def _refused(refusal: Refusal) -> Response:
    if isinstance(refusal, NotSignedIn) and not wants_json():
        return ask_to_sign_in()
    if isinstance(refusal, SecondFactorFirst) and not wants_json():
        return redirect_to(_ADD_FACTOR)
    return answer(of_refusal(refusal))


def _refuse_unreadable_address() -> None:
    """No address of ours has a NUL or a number of twenty digits in it; the database would not even look for one."""
    numbers = [value for value in (request.view_args or {}).values() if isinstance(value, int)]
    if "\x00" in request.path or any(number > LARGEST_ID for number in numbers):
        raise NotFound()


def _plain(status: int, **more: Any) -> Problem:
    title = _(_TITLES.get(status, _OTHER))
    more.setdefault("sentence", _(_SENTENCES.get(status, _OTHER)))
    more.setdefault("code", f"http_{status}")
    return Problem(status=status, title=title, **more)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400 or error.response is not None:
        return error.get_response()  # a redirect of the router
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    code = {403: NotAllowed.code, 404: NotFound.code, 429: TooFast.code}.get(status, f"http_{status}")
    return answer(_plain(status, headers=headers, code=code))


def _csrf(_error: CSRFError) -> Response:
    return answer(_plain(400, sentence=_(_CSRF), code="csrf"))


def _database(error: SQLAlchemyError) -> Response:
    return answer(_of_database(error))


def _of_database(error: SQLAlchemyError) -> Problem:
    db.session.rollback()
    if not is_down(error):
        log.error("broken", exc_info=error)
        return _plain(500, code="broken")
    log.warning("database.away", exc_info=error)
    return _plain(503, code=Unavailable.code, headers={"Retry-After": str(RETRY_SECONDS)})


def _broken(error: Exception) -> Response:
    log.error("broken", exc_info=error)
    return answer(_plain(500, code="broken"))


def _request_id() -> str:
    return structlog.contextvars.get_contextvars().get("request_id", "")
