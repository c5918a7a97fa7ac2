"""Validating documents against the JSON Schemas that docs/ publishes."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

FOLDER = Path(__file__).parents[2] / "docs" / "reference" / "schemas"


def validate(document: dict[str, Any]) -> None:
    """Raise unless ``document`` fits the schema that it names (``dockerctl/status/v1``).

    The published schemas allow fields that a later version adds; here each field must be named.
    """
    _validator(document["schema"]).validate(document)


@cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    _, verb, version = name.split("/")
    schema = json.loads((FOLDER / f"{verb}-{version}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(_closed(schema))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if "properties" in closed and closed.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed
