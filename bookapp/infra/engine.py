"""How the database is reached: limits on every wait, and connections that heal after PostgreSQL came back."""

from __future__ import annotations

import select
from typing import Any

import psycopg2
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

POOL_SIZE = 10
CONNECT_SECONDS = 3
# guarantees.md 18: nobody waits for ever for a lock, a statement, or a transaction somebody forgot.
SESSION = {
    "lock_timeout": "3s",
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "30s",
    "timezone": "UTC",
}
# Class 08, and the server being stopped, starting, or out of connections.
_DOWN_CODES = ("57P01", "57P02", "57P03", "53300")


def engine_options(service: str) -> dict[str, Any]:
    """Arguments of create_engine; `service` shows in pg_stat_activity."""
    return {
        "pool_size": POOL_SIZE,
        "max_overflow": 20,
        "pool_timeout": CONNECT_SECONDS,
        "pool_recycle": 1800,
        "hide_parameters": True,  # an error's text must not carry what people typed into the logs
        "connect_args": {
            "connect_timeout": CONNECT_SECONDS,
            "application_name": f"bookapp-{service}",
            "options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()),
            "keepalives_idle": 30,
            "tcp_user_timeout": 20_000,
        },
    }


def watch(engine: Engine) -> None:
    """Notice connections that died while idle, before they are used.

    A ping on each checkout costs a round trip. A server that stopped has closed its sockets, which the kernel tells
    us for a microsecond; only a socket with something to read (an end, or a notice) is asked in earnest.
    """
    event.listen(engine, "checkout", _refuse_dead)


def is_down(error: BaseException) -> bool:
    """Whether `error` says that the database is away or overrun, so that trying again in a moment makes sense."""
    if isinstance(error, PoolTimeout | DisconnectionError):
        return True
    original = getattr(error, "orig", None)
    if getattr(error, "connection_invalidated", False):
        return True
    code = getattr(original, "pgcode", None)
    if code:
        return code.startswith("08") or code in _DOWN_CODES
    return isinstance(error, OperationalError)


def _refuse_dead(connection: Any, _record: Any, _proxy: Any) -> None:
    poll = select.poll()
    try:
        poll.register(connection.fileno(), select.POLLIN | select.POLLERR | select.POLLHUP)
        if not poll.poll(0):
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.rollback()
    except psycopg2.Error as error:
        raise DisconnectionError("the connection died while idle") from error
