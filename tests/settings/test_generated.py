"""What is generated is up to date, and the example in config/ is good."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from agent.settings.guide import guide
from agent.settings.load import load
from agent.settings.notes import notes
from agent.settings.schema import MODELS, schema_for, schemas
from agent.settings.select import devices_of
from agent.settings.words import description_at, words_at

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"


@pytest.mark.parametrize("name", schemas())
def test_the_schemas_are_up_to_date(name: str) -> None:
    """If not: python -m agent.settings.schema config/schema."""
    assert (CONFIG / "schema" / name).read_text(encoding="utf-8") == schemas()[name]


def test_the_guide_is_up_to_date() -> None:
    """If not: python -m agent.settings.guide docs/settings.md."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == guide()


@pytest.mark.parametrize("name", MODELS)
def test_every_example_names_its_schema(name: str) -> None:
    first = (CONFIG / f"{name}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema=schema/{name}.schema.json"


@pytest.mark.parametrize("name", MODELS)
def test_every_reference_of_a_schema_leads_somewhere(name: str) -> None:
    text = json.dumps(schema_for(name))
    wanted = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert wanted <= set(schema_for(name).get("$defs", {}))


@pytest.mark.parametrize("name", MODELS)
def test_every_word_of_ours_is_described(name: str) -> None:
    """Down to the words of a device; rules are described where they are written (agent/rules/)."""
    model = MODELS[name]
    data = yaml.safe_load((CONFIG / f"{name}.yaml").read_text(encoding="utf-8"))
    paths = [(), *((word,) for word in data)]
    undescribed = [
        (*path, word)
        for path in paths
        for word in words_at(model, path, data)
        if not description_at(model, (*path, word), data)
    ]
    assert undescribed == []


def test_the_example_is_good() -> None:
    settings = load(CONFIG)
    assert len(settings.devices) >= 20
    assert {rule.kind for rule in settings.rules.values()} >= {
        "threshold", "absent", "pressed", "count", "within_hours", "feedback_share", "missed_round"
    }  # fmt: skip
    assert all(rule.title.zh and rule.title.en for rule in settings.rules.values())
    assert all(devices_of(rule, settings) for rule in settings.rules.values())
    assert not [note for note in notes(settings) if "secrets/" not in note]


def test_the_example_has_secrets_by_file_and_by_credential() -> None:
    uplinks = load(CONFIG).uplinks
    assert uplinks.mqtt is not None
    assert uplinks.influx is not None
    assert uplinks.mqtt.password_file == "secrets/mqtt"
    assert uplinks.influx.token_file.startswith("credential:")
