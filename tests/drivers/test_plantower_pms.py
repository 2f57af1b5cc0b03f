"""Plantower: every vector both ways, warm-up, error byte, any cut, hostile bytes, player to decoder."""

from __future__ import annotations

import os
from typing import Any

import pytest

from agent.driver import Setup
from agent.model.effects import Configure
from agent.model.events import Event, Fault, Reading
from drivers.plantower_frame import COMMAND_SHAPE, MODE, READ, SLEEP_WAKE, Sample, command, decode, encode, reply
from drivers.plantower_pms import DRIVER
from drivers.wire.frames import Frames, Refused
from tests import kit
from tests.drivers import uart_kit as uart

HOSTILE = int(os.environ.get("CARETAKER_HOSTILE_BYTES", "20000"))
VECTORS = kit.serial_vectors("plantower-pms")
COMMANDS = {
    "passive mode": command(MODE, 0),
    "active mode": command(MODE, 1),
    "passive read": command(READ),
    "sleep": command(SLEEP_WAKE, 0),
    "wake": command(SLEEP_WAKE, 1),
}
WARM_UP = encode(Sample((0, 0, 0), (0, 0, 0), (0,) * 6))
WARMING = Event("dust", "sensor_status", "warming_up")


def build() -> Any:
    return DRIVER.build(Setup("dust"))


def sample_of(said: dict[str, Any]) -> Sample:
    air = (said["pm1"], said["pm25"], said["pm10"])
    if "n0_3" not in said:
        return Sample(air, air, (), 0x51)
    std = (said["pm1_std"], said["pm25_std"], said["pm10_std"])
    counts = tuple(said[name] for name in ("n0_3", "n0_5", "n1", "n2_5", "n5", "n10"))
    return Sample(std, air, counts, said["version"], said["error"])


def readings_of(sample: Sample) -> list[Reading]:
    values = [Reading("dust", name, value) for name, value in zip(("pm1", "pm2_5", "pm10"), sample.air, strict=True)]
    sizes = ("0.3", "0.5", "1", "2.5", "5", "10")[: len(sample.counts)]
    return values + [
        Reading("dust", "particle_count", count, part=f"size={size}")
        for size, count in zip(sizes, sample.counts, strict=True)
    ]


@pytest.mark.parametrize("vector", [v for v in VECTORS if "pm1" in v["decoded"]], ids=lambda v: v["id"])
def test_data_vectors(vector: dict[str, Any]) -> None:
    sample = sample_of(vector["decoded"])
    assert encode(sample) == vector["raw"]
    assert decode(vector["raw"]) == sample
    assert build().receive(vector["raw"], 0) == readings_of(sample)
    assert uart.plain(uart.decoded(DRIVER, vector["raw"])) == uart.plain(build().receive(vector["raw"], 0))


@pytest.mark.parametrize("vector", [v for v in VECTORS if "pm1" not in v["decoded"]], ids=lambda v: v["id"])
def test_command_vectors(vector: dict[str, Any]) -> None:
    said = vector["decoded"]
    if vector.get("expect") == "reject":
        assert Frames(COMMAND_SHAPE).feed(vector["raw"]) == [Refused("checksum", 7)]
        device = build()
        items = device.receive(vector["raw"], 0) + device.quiet(1)
        assert items == [Fault("dust", "junk", size=7, t=1)]
    elif "op" in said:
        assert COMMANDS[said["op"]] == vector["raw"]
        assert Frames(COMMAND_SHAPE).feed(vector["raw"]) == [vector["raw"]]
    else:
        assert reply(int(said["reply_to"], 16), said["value"]) == vector["raw"]
        device = build()
        assert device.receive(vector["raw"], 0) + device.quiet(1) == []


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 10


def test_warm_up_is_told_once_and_gives_no_values() -> None:
    device = build()
    assert device.receive(WARM_UP, 0) == [WARMING]
    assert device.receive(WARM_UP, 0) == []
    clean_air = Sample((0, 0, 0), (0, 0, 0), (12, 3, 0, 0, 0, 0))
    assert uart.qualities(device.receive(encode(clean_air), 0)) == {"suspect"}
    assert uart.qualities(device.receive(encode(clean_air), 29_999)) == {"suspect"}
    assert uart.qualities(device.receive(encode(clean_air), 30_000)) == {"good"}
    assert build().receive(encode(clean_air), 0) == readings_of(clean_air)
    assert device.receive(WARM_UP, 0) == [WARMING]


def test_an_error_byte_or_an_impossible_value_spoils_the_frame() -> None:
    spoilt = encode(Sample((1, 2, 3), (1, 2, 3), (6, 5, 4, 3, 2, 1), error=2))
    assert build().receive(spoilt, 0) == [Fault("dust", "insane", "error byte 0x02")]
    too_much = encode(Sample((1, 2, 3), (1, 60_000, 3), (6, 5, 4, 3, 2, 1)))
    assert build().receive(too_much, 0) == [Fault("dust", "insane", "pm2_5 60000.0")]


def test_a_flipped_bit_is_a_checksum_fault() -> None:
    frame = bytearray(VECTORS[0]["raw"])
    frame[13] ^= 0x10
    assert build().receive(bytes(frame) + VECTORS[1]["raw"], 0) == [
        Fault("dust", "checksum", size=32),
        *readings_of(sample_of(VECTORS[1]["decoded"])),
    ]


def test_any_cut() -> None:
    stream = b"\x42\x42\x4d\x00" + b"".join(v["raw"] for v in VECTORS if v["direction"] == "device->host") + WARM_UP
    items = kit.same_however_cut(build, stream)
    assert len([item for item in items if isinstance(item, Reading)]) == 9 + 9 + 3
    assert items[-1] == WARMING


def test_hostile() -> None:
    good = VECTORS[0]["raw"]
    kit.hostile(build(), lambda: good, lambda items: any(isinstance(item, Reading) for item in items), HOSTILE)


def test_player_speaks_to_the_decoder() -> None:
    device, player = build(), DRIVER.player(Setup("dust"))
    assert device.receive(player.talk(0), 0) == [WARMING]
    player.set("pm2_5", 35.4)
    player.set("particle_count", 900, "size=0.3")
    assert player.due() == 1000
    values = {(item.quantity, item.part): item.value for item in device.receive(player.talk(1000), 1000)}
    assert (values["pm2_5", ""], values["particle_count", "size=0.3"], values["pm10", ""]) == (35, 900, 0)


def test_player_obeys_commands() -> None:
    player = DRIVER.player(Setup("dust"))
    assert player.receive(command(MODE, 0), 0) == reply(MODE, 0)
    assert player.talk(1000) == b""
    assert player.receive(command(READ)[:3], 1000) + player.receive(command(READ)[3:], 1001) == WARM_UP
    assert player.receive(command(SLEEP_WAKE, 0), 2000) == reply(SLEEP_WAKE, 0)
    assert player.receive(command(READ), 2001) == b""
    assert player.receive(command(SLEEP_WAKE, 1) + command(MODE, 1), 3000) == reply(SLEEP_WAKE, 1) + reply(MODE, 1)
    assert player.talk(3000) == WARM_UP


CAPTURED_T = bytes.fromhex("424d001c0017002700290016002300291008 04a90116000c00d400e09a0004aa")
"""A PMS5003T as PyPMS captured it: 21.2 degC, 22.4 %RH."""
DUST = ((22, 39, 41), (22, 35, 41), (4104, 1193, 278, 12, 5, 1))
T = Sample(DUST[0], DUST[1], DUST[2][:4], 0x9A, 0, None, -52, 905)
S = Sample(*DUST, 0, 0, 48)
ST = Sample(*DUST, 0x97, 0, 48, -52, 905)


def test_a_captured_5003t() -> None:
    sample = decode(CAPTURED_T, "pms5003t")
    assert encode(sample) == CAPTURED_T
    assert (sample.air, sample.counts) == ((22, 35, 41), (4104, 1193, 278, 12))
    for items in (uart.decoded(DRIVER, CAPTURED_T), uart.build(DRIVER, model="pms5003t").receive(CAPTURED_T, 0)):
        values = uart.seen(items)
        assert (values["temperature", ""], values["humidity", ""]) == (21.2, 22.4)
        assert [part for name, part in values if name == "particle_count"] == [f"size={n}" for n in (0.3, 0.5, 1, 2.5)]


@pytest.mark.parametrize(
    ("sample", "model", "size", "others"),
    [
        (T, "pms5003t", 32, {"temperature": -5.2, "humidity": 90.5}),
        (S, "pms5003s", 32, {"hcho": 0.048}),
        (ST, "pms5003", 40, {"hcho": 0.048, "temperature": -5.2, "humidity": 90.5}),
    ],
)
def test_variants_with_formaldehyde_and_climate(sample: Sample, model: Any, size: int, others: dict[str, Any]) -> None:
    frame = encode(sample)
    assert len(frame) == size
    assert decode(frame, model) == sample
    assert uart.decoded(DRIVER, frame) == uart.build(DRIVER, model=model).receive(frame, 0)
    values = uart.plain(uart.decoded(DRIVER, frame))
    assert {name: values[name] for name in others} == others
    assert set(values) == {"pm1", "pm2_5", "pm10", "particle_count", *others}


def test_the_settings_overrule_the_guess() -> None:
    assert "temperature" not in uart.plain(uart.decoded(DRIVER, encode(T), model="pms5003"))
    assert "hcho" not in uart.plain(build().receive(encode(S), 0))


@pytest.mark.parametrize("error", [1, 0x80])
@pytest.mark.parametrize("sample", [T, ST])
def test_an_error_byte_of_a_variant_spoils_the_frame(sample: Sample, error: int) -> None:
    device = uart.build(DRIVER, model="pms5003t")
    assert uart.faults(device.receive(encode(sample._replace(error=error)), 0)) == [
        ("insane", f"error byte 0x{error:02X}")
    ]


def test_hostile_to_the_variants() -> None:
    for sample, model in ((T, "pms5003t"), (S, "pms5003s"), (ST, "pms5003")):
        uart.hostile(DRIVER, encode(sample), "pm2_5", model=model)
        uart.hostile(DRIVER, encode(sample), "pm2_5")
    uart.hostile(DRIVER, VECTORS[2]["raw"], "pm2_5")


def test_any_cut_of_the_variants() -> None:
    items = kit.same_however_cut(build, encode(ST) + encode(ST)[:30] + encode(ST) + encode(Sample(*DUST)))
    assert len([item for item in items if isinstance(item, Reading) and item.quantity == "pm10"]) == 3


@pytest.mark.parametrize(
    ("model", "others"),
    [("pms5003", {}), ("pms5003t", {"temperature": 21.2, "humidity": 40.5}), ("pms5003s", {"hcho": 0.05})],
)
def test_players_of_the_variants_also_when_asked(model: str, others: dict[str, Any]) -> None:
    for mode, count in (("active", 4), ("passive", 2)):
        made = uart.setup(DRIVER, 2000, model=model, mode=mode)
        device, player = DRIVER.build(made), DRIVER.player(made)
        for name, value in {"pm1": 3, "pm2_5": 7, "pm10": 9, **others}.items():
            player.set(name, value)
        items = uart.converse(device, player, 0, 4000)
        assert uart.faults(items) == []
        assert uart.plain(items) == {"pm1": 3, "pm2_5": 7, "pm10": 9, "particle_count": 0, **others}
        assert len([item for item in items if isinstance(item, Reading) and item.quantity == "pm1"]) == count


def test_a_passive_sensor_is_set_up_asked_and_missed() -> None:
    device = uart.build(DRIVER, 2000, mode="passive")
    assert device.ask(0) == command(MODE, 0)
    assert device.receive(encode(S), 100)
    assert device.waiting, "data do not answer a change of the mode"
    device.receive(reply(MODE, 0), 110)
    assert device.ask(200) == command(READ)
    assert uart.faults(device.quiet(800)) == [("silent", "no answer to 42 4D E2 00 00 01 71")]
    assert device.due() == 2000
    assert device.ask(2000) == command(MODE, 0), "it may have lost its power"


def test_power_is_a_setting() -> None:
    device = build()
    assert device.command(Configure("dust", 0, "power", "sleep"), 0) == command(SLEEP_WAKE, 0)
    assert not device.waiting
    assert device.command(Configure("dust", 0, "power", "wake"), 1000) == command(SLEEP_WAKE, 1)
    assert device.command(Configure("dust", 0, "mode", "passive"), 2000) == b""
