"""The JSON Schema of result.json for one question: result.schema.json with that question's form and words."""

import json
from pathlib import Path
from typing import Any

from rnapp.types import Field, Question

_COMMON = Path(__file__).with_name("result.schema.json")
_TYPES = {"number": "number", "choice": "string", "yes_no": "boolean"}


def result_schema(question: Question) -> dict[str, Any]:
    """JSON Schema, draft 2020-12. Every key is always present; null means unknown."""
    schema: dict[str, Any] = json.loads(_COMMON.read_text(encoding="utf-8"))
    schema["properties"]["question"] = {"const": question.id}
    clinical = schema["properties"]["clinical"]
    clinical["required"] = [field.name for field in question.fields]
    clinical["properties"] = {field.name: _entry(field) for field in question.fields}
    definitions = schema["$defs"]
    definitions["leaning"]["enum"] = list(question.leanings)
    verdicts = [*(one.code for one in question.outcomes), "indeterminate", "withheld", None]
    definitions["verdict"]["enum"] = verdicts
    definitions["prediction"]["required"].insert(0, question.probability_name)
    definitions["prediction"]["properties"][question.probability_name] = {"$ref": "#/$defs/share"}
    return schema


def _entry(field: Field) -> dict[str, Any]:
    limits = {"minimum": field.least, "maximum": field.most} if field.kind == "number" else {}
    codes = {"enum": [*field.choices, None]} if field.kind == "choice" else {}
    return {"type": [_TYPES[field.kind], "null"], **limits, **codes}
