"""The description as its page shows it: doors by tag, each with its fields, an example and a command that tries it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask_babel import gettext as _

from bookapp.api.schemas.fields import Day, Instant, WallTime
from bookapp.api.views.examples import resolved, type_of

_DEEPEST = 3
_METHODS = ("get", "post", "put", "patch", "delete")
_PAGING = ("page", "limit")


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field or parameter: its name (a nested one by its path), what it takes, and what it means."""

    name: str
    takes: str
    words: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Door:
    """One operation."""

    id: str
    method: str
    path: str
    title: str
    words: Sequence[str]
    who: str
    asks: Sequence[FieldRow]
    body: Sequence[FieldRow]
    tries: Sequence[tuple[str, str]]
    status: str
    answer: str
    gives: Sequence[FieldRow]
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class Group:
    """The doors of one tag."""

    id: str
    title: str
    about: str
    doors: Sequence[Door]


def groups(whole: dict[str, Any]) -> list[Group]:
    """Every door of the description, by tag."""
    base = whole["servers"][0]["url"]
    found: dict[str, list[Door]] = {tag["name"]: [] for tag in whole["tags"]}
    for path, operations in whole["paths"].items():
        for method in _METHODS:
            if method in operations:
                door = _door(whole, base, path, method, operations[method], operations.get("parameters", ()))
                found[operations[method]["tags"][0]].append(door)
    return [
        Group(tag["name"].lower().replace(" ", "-"), _(tag["name"]), _(tag["description"]), found[tag["name"]])
        for tag in whole["tags"]
    ]


def _door(
    whole: dict[str, Any], base: str, path: str, method: str, operation: dict[str, Any], in_path: Sequence[Any]
) -> Door:
    asked = [one for one in (*in_path, *operation.get("parameters", ())) if "name" in one]
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    status, given = next((code, answer) for code, answer in operation["responses"].items() if code.startswith("2"))
    kind, content = next(iter(given.get("content", {}).items()), ("", {}))
    return Door(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        title=operation["summary"],
        words=operation.get("description", "").split("\n\n"),
        who=_who(operation["security"]),
        asks=[
            FieldRow(one["name"], _takes(one["schema"], whole), one.get("description", ""), one["required"])
            for one in asked
        ],
        body=list(_rows(media["schema"], whole)) if media else [],
        tries=[(words, _curl(base, path, method, operation, asked, body)) for words, body in _bodies(media)],
        status=status,
        answer=_written(content["example"]) if "example" in content else kind,
        gives=list(_rows(content["schema"], whole)) if "example" in content else [],
        problems=sorted(code for code in operation["responses"] if code >= "4"),
    )


def _bodies(media: dict[str, Any]) -> list[tuple[str, Any]]:
    """What to send, each with what it is for; one without a name where there is no choice."""
    if "examples" in media:
        return [(_(one["summary"]), one["value"]) for one in media["examples"].values()]
    return [("", media.get("example"))]


def _who(security: Sequence[dict[str, Any]]) -> str:
    if not security:
        return _("No token")
    scope = next((words[0] for one in security for name, words in one.items() if name == "bearer" and words), "")
    if {} in security:
        return _("A token is not needed")
    return _("A token with the scope “%(scope)s”", scope=scope)


def _rows(schema: dict[str, Any], whole: dict[str, Any], before: str = "", depth: int = 1) -> Iterator[FieldRow]:
    real = resolved(schema, whole)
    if type_of(real) == "array":
        yield from _rows(real["items"], whole, f"{before}[]", depth)
        return
    for name, field in real.get("properties", {}).items():
        inner, path = resolved(field, whole), f"{before}.{name}".lstrip(".")
        words = field.get("description") or inner.get("description", "")
        yield FieldRow(path, _takes(field, whole), words, name in real.get("required", ()))
        holds = resolved(inner["items"], whole) if type_of(inner) == "array" else inner
        if depth < _DEEPEST and holds.get("properties"):
            yield from _rows(field, whole, path, depth + 1)


def _takes(schema: dict[str, Any], whole: dict[str, Any]) -> str:
    """What a field takes, in words."""
    real = resolved(schema, whole)
    kind = type_of(real)
    if kind == "array":
        return _("list: %(what)s", what=_takes(real["items"], whole))
    if enum := [str(one) for one in real.get("enum", ()) if one is not None]:
        return _("one of %(words)s", words=", ".join(enum))
    words = {
        "string": _written_as(real),
        "integer": _("whole number"),
        "number": _("number"),
        "boolean": _("true or false"),
        "object": _("object"),
    }[kind]
    may_be_null = "null" in real.get("type", ()) or any(one.get("type") == "null" for one in schema.get("anyOf", ()))
    return _("%(what)s or null", what=words) if may_be_null else words


def _written_as(schema: dict[str, Any]) -> str:
    """Of a text: what it must look like, where that has a name."""
    named = {
        Day.pattern: _("day"),
        WallTime.pattern: _("time of day"),
        Instant.pattern: _("time with offset"),
        "date": _("day"),
        "date-time": _("time with offset"),
    }
    pattern = schema.get("pattern", "").removeprefix("^(?:").removesuffix(")$")
    return named.get(pattern) or named.get(schema.get("format", "")) or _("text")


def _curl(
    base: str, path: str, method: str, operation: dict[str, Any], asked: Sequence[dict[str, Any]], body: Any
) -> str:
    """A command for a shell, with the examples in it."""
    query: list[tuple[str, str]] = []
    parts: list[str] = []
    for one in asked:
        value = next(iter(one["schema"].get("examples", ())), None)
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", str(value))
        elif one["in"] == "query" and value is not None and one["name"] not in _PAGING:
            query.append((one["name"], ",".join(value) if isinstance(value, list) else _plain(value)))
        elif one["in"] == "header" and value is not None:
            parts.append(f"-H '{one['name']}: {value}'")
    if {} not in operation["security"] and operation["security"]:
        parts.insert(0, '-H "Authorization: Bearer $TOKEN"')
    if body is not None:
        parts += ["-H 'Content-Type: application/json'", f"-d '{_written(body)}'"]
    url = f"{base}{path}" + (f"?{urlencode(query, safe=',:')}" if query else "")
    verb = "" if method == "get" else f"-X {method.upper()} "
    return " \\\n  ".join([f"curl {verb}'{url}'", *parts])


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _written(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
