"""Plantower: every vector both ways, warm-up, error byte, any cut, hostile bytes, player to decoder."""

from __future__ import annotations

import os
from typing import Any

import pytest

from agent.driver import Setup
from agent.model.events import Event, Fault, Reading
from drivers.plantower_pms import (
    COMMAND_SHAPE,
    DRIVER,
    MODE,
    READ,
    SLEEP_WAKE,
    Sample,
    command,
    decode,
    encode,
    reply,
)
from drivers.wire.frames import Frames, Refused
from tests import kit

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
    assert device.receive(encode(clean_air), 0) == readings_of(clean_air)
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
