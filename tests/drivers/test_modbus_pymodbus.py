"""An independent peer: pymodbus' server, as an RTU slave on a pty, over RTU over TCP, and over Modbus TCP.

Nothing of ours is on its side. It refuses registers that it has not (exception 2), so holes must be learned.
"""

from __future__ import annotations

from typing import Any

import pytest

from agent.driver import Setup
from agent.model.effects import Switch
from agent.model.events import Item
from drivers.modbus_table import DRIVER
from drivers.wire.meter import Meter
from tests.drivers.modbus_kit import faults, readings
from tests.drivers.pymodbus_peer import Wire, serving

REGISTERS: list[dict[str, Any]] = [
    {"address": 0, "fc": 1, "type": "flag", "quantity": "relay_1", "output": True},
    {"address": 1, "fc": 1, "type": "flag", "quantity": "relay_2", "output": True, "write": 15},
    {"address": 3, "fc": 2, "type": "flag", "quantity": "water_leak"},
    {"address": 0, "fc": 4, "type": "u16", "scale": 0.1, "quantity": "voltage"},
    {"address": 1, "fc": 4, "type": "f32", "quantity": "power"},
    {"address": 6, "fc": 4, "type": "s64", "quantity": "energy_total"},
    {"address": 0, "fc": 3, "type": "text", "length": 4, "quantity": "serial_number"},
    {"address": 4, "fc": 3, "type": "bcd16", "quantity": "co2"},
    {"address": 7, "fc": 3, "type": "flag", "quantity": "valve_open", "output": True, "on": 1, "off": 0},
    {"address": 8, "fc": 3, "type": "flag", "quantity": "buzzer", "output": True, "write": 16, "on": 3},
]
WORLD = {
    ("relay_1", ""): False,
    ("relay_2", ""): True,
    ("water_leak", ""): True,
    ("voltage", ""): 230.2,
    ("power", ""): 1234.5,
    ("energy_total", ""): 9_876_543_210.0,
    ("serial_number", ""): "SN-0042",
    ("co2", ""): 1234.0,
    ("valve_open", ""): False,
    ("buzzer", ""): False,
}


def _exchanged(meter: Meter, wire: Wire, request: bytes, now: int) -> list[Item]:
    wire.write(request)
    items: list[Item] = []
    while meter.waiting:
        items += meter.receive(wire.read(5000), now)
    return items


def _poll(meter: Meter, wire: Wire, n: int) -> tuple[int, list[Item]]:
    """Play the poll at n seconds; give how many requests it took, and what was said."""
    now, asked, items = n * 1000, 0, []
    while (due := meter.due()) is not None and due < (n + 1) * 1000:
        now = max(now, due)
        items += _exchanged(meter, wire, meter.ask(now), now)
        asked += 1
    return asked, items


@pytest.mark.parametrize("kind", ["pty", "socket", "modbus-tcp"])
def test_a_table_is_read_switched_and_learned(kind: str) -> None:
    options = DRIVER.options.model_validate({"registers": REGISTERS})
    meter = DRIVER.build(Setup("m", address=9, interval_ms=1000, options=options))
    assert isinstance(meter, Meter)
    with serving(kind) as wire:
        _, items = _poll(meter, wire, 0)
        assert readings(items) == WORLD
        assert faults(items) == ["refused", "refused"]  # Two blocks with a hole.
        asked, items = _poll(meter, wire, 1)
        assert (asked, readings(items), faults(items)) == (6, WORLD, [])
        for on in (True, False):
            for output in ("relay_1", "relay_2", "valve_open", "buzzer"):
                assert _exchanged(meter, wire, meter.command(Switch("m", 1500, output, on), 1500), 1500) == []
                items = _exchanged(meter, wire, meter.ask(1510), 1510)
                assert readings(items)[output, ""] is on
                assert faults(items) == []
        _, items = _poll(meter, wire, 2)
        assert readings(items) == WORLD | {("relay_2", ""): False}


def test_pymodbus_refuses_what_it_has_not() -> None:
    rows = [{"address": 700, "quantity": "co2"}]
    meter = DRIVER.build(Setup("m", address=9, options=DRIVER.options.model_validate({"registers": rows})))
    assert isinstance(meter, Meter)
    with serving("modbus-tcp") as wire:
        asked, items = _poll(meter, wire, 0)
    assert asked == 1
    assert faults(items) == ["refused"]
    assert "exception 2, illegal data address" in str(items[0])
