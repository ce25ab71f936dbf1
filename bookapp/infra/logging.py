"""One JSON line per event (or readable text in development), with the request id on each and secrets on none."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import traceback
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from config import ROOT, Settings

REMOVED = "[removed]"
# "stripe" would repeat what a refused request was about, an address for example; the gateway logs the codes.
_NOISY = ("werkzeug", "rq", "rq.worker", "rq.queue", "alembic", "flask_limiter", "flask-limiter", "_granian", "stripe")
_SECRET_NAMES = re.compile(
    r"pass(word|wd|phrase)|token|secret|authori[sz]ation|cookie|signature|csrf|api_?key|(?<!dis)card|cvc|iban",
    re.IGNORECASE,
)
_SECRET_TEXTS = (
    re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"),
    re.compile(r"\b(sk|rk|pk|whsec|rzp)_[A-Za-z0-9_]{6,}"),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),  # the user and password of a URL
    re.compile(r"\?[^\s'\"<>]*=[^\s'\"<>]*"),  # a query string
    re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"),  # an email address
    re.compile(r"\b(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{32,}\b"),  # a random token; a slug has no capitals
    re.compile(r"\b[0-9a-f]{32,}\b"),  # a hash
)
# One look instead of seven: nothing above matches a text in which this finds nothing.
_SUSPICIOUS = re.compile(r"[?@]|[\w-]{32}|(sk|rk|pk|whsec|rzp)_|bearer|basic", re.IGNORECASE)
_SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_LONGEST_TEXT = 500
_HERE = f"{ROOT}/"

Event = MutableMapping[str, Any]


class _Stdout(logging.StreamHandler[Any]):
    """Writes to what standard output is now, not to what it was when logging began."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stdout

    @stream.setter
    def stream(self, _value: Any) -> None:
        pass


def configure(settings: Settings, service: str) -> None:
    """Send every log of this process, ours and the libraries', through one format to standard output."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _add_service(service),
        _plain_errors,
        scrub,
    ]
    as_json = settings.log_format == "json"
    last: Any = (
        structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    handler = _Stdout()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last], foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [*(other for other in root.handlers if not isinstance(other, _Stdout)), handler]
    root.setLevel(logging.INFO)
    for name in _NOISY:
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
        logger.setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def request_id(offered: str | None) -> str:
    """The caller's request id when it is a sane token, else a new one."""
    return offered if offered and _SANE_ID.fullmatch(offered) else secrets.token_hex(8)


def scrub(_logger: object, _method: str, event: Event) -> Event:
    """Remove secrets by the name of their field and by their look, at any depth."""
    for name, value in event.items():
        if name not in ("timestamp", "level", "request_id"):
            event[name] = REMOVED if _is_secret(name) and value else _clean(value)
    return event


def safe_text(error: BaseException) -> str:
    """What may be written down of an error: its class and words without personal values, shortened."""
    if isinstance(error, DBAPIError):
        # PostgreSQL quotes the offending values in its messages; class, code and constraint say enough.
        diagnosis = getattr(error.orig, "diag", None)
        parts = (getattr(error.orig, "pgcode", None), getattr(diagnosis, "constraint_name", None))
        return " ".join([type(error).__name__, *(part for part in parts if part)])
    words = _clean(" ".join(str(error).split()))
    return f"{type(error).__name__}: {words}"[:_LONGEST_TEXT] if words else type(error).__name__


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        if _SUSPICIOUS.search(value):
            for pattern in _SECRET_TEXTS:
                value = pattern.sub(REMOVED, value)
        return value
    if isinstance(value, dict):
        return {
            name: REMOVED if isinstance(name, str) and _is_secret(name) else _clean(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    return value


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return _SECRET_NAMES.search(name) is not None


def _add_service(service: str) -> Any:
    def add(_logger: object, _method: str, event: Event) -> Event:
        event.setdefault("service", service)
        return event

    return add


def _plain_errors(_logger: object, _method: str, event: Event) -> Event:
    """Turn `exc_info` into the error's safe words and the places it came through, without values."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info if isinstance(info, BaseException) else None
    if info is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["error"] = safe_text(error)
        event["where"] = [
            f"{frame.filename.removeprefix(_HERE)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event
