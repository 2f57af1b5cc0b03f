"""Which devices rules watch, and that what is loaded is already converted and resolved."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.engine.calibration import Correction, Fill
from agent.rules import Rule
from agent.rules.threshold import Threshold
from agent.settings.abilities import quantities_of, serial_of, wire_of
from agent.settings.corrections import corrections_of
from agent.settings.load import load_texts, texts
from agent.settings.notes import notes
from agent.settings.select import devices_of
from agent.settings.types import Settings

HERE = Path(__file__).parent
BASE = texts(HERE / "base")


def loaded(rules: str = "", **files: str) -> Settings:
    """Load the good settings with these rules (a line each) and other files in their place."""
    changed = {f"{name}.yaml": text for name, text in files.items()}
    if rules:
        lines = [line.strip() for line in rules.strip().splitlines()]
        changed["rules.yaml"] = "\n".join(["rules:", *(f"  r{n}: {line}" for n, line in enumerate(lines))])
    return load_texts(BASE | changed, HERE)


CHOICES = [
    ("{kind: absent, select: {}}", "boiler-climate boiler-climate-2 pump-meter bin-1 lobby-terminal roof-door"),
    ("{kind: absent, select: {zone: boiler}}", "boiler-climate boiler-climate-2"),
    ("{kind: absent, select: {zone: boiler, tags: {kind: climate}}}", "boiler-climate-2"),
    ("{kind: absent, select: {building: B1, driver: ftl1}}", "lobby-terminal"),
    ("{kind: absent, select: {devices: [bin-1, roof-door]}}", "bin-1 roof-door"),
    ("{kind: absent, select: {}, quantity: temperature}", "boiler-climate boiler-climate-2 roof-door"),
    ("{kind: absent, select: {}, quantity: fill_level}", "bin-1"),
    ("{kind: pressed, select: {building: B1}}", "lobby-terminal"),
    ("{kind: pressed, select: {}, service: [maintenance]}", "lobby-terminal"),
    ("{kind: count, select: {}, of: {sentiment: negative}, count: 3, window: 30m}", "lobby-terminal"),
    ("{kind: count, select: {}, of: {event: button}, count: 3, window: 30m}", "lobby-terminal roof-door"),
    ("{kind: count, select: {building: B1}, of: {quantity: motion}, count: 2, window: 1m}", "roof-door"),
]


@pytest.mark.parametrize(("rule", "devices"), CHOICES)
def test_a_rule_watches_what_select_finds_and_what_can_say_it(rule: str, devices: str) -> None:
    settings = loaded(rule)
    assert devices_of(settings.rules["r0"], settings) == devices.split()


LIMITS = [
    ('zone: boiler}, quantity: temperature, when: {op: ">=", value: 104, unit: degF}, deadband: 9}', 40, 5, "degC"),
    ('zone: boiler}, quantity: temperature, when: {op: ">=", value: 40}, deadband: 1}', 40, 1, "degC"),
    ('zone: boiler}, quantity: humidity, when: {op: ">", value: 85, unit: "%"}}', 85, 0, "%RH"),
    ('devices: [pump-meter]}, quantity: power, when: {op: ">=", value: 2.5, unit: kW}, deadband: 0.1}', 2500, 100, "W"),
    ('devices: [bin-1]}, quantity: distance, when: {op: "<=", value: 25, unit: cm}, deadband: 2}', 250, 20, "mm"),
    ('zone: roof}, quantity: door_open, when: {op: "==", value: true}}', True, 0, ""),
]


@pytest.mark.parametrize(("written", "value", "deadband", "unit"), LIMITS)
def test_a_limit_is_loaded_in_the_quantitys_own_unit(written: str, value: object, deadband: float, unit: str) -> None:
    rule: Rule = loaded("{kind: threshold, select: {" + written).rules["r0"]
    assert isinstance(rule, Threshold)
    assert (rule.when.value, rule.deadband, rule.when.unit) == (value, deadband, unit)
    assert type(rule.when.value) is (bool if value is True else float)


def test_a_meter_of_ones_own_gives_what_its_table_names() -> None:
    devices = """
devices:
  meter:
    driver: modbus-generic
    line: bus1
    options: {registers: [{address: 0, quantity: voltage}, {address: 1, type: flag, quantity: water_leak}]}
"""
    settings = loaded("{kind: absent, select: {}, quantity: water_leak}", devices=devices)
    assert quantities_of(settings.devices["meter"]) == ("voltage", "water_leak")


def test_what_the_line_says_goes_before_what_drivers_say() -> None:
    settings = loaded(lines=BASE["lines.yaml"].replace("lobby:\n", "lobby:\n    parity: E\n"))
    lobby = serial_of("lobby", settings.devices, settings.lines)
    assert (lobby.baud, lobby.parity, lobby.stop) == (115_200, "E", 1)
    assert serial_of("bus1", settings.devices, settings.lines).baud == 9600


def test_what_a_device_says_goes_before_its_line_and_a_note_tells_that_they_differ() -> None:
    devices = """
devices:
  hall: {driver: xy-md02, line: bus1}
  tower: {driver: xy-md02, line: bus1, address: 2, serial: {baud: 4800, parity: E}}
"""
    lines = BASE["lines.yaml"].replace("  bus1:\n", "  bus1:\n    stop: 2\n")
    settings = loaded("{kind: absent, select: {}}", devices=devices, lines=lines)
    hall, tower = (wire_of(settings.devices[name], settings.lines) for name in ("hall", "tower"))
    assert (hall.baud, hall.parity, hall.stop) == (9600, "N", 2)
    assert (tower.baud, tower.parity, tower.stop) == (4800, "E", 2)
    said = "\n".join(notes(settings))
    assert "'bus1' are set in several ways: 9600 8N2 (hall); 4800 8E2 (tower)" in said


def test_only_devices_with_corrections_have_one() -> None:
    assert corrections_of(loaded()) == {"bin-1": Correction({}, Fill(1100.0, 250.0))}


def test_notes_tell_what_is_idle() -> None:
    lines = BASE["lines.yaml"].replace("lines:\n", "lines:\n  spare: {port: /dev/ttyAMA3}\n")
    lines += "    plugs: {driver: tasmota}\n"
    said = "\n".join(notes(loaded("{kind: absent, select: {zone: boiler}}", lines=lines)))
    assert "there is no file secrets/mqtt here" in said
    assert "nothing hangs on line 'spare'" in said
    assert "no device belongs to ecosystem 'plugs'" in said
    assert "no rule watches pump-meter, bin-1, lobby-terminal, roof-door" in said
