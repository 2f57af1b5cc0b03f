"""The meter that the settings describe: its options, the general vectors, any cut, hostile bytes."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Setup
from drivers.modbus_table import DRIVER, table
from drivers.wire.modbus_rtu import Reply
from tests.drivers.modbus_kit import decode, faults, readings, rejected, vector
from tests.kit import as_json, serial_vectors


def _setup(*registers: dict[str, Any], **options: Any) -> Setup:
    return Setup("any", options=DRIVER.options.model_validate({"registers": list(registers), **options}))


def _complaint(*registers: dict[str, Any], **options: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        _setup(*registers, **options)
    return str(caught.value)


@pytest.mark.parametrize(("number", "order"), [("17", "ABCD"), ("18", "CDAB"), ("19", "BADC"), ("20", "DCBA")])
def test_the_four_byte_orders(number: str, order: str) -> None:
    setup = _setup({"address": 0, "type": "f32", "order": order, "quantity": "power"})
    assert readings(decode(DRIVER, setup, vector("modbus-generic", number))) == {("power", ""): 123_456.0}
    player = DRIVER.player(setup)
    player.set("power", 123_456)
    assert player.receive(DRIVER.build(setup).ask(0), 0) == vector("modbus-generic", number)


def test_three_phase_voltages_of_a_power_analyser() -> None:
    rows = [
        {"address": 2 * n, "fc": 4, "type": "f32", "quantity": "voltage", "part": f"line={n}", "scale": 1}
        for n in range(3)
    ]
    items = decode(DRIVER, _setup(*rows), vector("modbus-generic", "21"))
    told = next(v for v in serial_vectors("modbus-generic") if v["id"] == "modbus-generic-21")["decoded"]["values"]
    assert [round(float(value), 3) for value in readings(items).values()] == told


def test_a_scaled_signed_number() -> None:
    setup = _setup({"address": 0, "fc": 4, "type": "s32", "scale": 0.001, "quantity": "temperature"})
    assert readings(decode(DRIVER, setup, vector("modbus-generic", "22"))) == {("temperature", ""): 28.3}


def test_bits_are_states() -> None:
    rows = [{"address": 19 + n, "fc": 1, "type": "flag", "quantity": f"relay_{n + 1}"} for n in range(2)]
    setup = _setup(*rows, {"address": 55, "fc": 1, "type": "flag", "quantity": "water_leak"}, gap=40)
    items = decode(DRIVER, setup, vector("modbus-generic", "02"), vector("modbus-generic", "01"))
    assert readings(items) == {("relay_1", ""): True, ("relay_2", ""): False, ("water_leak", ""): True}
    assert DRIVER.build(setup).ask(0) == vector("modbus-generic", "01")


@pytest.mark.parametrize(
    "number", [v["id"][-2:] for v in serial_vectors("modbus-generic") if v["direction"] == "device->host"]
)
def test_without_a_table_every_vector_is_told_apart(number: str) -> None:
    items = decode(DRIVER, Setup("any"), vector("modbus-generic", number))
    if number in ("13", "15"):
        assert faults(items) == ["refused"]
    elif number == "23":
        assert faults(items) == ["checksum"]
    else:
        (shown,) = as_json(items)
        told = next(v for v in serial_vectors("modbus-generic") if v["id"].endswith(number))["decoded"]
        assert shown["kind"] == "undecoded"
        assert {word: told[word] for word in ("slave", "fc", "addr", "count") if word in told}.items() <= shown.items()
        body = vector("modbus-generic", number)[2:-2]
        assert shown["data_hex"] == (body if number in ("10", "12") else body[1:]).hex().upper()


def test_a_reject_vector_gives_no_value() -> None:
    setup = _setup({"address": 0, "quantity": "co2"}, {"address": 1, "quantity": "tvoc"})
    assert [v["id"] for v in rejected("modbus-generic")] == ["modbus-generic-23"]
    assert faults(decode(DRIVER, setup, vector("modbus-generic", "23"))) == ["checksum"]
    assert readings(decode(DRIVER, setup, vector("modbus-generic", "05"))) == {("co2", ""): 6.0, ("tvoc", ""): 5.0}


def test_scale_offset_and_unit_end_in_the_one_unit_of_the_quantity() -> None:
    setup = _setup(
        {"address": 0, "scale": 0.01, "unit": "kWh", "quantity": "energy_total"},
        {"address": 1, "scale": 0.1, "offset": -40, "unit": "degF", "quantity": "temperature", "low": -10, "high": 50},
        {"address": 2, "type": "flag", "quantity": "door_open"},
        {"address": 3, "sentinels": [0x8000], "quantity": "co2"},
    )
    answer = Reply(1, 3, values=(1234, 1080, 3, 0x8000)).frame()
    items = decode(DRIVER, setup, answer)
    assert readings(items) == {
        ("energy_total", ""): 12_340.0,
        ("temperature", ""): 20.0,
        ("door_open", ""): True,
    }
    assert faults(items) == ["insane"]
    assert faults(decode(DRIVER, setup, Reply(1, 3, values=(0, 1800, 0, 400)).frame())) == ["insane"]  # 60 degC > high


RELAY = {"address": 0, "fc": 1, "type": "flag", "quantity": "relay_1", "output": True}


@pytest.mark.parametrize(
    ("register", "sentence"),
    [
        ({"address": 0, "quantity": "temprature"}, "did you mean 'temperature'?"),
        ({"address": 0, "quantity": "daylight"}, "daylight is true or false: type flag"),
        ({"address": 0, "type": "flag", "quantity": "voltage"}, "voltage is a number: not type flag"),
        ({"address": 0, "fc": 1, "quantity": "voltage"}, "fc 1 reads bits"),
        ({"address": 0, "scale": 0, "quantity": "voltage"}, "scale 0"),
        ({"address": 0, "unit": "kWh", "quantity": "voltage"}, "V, mV, kV"),
        ({"address": 0xFFFF, "type": "u32", "quantity": "voltage"}, "beyond the last address"),
        ({"address": 0, "quantity": "voltage", "part": "phase 1"}, "part"),
        ({"address": 0, "quantity": "voltage", "register": 3}, "register"),
        ({"address": 0, "fc": 6, "quantity": "voltage"}, "fc"),
        ({"address": 0, "quantity": "serial_number"}, "serial_number is words: type text"),
        ({"address": 0, "type": "text", "length": 2, "quantity": "voltage"}, "voltage is a number: not type text"),
        ({"address": 0, "type": "text", "quantity": "text"}, "type text needs length"),
        ({"address": 0, "type": "text", "length": 2, "order": "CDAB", "quantity": "text"}, "ABCD or BADC"),
        ({"address": 0, "type": "text", "length": 33, "quantity": "text"}, "less than or equal to 32"),
        ({"address": 0, "length": 2, "quantity": "voltage"}, "length is for type text"),
        ({"address": 0, "type": "flag", "scale": 2, "quantity": "smoke"}, "scale is for numbers"),
        ({"address": 0, "low": 5, "high": 3, "quantity": "voltage"}, "swap them"),
        ({"address": 0, "type": "s16", "mask": 3, "quantity": "voltage"}, "a mask needs whole numbers"),
        ({"address": 0, "fc": 1, "type": "flag", "mask": 3, "quantity": "smoke"}, "a mask needs whole numbers"),
        ({"address": 0, "mask": 0x10000, "quantity": "voltage"}, "mask 0x10000 is wider than u16: it has 16 bits"),
        ({"address": 0, "mask": 0xF0, "shift": 8, "quantity": "voltage"}, "shift 8 leaves nothing of the mask"),
        ({"address": 0, "shift": 8, "quantity": "voltage"}, "shift needs a mask"),
        ({"address": 0xFFFC, "type": "text", "length": 5, "quantity": "text"}, "beyond the last address"),
        (RELAY | {"output": False, "write": 5}, "write is for outputs"),
        (RELAY | {"quantity": "smoke"}, "smoke is no output"),
        (RELAY | {"part": "line=1"}, "without part"),
        (RELAY | {"fc": 2}, "fc 2 cannot be written: say write"),
        (RELAY | {"on": 0}, "on and off are both 0"),
        (RELAY | {"write": 15, "on": 0xFF00}, "on and off are 0 and 1"),
        (RELAY | {"write": 4}, "5, 6, 15 or 16"),
        (RELAY | {"fc": 3, "mask": 4}, "would change the other bits"),
    ],
)
def test_a_wrong_row_is_refused_with_a_reason(register: dict[str, Any], sentence: str) -> None:
    assert sentence in _complaint(register)


def test_a_table_must_have_rows_and_each_value_one_place() -> None:
    assert "at least 1" in _complaint()
    row = {"address": 0, "quantity": "voltage"}
    assert "voltage stands twice" in _complaint(row, row)
    assert _setup(row, row | {"part": "phase=2"}).options


def test_the_settings_rule_how_it_asks() -> None:
    rows = [{"address": address, "quantity": "co2", "part": f"line={address}"} for address in (0, 1, 5, 15)]
    assert len(table(_setup(*rows)).blocks()) == 2
    assert len(table(_setup(*rows, gap=0)).blocks()) == 3
    assert len(table(_setup(*rows, gap=9)).blocks()) == 1
    assert len(table(_setup(*rows, gap=9, most=2)).blocks()) == 3
    device = DRIVER.build(_setup(*rows, gap=0, timeout="1s", turnaround="50ms"))
    assert device.timeout_ms == 1000
    device.ask(0)
    device.receive(Reply(1, 3, values=(1, 2)).frame(), 7)
    assert device.due() == 57


def test_what_is_wider_than_a_request_is_refused() -> None:
    text = {"address": 0, "type": "text", "length": 20, "quantity": "text"}
    assert "text takes 20 registers: most must be as many" in _complaint(text, most=10)
    assert _setup(text, most=20).options


def test_several_rows_on_one_register_words_and_digits() -> None:
    setup = _setup(
        {"address": 0, "type": "flag", "mask": 0x8000, "quantity": "smoke"},
        {"address": 0, "type": "flag", "mask": 0x0001, "quantity": "tamper"},
        {"address": 0, "mask": 0x0FF0, "scale": 0.5, "quantity": "battery"},
        {"address": 1, "type": "bcd32", "order": "CDAB", "unit": "kWh", "scale": 0.01, "quantity": "energy_total"},
        {"address": 3, "type": "text", "length": 4, "order": "BADC", "quantity": "serial_number"},
        {"address": 7, "type": "f64", "quantity": "power"},
        {"address": 11, "type": "s64", "order": "DCBA", "quantity": "current", "sentinels": [-(2**63)]},
        {"address": 15, "type": "bcd16", "scale": 0.1, "quantity": "temperature", "sentinels": [9999]},
    )
    words = (
        0x8640,
        0x5678,
        0x1234,
        *struct.unpack(">4H", b"NSA-24\x000"),
        *struct.unpack(">4H", struct.pack(">d", -7.25)),
    )
    words = (*words, *struct.unpack(">4H", struct.pack("<q", -123)), 0x0215)
    meant = {
        ("smoke", ""): True,
        ("tamper", ""): False,
        ("battery", ""): 50.0,
        ("energy_total", ""): 123_456_780.0,
        ("serial_number", ""): "SN-A420",
        ("power", ""): -7.25,
        ("current", ""): -123.0,
        ("temperature", ""): 21.5,
    }
    assert readings(decode(DRIVER, setup, Reply(1, 3, values=words).frame())) == meant
    player = DRIVER.player(setup)
    for (quantity, part), value in meant.items():
        player.set(quantity, value, part)
    assert player.receive(DRIVER.build(setup).ask(0), 0) == Reply(1, 3, values=words).frame()
    words = (*words[:1], 0xFA12, *words[2:11], *struct.unpack(">4H", struct.pack("<q", -(2**63))), 0x9999)
    assert faults(decode(DRIVER, setup, Reply(1, 3, values=words).frame())) == ["insane"] * 3
