"""Stripe's forms, and whether stripe-python's own types know every name in them: a misspelt one fails the test."""

from __future__ import annotations

import functools
import importlib
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from typing_extensions import is_typeddict


def unflattened(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`line_items[0][quantity]=1` as nested mappings and lists."""
    root: dict[str, Any] = {}
    for key, value in pairs:
        parts = key.replace("]", "").split("[")
        inner = root
        for part in parts[:-1]:
            inner = inner.setdefault(part, {})
        inner[parts[-1]] = value
    return {key: _with_lists(value) for key, value in root.items()}


def unknown_in(given: Mapping[str, Any], module: str, name: str) -> str | None:
    """The first parameter that the TypedDict `name` of `module` does not have, or None."""
    return _unknown(getattr(importlib.import_module(module), name), given, "")


def _with_lists(thing: Any) -> Any:
    if not isinstance(thing, dict):
        return thing
    inner = {key: _with_lists(value) for key, value in thing.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def _unknown(typed: Any, given: Mapping[str, Any], path: str) -> str | None:
    for key, value in given.items():
        if key not in typed.__annotations__:
            return path + key
        inner = _typed_inside(typed, key)
        for index, part in enumerate(value if isinstance(value, list) else [value]):
            if inner and isinstance(part, dict):
                where = f"{path}{key}[{index}]." if isinstance(value, list) else f"{path}{key}."
                if found := _unknown(inner[0], part, where):
                    return found
    return None


@functools.cache
def _typed_inside(typed: Any, key: str) -> list[Any]:
    return [kind for kind in _parts(_resolved(typed, key)) if is_typeddict(kind)]


def _resolved(typed: Any, key: str) -> Any:
    names = {**vars(typing), **vars(importlib.import_module(typed.__module__))}
    holder = type("Holder", (), {"__annotations__": {key: typed.__annotations__[key]}})
    try:
        return typing.get_type_hints(holder, names)[key]
    except NameError:
        return object


def _parts(kind: Any) -> list[Any]:
    inner = typing.get_args(kind)
    return [part for one in inner for part in _parts(one)] if inner else [kind]
