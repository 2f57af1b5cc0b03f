"""Drivers by entry point: the only link from the agent to them. The core names no driver.

A driver of another package is found the same way; a driver that cannot be imported is reported with its reason and
harms no other.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from agent.driver import Driver, MqttDriver, ProbeDriver, SerialDriver

GROUPS: Final[dict[str, type[Driver]]] = {
    "caretaker.drivers.serial": SerialDriver,
    "caretaker.drivers.mqtt": MqttDriver,
    "caretaker.drivers.probe": ProbeDriver,
}


class DriverError(LookupError):
    """A driver is not installed, or its package is broken: the message says which and why."""


@cache
def _entries() -> dict[str, tuple[str, EntryPoint]]:
    found: dict[str, tuple[str, EntryPoint]] = {}
    for group in GROUPS:
        for entry in entry_points(group=group):
            found[entry.name] = (group, entry)
    return found


def names() -> list[str]:
    """Give the names of all installed drivers, sorted, without importing them."""
    return sorted(_entries())


@cache
def driver(name: str) -> Driver:
    """Import and give the driver of this name; raise `DriverError` if there is none or it is broken."""
    if name not in _entries():
        raise DriverError(f"no driver '{name}' is installed; installed are: {', '.join(names())}")
    group, entry = _entries()[name]
    try:
        loaded = entry.load()
    except (ImportError, AttributeError) as error:
        raise DriverError(f"driver '{name}' ({entry.value}) cannot be loaded: {error}") from error
    if not isinstance(loaded, Driver) or type(loaded) is not GROUPS[group]:
        raise DriverError(
            f"driver '{name}' ({entry.value}) is a {type(loaded).__name__}, not a {GROUPS[group].__name__}"
        )
    return loaded


def serial_driver(name: str) -> SerialDriver:
    """Give a driver of the serial group; raise `DriverError` if it is something else."""
    found = driver(name)
    if not isinstance(found, SerialDriver):
        raise DriverError(f"driver '{name}' is not one of serial devices")
    return found


def mqtt_driver(name: str) -> MqttDriver:
    """Give a driver of the MQTT group; raise `DriverError` if it is something else."""
    found = driver(name)
    if not isinstance(found, MqttDriver):
        raise DriverError(f"driver '{name}' is not one of an MQTT family")
    return found
