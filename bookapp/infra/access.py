"""Around every request: its id, its time, one line in the log and one figure in the metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import structlog
from flask import current_app, request
from werkzeug.routing import Rule

from bookapp.infra import logging, metrics

ROUTE = "bookapp.route"
PATH = "bookapp.path"
# Probes, scrapes and the polls of open pages come every few seconds and say nothing in the log.
_SILENT = frozenset({"/healthz", "/readyz", "/metrics", "/live"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STARTS = "bookapp.starts_of_secrets"
_SECRET_ARGUMENTS = ("token", "signature", "key", "code")

log = structlog.get_logger("bookapp.request")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class AccessLog:
    """WSGI middleware: sees what every answer really was, whatever went wrong inside."""

    def __init__(self, app: Callable[[Environ, StartResponse], Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request_id = logging.request_id(environ.get("HTTP_X_REQUEST_ID"))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        answer = _Answer(environ)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            answer.status = int(status[:3])
            return start_response(status, [*headers, ("X-Request-ID", request_id)], exc_info)

        try:
            answer.body = self._app(environ, start)
        except BaseException:
            answer.close()
            raise
        return answer


class _Answer:
    """The body on its way out: counted, and noted when the server is done with it."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ
        self._began = time.perf_counter()
        self._size = 0
        self.status = 500
        self.body: Iterable[bytes] = ()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.body:
            self._size += len(chunk)
            yield chunk

    def close(self) -> None:
        try:
            if hasattr(self.body, "close"):
                self.body.close()
        finally:
            _note(self._environ, self.status, self._size, time.perf_counter() - self._began)
            structlog.contextvars.clear_contextvars()


def remember_route() -> None:
    """Before each request: tell the middleware which route it is, and hide a path that carries a secret."""
    if rule := request.url_rule:
        request.environ[ROUTE] = rule.rule
        if _is_secret(rule):
            request.environ[PATH] = rule.rule
        return
    # No such page, or not for this method: a link that was mangled on its way still holds most of its secret.
    path = request.path.lower()
    for start in _starts_of_secrets():
        if start in path:
            request.environ[PATH] = f"{start}…"


def _is_secret(rule: Rule) -> bool:
    return any(name in _SECRET_ARGUMENTS for name in rule.arguments)


def _starts_of_secrets() -> frozenset[str]:
    known = current_app.extensions.get(_STARTS)
    if known is None:  # every route is there when the first request comes
        secret = filter(_is_secret, current_app.url_map.iter_rules())
        known = current_app.extensions[_STARTS] = frozenset(rule.rule.partition("<")[0] for rule in secret)
    return known


def note_user(user_id: int, *, impersonator_id: int | None = None) -> None:
    """Put the signed-in user, and the admin who acts as them, on every later line of this request."""
    structlog.contextvars.bind_contextvars(user_id=user_id)
    if impersonator_id is not None:
        structlog.contextvars.bind_contextvars(impersonator_id=impersonator_id)


def note_refusal(code: str) -> None:
    """Put the error code on the request's line."""
    structlog.contextvars.bind_contextvars(error_code=code)


def _note(environ: Environ, status: int, size: int, seconds: float) -> None:
    path = environ.get(PATH) or environ.get("PATH_INFO", "")
    route = environ.get(ROUTE, "unmatched")
    method = environ.get("REQUEST_METHOD", "")
    # Labels come from our routes and a fixed list, never from the caller: each new value costs memory for ever.
    metrics.requests.labels(method if method in _METHODS else "other", route, str(status)).observe(seconds)
    if path in _SILENT and status < 400:
        return
    ms = round(seconds * 1000, 1)
    note = log.error if status >= 500 else log.info
    note("request", method=method, route=route, path=path[:200], status=status, bytes=size, ms=ms)
