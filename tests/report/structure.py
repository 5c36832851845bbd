"""The part of JSON Schema that result.schema.json uses, so that the tests need no further package."""

from typing import Any

KEYWORDS = {"$schema", "$defs", "$ref", "title", "type", "required", "properties", "additionalProperties", "items",
            "enum", "const", "minimum", "maximum", "minItems", "maxItems", "minLength"}
_TYPES = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int, "boolean": bool,
          "null": type(None)}


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str = "$") -> list[str]:
    """What is wrong with the value, with its place; empty where it fits."""
    if unknown := set(schema) - KEYWORDS:
        raise AssertionError(f"{place}: keywords not covered here: {unknown}")
    if "$ref" in schema:
        return faults(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, place)
    if not _has_type(value, schema.get("type")):
        return [f"{place}: type"]
    found = [f"{place}: {word}" for word, wrong in _simple(value, schema) if wrong]
    if isinstance(value, dict):
        found += _in_object(value, schema, root, place)
    if isinstance(value, list) and "items" in schema:
        found += [fault for i, one in enumerate(value) for fault in faults(one, schema["items"], root, f"{place}[{i}]")]
    return found


def _has_type(value: Any, names: str | list[str] | None) -> bool:
    if names is None:
        return True
    allowed = [names] if isinstance(names, str) else names
    if isinstance(value, bool):
        return "boolean" in allowed
    return any(isinstance(value, _TYPES[name]) for name in allowed)


def _simple(value: Any, schema: dict[str, Any]) -> list[tuple[str, bool]]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return [
        ("const", "const" in schema and value != schema["const"]),
        ("enum", "enum" in schema and value not in schema["enum"]),
        ("minimum", number and not value >= schema.get("minimum", value)),
        ("maximum", number and not value <= schema.get("maximum", value)),
        ("minItems", isinstance(value, list) and len(value) < schema.get("minItems", 0)),
        ("maxItems", isinstance(value, list) and len(value) > schema.get("maxItems", len(value))),
        ("minLength", isinstance(value, str) and len(value) < schema.get("minLength", 0)),
    ]


def _in_object(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], place: str) -> list[str]:
    found = [f"{place}.{name}: required" for name in schema.get("required", ()) if name not in value]
    known, other = schema.get("properties", {}), schema.get("additionalProperties", {})
    for name, one in value.items():
        rule = known.get(name, other)
        found += [f"{place}.{name}: unknown"] if rule is False else faults(one, rule, root, f"{place}.{name}")
    return found
