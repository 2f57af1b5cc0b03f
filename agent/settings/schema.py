"""JSON Schema of the settings files, for editors: generated from the types, the installed drivers and the quantities.

`python -m agent.settings.schema FOLDER` writes them. They help while typing; what is right is decided by `load`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from agent.driver import Driver, MqttDriver
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from agent.model.units import DURATION_PATTERN, duration_text
from agent.settings.abilities import usable_drivers
from agent.settings.runbooks import RisksFile
from agent.settings.types import DevicesFile, LinesFile, RulesFile, SiteFile, UplinksFile

Schema = dict[str, Any]
MODELS: Final[dict[str, type[BaseModel]]] = {
    "site": SiteFile,
    "lines": LinesFile,
    "devices": DevicesFile,
    "rules": RulesFile,
    "uplinks": UplinksFile,
    "risks": RisksFile,
}


def schemas() -> dict[str, str]:
    """Give every schema as text, by file name."""
    return {f"{name}.schema.json": json.dumps(schema_for(name), ensure_ascii=False, indent=2) + "\n" for name in MODELS}


def schema_for(name: str) -> Schema:
    """Give the schema of one settings file, by its name without `.yaml`."""
    schema = plain_schema(MODELS[name])
    if name == "devices":
        every = usable_drivers()
        _driver_words(schema["$defs"]["DeviceSettings"], every)
        _options(schema, "DeviceSettings", [(one, _device_options(found)) for one, found in every.items()])
    if name == "lines":
        spoken = {one: found for one, found in usable_drivers().items() if isinstance(found, MqttDriver)}
        _driver_words(schema["$defs"]["Ecosystem"], spoken)
        _options(schema, "Ecosystem", [(one, found.options) for one, found in spoken.items()])
    if name == "rules":
        _rule_words(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def plain_schema(model: type[BaseModel]) -> Schema:
    """Give a type's schema with durations as people write them."""
    schema = model.model_json_schema()
    _tidy(schema)
    return schema


def _device_options(found: Driver) -> type[BaseModel]:
    return found.device_options if isinstance(found, MqttDriver) else found.options


def _tidy(node: Any) -> None:
    """Write durations with their unit where they are defaults, and leave out the titles that only repeat names."""
    if isinstance(node, list):
        for item in node:
            _tidy(item)
    if not isinstance(node, dict):
        return
    if node.get("pattern") == DURATION_PATTERN and isinstance(node.get("default"), int):
        node["default"] = duration_text(node["default"])
    if "patternProperties" in node:
        node["additionalProperties"] = False
    if isinstance(node.get("default"), dict):
        del node["default"]
    if isinstance(node.get("title"), str):
        del node["title"]
    for value in list(node.values()):
        _tidy(value)


def _driver_words(node: Schema, choices: Mapping[str, Driver]) -> None:
    summaries = [{"const": name, "description": found.summary} for name, found in choices.items()]
    node["properties"]["driver"] = {**_described(node["properties"]["driver"]), "oneOf": summaries}


def _options(schema: Schema, owner: str, models: Iterable[tuple[str, type[BaseModel]]]) -> None:
    """Let the driver decide which options may stand beside it."""
    branches = []
    for name, model in models:
        options = model.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
        _tidy(options)
        schema["$defs"] |= {f"{name}.{inner}": node for inner, node in options.pop("$defs", {}).items()}
        then: Schema = {"properties": {"options": options}}
        if options.get("required"):
            then["required"] = ["options"]
        branches.append({"if": {"properties": {"driver": {"const": name}}, "required": ["driver"]}, "then": then})
    schema["$defs"][owner]["allOf"] = branches


def _rule_words(schema: Schema) -> None:
    """Fill in the quantities and event kinds that rules may name."""
    quantities = [
        {"const": quantity.name, "description": f"{quantity.zh} {quantity.unit}".strip()}
        for quantity in QUANTITIES.values()
    ]
    states = [choice for choice in quantities if QUANTITIES[choice["const"]].kind == "state"]
    anything = [*quantities, {"const": "", "description": "any sign of life"}]
    for name, choices in (
        ("Threshold", quantities),
        ("Absent", anything),
        ("WithinHours", states),
        ("BecameMatch", states),
    ):
        properties = schema["$defs"][name]["properties"]
        properties["quantity"] = {**_described(properties["quantity"]), "oneOf": choices}
    event = schema["$defs"]["EventMatch"]["properties"]
    event["event"] = {**_described(event["event"]), "enum": list(EVENT_KINDS)}


def _described(node: Schema) -> Schema:
    return {word: node[word] for word in ("description", "default") if word in node}


def main(folder: Path) -> None:
    """Write the schemas to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
