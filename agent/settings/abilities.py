"""What a device of the settings can say, and which lines and families carry it. Pure look-ups; drivers by registry.

Raises `DriverError` where a driver is not installed: settings that were loaded have none of those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from pydantic import ValidationError

from agent.driver import Driver, MqttDriver, Options, SerialDriver, SerialSettings
from agent.model.quantities import QUANTITIES
from agent.registry import DriverError, driver, names
from agent.settings.types import DeviceSettings, LinesFile, Settings

LEAST_SILENCE: Final = 60_000
"""Nobody is missed sooner (domain.md §2, A01)."""
WIRE: Final = ("baud", "bits", "parity", "stop")
FEEDBACK_EVENTS: Final = frozenset({"button", "rating", "voice"})
"""Events that are a resident's word when the device has a `terminal` table."""


def usable_drivers() -> dict[str, Driver]:
    """Give every installed driver that can be loaded, by name."""
    found: dict[str, Driver] = {}
    for name in names():
        with suppress(DriverError):
            found[name] = driver(name)
    return found


def quantities_of(device: DeviceSettings) -> tuple[str, ...]:
    """Give the quantities that a device can give, those that are derived included."""
    derived = ("fill_level",) if device.derive.fill_level is not None else ()
    made = [name for name in device.derive.formulas if name in QUANTITIES]
    return tuple(dict.fromkeys((*measured_by(device), *derived, *made)))


def measured_by(device: DeviceSettings) -> tuple[str, ...]:
    """Give the quantities that a device itself can give.

    A device whose options name quantities (the register table of a generic meter) gives these and no others.
    """
    every = driver(device.driver).quantities
    named = set(_named(device.options))
    return tuple(name for name in every if name in named) if named else every


def _named(options: object) -> Iterator[str]:
    """Give every text that stands as `quantity: …` in options."""
    if isinstance(options, dict):
        for word, value in options.items():
            if word == "quantity" and isinstance(value, str):
                yield value
            else:
                yield from _named(value)
    elif isinstance(options, list):
        for value in options:
            yield from _named(value)


def events_of(device: DeviceSettings) -> tuple[str, ...]:
    """Give the kinds of events that a device can send."""
    return driver(device.driver).events


def is_asked(device: DeviceSettings) -> bool:
    """Tell whether a serial device only answers, so that others may share its line.

    Some talkers can be told by their option `poll` to wait until they are asked (serial.md §D.2).
    """
    found = driver(device.driver)
    return isinstance(found, SerialDriver) and (found.asked or device.options.get("poll") is True)


def outputs_of(device: DeviceSettings) -> tuple[str, ...]:
    """Give the outputs that a device has; those of its driver when its options are refused, which is said elsewhere."""
    found = driver(device.driver)
    if not isinstance(found, SerialDriver) or found.outputs_of is None:
        return found.outputs
    with suppress(ValidationError):
        return found.outputs_of(options_of(device))
    return found.outputs


def silent_after(device: DeviceSettings) -> int | None:
    """Give the silence in ms after which a device is missed; None: it speaks only when something happens.

    What the settings say comes first: `silent_after`, then three times a written `interval`; else what its driver says.
    """
    if device.silent_after is not None:
        return device.silent_after
    said = driver(device.driver).silent_after_ms
    if "interval" in device.model_fields_set or said == 0:
        return max(3 * device.interval, LEAST_SILENCE)
    return said


def wraps_at(device: DeviceSettings, quantity: str) -> float:
    """Give the value behind a total's last one, 0 if it is not known."""
    return driver(device.driver).wraps.get(quantity, 0.0)


def options_model(device: DeviceSettings) -> type[Options]:
    """Give the type of a device's `options`."""
    found = driver(device.driver)
    return found.device_options if isinstance(found, MqttDriver) else found.options


def options_of(device: DeviceSettings) -> Options:
    """Give a device's `options` as its driver's type; pydantic's ValidationError for settings that were not loaded."""
    return options_model(device).model_validate(device.options)


def ecosystem_options(name: str, settings: Settings) -> Options:
    """Give the options of a family on the south broker as its driver's type."""
    assert settings.lines.south is not None
    ecosystem = settings.lines.south.ecosystems[name]
    return driver(ecosystem.driver).options.model_validate(ecosystem.options)


def ecosystems_for(device: DeviceSettings, lines: LinesFile) -> list[str]:
    """Give the families that may carry an MQTT device: the one it names, else all of its driver."""
    known = lines.south.ecosystems if lines.south else {}
    if device.ecosystem is not None:
        return [device.ecosystem] if device.ecosystem in known else []
    return [name for name, ecosystem in known.items() if ecosystem.driver == device.driver]


def wire_of(device: DeviceSettings, lines: LinesFile) -> SerialSettings:
    """Give how the wire is set for one device: what it says, else the line, else its driver."""
    found = driver(device.driver)
    default = found.serial if isinstance(found, SerialDriver) else SerialSettings()
    line = lines.lines.get(device.line or "")
    for written in (line, device.serial):
        said = {word: getattr(written, word) for word in WIRE if written is not None}
        default = replace(default, **{word: value for word, value in said.items() if value is not None})
    return default


def serial_of(line: str, devices: Mapping[str, DeviceSettings], lines: LinesFile) -> SerialSettings:
    """Give how a line is set when it is opened: as its first device wants it."""
    first = next((device for device in devices.values() if device.line == line), None)
    if first is not None:
        return wire_of(first, lines)
    said = {word: getattr(lines.lines[line], word) for word in WIRE}
    return replace(SerialSettings(), **{word: value for word, value in said.items() if value is not None})
