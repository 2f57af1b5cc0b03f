"""A driver of another package is known to the settings without a change here; a broken one is told and harms none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import registry
from agent.settings.abilities import usable_drivers
from agent.settings.complaints import SettingsError
from agent.settings.load import load_texts

CODE = """
from pydantic import Field
from agent.driver import Options, SerialDriver, SerialSettings
from drivers.xy_md02 import DRIVER as KNOWN

class PondOptions(Options):
    depth: int = Field(ge=1, le=9, description="metres")

DRIVER = SerialDriver(
    name="pond", summary="A pond", build=KNOWN.build, player=KNOWN.player, quantities=("temperature",),
    options=PondOptions, serial=SerialSettings(4800), asked=True,
)
"""
ENTRIES = """
[caretaker.drivers.serial]
pond = pond_driver:DRIVER
puddle = puddle_driver:DRIVER
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a package with one good and one broken driver."""
    (tmp_path / "pond_driver.py").write_text(CODE)
    meta = tmp_path / "pond-1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: pond\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text(ENTRIES)
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._entries.cache_clear()
    registry.driver.cache_clear()
    yield
    monkeypatch.undo()
    registry._entries.cache_clear()
    registry.driver.cache_clear()


def told(devices: str, line: str = "{port: /dev/ttyAMA0, baud: 9600}") -> str:
    texts = {"site.yaml": "site: a\nnode: b\n", "lines.yaml": f"lines: {{bus: {line}}}\n", "devices.yaml": devices}
    try:
        load_texts(texts, Path())
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.usefixtures("installed")
def test_a_foreign_driver_is_used_and_checked_like_our_own() -> None:
    assert "pond" in usable_drivers()
    assert told("devices:\n  d: {driver: pond, line: bus, options: {depth: 3}}\n") == ""
    said = told("devices:\n  d: {driver: pond, line: bus, options: {deep: 3}}\n")
    assert said.startswith("devices.yaml:2:42: devices.d.options.deep: the word 'deep' is not known here")
    assert "there is no driver 'ponds'" in told("devices:\n  d: {driver: ponds, line: bus}\n")
    assert "did you mean: pond" in told("devices:\n  d: {driver: ponds, line: bus}\n")


@pytest.mark.usefixtures("installed")
def test_devices_of_one_bus_may_want_the_wire_set_otherwise() -> None:
    devices = (
        "devices:\n  d: {driver: pond, line: bus, options: {depth: 3}}\n  e: {driver: xy-md02, line: bus, address: 2}\n"
    )
    assert told(devices) == ""
    assert told(devices, "{port: /dev/ttyAMA0}") == ""


@pytest.mark.usefixtures("installed")
def test_a_broken_driver_says_why() -> None:
    assert "puddle" not in usable_drivers()
    said = told("devices:\n  d: {driver: puddle, line: bus}\n")
    assert "driver 'puddle' (puddle_driver:DRIVER) cannot be loaded: No module named 'puddle_driver'" in said
