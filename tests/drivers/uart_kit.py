"""What the tests of the UART sensors share: decoding as `caretaker decode` does, and a conversation with the player."""

from __future__ import annotations

import os
from typing import Any

from agent.driver import SerialDevice, SerialDriver, SerialPlayer, Setup
from agent.model.events import Event, Fault, Item, Reading, Value
from tests import kit

HOSTILE = int(os.environ.get("CARETAKER_HOSTILE_BYTES", "20000"))
STEP_MS = 10
Seen = dict[tuple[str, str], Value]


def setup(driver: SerialDriver, interval_ms: int = 10_000, **options: object) -> Setup:
    """Give what a driver is built with, for options as they stand in the settings."""
    return Setup("s", interval_ms=interval_ms, options=driver.options.model_validate(options))


def build(driver: SerialDriver, interval_ms: int = 10_000, **options: object) -> Any:
    return driver.build(setup(driver, interval_ms, **options))


def decoder(driver: SerialDriver, **options: object) -> Any:
    """Give the device that `caretaker decode` uses."""
    return (driver.decoder or driver.build)(setup(driver, **options))


def decoded(driver: SerialDriver, data: bytes, **options: object) -> list[Item]:
    """Give what `caretaker decode` says of these bytes."""
    device = decoder(driver, **options)
    return [*device.receive(data, 0), *device.quiet(max(device.timeout_ms, device.quiet_ms) + 1)]


def seen(items: list[Item]) -> Seen:
    """Give the values of the readings, by quantity and part."""
    return {(item.quantity, item.part): item.value for item in items if isinstance(item, Reading)}


def plain(items: list[Item]) -> dict[str, Value]:
    """Give the values of the readings by quantity alone."""
    return {quantity: value for (quantity, _part), value in seen(items).items()}


def qualities(items: list[Item]) -> set[str]:
    return {item.quality for item in items if isinstance(item, Reading)}


def faults(items: list[Item]) -> list[tuple[str, str]]:
    return [(item.fault, item.detail) for item in items if isinstance(item, Fault)]


def facts(items: list[Item]) -> list[tuple[str, Value]]:
    return [(item.quantity, item.value) for item in items if isinstance(item, Event)]


def converse(device: SerialDevice, player: SerialPlayer, start: int, end: int) -> list[Item]:
    """Let both sides speak from `start` to `end` ms, with silence told as the line does; give what the host says."""
    items: list[Item] = []
    fed, last = False, start
    for now in range(start, end, STEP_MS):
        due = device.due()
        if due is not None and due <= now and (sent := device.ask(now)):
            last = now
            said = player.receive(sent, now)
        else:
            said = b""
        when = player.due()
        said += player.talk(now) if when is not None and when <= now else b""
        if said:
            fed, last = True, now
            items += device.receive(said, now)
        if (device.waiting and now - last >= device.timeout_ms) or (fed and now - last >= device.quiet_ms):
            items += device.quiet(now)
            fed, last = False, now
    return items


def hostile(driver: SerialDriver, good: bytes, quantity: str, **options: object) -> None:
    """Feed hostile bytes; after each burst the good frame must be found."""
    device = decoder(driver, **options)
    kit.hostile(device, lambda: good, lambda items: quantity in plain(items), HOSTILE)
