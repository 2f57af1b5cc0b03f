"""LD2410: every vector both ways, what is published and when, answers, any cut, hostile bytes, player."""

from __future__ import annotations

import os
import struct
from typing import Any

import pytest

from agent.driver import Setup
from agent.model.events import Fault, Reading
from drivers import hlk_ld2410 as radar
from drivers.hlk_ld2410 import (
    DRIVER,
    Gates,
    RadarOptions,
    Target,
    answer,
    command,
    decode,
    decode_answer,
    encode,
    pairs,
)
from tests import kit

HOSTILE = int(os.environ.get("CARETAKER_HOSTILE_BYTES", "20000"))
VECTORS = kit.serial_vectors("hlk-ld2410")
COMMANDS = {
    "end config": command(radar.END),
    "engineering on": command(radar.ENGINEERING_ON),
    "engineering off": command(radar.ENGINEERING_OFF),
    "read parameters": command(radar.READ_PARAMETERS),
    "set 115200 (index 5)": command(radar.SET_BAUD, struct.pack("<H", radar.BAUD_INDEX[115200])),
    "restart": command(radar.RESTART),
    "max gates 8/8, hold 5 s": command(radar.SET_GATES, pairs((0, 8), (1, 8), (2, 5))),
    "gate 3 sensitivity 40/40": command(radar.SET_SENSITIVITY, pairs((0, 3), (1, 40), (2, 40))),
}
FIELDS = ("state", "moving_cm", "moving_energy", "stationary_cm", "stationary_energy", "detect_cm")
SOMEBODY, NOBODY = encode(Target(1, 244, 45, 0, 0, 244)), encode(Target(0))


def build(report_ms: int = 1000) -> Any:
    return DRIVER.build(Setup("wc", options=RadarOptions.model_validate({"report": f"{report_ms}ms"})))


def target_of(said: dict[str, Any]) -> Target:
    target = Target(*(said.get(name, 0) for name in FIELDS))
    if said["mode"] == "basic":
        return target
    gates = Gates(8, 8, tuple(said["move_gates"]), tuple(said["still_gates"]), said["light"], said["out_pin"])
    return target._replace(gates=gates)


def readings_of(target: Target, t: int = 0) -> list[Reading]:
    distance = [Reading("wc", "distance", target.detect_cm * 10, t)] if target.state else []
    return [
        Reading("wc", "presence", target.state != 0, t),
        Reading("wc", "motion", target.state in (1, 3), t),
        *distance,
        Reading("wc", "target_energy", target.move_energy, t, part="target=moving"),
        Reading("wc", "target_energy", target.still_energy, t, part="target=still"),
    ]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    device = build()
    items = device.receive(raw, 0) + device.quiet(1)
    if "mode" in said:
        assert (decode(raw), encode(target_of(said))) == (target_of(said), raw)
        assert items == readings_of(target_of(said))
        return
    assert items == []
    if "op" in said:
        assert COMMANDS[said["op"]] == raw
        return
    told = decode_answer(raw)
    assert (f"{told.command | 0x0100:04X}", told.status) == (said["ack"][2:] + said["ack"][:2], said["status"])
    assert answer(told.command, told.status, told.value) == raw


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 14


def test_answers_carry_values() -> None:
    by_ack = {v["decoded"]["ack"]: v for v in VECTORS if "ack" in v["decoded"]}
    said = by_ack["6101"]["decoded"]
    told = radar.parameters(decode_answer(by_ack["6101"]["raw"]).value)
    assert told == (8, 8, 8, tuple(said["move_sens"]), tuple(said["still_sens"]), said["hold_s"])
    assert struct.unpack("<HH", decode_answer(by_ack["FF01"]["raw"]).value) == (1, 64)


def test_a_command_that_failed_is_refused() -> None:
    assert build().receive(answer(radar.RESTART, 1), 0) == [Fault("wc", "refused", "command 00A3")]
    longest = answer(radar.RESTART, 1, bytes(radar.LONGEST_COMMAND - 4))
    assert build().receive(longest, 0) == [Fault("wc", "refused", "command 00A3")]
    too_long = answer(radar.RESTART, 1, bytes(radar.LONGEST_COMMAND - 3))
    assert [item.fault for item in build().receive(too_long + SOMEBODY, 0) if isinstance(item, Fault)] == ["junk"]


@pytest.mark.parametrize(
    ("frame", "detail"),
    [
        (encode(Target(4)), "state 4"),
        (encode(Target(1, 100, 101, 0, 0, 100)), "target_energy 101.0"),
        (encode(Target(1, 100, 50, 0, 0, 0xFFFF)), "distance 655350.0"),
    ],
)
def test_impossible_frames_are_insane_and_hide_no_change(frame: bytes, detail: str) -> None:
    device = build()
    assert device.receive(NOBODY, 0) == readings_of(Target(0))
    assert device.receive(frame, 10) == [Fault("wc", "insane", detail, t=10)]
    assert device.receive(SOMEBODY, 20) == readings_of(decode(SOMEBODY), 20)


def test_a_change_is_told_at_once_and_the_rest_once_per_report() -> None:
    device = build()
    told = [t for t in range(0, 3001, 100) if device.receive(SOMEBODY, t)]
    assert told == [0, 1000, 2000, 3000]
    assert device.receive(NOBODY, 3100) == readings_of(Target(0), 3100)
    assert device.receive(NOBODY, 4099) == []
    assert len(device.receive(NOBODY, 4100)) == 4
    every = build(report_ms=0)
    assert all(every.receive(SOMEBODY, t) for t in range(0, 500, 100))


@pytest.mark.parametrize("at", [4, 6, 7, 17, 18, 19, 22])
def test_every_fixed_byte_must_match(at: int) -> None:
    frame = bytearray(SOMEBODY)
    frame[at] ^= 0x01
    device = build()
    items = device.receive(bytes(frame), 0) + device.quiet(1)
    assert [item.fault for item in items] == ["junk"]
    assert items[0].size == 23


def test_a_half_engineering_frame_hides_a_basic_one() -> None:
    device = build()
    assert device.receive(encode(Target(2, gates=Gates()))[:20] + SOMEBODY, 0) == []
    assert device.quiet(50) == [Fault("wc", "junk", size=20, t=50), *readings_of(decode(SOMEBODY), 50)]


def test_any_cut() -> None:
    stream = b"\xf4\xf4\xf3" + b"".join(v["raw"] for v in VECTORS) + SOMEBODY[:9] + NOBODY
    items = kit.same_however_cut(lambda: build(0), stream)
    assert len([item for item in items if isinstance(item, Reading) and item.quantity == "presence"]) == 5


def test_hostile() -> None:
    kit.hostile(build(), lambda: SOMEBODY, lambda items: any(isinstance(item, Reading) for item in items), HOSTILE)


def test_player_speaks_to_the_decoder() -> None:
    device, player = build(), DRIVER.player(Setup("wc"))
    assert device.receive(player.talk(0), 0) == readings_of(Target(0))
    player.set("presence", True)
    player.set("distance", 1234)
    player.set("target_energy", 40, "target=still")
    assert player.due() == 100
    assert device.receive(player.talk(100), 100) == readings_of(Target(2, 0, 0, 123, 40, 123), 100)
    player.set("motion", True)
    assert device.receive(player.talk(200), 200) == readings_of(Target(3 & 1, 123, 60, 0, 40, 123), 200)


def test_player_obeys_commands() -> None:
    player = DRIVER.player(Setup("wc"))
    assert player.receive(command(radar.ENGINEERING_ON), 0) == answer(radar.ENGINEERING_ON, 1), "not enabled"
    enable = command(radar.ENABLE, b"\x01\x00")
    assert player.receive(enable[:5], 0) + player.receive(enable[5:], 1) == answer(radar.ENABLE, 0, b"\x01\x00\x40\x00")
    assert decode(DRIVER.player(Setup("wc")).talk(0)).gates is None, "basic until told otherwise"
    assert player.talk(100) == b"", "it says nothing while it is being set up"
    read = decode_answer(player.receive(command(radar.READ_PARAMETERS), 100))
    assert radar.parameters(read.value).hold_s == 5
    both = player.receive(command(radar.ENGINEERING_ON) + command(radar.END), 200)
    assert both == answer(radar.ENGINEERING_ON) + answer(radar.END)
    assert decode(player.talk(300)).gates == Gates()
