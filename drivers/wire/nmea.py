"""Sentences of NMEA 0183: their frame, their fields as numbers, and the binary frames that may stand between them.

It gives no sentence a meaning: that is drivers/nmea_gps.py.

    $ | talker 2, type 3 | , field , field … | * hh | 0D 0A      hh: exclusive or of what stands between $ and *
    B5 62 | class | id | len 16 | data … | 2 sums                UBX of u-blox, at start-up; little endian

A sentence ends with its sum: what follows (CR, LF) is skipped. Source: serial.md §B14, u-blox protocol description.
"""

from __future__ import annotations

import re
from typing import Final

from drivers.wire.checks import xor8
from drivers.wire.frames import MORE, NONE, Shape

LONGEST: Final = 120
"""The standard says 82; receivers with more decimals exceed it."""
UBX: Final = b"\xb5\x62"
LONGEST_UBX: Final = 600
_PRINTABLE: Final = frozenset(range(0x20, 0x7F))
_HEX: Final = frozenset(b"0123456789ABCDEFabcdef")
_NUMBER: Final = re.compile(r"[-+]?\d{1,9}(?:\.\d{0,9})?", re.ASCII)
_ANGLE: Final = re.compile(r"(\d{1,3})(\d\d(?:\.\d{0,9})?)", re.ASCII)


def sentence(text: str) -> bytes:
    """Give the sentence of what stands between $ and *."""
    body = text.encode("ascii")
    return b"$%s*%02X\r\n" % (body, xor8(body))


def fields(frame: bytes) -> list[str]:
    """Give the fields of a checked sentence; the first is talker and type."""
    return frame[1:-3].decode("ascii").split(",")


def number(text: str) -> float | None:
    """Give a field as a number, None if it is empty or none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def angle(text: str, side: str) -> float | None:
    """Give ddmm.mmmm and N, S, E or W as degrees, None if it is none."""
    match = _ANGLE.fullmatch(text)
    if match is None or side not in ("N", "S", "E", "W") or float(match[2]) >= 60:
        return None
    degrees = round(int(match[1]) + float(match[2]) / 60, 7)
    return -degrees if side in ("S", "W") else degrees


def angle_text(degrees: float, digits: int, sides: str) -> str:
    """Give degrees as `ddmm.mmmm,N`; `digits` of the degrees (2 or 3), `sides` such as NS."""
    side = sides[degrees < 0]
    whole, minutes = divmod(round(abs(degrees) * 60, 5), 60)
    return f"{int(whole):0{digits}d}{minutes:08.5f},{side}"


def _size(head: bytes) -> int:
    star = head.find(b"*")
    body = head[1:] if star < 0 else head[1:star]
    if not _PRINTABLE.issuperset(body) or b"$" in body:
        return NONE
    if star < 0 or len(head) < star + 3:
        return MORE if len(head) < LONGEST else NONE
    return star + 3 if _HEX.issuperset(head[star + 1 : star + 3]) else NONE


def _check(frame: bytes) -> bool:
    return xor8(frame[1:-3]) == int(frame[-2:], 16)


def _ubx_size(head: bytes) -> int:
    if len(head) < 6:
        return MORE
    size = int.from_bytes(head[4:6], "little") + 8
    return size if size <= LONGEST_UBX else NONE


def _ubx_check(frame: bytes) -> bool:
    first = second = 0
    for byte in frame[2:-2]:
        first = (first + byte) & 0xFF
        second = (second + first) & 0xFF
    return frame[-2:] == bytes([first, second])


def _one(_head: bytes) -> int:
    return 1


def _good(_frame: bytes) -> bool:
    return True


SENTENCE: Final = Shape(b"$", b"", LONGEST, _size, _check)
SHAPES: Final = (
    SENTENCE,
    Shape(UBX, b"", LONGEST_UBX, _ubx_size, _ubx_check),
    Shape(b"\r", b"", 1, _one, _good),
    Shape(b"\n", b"", 1, _one, _good),
)
"""All that may come from a receiver."""
