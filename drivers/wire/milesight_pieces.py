"""The values of Milesight's frames, both ways: what stands behind a channel and type, as words of a decoded `object`.

It knows no model and no channel (milesight_frame.py does), and what the words mean to us is in drivers/milesight.py.
A piece has a fixed size; numbers are little-endian. Source: mqtt.md §1.7, table "type / length / meaning".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

Said = dict[str, Any]
"""A decoded `object`: Milesight's own keys and words."""

ALARMS: Final = ("threshold_alarm_release", "threshold_alarm")
PRESSES: Final = ("", "short press", "long press", "double press")
SCENES: Final = ("", "short press", "double press", "long press")
_WARMING, _BROKEN = 0xFFFE, 0xFFFF
_GAS_WORDS: Final = {_WARMING: "polarizing", _BROKEN: "device error"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One value of `size` bytes: how it is read, and how it is written (once, several times, or [] if not said)."""

    size: int
    read: Callable[[bytes], Said]
    write: Callable[[Said], list[bytes]]


def number(
    key: str, size: int, scale: float = 1, *, signed: bool = False, order: Literal["little", "big"] = "little"
) -> Piece:
    """Make a piece for an integer that is divided by `scale`."""

    def read(raw: bytes) -> Said:
        value = int.from_bytes(raw, order, signed=signed)
        return {key: value if scale == 1 else value / scale}

    def write(said: Said) -> list[bytes]:
        return [round(said[key] * scale).to_bytes(size, order, signed=signed)] if key in said else []

    return Piece(size, read, write)


def word(key: str, *words: str) -> Piece:
    """Make a piece for one byte that stands for a word; a byte beyond the words is told in hex and means nothing."""

    def read(raw: bytes) -> Said:
        return {key: words[raw[0]] if raw[0] < len(words) else f"0x{raw[0]:02x}"}

    def write(said: Said) -> list[bytes]:
        return [bytes([words.index(said[key])])] if said.get(key) in words else []

    return Piece(1, read, write)


def gas(key: str, scale: float) -> Piece:
    """Make a piece for a gas sensor, whose two highest values say that it warms up or is broken."""
    plain = number(key, 2, scale)

    def read(raw: bytes) -> Said:
        status = _GAS_WORDS.get(int.from_bytes(raw, "little"))
        return {f"{key}_sensor_status": status} if status else plain.read(raw)

    def write(said: Said) -> list[bytes]:
        status = said.get(f"{key}_sensor_status")
        codes = [code.to_bytes(2, "little") for code, told in _GAS_WORDS.items() if told == status]
        return codes or plain.write(said)

    return Piece(2, read, write)


def together(*pieces: Piece) -> Piece:
    """Join pieces to one, said only if all of them are."""

    def read(raw: bytes) -> Said:
        said: Said = {}
        for piece in pieces:
            said |= piece.read(raw[: piece.size])
            raw = raw[piece.size :]
        return said

    def write(said: Said) -> list[bytes]:
        parts = [piece.write(said) for piece in pieces]
        return [b"".join(part[0] for part in parts)] if all(parts) else []

    return Piece(sum(piece.size for piece in pieces), read, write)


def alarmed(piece: Piece, key: str) -> Piece:
    """Give the same value with an alarm byte behind it, as on the channels with bit 7 set."""
    return together(piece, word(f"{key}_alarm", *ALARMS))


def silent(size: int) -> Piece:
    """Make a piece whose value is identity (serial number, versions) and no reading."""
    return Piece(size, lambda _raw: {}, lambda _said: [])


def read_only(piece: Piece) -> Piece:
    """Give a piece that is understood and never written: another one says the same."""
    return Piece(piece.size, piece.read, lambda _said: [])


def fact(key: str, told: str) -> Piece:
    """Make a piece of one byte whose being there is the fact."""
    return Piece(1, lambda _raw: {key: told}, lambda said: [b"\xff"] if said.get(key) == told else [])


def _button_read(raw: bytes) -> Said:
    return {"button_event": {"status": PRESSES[raw[0]] if 0 < raw[0] < len(PRESSES) else f"0x{raw[0]:02x}"}}


def _button_write(said: Said) -> list[bytes]:
    status = said.get("button_event", {}).get("status")
    return [bytes([PRESSES.index(status)])] if status in PRESSES[1:] else []


def _scene_read(raw: bytes) -> Said:
    button, _mode, press = raw
    return {f"button_{button}": SCENES[press] if 0 < press < len(SCENES) else f"0x{press:02x}"}


def _scene_write(said: Said) -> list[bytes]:
    keys = {key: key.partition("_")[2] for key in said if key.startswith("button_")}
    return [bytes([int(n), 0, SCENES.index(said[key])]) for key, n in keys.items() if n.isdigit()]


BUTTON: Final = Piece(1, _button_read, _button_write)
SCENE: Final = Piece(3, _scene_read, _scene_write)


def switches(count: int) -> Piece:
    """Make a piece for wall switches: bits 0 to 2 are their states, bits 4 to 6 tell which of them changed."""

    def read(raw: bytes) -> Said:
        said: Said = {}
        for n in range(count):
            said[f"switch_{n + 1}"] = "on" if raw[0] >> n & 1 else "off"
            said[f"switch_{n + 1}_change"] = "yes" if raw[0] >> n + 4 & 1 else "no"
        return said

    def write(said: Said) -> list[bytes]:
        if "switch_1" not in said:
            return []
        on = sum(1 << n for n in range(count) if said.get(f"switch_{n + 1}") == "on")
        changed = sum(16 << n for n in range(count) if said.get(f"switch_{n + 1}_change") == "yes")
        return [bytes([on | changed])]

    return Piece(1, read, write)


def _tilt_read(raw: bytes) -> Said:
    said: Said = {}
    for n, axis in enumerate("xyz"):
        value = int.from_bytes(raw[2 * n : 2 * n + 2], "little", signed=True)
        said[f"angle_{axis}"] = (value >> 1) / 100
        said[f"threshold_{axis}"] = "trigger" if value & 1 else "normal"
    return said


def _tilt_write(said: Said) -> list[bytes]:
    if "angle_x" not in said:
        return []
    flags = [said.get(f"threshold_{axis}") == "trigger" for axis in "xyz"]
    values = [round(said[f"angle_{axis}"] * 100) << 1 | flag for axis, flag in zip("xyz", flags, strict=True)]
    return [b"".join(value.to_bytes(2, "little", signed=True) for value in values)]


TILT: Final = Piece(6, _tilt_read, _tilt_write)


def history(kept: Piece) -> Piece:
    """Make a piece for what the device kept while it had no network: Unix seconds before the values."""
    entry = together(number("timestamp", 4), kept)

    def write(said: Said) -> list[bytes]:
        return [entry.write(one)[0] for one in said.get("history", ())]

    return Piece(entry.size, lambda raw: {"history": [entry.read(raw)]}, write)
