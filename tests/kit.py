"""What all driver tests share: the vectors, cutting bytes anywhere, hostile bytes. Tests stay data where they can."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from agent.driver import SerialDevice
from agent.model.events import Availability, Event, Fault, Item, Reading, Stranger, Undecoded
from agent.model.outside import decoded

DATA = Path(__file__).parent / "data"
ITEMS = (Reading, Event, Availability, Fault, Undecoded, Stranger)


def serial_vectors(device: str) -> list[dict[str, Any]]:
    """Give the vectors of one device word of tests/data/serial-vectors.yaml (frames as `raw` bytes)."""
    document = yaml.load((DATA / "serial-vectors.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    found = [vector for vector in document["vectors"] if vector["device"] == device]
    for vector in found:
        vector["raw"] = bytes.fromhex(vector["hex"])
    return found


def mqtt_samples(ecosystem: str) -> list[dict[str, Any]]:
    """Give the samples of one ecosystem of tests/data/mqtt-samples/index.yaml (payloads as `raw` bytes)."""
    folder = DATA / "mqtt-samples"
    document = yaml.load((folder / "index.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    found = [sample for sample in document["samples"] if sample["ecosystem"] == ecosystem]
    for sample in found:
        sample["raw"] = (folder / sample["file"]).read_bytes()
    return found


def feed(device: SerialDevice, data: bytes, now: int = 0, step: int = 0) -> list[Item]:
    """Give the bytes to a device whole (step 0) or in pieces of `step` bytes, and give all items."""
    if not step:
        return device.receive(data, now)
    items: list[Item] = []
    for start in range(0, len(data), step):
        items += device.receive(data[start : start + step], now)
    return items


def cuts(data: bytes, seed: int = 1, rounds: int = 20) -> Iterator[list[bytes]]:
    """Give the data cut in many ways: whole, byte by byte, in two at every place, and at random."""
    yield [data]
    yield [data[i : i + 1] for i in range(len(data))]
    for at in range(1, len(data)):
        yield [data[:at], data[at:]]
    dice = random.Random(seed)
    for _ in range(rounds):
        most = len(data) - 1
        places = sorted(dice.sample(range(1, len(data)), min(most, dice.randint(1, 6)))) if most > 0 else []
        yield [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


def same_however_cut(build: Callable[[], SerialDevice], data: bytes) -> list[Item]:
    """Assert that a fresh device says the same however the bytes are cut; give what it says."""
    whole = build().receive(data, 0)
    meant = [item for item in whole if not isinstance(item, Fault)]
    for pieces in cuts(data):
        device = build()
        items = [item for piece in pieces for item in device.receive(piece, 0) if not isinstance(item, Fault)]
        assert items == meant, pieces
    return whole


def hostile(
    device: SerialDevice,
    good: Callable[[], bytes],
    sign: Callable[[list[Item]], bool],
    total: int = 50_000,
    seed: int = 7,
) -> None:
    """Feed `total` hostile bytes: noise, mutated and cut frames. Only items may come, never an exception.

    After every burst the line falls silent (`quiet`) and the next good frame must be found (`sign` is true).
    """
    dice = random.Random(seed)
    fed, now = 0, 0
    while fed < total:
        burst = bytearray()
        for _ in range(dice.randint(1, 6)):
            frame = bytearray(good())
            shape = dice.randrange(5)
            if shape == 0:
                frame = bytearray(dice.randbytes(dice.randint(1, 300)))
            elif shape == 1:
                frame[dice.randrange(len(frame))] ^= 1 << dice.randrange(8)
            elif shape == 2:
                del frame[dice.randrange(len(frame)) :]
            elif shape == 3:
                frame[dice.randrange(len(frame))] = dice.randrange(256)
                frame += dice.randbytes(dice.randint(0, 8))
            burst += frame
        fed += len(burst)
        position = 0
        while position < len(burst):
            size = dice.randint(1, 64)
            now += dice.randint(0, 20)
            items = device.receive(bytes(burst[position : position + size]), now)
            assert all(isinstance(item, ITEMS) for item in items)
            position += size
        now += max(device.timeout_ms, device.quiet_ms) + 1
        assert all(isinstance(item, ITEMS) for item in device.quiet(now))
        now += 10_000
        due = device.due()
        if due is not None and due <= now:
            device.ask(now)
        items = device.receive(good(), now)
        assert sign(items), items


def as_json(items: list[Item]) -> list[dict[str, Any]]:
    """Give the items as `caretaker decode --json` prints them."""
    return [json.loads(line) for item in items if (line := decoded(item))]
