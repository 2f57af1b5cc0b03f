"""Dragino's bytes to a decoded `object` and back, for network servers that have no codec installed. Big-endian.

    LDDS75, DDS75-LB   port 2    0B EA | 04 56 | 00 | 00 00 | 01           battery mV (14 bits), distance mm,
                                                                           interrupt, DS18B20 / 10 degC, sensor there
    LDS02, LWL02       port 10   4B B8 | 02 | 00 00 01 | 00 00 05 | 00     bit 7 open, bit 6 leak, battery mV (14 bits);
                                                                           mode 1 door, 2 leak; times; minutes; alarm
    LWL03A             port 2    01 | 00 00 0B | 00 00 05 | 65 E0 B4 A4    bit 0 leak, bit 1 alarm; times; minutes; Unix
                       port 3    the same again and again: what it kept

What the words mean is in drivers/dragino.py; `timestamp` is ours, for the time in an LWL03A's bytes. Port 4 tells
settings and is not decoded. Source: mqtt.md §1.8. UNVERIFIED: that the datalog of an LWL03A repeats its frame (the
reference says only that port 3 is one); of mode 3 of an LDS02 no layout is given, so it stays undecoded.
"""

from __future__ import annotations

import re
import struct
from typing import Any, Final

Said = dict[str, Any]

LOG_PORT: Final = 3
_BATTERY: Final = 0x3FFF
_NO_PROBE: Final = 0x7FFF
_DISTANCE: Final = struct.Struct(">HHBhB")
_CONTACT: Final = struct.Struct(">HB3s3sB")
_LEAK: Final = struct.Struct(">B3s3sI")

SIZES: Final = {"ldds75": 8, "dds75lb": 8, "lds02": 10, "lwl02": 10, "lwl03a": 11}
"""By model, in small letters without dashes: bytes of a frame."""
PORTS: Final = {8: 2, 10: 10, 11: 2}
"""Bytes of a frame -> its port."""


def model_in(text: str) -> str:
    """Find a model in a name that people gave, such as "Dragino LDDS75 hall"; "" if there is none."""
    plain = re.sub(r"[^a-z0-9]", "", text.lower())
    return max((name for name in SIZES if name in plain), key=len, default="")


def decode(data: bytes, model: str = "", port: int = 0) -> Said | None:
    """Give what a frame says, None if it is none of these. The layout follows from the length; 0: any port."""
    if port == LOG_PORT:
        return _log(data) if model in ("", "lwl03a") else None
    expected = SIZES.get(model, len(data))
    if len(data) != expected or (port and PORTS.get(len(data)) != port):
        return None
    if len(data) == _DISTANCE.size:
        return _distance(data, "DDS75-LB" if model == "dds75lb" else "LDDS75")
    if len(data) == _CONTACT.size:
        return _contact(data)
    return _leak(data) if len(data) == _LEAK.size else None


def believable(said: Said) -> bool:
    """Tell whether a frame of which nothing but the length is known is what it seems: its own fields must fit."""
    if "Distance" in said:
        return 2.0 <= said["Bat"] <= 4.0 and said["Interrupt_flag"] in (0, 1) and said["Sensor_flag"] in (0, 1)
    if "BAT_V" in said:
        return bool(2.0 <= said["BAT_V"] <= 4.0)
    return 1_577_836_800 <= int(said.get("timestamp", 0)) < 4_102_444_800


def encode(said: Said) -> bytes:
    """Give the frame that says this."""
    if "Distance" in said:
        probe = round(said["TempC_DS18B20"] * 10) if "TempC_DS18B20" in said else _NO_PROBE
        battery = round(said["Bat"] * 1000)
        return _DISTANCE.pack(battery, said["Distance"], said["Interrupt_flag"], probe, said["Sensor_flag"])
    if "BAT_V" in said:
        door = said["MOD"] == 1
        state, times, minutes = (said[key] for key in (_DOOR_KEYS if door else _WATER_KEYS))
        word = round(said["BAT_V"] * 1000) | (state << (15 if door else 14))
        return _CONTACT.pack(word, said["MOD"], times.to_bytes(3), minutes.to_bytes(3), said["ALARM"])
    entries = said.get("history", [said])
    return b"".join(_leak_bytes(one) for one in entries)


_DOOR_KEYS: Final = ("DOOR_OPEN_STATUS", "DOOR_OPEN_TIMES", "LAST_DOOR_OPEN_DURATION")
_WATER_KEYS: Final = ("WATER_LEAK_STATUS", "WATER_LEAK_TIMES", "LAST_WATER_LEAK_DURATION")


def _distance(data: bytes, name: str) -> Said:
    battery, distance, interrupt, probe, sensor = _DISTANCE.unpack(data)
    said: Said = {"Node_type": name, "Bat": (battery & _BATTERY) / 1000, "Distance": distance}
    if probe != _NO_PROBE:
        said["TempC_DS18B20"] = probe / 10
    return said | {"Interrupt_flag": interrupt, "Sensor_flag": sensor}


def _contact(data: bytes) -> Said | None:
    word, mode, times, minutes, alarm = _CONTACT.unpack(data)
    if mode not in (1, 2):
        return None
    keys, bit = (_DOOR_KEYS, 15) if mode == 1 else (_WATER_KEYS, 14)
    values = (word >> bit & 1, int.from_bytes(times), int.from_bytes(minutes))
    head = {"Node_type": "LDS02" if mode == 1 else "LWL02", "BAT_V": (word & _BATTERY) / 1000, "MOD": mode}
    return {**head, **dict(zip(keys, values, strict=True)), "ALARM": alarm & 1}


def _leak(data: bytes) -> Said:
    flags, times, minutes, at = _LEAK.unpack(data)
    values = (flags & 1, int.from_bytes(times), int.from_bytes(minutes))
    return {**dict(zip(_WATER_KEYS, values, strict=True)), "ALARM": flags >> 1 & 1, "timestamp": at}


def _leak_bytes(said: Said) -> bytes:
    state, times, minutes = (said[key] for key in _WATER_KEYS)
    return _LEAK.pack(state | said["ALARM"] << 1, times.to_bytes(3), minutes.to_bytes(3), said["timestamp"])


def _log(data: bytes) -> Said | None:
    if not data or len(data) % _LEAK.size:
        return None
    pieces = [data[at : at + _LEAK.size] for at in range(0, len(data), _LEAK.size)]
    return {"history": [_leak(piece) for piece in pieces]}
