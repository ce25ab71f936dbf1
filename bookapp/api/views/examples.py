"""A value as it may look, made from a schema of the description: each field brings an example of its own."""

from __future__ import annotations

from typing import Any

# Where a schema has none: what its kind looks like.
_OF_TYPE = {"string": "…", "integer": 1, "number": 1.0, "boolean": True, "null": None}
_OF_FORMAT = {"date-time": "2026-11-24T14:00:00+01:00", "date": "2026-11-24"}
_OF_PATH = {"integer": 1, "string": "B7K2QF"}


def resolved(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, where it is a reference, or one of several with null."""
    if "$ref" in schema:
        found: Any = whole
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return resolved(found, whole)
    for several in ("anyOf", "allOf", "oneOf"):
        if several in schema and "properties" not in schema:
            return resolved(schema[several][0], whole)
    return schema


def example_of(schema: dict[str, Any], whole: dict[str, Any]) -> Any:
    """An example that fits the schema; of an input only the fields that have one, for a body that says everything."""
    if schema.get("examples"):
        return schema["examples"][0]
    real = resolved(schema, whole)
    if real.get("examples"):
        return real["examples"][0]
    kind = type_of(real)
    if kind == "object":
        return {
            name: example_of(field, whole)
            for name, field in real.get("properties", {}).items()
            if name in real.get("required", ()) or _has_example(field, whole)
        }
    if kind == "array":
        return [example_of(real["items"], whole)]
    return real["enum"][0] if real.get("enum") else _OF_FORMAT.get(real.get("format", ""), _OF_TYPE.get(kind))


def type_of(schema: dict[str, Any]) -> str:
    """Its type, null left out: "object" where properties say so."""
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    return kinds if isinstance(kinds, str) else next((kind for kind in kinds if kind != "null"), "null")


def add_examples(whole: dict[str, Any]) -> None:
    """Give each path, each body and each answer of the description an example, where it has none."""
    for operations in whole["paths"].values():
        for parameter in operations.get("parameters", ()):
            schema = parameter["schema"]
            schema.setdefault("examples", [_OF_PATH[schema["type"]]])
        for method, operation in operations.items():
            if method == "parameters":
                continue
            contents = [operation.get("requestBody", {}).get("content", {})]
            contents += [answer.get("content", {}) for answer in operation["responses"].values()]
            for content in contents:
                media = content.get("application/json")
                if media and "schema" in media and not {"example", "examples"} & media.keys():
                    media["example"] = example_of(media["schema"], whole)


def _has_example(field: dict[str, Any], whole: dict[str, Any]) -> bool:
    return bool(field.get("examples") or "$ref" in field or resolved(field, whole).get("examples"))
