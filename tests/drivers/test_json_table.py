"""The table of json-topic: what is wrong with one is said in words with a cure; paths lead where they say."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from drivers.json_topic import DRIVER
from drivers.wire import json_paths

ENTRY = {"topic": "t/+", "levels": ["device"], "values": [{"path": "v", "quantity": "power"}]}
VALUE = {"path": "v"}
REFUSED = [
    ({"values": []}, "state topic 't/.' says nothing"),
    ({"kind": "presence"}, "presence topic 't/.' has values"),
    ({"kind": "states"}, "Input should be"),
    ({"online": "1", "offline": "1"}, "says both online and offline"),
    ({"topic": "t/#"}, "no '#'"),
    ({"topic": "t/a+"}, "whole levels"),
    ({"topic": "t/+/+"}, "has 2 '.', but levels has 1"),
    ({"levels": ["who"]}, "'who' is no meaning of a topic level; expected device, place, any or tag=word"),
    ({"levels": ["any"]}, "stands nowhere"),
    ({"device": "d"}, "stands both"),
    ({"topic": "t/+/+/+", "levels": ["device", "tag=a", "tag=b"]}, "expected one tag level"),
    ({"values": [VALUE]}, "neither a quantity nor an event"),
    ({"values": [{**VALUE, "quantity": "power", "event": "button"}]}, "both a quantity and an event"),
    ({"values": [{**VALUE, "quantity": "powr"}]}, "'powr' is no quantity; expected 'power'"),
    ({"values": [{**VALUE, "event": "buton"}]}, "'buton' is no kind of event; expected 'button'"),
    ({"values": [{**VALUE, "quantity": "power", "scale": 0.0}]}, "scale 0"),
    ({"values": [{**VALUE, "quantity": "power", "unit": "degC"}]}, "'degC' is no unit of this; expected W, kW"),
    ({"values": [{**VALUE, "quantity": "door_open", "unit": "W"}]}, "door_open is no number"),
    ({"values": [{**VALUE, "event": "button", "scale": 2.0}]}, "button is no number"),
    ({"values": [{**VALUE, "quantity": "door_open", "words": {"OPEN": 1}}]}, "expected true or false"),
    ({"values": [{**VALUE, "quantity": "power", "words": {"OPEN": True}}]}, "expected a number"),
    ({"values": [{**VALUE, "event": "button", "words": {"a": "punch"}}]}, "'punch' is no way to press"),
    ({"values": [{"path": "a..b", "quantity": "power"}]}, "is no path; expected one such as"),
    ({"values": [{"path": "a[x]", "quantity": "power"}]}, "is no path"),
    ({"values": [{"path": ".a", "quantity": "power"}]}, "is no path"),
    ({"values": [{"path": "a." * 20 + "a", "quantity": "power"}]}, "expected at most 16"),
    ({"values": [{**VALUE, "quantity": "power"}, {"path": "w", "quantity": "power"}]}, "power  stands twice"),
    ({"outputs": {"relay_1": {"topic": "t/set"}}}, "does not name the device; expected 1"),
    ({"outputs": {"relay_1": {"topic": "t/+/set"}}}, "relay_1 is never read back"),
    ({"outputs": {"door_open": {"topic": "t/+/set"}}}, "'door_open' is no output"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_a_bad_table_is_refused_in_words(change: dict[str, Any], words: str) -> None:
    DRIVER.options.model_validate({"entries": [ENTRY]})
    with pytest.raises(ValidationError, match=words):
        DRIVER.options.model_validate({"entries": [{**ENTRY, **change}]})


@pytest.mark.parametrize("other", ["t/+", "t/a", "+/a", "+/+"])
def test_one_message_belongs_to_one_entry(other: str) -> None:
    levels = ["device", "any"][: other.count("+")]
    device = {} if levels else {"device": "d"}
    with pytest.raises(ValidationError, match="both match one message"):
        DRIVER.options.model_validate({"entries": [ENTRY, {**ENTRY, "topic": other, "levels": levels, **device}]})


@pytest.mark.parametrize("path", ["", "a", "a.b", "a[0].b", "[2]", 'a["x.y"][1]', "0.a"])
def test_a_path_leads_to_what_was_put_there(path: str) -> None:
    steps = json_paths.parse(path)
    root = json_paths.put(None, steps, 7)
    assert json_paths.find(root, steps) == 7
    assert json_paths.find(root, (*steps, "more")) is json_paths.MISSING
