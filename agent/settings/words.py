"""Which words may stand where, read from a type's JSON Schema: for "did you mean", for what was expected.

It knows nothing of any particular file.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel

from agent.settings.complaints import Where

Schema = dict[str, Any]


@cache
def schema_of(model: type[BaseModel]) -> Schema:
    """Give the JSON Schema of a model, made once."""
    return model.model_json_schema()


def _flat(node: Schema, root: Schema, data: Any) -> list[Schema]:
    """Give the alternatives of a node, references followed; where a word tells them apart (`kind`), only that one."""
    if "$ref" in node:
        found = root["$defs"][node["$ref"].rpartition("/")[2]]
        return _flat(found, root, data)
    if discriminator := node.get("discriminator"):
        tag = data.get(discriminator["propertyName"]) if isinstance(data, dict) else None
        if isinstance(tag, str) and tag in discriminator["mapping"]:
            return _flat({"$ref": discriminator["mapping"][tag]}, root, data)
    choices = [*node.get("anyOf", ()), *node.get("oneOf", ())]
    return [flat for choice in choices for flat in _flat(choice, root, data)] if choices else [node]


def nodes_at(model: type[BaseModel], path: Where, data: Any) -> list[Schema]:
    """Give the schemas that hold at a path of the data."""
    root = schema_of(model)
    nodes = _flat(root, root, data)
    for part in path:
        data = _step(data, part)
        inner: list[Schema] = []
        for node in nodes:
            for found in _inside(node, part):
                inner += _flat(found, root, data)
        nodes = inner
    return nodes


def _inside(node: Schema, part: str | int) -> list[Schema]:
    """Give the schemas of one word or place in what a node describes."""
    if isinstance(part, int):
        found = [node.get("items")]
    elif part in node.get("properties", {}):
        found = [node["properties"][part]]
    else:
        found = [node.get("additionalProperties"), *node.get("patternProperties", {}).values()]
    return [schema for schema in found if isinstance(schema, dict)]


def _step(data: Any, part: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(part) if isinstance(part, str) else None
    if isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data):
        return data[part]
    return None


def words_at(model: type[BaseModel], path: Where, data: Any) -> list[str]:
    """Give the words that may stand in the mapping at a path, the required ones first."""
    required: dict[str, None] = {}
    every: dict[str, None] = {}
    for node in nodes_at(model, path, data):
        required |= dict.fromkeys(node.get("required", ()))
        every |= dict.fromkeys(node.get("properties", {}))
    return [word for word in required if word in every] + [word for word in every if word not in required]


def description_at(model: type[BaseModel], path: Where, data: Any) -> str:
    """Give what a field means, "" if nothing is written about it."""
    root = schema_of(model)
    for node in nodes_at(model, path[:-1], data):
        found = node.get("properties", {}).get(path[-1], {})
        if described := found.get("description"):
            return str(described)
        if "$ref" in found:
            return str(root["$defs"][found["$ref"].rpartition("/")[2]].get("description", ""))
    return ""
