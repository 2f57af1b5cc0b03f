"""Lines by patterns: values and events, units, ends, what is junk, complaints, any cut, hostile bytes, player."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Setup
from agent.model.events import Event, Fault, Reading
from drivers.text_line import DRIVER
from tests import kit
from tests.drivers import uart_kit as uart

CLIMATE = {
    "pattern": r"T=(?P<t>-?\d+\.\d)C H=(?P<h>\d+)%( L)?",
    "values": [
        {"group": "t", "quantity": "temperature", "low": -40, "high": 80},
        {"group": "h", "quantity": "humidity"},
    ],
}
KEY = {
    "pattern": r"KEY (?P<n>\d+)",
    "values": [{"group": "n", "event": "button", "value": "single", "part": "channel={}"}],
}
DOOR = {
    "pattern": r"DOOR (?P<s>OPEN|CLOSED)",
    "values": [{"group": "s", "quantity": "door_open", "words": {"OPEN": True, "CLOSED": False}}],
}
ALARM = {"pattern": "ALARM", "values": [{"event": "device_alarm", "value": "alarm"}]}
TABLE = [CLIMATE, KEY, DOOR, ALARM]


def table(*lines: dict[str, Any], **options: Any) -> Setup:
    return Setup("s", options=DRIVER.options.model_validate({"lines": list(lines), **options}))


def said(raw: bytes, *lines: dict[str, Any], **options: Any) -> list[Any]:
    device = DRIVER.build(table(*lines, **options))
    return device.receive(raw, 0) + device.quiet(301)


def test_a_line_says_what_its_pattern_names() -> None:
    items = said(b"T=-21.5C H=45%\r\nKEY 007\nDOOR OPEN\rDOOR CLOSED\n ALARM \n", *TABLE)
    assert items == [
        Reading("s", "temperature", -21.5),
        Reading("s", "humidity", 45.0),
        Event("s", "button", "single", part="channel=7"),
        Reading("s", "door_open", value=True),
        Reading("s", "door_open", value=False),
        Event("s", "device_alarm", "alarm"),
    ]


def test_the_climate_text_of_the_xy_md02() -> None:
    # Its automatic mode floods the bus with this (serial.md §A1).
    line = {"pattern": "(?P<t>-?[0-9.]+)℃,(?P<h>[0-9.]+)%", "values": CLIMATE["values"]}
    assert uart.plain(said("27.4℃,67.7%\r\n".encode(), line)) == {"temperature": 27.4, "humidity": 67.7}
    assert uart.plain(said("27.4℃,67.7%\r\n".encode("gb18030"), line)) == {"temperature": 27.4, "humidity": 67.7}


@pytest.mark.parametrize(
    ("value", "text", "published"),
    [
        ({"quantity": "temperature", "unit": "degF"}, "212", 100.0),
        ({"quantity": "distance", "unit": "cm"}, "12.5", 125.0),
        ({"quantity": "distance"}, "1110 mm", 1110.0),
        ({"quantity": "voltage", "scale": 0.01, "offset": 1}, "23000", 231.0),
        ({"quantity": "humidity", "sentinels": ["---", -1]}, "---", None),
        ({"quantity": "humidity", "sentinels": [-1]}, "-1", None),
        ({"quantity": "text"}, "a\x07b", "ab"),
    ],
)
def test_values(value: dict[str, Any], text: str, published: Any) -> None:
    items = said(f"X {text}\n".encode(), {"pattern": "X (?P<v>.+)", "values": [{"group": "v", **value}]})
    assert uart.plain(items) == ({} if published is None else {value["quantity"]: published})
    assert uart.faults(items) == []


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (b"boot v1.2\n", ["junk"]),
        (b"xT=21.5C H=45%\n", ["junk"]),
        (b"T=21.5C H=45%x\n", ["junk"]),
        (b"T=21.5C H=45%", ["junk"]),
        (b"T=81.0C H=45%\n", ["insane"]),
        (b"T=21.5C H=450%\n", ["insane"]),
        (b"x" * 513 + b"T=21.5C H=45%\n", ["junk"]),
        (b"\xff\xfe\n", ["junk"]),
    ],
)
def test_what_is_refused(raw: bytes, faults: list[str]) -> None:
    assert [kind for kind, _ in uart.faults(said(raw, *TABLE))] == faults


def test_other_ends_and_silence() -> None:
    assert uart.facts(said(b"KEY 1;KEY 2\x03KEY 3", KEY, ends="3B 03", silence=True)) == [("button", "single")] * 3
    assert uart.facts(said(b"KEY 1", KEY, silence=True)) == [("button", "single")]


def test_a_group_that_took_no_part_says_nothing_and_known_lines_may_be_skipped() -> None:
    line = {"pattern": r"T=(?P<t>\d+)( H=(?P<h>\d+))?", "values": CLIMATE["values"]}
    assert uart.plain(said(b"T=20\n", line)) == {"temperature": 20.0}
    assert said(b"# anything\n", {"pattern": "#.*"}, line) == []


def test_the_same_event_within_repeat_is_one() -> None:
    device = DRIVER.build(table(KEY, repeat="300ms"))
    assert [t for t in (0, 299, 300) if device.receive(b"KEY 1\n", t)] == [0, 300]
    assert device.receive(b"KEY 2\n", 301)
    assert uart.faults(
        said(b"KEY up\n", {"pattern": "KEY (?P<w>.*)", "values": [{"group": "w", "event": "button"}]})
    ) == [("insane", "button up")]


def test_hostile_parts_have_only_harmless_characters() -> None:
    line = {"pattern": "AT (?P<p>.*)", "values": [{"group": "p", "event": "tamper", "value": "on", "part": "place={}"}]}
    items = said(b"AT gate=1,x\n", line)
    assert items == [Event("s", "tamper", "on", part="place=gate1x")]
    assert uart.faults(said(b"AT ===\n", line)) == [("insane", "tamper place=")]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([], "at least 1"),
        ([{"pattern": "(a+)+"}], "a group is repeated; expected"),
        ([{"pattern": "(?P<t>.)", "values": [{"group": "x", "quantity": "humidity"}]}], "'x' is no group.*expected t"),
        ([{"pattern": "a", "values": [{"group": "x", "quantity": "humidity"}]}], r"expected a group such as"),
        ([{"pattern": "a", "values": [{"quantity": "humidity"}]}], "nothing says what humidity is"),
        ([{"pattern": "(?P<t>.)", "values": [{"group": "t", "quantity": "humidty"}]}], "'humidty' is no quantity"),
        ([{"pattern": "(?P<t>.)", "values": [{"group": "t", "quantity": "co2", "unit": "V"}]}], "no unit of this"),
    ],
)
def test_wrong_tables_are_refused(lines: list[dict[str, Any]], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        table(*lines)


def test_any_cut() -> None:
    stream = "T=1.5C H=4%\r\nboot\nKEY 1\r\rDOOR OPEN\n楼\nALARM\nT=2".encode()
    assert len(kit.same_however_cut(lambda: DRIVER.build(table(*TABLE)), stream)) == 7


def test_hostile() -> None:
    kit.hostile(
        DRIVER.build(table(*TABLE, {"pattern": ".*x.*y.*", "values": []})),
        lambda: b"T=21.5C H=45%\r\n",
        lambda items: "temperature" in uart.plain(items),
        uart.HOSTILE,
    )


def test_without_patterns_everything_is_junk() -> None:
    device = DRIVER.build(Setup("s"))
    assert device.receive(b"T=21.5C H=45%\n", 0) == [Fault("s", "junk", size=13)]


@pytest.mark.parametrize(
    ("pattern", "value", "world"),
    [
        (r"T=(?P<v>-?\d+\.\d)C", {"quantity": "temperature"}, -7.5),
        (r"(?P<v>[+-]\d\d\.\d\d)", {"quantity": "temperature"}, 7.25),
        (r"(?P<v>\d{5})mm", {"quantity": "distance"}, 77.0),
        (r"D(?P<v>\d{3}\.\d)", {"quantity": "distance", "unit": "cm"}, 777.0),
        (r"(?:A (?P<v>\d+)|B)", {"quantity": "battery"}, 50.0),
        (r"X(?: v=(?P<v>\d+))?", {"quantity": "battery"}, 50.0),
        (r"(?P<v>ON|OFF)", {"quantity": "relay_1"}, True),
        (r"door (?P<v>open|shut)", {"quantity": "door_open", "words": {"shut": False, "open": True}}, False),
        (r"sn (?P<v>\w+)", {"quantity": "serial_number"}, "A1"),
    ],
)
def test_the_player_writes_lines_that_say_the_world(pattern: str, value: dict[str, Any], world: Any) -> None:
    made = table({"pattern": pattern, "values": [{"group": "v", **value}]})
    device, player = DRIVER.build(made), DRIVER.player(made)
    assert player.talk(0) == b"", "the world is not known yet"
    player.set(value["quantity"], world)
    assert uart.plain(device.receive(player.talk(1000), 1000)) == {value["quantity"]: world}


def test_the_player_tells_facts() -> None:
    device, player = DRIVER.build(table(*TABLE)), DRIVER.player(table(*TABLE))
    with pytest.raises(KeyError):
        player.fact("card", "1", 0)
    with pytest.raises(KeyError):
        player.fact("button", "long", 0)
    player.fact("button", "single", 0, "channel=12")
    player.fact("device_alarm", "alarm", 0)
    assert device.receive(player.talk(0), 0) == [
        Event("s", "button", "single", part="channel=12"),
        Event("s", "device_alarm", "alarm"),
    ]
