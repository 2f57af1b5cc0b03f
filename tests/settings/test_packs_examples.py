"""Examples written with rules: how they are told to the engine, and what is said about one that cannot be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.rules import Rule
from agent.rules.paper import Example
from agent.settings.complaints import SettingsError
from agent.settings.examples import Case, Result, Turn, run
from agent.settings.load import load
from agent.settings.plan import plan_of
from agent.settings.types import Settings
from tests.plans import rule

CONFIG = Path(__file__).parents[2] / "config"
PLAN = plan_of(load(CONFIG))
HOT = {"kind": "threshold", "quantity": "temperature", "when": {"op": ">=", "value": 40.0}, "on_delay": "10s"}
DAMP = {"kind": "threshold", "quantity": "humidity", "when": {"op": ">", "value": 80.0}}
BOTH = {"kind": "composite", "all": [{"rule": "hot"}, {"rule": "damp"}], "priority": 4}


def told(fields: dict[str, Any], given: list[dict[str, Any]], expect: list[dict[str, Any]], **more: Any) -> Result:
    rules: dict[str, Rule] = {"hot": rule(HOT), "damp": rule(DAMP), "it": rule(fields)}
    example = Example.model_validate({"given": given, "expect": expect, **more})
    return run(Case("rules.yaml", "it", rules["it"], example), PLAN, rules)


def test_units_and_ramps() -> None:
    """104 degF are 40 degC, reached half-way of a ramp from 86 to 122."""
    given = [{"at": "0s", "value": 86.0, "to": 122.0, "unit": "degF", "every": "1s", "until": "100s"}]
    assert told(HOT, given, [{"at": "60s", "alarm": "raised"}]).passed


def test_a_composite_is_tried_with_the_rules_that_it_speaks_of() -> None:
    """It follows their truth and not their delays, and their own alarms are no business of the example."""
    given = [
        {"at": "0s", "quantity": "temperature", "value": 20.0}, {"at": "0s", "quantity": "humidity", "value": 50.0},
        {"at": "5s", "quantity": "temperature", "value": 45.0}, {"at": "30s", "quantity": "humidity", "value": 90.0},
        {"at": "50s", "quantity": "temperature", "value": 20.0},
    ]  # fmt: skip
    result = told(BOTH, given, [{"at": "30s", "alarm": "raised"}, {"at": "50s", "alarm": "cleared"}])
    assert result.passed, result.diff()


def test_two_devices_have_an_alarm_each() -> None:
    given = [{"at": "0s", "value": 20.0}, {"at": "0s", "value": 20.0, "device": "other"},
             {"at": "5s", "value": 41.0, "device": "other"}]  # fmt: skip
    result = told(HOT, given, [{"at": "15s", "alarm": "raised", "device": "other"}])
    assert result.passed, result.diff()


def test_what_was_not_expected_fails_too() -> None:
    given = [{"at": "0s", "value": 41.0}]
    result = told(HOT, given, [], until="20s")
    assert not result.passed
    assert result.found == (Turn(10_000, "raised", 3),)
    assert result.diff() == ["+ 10s raised P3"]
    assert told(HOT, given, [], until="9s").passed
    assert told(HOT, [], [{"at": "5s", "alarm": "raised"}]).diff() == ["- 5s raised P3"]


def test_hours_are_the_sites() -> None:
    night = HOT | {"hours": {"from": "22:00", "to": "06:00"}}
    given = [{"at": "0s", "value": 41.0}]
    assert told(night, given, [{"at": "70s", "alarm": "raised"}], start="2024-05-31T21:59").passed
    assert told(night, given, [], start="2024-05-31T12:00", until="1h").passed


WRONG = [
    ({"at": "0s", "value": True}, "given[0].value: temperature is a number", "expected: a number"),
    ({"at": "0s"}, "given[0].value: temperature is a number", "expected: a number"),
    ({"at": "0s", "value": 1.0, "unit": "V"}, "given[0].unit: 'V' is no unit of temperature", "expected: degC"),
    ({"at": "0s", "value": 1.0, "quantity": "temprature"}, "given[0].quantity: there is no quantity 'temprature'",
     "did you mean: temperature"),
    ({"at": "0s", "event": "crad"}, "given[0].event: there is no event 'crad'", "did you mean: card"),
    ({"at": "0s", "event": "card", "press": {}}, "given[0]: this is not one thing", "either quantity, event or press"),
    ({"at": "9s", "value": 1.0, "every": "1s", "until": "5s"}, "given[0]: it is repeated until 5s",
     "until: 9s or later"),
    ({"at": "0s", "value": 1.0, "to": 2.0}, "given[0]: it happens once", "every: how often it is repeated"),
    ({"at": "0s", "value": 1.0, "every": "1ms", "until": "1h"}, "given: 3600001 things happen", "at most 200000"),
]  # fmt: skip


def site(folder: Path, example: dict[str, Any]) -> Settings:
    own = HOT | {"select": {}, "examples": [{"expect": [], **example}]}
    files = {
        "site": {"site": "s", "node": "n"}, "lines": {"lines": {"bus": {"port": "/dev/serial/by-id/bus"}}},
        "devices": {"devices": {"room": {"driver": "xy-md02", "line": "bus"}}}, "rules": {"rules": {"hot": own}},
    }  # fmt: skip
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return load(folder)


@pytest.mark.parametrize(("given", "message", "cure"), WRONG, ids=[message for _, message, _ in WRONG])
def test_an_example_that_cannot_be_told_is_refused(
    tmp_path: Path, given: dict[str, Any], message: str, cure: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        site(tmp_path, {"given": [given]})
    assert f"rules.hot.examples[0].{message}" in str(caught.value)
    assert cure in str(caught.value)
    assert all(complaint.line > 1 for complaint in caught.value.complaints)


def test_times_of_an_example_are_times(tmp_path: Path) -> None:
    turns = [{"at": "20s", "alarm": "raised"}, {"at": "10s", "alarm": "cleared"}]
    with pytest.raises(SettingsError) as caught:
        site(tmp_path, {"given": [], "start": "2024-02-31T12:00", "expect": turns})
    assert "examples[0].start: there is no such time: 2024-02-31T12:00" in str(caught.value)
    assert "examples[0].expect[1].at: 10s comes before 20s" in str(caught.value)
