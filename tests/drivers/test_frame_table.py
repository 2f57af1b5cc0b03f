"""Frames by a table: other drivers' frames and the anchors, both ways; events, sentinels, kinds, any cut, hostile."""

from __future__ import annotations

from typing import Any

import pytest

from agent.driver import Setup
from agent.model.events import Event, Fault, Reading
from agent.registry import serial_driver
from drivers.frame_table import DRIVER
from tests import kit
from tests.drivers import uart_kit as uart

DUST = {
    "start": "AA C0", "length": 10, "end": "AB", "checks": [{"kind": "sum8", "first": 2}],
    "fields": [
        {"at": 2, "type": "u16le", "scale": 0.1, "quantity": "pm2_5"},
        {"at": 4, "type": "u16le", "scale": 0.1, "quantity": "pm10"},
    ],
}  # fmt: skip
RANGE = {
    "start": "FF", "length": 4, "checks": [{"kind": "sum8"}],
    "fields": [{"at": 1, "type": "u16be", "quantity": "distance", "sentinels": [0, 0xFFFD, 0xFFFE]}],
}  # fmt: skip
VOICE = {
    "start": "F4 F5", "lengths": [{"at": 2, "type": "u16le"}], "add": 10, "longest": 18, "end": "FB",
    "checks": [{"kind": "sum16", "order": "little", "first": 4}],
    "fields": [{"at": 7, "event": "voice"}],
}  # fmt: skip
ESP3 = {
    "start": "55", "lengths": [{"at": 1, "type": "u16be"}, {"at": 3}], "add": 7,
    "checks": [{"kind": "crc8", "at": 5, "first": 1, "last": 4}, {"kind": "crc8", "first": 6}],
    "fields": [{"at": 4, "event": "gateway_log", "words": {"2": "RESPONSE", "5": "COMMON_COMMAND"}}],
}  # fmt: skip
RST = {
    "start": "1A ??", "length": 5, "end": "7E", "checks": [{"kind": "crc16-ccitt", "first": 1}],
    "fields": [{"at": 1, "event": "gateway_log", "words": {"192": "RST"}}],
}  # fmt: skip
RSTACK = {
    "start": "C1", "length": 6, "end": "7E", "checks": [{"kind": "crc16-ccitt"}],
    "fields": [
        {"at": 1, "event": "gateway_log", "words": {"2": "version 2"}},
        {"at": 2, "event": "sensor_status", "words": {"11": "code 11"}},
    ],
}  # fmt: skip
ASH = [RST, RSTACK]
MIN = {
    "start": "AA AA AA", "lengths": [{"at": 4}], "add": 10, "end": "55", "checks": [{"kind": "crc32", "first": 3}],
    "fields": [{"at": 5, "event": "button", "value": "press", "part": "channel={}"}],
}  # fmt: skip


def table(*frames: dict[str, Any], **options: Any) -> Setup:
    return Setup("s", options=DRIVER.options.model_validate({"frames": list(frames), **options}))


def said(raw: bytes, *frames: dict[str, Any], **options: Any) -> list[Any]:
    device = DRIVER.build(table(*frames, **options))
    return device.receive(raw, 0) + device.quiet(51)


def vector(name: str) -> bytes:
    found: bytes = next(v["raw"] for v in kit.serial_vectors(name.rpartition("-")[0]) if v["id"] == name)
    return found


@pytest.mark.parametrize("row", kit.serial_vectors("nova-sds011"), ids=lambda v: v["id"])
def test_the_dust_sensor_is_a_table(row: dict[str, Any]) -> None:
    items = said(row["raw"], DUST)
    if "pm25" not in row["decoded"]:
        assert uart.plain(items) == {}
        return
    assert uart.plain(items) == {"pm2_5": row["decoded"]["pm25"], "pm10": row["decoded"]["pm10"]}
    player = DRIVER.player(table(DUST))
    player.set("pm2_5", row["decoded"]["pm25"])
    player.set("pm10", row["decoded"]["pm10"])
    assert player.talk(0)[:6] == row["raw"][:6], "the sensor's own number is in no row"


@pytest.mark.parametrize("row", kit.serial_vectors("a02yyuw"), ids=lambda v: v["id"])
def test_the_distance_sensor_is_a_table(row: dict[str, Any]) -> None:
    by_table = said(row["raw"], RANGE)
    assert uart.plain(by_table) == uart.plain(uart.decoded(serial_driver("a02yyuw"), row["raw"]))
    assert bool(uart.faults(by_table)) or row.get("expect") != "reject"


@pytest.mark.parametrize("number", ["01", "02"])
def test_a_length_field_and_a_sum_of_16_bits(number: str) -> None:
    raw = vector(f"df2301q-{number}")
    items = said(raw, VOICE)
    assert len(items) == 1
    assert items == [Event("s", "voice", str(raw[7]))]
    assert said(raw[:-2] + bytes([raw[-2] ^ 1]) + raw[-1:], VOICE) == [Fault("s", "checksum", size=len(raw))]


@pytest.mark.parametrize(
    ("name", "frames", "items"),
    [
        ("anchor-esp3-01", [ESP3], [("gateway_log", "RESPONSE")]),
        ("anchor-esp3-02", [ESP3], [("gateway_log", "COMMON_COMMAND")]),
        ("anchor-ash-01", ASH, [("gateway_log", "RST")]),
        ("anchor-ash-02", ASH, [("gateway_log", "version 2"), ("sensor_status", "code 11")]),
        ("anchor-min-01", [MIN], [("button", "press")]),
    ],
)
def test_anchors_are_framed_by_a_table(name: str, frames: list[dict[str, Any]], items: list[Any]) -> None:
    raw = vector(name)
    device = DRIVER.build(table(*frames))
    assert uart.facts(device.receive(raw, 0)) == items
    for bit in range(8 * len(raw)):
        broken = bytearray(raw)
        broken[bit // 8] ^= 1 << bit % 8
        assert all(isinstance(item, Fault) for item in said(bytes(broken), *frames)), bit


def test_a_frame_with_stuffing_bytes_is_refused_not_misread() -> None:
    assert vector("anchor-min-02")[3] == 0x82
    stuffed = {**MIN, "lengths": [{"at": 5}], "add": 11}
    assert all(isinstance(item, Fault) for item in said(vector("anchor-min-02"), stuffed, MIN))


@pytest.mark.parametrize(
    ("name", "frame", "kind", "value", "part"),
    [
        ("anchor-ash-01", RST, "gateway_log", "RST", ""),
        ("anchor-min-01", MIN | {"start": "AA AA AA 01"}, "button", "press", "channel=3"),
    ],
)
def test_the_player_builds_the_same_anchors(name: str, frame: dict[str, Any], kind: str, value: str, part: str) -> None:
    player = DRIVER.player(table(frame))
    player.fact(kind, value, 0, part)
    assert player.talk(0) == vector(name)


def test_the_player_builds_frames_with_two_lengths_and_two_checks() -> None:
    player = DRIVER.player(table(ESP3))
    player.fact("gateway_log", "RESPONSE", 0)
    sent = player.talk(0)
    assert sent[:5] == bytes.fromhex("55 00 00 00 02")
    assert uart.facts(said(sent, ESP3)) == [("gateway_log", "RESPONSE")]


def test_several_kinds_with_the_same_start() -> None:
    co2, energy = {"at": 1, "type": "u16be", "quantity": "co2"}, {"at": 1, "type": "u32be", "quantity": "energy_total"}
    short = {"start": "A5", "length": 4, "checks": [{"kind": "xor8"}], "fields": [co2]}
    long = {"start": "A5", "length": 6, "checks": [{"kind": "twos8"}], "fields": [energy]}
    players = [DRIVER.player(table(one)) for one in (short, long)]
    players[0].set("co2", 700)
    players[1].set("energy_total", 70_000)
    one, two = (player.talk(0) for player in players)
    items = kit.same_however_cut(lambda: DRIVER.build(table(short, long)), one + two + two + one)
    assert [item.value for item in items if isinstance(item, Reading)] == [700, 70_000, 70_000, 700]


@pytest.mark.parametrize(
    "kind",
    ["sum8", "xor8", "twos8", "sum16", "neg-sum16", "crc8", "crc16-modbus", "crc16-xmodem", "crc16-ccitt", "crc32"],
)
@pytest.mark.parametrize("order", [None, "big", "little"])
@pytest.mark.parametrize("place", [{}, {"at": 4, "first": 0, "last": 3}, {"at": -4, "first": 1}])
def test_every_check_both_ways(kind: str, order: str | None, place: dict[str, Any]) -> None:
    frame = {
        "start": "7E ?? 01", "length": 12, "checks": [{"kind": kind, "order": order, **place}],
        "fields": [{"at": 3, "quantity": "battery"}],
    }  # fmt: skip
    setup = table(frame)
    player = DRIVER.player(setup)
    player.set("battery", 77)
    sent = player.talk(0)
    assert uart.plain(said(sent, frame)) == {"battery": 77}
    assert uart.faults(said(sent[:3] + b"\x4c" + sent[4:], frame))


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        ({"type": "s8", "quantity": "temperature"}, "F6", -10.0),
        ({"type": "s16le", "scale": 0.1, "quantity": "temperature"}, "38 FF", -20.0),
        ({"type": "u16be", "scale": 0.1, "unit": "degF", "quantity": "temperature"}, "08 48", 100.0),
        ({"type": "u16le", "unit": "cm", "quantity": "distance"}, "0A 00", 100.0),
        ({"type": "u32le", "unit": "kWh", "scale": 0.01, "quantity": "energy_total"}, "10 27 00 00", 100_000.0),
        ({"type": "f32be", "quantity": "voltage"}, "43 6B 80 00", 235.5),
        ({"type": "f64le", "quantity": "voltage"}, "00 00 00 00 00 70 6D 40", 235.5),
        ({"type": "u16be", "mask": 0x0FF0, "quantity": "battery"}, "F6 4F", 100.0),
        ({"type": "u8", "mask": 0xF0, "shift": 5, "quantity": "battery"}, "FF", 7.0),
        ({"type": "u8", "mask": 0x04, "quantity": "water_leak"}, "FF", True),
        ({"type": "u8", "quantity": "water_leak"}, "02", True),
        ({"type": "u8", "quantity": "water_leak", "words": {"2": False, "0": True}}, "02", False),
        ({"type": "text", "length": 4, "quantity": "text"}, "41 42 1B 00", "AB"),
    ],
)
def test_every_type(field: dict[str, Any], raw: str, value: Any) -> None:
    data = bytes.fromhex(raw)
    frame = {"start": "AA", "length": 2 + len(data), "checks": [{"kind": "sum8"}], "fields": [{"at": 1, **field}]}
    whole = b"\xaa" + data
    assert uart.plain(said(whole + bytes([sum(whole) & 0xFF]), frame)) == {field["quantity"]: value}
    player = DRIVER.player(table(frame))
    player.set(field["quantity"], value)
    assert uart.plain(said(player.talk(0), frame)) == {field["quantity"]: value}


def test_sentinels_bounds_and_what_cannot_be() -> None:
    assert said(b"\xff\xff\xfe\xfc", RANGE) == []
    frame = {"start": "AA", "length": 4, "checks": [{"kind": "sum8"}],
             "fields": [{"at": 1, "type": "s16be", "quantity": "humidity", "high": 95}]}  # fmt: skip
    for raw, detail in ((b"\xaa\x00\x60", "humidity 96"), (b"\xaa\xff\xff", "humidity -1")):
        assert said(raw + bytes([sum(raw) & 0xFF]), frame) == [Fault("s", "insane", detail)]
    number = {"start": "AA", "length": 5, "fields": [{"at": 1, "type": "f32be", "quantity": "power"}]}
    assert uart.faults(said(b"\xaa\x7f\xc0\x00\x00", number)) == [("insane", "power nan")]


def test_keys_that_are_held_are_told_once() -> None:
    key = {"at": 1, "event": "button", "value": "single", "part": "channel={}", "sentinels": [0]}
    keys = {"start": "AA", "length": 3, "checks": [{"kind": "xor8"}], "fields": [key]}
    device, player = DRIVER.build(table(keys, repeat="300ms")), DRIVER.player(table(keys))
    with pytest.raises(KeyError):
        player.fact("card", "1", 0)
    told = []
    for at, key in ((0, 3), (100, 3), (299, 3), (300, 3), (310, 4)):
        player.fact("button", "single", at, f"channel={key}")
        told += device.receive(player.talk(at), at)
    assert device.receive(b"\xaa\x00\xaa", 400) == []
    assert told == [Event("s", "button", "single", at, f"channel={key}") for at, key in ((0, 3), (300, 3), (310, 4))]


def test_without_a_table_everything_is_junk() -> None:
    device = DRIVER.build(Setup("s"))
    assert uart.faults(device.receive(b"\xaa\x01", 0) + device.quiet(51)) == [("junk", "")]


@pytest.mark.parametrize(
    ("name", "frames"),
    [
        ("nova-sds011-01", [DUST]), ("df2301q-01", [VOICE]), ("anchor-esp3-01", [ESP3]), ("anchor-ash-02", ASH),
        ("anchor-min-01", [MIN]),
    ],
)  # fmt: skip
def test_hostile(name: str, frames: list[dict[str, Any]]) -> None:
    raw = vector(name)
    kit.hostile(
        DRIVER.build(table(*frames)),
        lambda: raw,
        lambda items: any(isinstance(item, Event | Reading) for item in items),
        uart.HOSTILE // 4,
    )
