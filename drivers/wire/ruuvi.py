"""RuuviTag Data Format 5: the 24 bytes after the company number 0x0499 of a Bluetooth advertisement, both ways.

It listens to no radio: a gateway brings the bytes, as `manufacturerdata` in hex ("9904" first) or bare.

    05 | temp i16 0.005 degC | hum u16 0.0025 % | pressure u16 + 50000 Pa | acc x y z i16 mG | power u16 | moves u8
       | seq u16 | MAC 6                                                            (all big-endian)
    power: 11 bits mV - 1600, 5 bits (dBm + 40) / 2

Not available: 0x8000 (signed), all bits set (unsigned). Source: mqtt.md §1.9 (ruuvi-sensor-protocols).
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

FORMAT: Final = 5
COMPANY: Final = "9904"
"""The company number as it stands in the advertisement (little-endian)."""
_FRAME: Final = struct.Struct(">BhHHhhhHBH6s")


class Ruuvi(NamedTuple):
    """What a tag says; None where it has no value. degC, %, Pa, g, V, dBm; `mac` as AA:BB:…, "" if unknown."""

    temperature: float | None
    humidity: float | None
    pressure: int | None
    acceleration: tuple[float, float, float] | None
    voltage: float | None
    tx: int | None
    moves: int | None
    seq: int | None
    mac: str = ""


def decode(data: bytes) -> Ruuvi | None:
    """Give what a frame says, None if it is no frame of this format."""
    if len(data) != _FRAME.size or data[0] != FORMAT:
        return None
    _, temp, hum, pressure, x, y, z, power, moves, seq, mac = _FRAME.unpack(data)
    axes = None if -0x8000 in (x, y, z) else (x / 1000, y / 1000, z / 1000)
    milli, dbm = power >> 5, power & 0x1F
    return Ruuvi(
        None if temp == -0x8000 else round(temp * 0.005, 3),
        None if hum == 0xFFFF else round(hum * 0.0025, 4),
        None if pressure == 0xFFFF else pressure + 50_000,
        axes,
        None if milli == 0x7FF else round((milli + 1600) / 1000, 3),
        None if dbm == 0x1F else dbm * 2 - 40,
        None if moves == 0xFF else moves,
        None if seq == 0xFFFF else seq,
        "" if mac == b"\xff" * 6 else mac.hex(":").upper(),
    )


def encode(said: Ruuvi) -> bytes:
    """Give the frame of a tag that says this; struct.error if a value does not fit."""
    axes = (-0x8000,) * 3 if said.acceleration is None else tuple(round(g * 1000) for g in said.acceleration)
    milli = 0x7FF if said.voltage is None else round(said.voltage * 1000) - 1600
    dbm = 0x1F if said.tx is None else (said.tx + 40) // 2
    return _FRAME.pack(
        FORMAT,
        -0x8000 if said.temperature is None else round(said.temperature / 0.005),
        0xFFFF if said.humidity is None else round(said.humidity / 0.0025),
        0xFFFF if said.pressure is None else said.pressure - 50_000,
        *axes,
        milli << 5 | dbm,
        0xFF if said.moves is None else said.moves,
        0xFFFF if said.seq is None else said.seq,
        bytes.fromhex(said.mac.replace(":", "")) if said.mac else b"\xff" * 6,
    )


def from_advertisement(text: object) -> Ruuvi | None:
    """Give what `manufacturerdata` (hex, company number first) says, None if that is no tag's."""
    if not isinstance(text, str) or len(text) > 64 or not text.lower().startswith(COMPANY):
        return None
    try:
        return decode(bytes.fromhex(text[len(COMPANY) :]))
    except ValueError:
        return None
