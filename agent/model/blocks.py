"""Readings as one compressed block per commit: columns, small integers, zlib. Both directions, nothing else.

A block is msgpack of [series, positions, times, values, odd] under zlib level 1; `series` are the (device, quantity,
part) of this block and an index into them per reading; positions and times are differences; `odd` holds what is not
the rule (quality, said_at, historical) by index. Booleans, words and numbers keep their type. Typical: 6-10 bytes a
reading at 200 readings a block.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise
from typing import Final

import msgspec

from agent.model.events import Quality, Reading, Value

LEVEL: Final = 1


class _Block(msgspec.Struct, array_like=True, frozen=True):
    series: list[tuple[str, str, str]]
    index: list[int]
    positions: list[int]
    times: list[int]
    values: list[Value]
    odd: dict[int, tuple[Quality, int, bool]]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Block)


def _differences(numbers: list[int]) -> list[int]:
    return [numbers[0], *(b - a for a, b in pairwise(numbers))] if numbers else []


def pack(readings: list[tuple[int, Reading]]) -> bytes:
    """Pack readings with their positions (ascending) into a block."""
    series: dict[tuple[str, str, str], int] = {}
    index = [series.setdefault((r.device, r.quantity, r.part), len(series)) for _, r in readings]
    odd = {
        i: (r.quality, r.said_at, r.historical)
        for i, (_, r) in enumerate(readings)
        if r.said_at or r.historical or r.quality != "good"
    }
    block = _Block(
        list(series),
        index,
        _differences([position for position, _ in readings]),
        _differences([r.t for _, r in readings]),
        [r.value for _, r in readings],
        odd,
    )
    return zlib.compress(_ENCODER.encode(block), LEVEL)


def unpack(data: bytes) -> Iterator[tuple[int, Reading]]:
    """Give the readings of a block with their positions; raise ValueError if it is none."""
    try:
        block = _DECODER.decode(zlib.decompress(data))
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError(f"not a block of readings: {error}") from error
    columns: Iterable[tuple[int, int, int, Value]] = zip(
        accumulate(block.positions), accumulate(block.times), block.index, block.values, strict=True
    )
    for i, (position, t, which, value) in enumerate(columns):
        device, quantity, part = block.series[which]
        quality, said_at, historical = block.odd.get(i, ("good", 0, False))
        yield position, Reading(device, quantity, value, t, quality, part, said_at, historical)
