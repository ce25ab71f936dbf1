"""What is read often and changes rarely is read once per process and version, and never served when it is old.

The tables with the trigger `changes_what_is_remembered` (migrations; every table of the catalog) keep one number for
all of them: whoever writes to one sets it, in the same transaction, to a number that was never used before. So to have
seen a number is to have seen a state, and results are kept by it: another number is another key, and what nobody asks
for any more falls out at the end. One small question per transaction replaces those whose answers are known.

Writers of these tables wait for each other until they commit: they are people who edit, a few in an hour.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import BigInteger, CheckConstraint, SmallInteger, event, select
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column

from bookapp.infra.db import db

_SEEN = "bookapp.remembered_version"

Read = TypeVar("Read", bound=Callable[..., Any])


class RememberedVersion(db.Model):
    """The one row: the number of the state that the marked tables are in. Written by their trigger alone."""

    __tablename__ = "remembered_version"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


_NUMBER = select(RememberedVersion.__table__.c.number)


def remembered(most: int = 256) -> Callable[[Read], Read]:
    """Decorate a read so that this process keeps its last `most` results, each for as long as nothing has changed.

    The read asks the marked tables and nothing else: no other table, no clock, nobody's rights. Its arguments are
    hashable. Its result is shared by all who ask: values that nobody changes, and no entities, which are of a session.
    """

    def decorate(read: Read) -> Read:
        @functools.lru_cache(maxsize=most)
        def kept(_database: str, _version: int, *args: Any, **named: Any) -> Any:
            return _ask(read, *args, **named)

        @functools.wraps(read)
        def recall(*args: Any, **named: Any) -> Any:
            return kept(*state(), *args, **named)

        return recall  # type: ignore[return-value]

    return decorate


def state() -> tuple[str, int]:
    """The database, and its number: a key for whatever is made of remembered things."""
    return current_app.config["SQLALCHEMY_DATABASE_URI"], version()


def version() -> int:
    """The number of the state that this transaction sees; asked for once in it, and again after it has written."""
    session = db.session()
    info = session.info
    if session.dirty or session.new or session.deleted:
        session.flush()
    if _SEEN not in info:
        info[_SEEN] = db.session.execute(_NUMBER).scalar_one()
    return int(info[_SEEN])


def _ask(read: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """The one place where a result that is not known is read."""
    return read(*args, **named)


@event.listens_for(Session, "do_orm_execute")
def _forget_before_writing(execution: ORMExecuteState) -> None:
    if not execution.is_select:
        execution.session.info.pop(_SEEN, None)


@event.listens_for(Session, "after_begin")
@event.listens_for(Session, "after_flush")
@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, *_: Any) -> None:
    session.info.pop(_SEEN, None)
