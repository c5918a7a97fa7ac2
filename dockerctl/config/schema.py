"""A JSON Schema of daemon.json for an engine, made of the table of keys.

It is for editors and other programs, and takes what dockerctl itself would write: names as they
are documented, no null, and none of the spellings that dockerd passes over in silence.
"""

from __future__ import annotations

from dockerctl.config.keys import Key, key_table
from dockerctl.config.release import Release
from dockerctl.config.types import Kind, Type

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_IP: dict[str, object] = {
    "type": "string",
    "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}],
}
# Kinds without types inside. The annotation "format" is for people and editors; validators may
# pass over it.
_PLAIN: dict[Kind, dict[str, object]] = {
    Kind.ANY: {},
    Kind.BOOL: {"type": "boolean"},
    Kind.INT: {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    Kind.STRING: {"type": "string"},
    Kind.IP: _IP,
    Kind.ADDRESS: _IP,
    Kind.PREFIX: {"type": "string", "pattern": "^[0-9A-Fa-f.:]+/[0-9]{1,3}$"},
    Kind.SIZE: {
        "type": "string",
        "pattern": "^[0-9]+([.][0-9]+)? ?[kKmMgGtTpP]?([iI]?[bB])?$",
    },
    Kind.DURATION: {
        "type": "string",
        "pattern": "^(([0-9]+([.][0-9]+)?(ns|us|µs|ms|s|m|h))+|[0-9]+)$",
    },
    Kind.FILTER: {"type": "array", "items": {"type": "string"}},
}


def json_schema(release: Release | None) -> dict[str, object]:
    """The schema for ``release``; None stands for the newest that dockerctl knows.

    Keys that the newest release does not know any more are then left out.
    """
    table = key_table()
    newest = Release(10**6)
    for_release = release or newest
    properties = {
        name: _key(key, release)
        for name, key in table.keys.items()
        if key.known(for_release) and (key.refused is None or for_release < key.refused)
    }
    about = f"Docker Engine {release}" if release is not None else "Docker Engine"
    return {
        "$schema": _DRAFT,
        "title": f"daemon.json of {about}",
        "description": "The configuration file of dockerd on Linux.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _key(key: Key, release: Release | None) -> dict[str, object]:
    schema: dict[str, object] = {"description": f"{key.text}."}
    schema |= _type(key.types.at(release), release)
    if key.choices:
        schema["enum"] = list(key.choices)
    default = key.default_for(release)
    if default not in (None, "", [], {}):
        schema["default"] = default
    return schema


def _type(wanted: Type, release: Release | None) -> dict[str, object]:
    if wanted.kind in _PLAIN:
        return _PLAIN[wanted.kind]
    if wanted.item is not None:
        item = _type(wanted.item, release)
        if wanted.kind is Kind.LIST:
            return {"type": "array", "items": item}
        return {"type": "object", "additionalProperties": item}
    return {
        "type": "object",
        "properties": {
            member.name: _described(member.text) | _type(member.types.at(release), release)
            for member in wanted.known_members(release)
        },
        "additionalProperties": False,
    }


def _described(text: str) -> dict[str, object]:
    return {"description": f"{text}."} if text else {}
