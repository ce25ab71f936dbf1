"""The database: one declarative base, the column types we share, and what one action is."""

from __future__ import annotations

import datetime as dt
import functools
import random
import time
from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ARRAY, BigInteger, DateTime, Identity, MetaData, Text, func
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, Range
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry

from bookapp.values.errors import Unavailable

_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The type map and the naming of constraints stand on the registry: Flask-SQLAlchemy copies the class dict."""

    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        type_annotation_map={
            str: Text(),
            dict[str, Any]: JSONB(),
            list[dict[str, Any]]: JSONB(),
            list[str]: ARRAY(Text()),
            dt.datetime: DateTime(timezone=True),
            Range[dt.datetime]: TSTZRANGE(),
        },
    )


# What was read in a request stays readable after its action committed; the next request has a new session.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

pk = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
ref_id = Annotated[int, mapped_column(BigInteger)]
created_at = Annotated[dt.datetime, mapped_column(server_default=func.now())]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# Serialisation failure, deadlock, lock timeout: the whole transaction is tried again (guarantees.md 14).
_WORTH_ANOTHER_TRY = {"40001", "40P01", "55P03"}
_TRIES = 3
_DEPTH = "bookapp.action_depth"


def action(verb: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Make `verb` one transaction: commit at its end, roll back on any error.

    An action called by another joins it. A transaction that lost against another one is run again as a whole, up to
    three times with jitter, then refused as Unavailable; a broken constraint is never tried again.
    """

    @functools.wraps(verb)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        info = db.session().info
        if info.get(_DEPTH):
            return verb(*args, **kwargs)
        for attempt in range(1, _TRIES + 1):
            info[_DEPTH] = True
            try:
                result = verb(*args, **kwargs)
                db.session.commit()
            except DBAPIError as error:
                db.session.rollback()
                if getattr(error.orig, "pgcode", None) not in _WORTH_ANOTHER_TRY:
                    raise
                if attempt == _TRIES:
                    raise Unavailable() from error
            except BaseException:
                db.session.rollback()
                raise
            else:
                return result
            finally:
                info[_DEPTH] = False
            time.sleep(random.uniform(0.005, 0.05) * attempt)  # noqa: S311 - jitter, not a secret
        raise AssertionError("unreachable")

    return run
