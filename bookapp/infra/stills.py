"""Entities as values: what `remembering` keeps is shared by all who ask, and so belongs to no session."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from sqlalchemy import Select, inspect
from sqlalchemy.orm import Session

from bookapp.infra.db import db
from bookapp.values.errors import NotFound

Entity = TypeVar("Entity")


class Still:
    """What was loaded of an entity, to be read under the same names; nothing more can be loaded, nothing changed."""

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)

    @property
    def __class__(self) -> Any:
        """What it stands for, for whoever asks `isinstance`."""
        return vars(self)["_class"]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{name} of {vars(self)['_of']} was not loaded")

    def __setattr__(self, name: str, _value: Any) -> None:
        raise AttributeError(f"{name} of {vars(self)['_of']} is shared by all who read it")


def still(entity: Entity) -> Entity:
    """A copy of `entity` and of everything loaded with it; lists become tuples. Typed as what it stands for."""
    return cast(Entity, _still(entity, {}))


def one_still(query: Select[Any]) -> Any:
    """What one row of `query` is about. Raises NotFound."""
    with _apart() as session:
        found = session.scalars(query).unique().one_or_none()
        if found is None:
            raise NotFound
        return still(found)


def all_stills(query: Select[Any]) -> tuple[Any, ...]:
    """What the rows of `query` are about, in their order."""
    with _apart() as session:
        known: dict[int, Any] = {}
        return tuple(_still(found, known) for found in session.scalars(query).all())


def beside(one: Entity, **others: Any) -> Entity:
    """The same still with `others` under these names: what was remembered by itself."""
    return cast(Entity, Still(**(vars(one) | others)))


def _apart() -> Session:
    """In the same transaction, but with nothing known yet: what a longer session has loaded may be older than this."""
    return Session(bind=db.session.connection(), join_transaction_mode="rollback_only", autoflush=False)


def _still(value: Any, known: dict[int, Any]) -> Any:
    if isinstance(value, list) and all(isinstance(each, db.Model) for each in value):
        return tuple(_still(each, known) for each in value)
    if not isinstance(value, db.Model):
        return value
    if id(value) not in known:
        state = inspect(value)
        made = known[id(value)] = Still(_class=type(value), _of=f"{type(value).__name__} {state.identity}")
        vars(made).update((name, _still(each, known)) for name, each in state.dict.items() if name[0] != "_")
    return known[id(value)]
