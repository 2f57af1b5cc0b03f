"""docs/settings.md: every word that may stand in the settings files, generated from the types and their descriptions.

`python -m agent.settings.guide FILE` writes it. A test holds it against the types, so it cannot go stale.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from agent.driver import MqttDriver
from agent.model.quantities import QUANTITIES
from agent.model.units import DURATION_PATTERN, units_for
from agent.settings.abilities import usable_drivers
from agent.settings.schema import MODELS, Schema, plain_schema

_HEAD: Final = """\
# Settings

YAML files in one folder say everything: `site.yaml` (who we are), `lines.yaml` (what is plugged in), `devices.yaml`
(what measures, calls or answers), `rules.yaml` (what is a matter for whom), `uplinks.yaml` (where things go) and
`risks.yaml` (the risk register). Only `site.yaml` must be there. `caretaker check -c FOLDER` says everything that is
wrong with them at once, with file, line and column; it opens no port and no connection.

This page is generated from the code (`python -m agent.settings.guide docs/settings.md`).

How the files are read:

- YAML 1.2: `22:00`, `no` and `on` are text; only `true` and `false` are true and false. A word that stands twice, a
  number with a leading zero (`010`), tags (`!x`) and merge keys (`<<`) are refused. Aliases (`*x`) are allowed.
- Words that are not known are refused; nothing is guessed.
- Durations carry their unit: `500ms`, `10s`, `5m`, `8h`, `14d`.
- Names (of lines, devices, rules) are 1 to 64 of `a-z`, `0-9` and `-`.
- Secrets stand in files of their own, readable by the service alone, or come from systemd as `credential:NAME`.
- Limits of rules may carry another unit than the quantity's own; it is converted once, at load.
- A rule's `select` finds devices by name, or by zone, building, driver and tags; all words that are given must hold.
  Devices that are named must be able to say what the rule wants to know, of the others those that cannot are left out.
  `select: {}` means every device that can.
- `packs:` in `rules.yaml` brings the rules of packs, `override:` changes words of them; devices take part by `roles:`.
  Packs and runbooks (`rules/NAME.yaml`, `plans/NAME.yaml`) come with the agent; those in the folder come before them.
  A rule of priority 1 or 2 needs a runbook. `caretaker test -c FOLDER` runs the examples that are written with rules.

In the tables, words without a default must be given.
"""


def guide() -> str:
    """Give the whole page."""
    parts = [_HEAD]
    for name, model in MODELS.items():
        schema = plain_schema(model)
        parts.append(f"## {name}.yaml\n")
        parts += _sections(schema)
    parts += ["## Options of drivers\n", *_drivers(), "## Quantities and their units\n", *_quantities()]
    return "\n".join(parts)


def _sections(schema: Schema) -> Iterator[str]:
    """Give the table of a file's own words, then one for each kind of mapping in it, in the order of their use."""
    definitions = schema.get("$defs", {})
    yield _table(schema)
    seen: dict[str, None] = {}
    waiting = list(_references(schema.get("properties", {})))
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen[name] = None
        node = definitions[name]
        yield f"### {name}\n\n{node.get('description', '')}\n"
        yield _table(node)
        waiting = [*_references(node.get("properties", {})), *waiting]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for word, value in node.items():
            if word == "$ref":
                yield value.rpartition("/")[2]
            elif word != "discriminator":
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _table(node: Schema) -> str:
    required = node.get("required", ())
    rows = ["| word | what | default | meaning |", "|---|---|---|---|"]
    for word, field in node.get("properties", {}).items():
        default = "" if word in required else _default(field)
        rows.append(f"| `{word}` | {_cell(_kind(field))} | {default} | {_cell(field.get('description', ''))} |")
    return "\n".join(rows) + "\n" if len(rows) > 2 else "No words of its own.\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _default(field: Schema) -> str:
    value = field.get("default")
    if value is None or value in ("", [], {}):
        return "–"
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`{shown}`" if len(shown) <= 40 else "a table (see the driver)"


def _kind(field: Schema) -> str:
    """Say in a few words what may stand there."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for word in ("anyOf", "oneOf"):
        if word in field:
            kinds = [_kind(choice) for choice in field[word] if choice.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return _choices(field["enum"])
    if field.get("pattern") == DURATION_PATTERN:
        return "duration"
    return _collection(field) or _number(field) or {"string": "text", "boolean": "true/false"}.get(_type(field), "any")


def _choices(values: list[Any]) -> str:
    shown = [f"`{value}`" for value in values if value != ""]
    return ", ".join(shown) if len(shown) <= 8 else f"one of {len(shown)} words, such as {shown[0]}"


def _type(field: Schema) -> str:
    return str(field.get("type", ""))


def _collection(field: Schema) -> str:
    if _type(field) == "array":
        return f"list of {_kind(field.get('items', {}))}"
    if _type(field) == "object":
        inner = [field.get("additionalProperties"), *field.get("patternProperties", {}).values()]
        kinds = [_kind(node) for node in inner if isinstance(node, dict)]
        return f"by name: {kinds[0]}" if kinds else "words"
    return ""


def _number(field: Schema) -> str:
    if _type(field) not in ("integer", "number"):
        return ""
    kind = "whole number" if _type(field) == "integer" else "number"
    low = field.get("minimum", field.get("exclusiveMinimum"))
    high = field.get("maximum", field.get("exclusiveMaximum"))
    if low is not None and high is not None:
        return f"{kind} {_digits(low)} to {_digits(high)}"
    above = "above" if "exclusiveMinimum" in field else "from"
    return f"{kind} {above} {_digits(low)}" if low is not None else kind


def _digits(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:g}"


def _drivers() -> Iterator[str]:
    for name, found in usable_drivers().items():
        yield f"### {name}\n\n{found.summary}.\n"
        if isinstance(found, MqttDriver):
            yield "Options of the family (`south.ecosystems` in lines.yaml):\n"
            yield from _sections(plain_schema(found.options))
            yield "Options of a device:\n"
            yield from _sections(plain_schema(found.device_options))
        else:
            yield from _sections(plain_schema(found.options))


def _quantities() -> Iterator[str]:
    rows = ["| quantity | 中文 | unit | also in | believable |", "|---|---|---|---|---|"]
    for quantity in QUANTITIES.values():
        own, *others = units_for(quantity.unit, quantity.name) if quantity.unit else [""]
        numbers = f"{_digits(quantity.low)} to {_digits(quantity.high)}"
        bounds = {"state": "true/false", "text": "text"}.get(quantity.kind, numbers)
        rows.append(f"| `{quantity.name}` | {quantity.zh} | {own} | {', '.join(others)} | {bounds} |")
    yield "\n".join(rows) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(guide(), encoding="utf-8")
