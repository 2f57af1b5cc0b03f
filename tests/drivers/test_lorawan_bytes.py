"""LoRaWAN bytes: every byte vector both ways, with and without its model, cut and hostile frames, hints, history."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Options
from agent.model.events import Reading, Undecoded
from drivers import chirpstack
from drivers.wire import dragino_frame, milesight_frame
from drivers.wire.lorawan_codecs import Codec, FrameOptions, LorawanOptions, codec_of
from tests import kit
from tests.drivers.mqtt_kit import sender, told

EUI = "24e124535b316056"
UP = f"application/17c82e96/device/{EUI}/event/up"
VECTORS = [
    one
    for one in json.loads((kit.DATA / "mqtt-samples" / "raw" / "byte-vectors.json").read_text(encoding="utf-8"))
    if one["device"].startswith(("Milesight", "Dragino"))
]

# key of a vector -> the row it means; "" stands for the vector's value, None for words that are no reading of ours
READINGS = {
    "battery": "battery", "temperature": "temperature", "humidity": "humidity", "distance": "distance",
    "remaining": "remaining", "lux": "illuminance", "co2": "co2", "tvoc": "tvoc", "tvoc_iaq": "tvoc_iaq",
    "pressure": "pressure", "hcho": "hcho", "pm2_5": "pm2_5", "pm10": "pm10", "nh3": "nh3", "h2s": "h2s",
    "L": "sound_laf", "Leq": "sound_laeq", "Lmax": "sound_lafmax", "total_in": "people_in_total",
    "total_out": "people_out_total", "period_in": "people_in_period", "period_out": "people_out_period",
    "people_count": "people_count", "people_max": "people_count_max", "battery_V": "battery_voltage",
    "distance_mm": "distance", "temp_degC": "temperature", "leak_times": "leak_count", "open_times": "open_count",
    "tilt": "tilt", "leak": "water_leak", "open": "door_open", "magnet": "door_open", "pir": "motion",
    "daylight": "daylight", "tamper": "tamper",
}  # fmt: skip
STATES = ("tilt", "leak", "open", "magnet", "pir", "daylight", "tamper")


def rows_of(expect: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Give what a vector's own words mean to us."""
    rows: list[tuple[Any, ...]] = []
    for key, value in expect.items():
        if key == "button":
            rows.append(("event", "button", {"short": "single"}.get(value, value)))
        elif key == "history":
            rows += [
                ("reading", "temperature", value[0]["temperature"]), ("reading", "humidity", value[0]["humidity"]),
                ("reading", "door_open", bool(value[0]["state"])),
            ]  # fmt: skip
        elif key.startswith("line_1_"):
            rows.append(("reading", READINGS[key[7:]], value, 1))
        elif key == "angle":
            rows += [("reading", "tilt_angle", angle, axis) for axis, angle in zip("xyz", value, strict=True)]
        elif key == "trigger":
            flagged = (axis for axis, flag in zip("xyz", value, strict=True) if flag)
            rows += [("event", "device_alarm", f"tilt_threshold_{axis}") for axis in flagged]
        elif key.endswith("_alarm"):
            rows.append(("event", "device_alarm", key.replace("_alarm", "_threshold")))
        elif value in ("polarizing", "error"):
            kind = "sensor_status" if value == "polarizing" else "sensor_fault"
            rows.append(("event", kind, f"{key}:{'device_error' if value == 'error' else value}"))
        elif key.startswith("last_"):
            rows.append(("reading", f"last_{key[5:-4]}_duration", value * 60))
        elif key in READINGS:
            rows.append(("reading", READINGS[key], value in (True, 1, "open") if key in STATES else value))
    return rows


def name_of(vector: dict[str, Any]) -> str:
    return f"{vector['device']} {vector['hex']}"


def ordered(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=repr)


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_vectors_of_a_known_model(vector: dict[str, Any]) -> None:
    wanted = ordered(rows_of(vector["expect"]))
    data = bytes.fromhex(vector["hex"])
    options = FrameOptions(model=vector["device"], fport=vector["fport"])
    assert ordered(told(chirpstack.frame(options, data))) == wanted
    # The same through an uplink: by the settings, and by the name of the device profile.
    body = {"fPort": vector["fport"], "data": base64.b64encode(data).decode()}
    bound = sender(chirpstack.DRIVER, {EUI: LorawanOptions(model=vector["device"])})
    assert ordered(told(bound(UP, {"deviceInfo": {"devEui": EUI}, **body}))) == wanted
    named = {"devEui": EUI, "deviceProfileName": vector["device"]}
    assert ordered(told(sender(chirpstack.DRIVER)(UP, {"deviceInfo": named, **body}))) == wanted


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_vectors_without_a_model_say_the_same_or_that_they_are_open(vector: dict[str, Any]) -> None:
    rows = told(chirpstack.frame(Options(), bytes.fromhex(vector["hex"])))
    wanted = rows_of(vector["expect"])
    is_open = any(row[0] == "undecoded" for row in rows)
    assert is_open == (vector["device"].split()[1] in ("EM300-ZLD", "WS202", "WS301") or "history" in vector["expect"])
    meant = [row for row in rows if row[0] != "undecoded"]
    assert all(row in wanted for row in meant)
    assert is_open or ordered(meant) == ordered(wanted)


@pytest.mark.parametrize("vector", VECTORS, ids=name_of)
def test_vectors_are_written_back(vector: dict[str, Any]) -> None:
    data, text = bytes.fromhex(vector["hex"]), vector["device"]
    if model := milesight_frame.model_in(text):
        assert milesight_frame.encode(milesight_frame.decode(data, model).said, model) == data
    else:
        said = dragino_frame.decode(data, dragino_frame.model_in(text), vector["fport"])
        assert said is not None
        assert dragino_frame.encode(said) == data


@pytest.mark.parametrize("model", milesight_frame.MODELS)
def test_every_model_says_what_it_was_told(model: str) -> None:
    dice = random.Random(model)
    for (channel, kind), piece in milesight_frame.MODELS[model].items():
        raw = bytes(dice.randrange(1, 2) for _ in range(piece.size))
        frame = bytes([channel, kind]) + raw
        said, used, doubt = milesight_frame.decode(frame, model)
        assert (used, doubt) == (len(frame), ())
        if piece.write(said):
            assert milesight_frame.decode(milesight_frame.encode(said, model), model).said == said


def test_unknown_pair_keeps_what_was_decoded() -> None:
    items = chirpstack.frame(FrameOptions(codec="milesight", fport=85), bytes.fromhex("01755C 4242 0367FF00"))
    assert items == [
        Reading("chirpstack", "battery", 92.0),
        Undecoded("chirpstack", "42420367ff00", 85, "unknown channel and type 4242"),
    ]
    # A value that is cut is not half a value.
    assert chirpstack.frame(FrameOptions(model="em300-th"), bytes.fromhex("01755C 036734"))[1:] == [
        Undecoded("chirpstack", "036734", 0, "unknown channel and type 0367")
    ]


BARE = [
    ("FF2931", "ws502", [("reading", "relay_1", True), ("reading", "relay_2", False)]),
    ("FF2900", "ws503", [("reading", f"relay_{n}", False) for n in (1, 2, 3)]),
    ("FF34020003", "ws156", [("event", "button", "long", 2)]),
    ("FF0BFF 017563", "ws101", [("event", "reboot", "power_on"), ("reading", "battery", 99)]),
    ("FF166136B40132770003", "ws101", []),
    ("017562 02820F00 038E01 048E01", "vs330",
     [("reading", "battery", 98), ("reading", "distance", 15), ("reading", "occupancy", True)]),
    ("058E01 060100 070101", "gs101",
     [("reading", "gas_alarm", True), ("reading", "valve_open", False), ("reading", "relay_1", True)]),
    ("030007", "ws303", [("fault", "insane", None)]),
    ("0CD20A000000 0ECC01000200", "vs133",
     [("reading", "people_in_total", 10, 4), ("reading", "people_in_period", 1, 4),
      ("reading", "people_out_period", 2, 4)]),
    ("0367FFFF", "em300-th", [("reading", "temperature", -0.1)]),
    ("8367E80000", "em400-tld", [("reading", "temperature", 23.2),
                                 ("event", "device_alarm", "temperature_threshold_release")]),
    ("067DE803", "gs301", [("reading", "h2s", 1)]),
    ("0BEA0456007FFF01", "ldds75", [("reading", "battery_voltage", 3.05), ("reading", "distance", 1110)]),
    ("0BEA0456000000 00", "ldds75", [("reading", "battery_voltage", 3.05), ("reading", "temperature", 0),
                                     ("event", "sensor_fault", "distance:no_sensor")]),
    ("0300000B00000565E0B4A4", "lwl03a",
     [("reading", "water_leak", True), ("reading", "leak_count", 11), ("reading", "last_leak_duration", 300),
      ("event", "device_alarm", "timeout")]),
    ("4BB80300000100000500", "lds02", [("undecoded", None, None)]),
    ("0BEA", "ldds75", [("undecoded", None, None)]),
]  # fmt: skip


@pytest.mark.parametrize(("hexed", "model", "wanted"), BARE)
def test_frames(hexed: str, model: str, wanted: list[Any]) -> None:
    assert ordered(told(chirpstack.frame(FrameOptions(model=model), bytes.fromhex(hexed)))) == ordered(wanted)


@pytest.mark.parametrize(
    "hexed", ["AA", "0BEA0456090000FF", "FFB80200000100000500", "0100000B00000500000001", "00" * 40]
)
def test_bytes_of_nobody_stay_bytes(hexed: str) -> None:
    (item,) = chirpstack.frame(Options(), bytes.fromhex(hexed))
    assert item == Undecoded("chirpstack", hexed.lower(), 0, "no codec is sure")


def test_history_of_both_makers_fires_no_rule() -> None:
    two = bytes.fromhex("21CE9E74466310015D01 20CE9F74466310015D00")
    kept = chirpstack.frame(FrameOptions(model="em300-zld"), two)
    assert kept[2::3] == [
        Reading("chirpstack", "water_leak", True, said_at=1_665_561_758_000, historical=True),
        Reading("chirpstack", "water_leak", False, said_at=1_665_561_759_000, historical=True),
    ]
    log = bytes.fromhex("0100000B00000565E0B4A4 0000000B00000565E0B4B8")
    items = chirpstack.frame(FrameOptions(model="lwl03a", fport=3), log)
    assert len(items) == 6
    assert all(isinstance(one, Reading) and one.historical and one.said_at for one in items)
    assert dragino_frame.encode(dragino_frame.decode(log, "lwl03a", 3) or {}) == log


def test_hints() -> None:
    assert codec_of(None, ["EM300-MCS hall"]) == Codec("milesight", "em300mcs")
    assert codec_of(None, [7, None, "Dragino LDS02"]) == Codec("dragino", "lds02")
    assert codec_of(None, ["Milesight", "x ws202"]) == Codec("milesight", "ws202")
    assert codec_of(LorawanOptions(codec="dragino"), ["ws101"]) == Codec("dragino", "")
    assert codec_of(LorawanOptions(model="WS-101"), ["Dragino"]) == Codec("milesight", "ws101")
    with pytest.raises(ValidationError, match="no model whose bytes are known"):
        LorawanOptions(model="toaster")


def test_port_decides_when_nothing_else_does() -> None:
    send = sender(chirpstack.DRIVER)
    press = base64.b64encode(bytes.fromhex("017510FF2E01")).decode()
    info = {"deviceInfo": {"devEui": EUI}, "data": press}
    assert told(send(UP, {**info, "fPort": 85})) == [("reading", "battery", 16), ("event", "button", "single")]
    assert told(send(UP, {**info, "fPort": 2})) == [("undecoded", None, None)]
    # What a codec on the server decoded counts, not the bytes.
    assert told(send(UP, {**info, "fPort": 85, "object": {"battery": 50}})) == [("reading", "battery", 50)]


def test_hostile_bytes() -> None:
    dice = random.Random(5)
    frames = [bytes.fromhex(vector["hex"]) for vector in VECTORS]
    options = [FrameOptions(), *(FrameOptions(codec=maker, fport=port) for maker in ("milesight", "dragino")
                                 for port in (0, 2, 3, 10, 85))]  # fmt: skip
    for _ in range(1500):
        data = bytearray(dice.choice(frames))
        if dice.random() < 0.5:
            data[dice.randrange(len(data))] = dice.randrange(256)
        if dice.random() < 0.3:
            del data[dice.randrange(len(data)) :]
        items = chirpstack.frame(dice.choice(options), bytes(data) + dice.randbytes(dice.choice((0, 0, 3))))
        assert all(isinstance(item, kit.ITEMS) for item in items)
        assert kit.as_json(items) is not None
