"""Milesight's bytes (fPort 85) to a decoded `object` and back, for network servers that have no codec installed.

    01 75 5C | 03 67 34 01 | 04 68 65 | 06 00 01        channel, type, value; again until the end; no length anywhere
    battery    temperature   humidity   magnet_status
    83 67 E8 00 01        channel with bit 7 set: the same with an alarm byte behind
    20 CE 9E 74 46 63 …   what was kept while there was no network: Unix seconds first (also channel 21)

The length follows from channel and type, and what they mean from the model: `03 00 01` is a leak, an open door or a
movement. Without the model that is taken on which all models agree that explain the whole frame. It does not say what
the words mean (drivers/milesight.py). Source: mqtt.md §1.7; lines 2 to 4 of the VS133 count on by three channels, as
its public decoder does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from drivers.wire.milesight_pieces import (
    BUTTON,
    SCENE,
    TILT,
    Piece,
    Said,
    alarmed,
    fact,
    gas,
    history,
    number,
    read_only,
    silent,
    switches,
    together,
    word,
)  # fmt: skip

PORT: Final = 85
Table = Mapping[tuple[int, int], Piece]

_T: Final = number("temperature", 2, 10, signed=True)
_H: Final = number("humidity", 1, 2)
_D: Final = number("distance", 2)
_POSITION: Final = word("position", "normal", "tilt")
_LEAK: Final = word("leakage_status", "normal", "leak")
_MAGNET: Final = word("magnet_status", "close", "open")
_PIR: Final = word("pir", "normal", "trigger")
_TAMPER: Final = word("tamper_status", "installed", "uninstalled")

_COMMON: Final[Table] = {
    (0x01, 0x75): number("battery", 1),
    (0xFF, 0x01): silent(1), (0xFF, 0x08): silent(6), (0xFF, 0x09): silent(2), (0xFF, 0x0A): silent(2),
    (0xFF, 0x0B): fact("device_status", "on"), (0xFF, 0x0F): silent(1), (0xFF, 0x16): silent(8),
    (0xFF, 0xFE): fact("reset_event", "reset"), (0xFF, 0xFF): silent(2),
}  # fmt: skip
_CLIMATE: Final[Table] = {
    (0x03, 0x67): _T, (0x04, 0x68): _H, (0x83, 0x67): alarmed(_T, "temperature"),
}  # fmt: skip
_AIR: Final[Table] = {
    **_CLIMATE, (0x05, 0x00): _PIR, (0x06, 0xCB): number("light_level", 1), (0x07, 0x7D): number("co2", 2),
    (0x08, 0x7D): number("tvoc_iaq", 2, 100), (0x08, 0xE6): number("tvoc_ug_m3", 2),
    (0x09, 0x73): number("pressure", 2, 10), (0x0A, 0x7D): number("hcho", 2, 100), (0x0B, 0x7D): number("pm2_5", 2),
    (0x0C, 0x7D): number("pm10", 2),
}  # fmt: skip
_BIN: Final[Table] = {
    (0x03, 0x67): _T, (0x83, 0x67): alarmed(_T, "temperature"), (0x04, 0x82): _D,
    (0x84, 0x82): alarmed(_D, "distance"), (0x05, 0x00): _POSITION,
}  # fmt: skip


def _kept(piece: Piece) -> Table:
    """Give the pairs of a climate sensor with one contact, with what it keeps."""
    entry = history(together(_T, _H, piece))
    return {**_CLIMATE, (0x20, 0xCE): entry, (0x21, 0xCE): read_only(entry)}


def _counts(prefix: str, kind: str, size: int) -> Piece:
    return together(number(f"{prefix}{kind}_in", size), number(f"{prefix}{kind}_out", size))


def _lines() -> Table:
    pairs: dict[tuple[int, int], Piece] = {}
    for line in range(4):
        first, prefix = 3 + 3 * line, f"line_{line + 1}_"
        pairs[first, 0xD2] = number(f"{prefix}total_in", 4)
        pairs[first + 1, 0xD2] = number(f"{prefix}total_out", 4)
        pairs[first + 2, 0xCC] = _counts(prefix, "period", 2)
    return pairs


_TABLES: Final[dict[str, Table]] = {
    "ws101": {(0xFF, 0x2E): BUTTON},
    "ws136 ws156": {(0xFF, 0x34): SCENE},
    "ws201": {(0x03, 0x82): _D, (0x04, 0xD6): number("remaining", 1)},
    "ws202": {(0x03, 0x00): _PIR, (0x04, 0x00): word("daylight", "dim", "bright")},
    "ws301": {(0x03, 0x00): _MAGNET, (0x04, 0x00): _TAMPER},
    "ws302": {(0x05, 0x5B): together(
        number("weighting", 1), number("LAF", 2, 10), number("LAeq", 2, 10), number("LAFmax", 2, 10)
    )},
    "ws303": {(0x03, 0x00): _LEAK},
    "ws501": {(0xFF, 0x29): switches(1)},
    "ws502": {(0xFF, 0x29): switches(2)},
    "ws503": {(0xFF, 0x29): switches(3)},
    "em300th": _CLIMATE,
    "em300mcs": {**_kept(_MAGNET), (0x06, 0x00): _MAGNET},
    "em300zld em300sld": {**_kept(_LEAK), (0x05, 0x00): _LEAK},
    "em310udl": {(0x03, 0x82): _D, (0x83, 0x82): alarmed(_D, "distance"), (0x04, 0x00): _POSITION},
    "em400udl em400mud em400tld": _BIN,
    "em320tilt": {(0x03, 0xD4): TILT},
    "am107": {
        **_CLIMATE, (0x05, 0x6A): number("activity", 2),
        (0x06, 0x65): together(
            number("illumination", 2), number("infrared_and_visible", 2), number("infrared", 2)
        ),
        (0x07, 0x7D): number("co2", 2), (0x08, 0x7D): number("tvoc", 2), (0x09, 0x73): number("pressure", 2, 10),
    },
    "am307 am308 am319": _AIR,
    "gs101": {
        (0x05, 0x8E): word("gas_status", "normal", "alarm"), (0x06, 0x01): word("valve_status", "off", "on"),
        (0x07, 0x01): word("relay_output_status", "off", "on"),
    },
    "gs301": {
        (0x02, 0x67): _T, (0x03, 0x68): _H, (0x04, 0x7D): gas("nh3", 100), (0x05, 0x7D): gas("h2s", 100),
        (0x06, 0x7D): read_only(gas("h2s", 1000)),
    },
    "vs121": {
        (0x04, 0xC9): together(
            number("people_count_all", 1), number("region_count", 1), number("region_mask", 2, order="big")
        ),
        (0x06, 0xCD): number("people_count_max", 1),
    },
    "vs133": _lines(),
    "vs330": {
        (0x02, 0x82): _D, (0x03, 0x8E): word("occupancy", "vacant", "occupied"),
        (0x04, 0x8E): word("calibration_status", "failed", "success"),
    },
    "vs350": {(0x04, 0xCC): _counts("", "total", 2), (0x05, 0xCC): _counts("", "period", 2)},
}  # fmt: skip

MODELS: Final[dict[str, Table]] = {
    name: {**_COMMON, **table} for names, table in _TABLES.items() for name in names.split()
}
"""By model, in small letters without dashes: what stands behind each channel and type."""


class Decoded(NamedTuple):
    """What a frame says; `used` bytes of it were understood. `open`: models that disagree on the rest of them."""

    said: Said
    used: int
    open: tuple[str, ...] = ()


def model_in(text: str) -> str:
    """Find a model in a name that people gave, such as "Milesight EM300-MCS (868M)"; "" if there is none."""
    plain = re.sub(r"[^a-z0-9]", "", text.lower())
    return max((name for name in MODELS if name in plain), key=len, default="")


def decode(data: bytes, model: str = "") -> Decoded:
    """Give what a frame of a model says; "": what all models say that explain most of it."""
    if model:
        return Decoded(*_read(data, MODELS[model]))
    tried = {name: _read(data, table) for name, table in MODELS.items()}
    most = max(used for _, used in tried.values())
    agree = {name: said for name, (said, used) in tried.items() if used == most}
    said, differ = _common(list(agree.values()))
    return Decoded(said, most, tuple(agree) if differ else ())


def encode(said: Said, model: str) -> bytes:
    """Give the frame in which a model says this."""
    parts: list[bytes] = []
    table = MODELS[model]
    for (channel, kind), piece in table.items():
        louder = table.get((channel | 0x80, kind)) if channel < 0x80 else None
        if louder is None or not louder.write(said):  # With an alarm the value is said once, on the other channel.
            parts += [bytes([channel, kind]) + value for value in piece.write(said)]
    return b"".join(parts)


def _read(data: bytes, table: Table) -> tuple[Said, int]:
    said: Said = {}
    at = 0
    while at + 2 <= len(data):
        piece = table.get((data[at], data[at + 1]))
        end = at + 2 + piece.size if piece else 0
        if piece is None or end > len(data):
            break
        for key, value in piece.read(data[at + 2 : end]).items():
            said[key] = said[key] + value if key == "history" and key in said else value
        at = end
    return said, at


def _common(told: list[Any]) -> tuple[Said, bool]:
    """Give what all objects say alike, and whether any of them says more."""
    first, rest = told[0], told[1:]
    said: Said = {}
    differ = any(one.keys() != first.keys() for one in rest)
    for key, value in first.items():
        if all(one.get(key) == value for one in rest):
            said[key] = value
        elif key == "history" and all(len(one.get(key, ())) == len(value) for one in rest):
            entries = [_common([one[key][n] for one in told]) for n in range(len(value))]
            said[key], differ = [entry for entry, _ in entries], True
        else:
            differ = True
    return said, differ
