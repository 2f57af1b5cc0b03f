"""The meter that the settings describe: outputs, no table, any cut, hostile bytes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Setup
from agent.model.effects import Switch
from drivers.modbus_table import DRIVER, table
from drivers.wire.modbus_rtu import Reply
from tests.drivers.modbus_kit import HOSTILE_BYTES, Hungry, readings
from tests.kit import hostile, same_however_cut

RELAY = {"address": 0, "fc": 1, "type": "flag", "quantity": "relay_1", "output": True}


def _setup(*registers: dict[str, Any], **options: Any) -> Setup:
    return Setup("any", options=DRIVER.options.model_validate({"registers": list(registers), **options}))


def _complaint(*registers: dict[str, Any], **options: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        _setup(*registers, **options)
    return str(caught.value)


def test_an_output_is_switched_and_read_back() -> None:
    setup = _setup(
        RELAY,
        RELAY | {"address": 1, "quantity": "relay_2", "write": 15},
        {"address": 7, "type": "flag", "quantity": "valve_open", "output": True, "on": 0x0100, "off": 0x0200},
        {"address": 9, "fc": 4, "type": "flag", "quantity": "buzzer", "output": True, "write": 16, "write_address": 8},
    )
    assert set(DRIVER.outputs) >= {"relay_1", "relay_32", "lamp_red", "valve_open", "buzzer"}
    sent = {
        "relay_1": "01 05 00 00 FF 00",
        "relay_2": "01 0F 00 01 00 01 01 01",
        "valve_open": "01 06 00 07 01 00",
        "buzzer": "01 10 00 08 00 01 02 00 01",
    }
    for output, frame in sent.items():
        device, player = DRIVER.build(setup), DRIVER.player(setup)
        for on in (True, False):
            request = device.command(Switch("any", 0, output, on), 0)
            assert not on or request[:-2] == bytes.fromhex(frame)
            device.receive(player.receive(request, 0), 0)
            assert readings(device.receive(player.receive(device.ask(10), 10), 10))[output, ""] is on
    assert DRIVER.build(setup).command(Switch("any", 0, "relay_3", True), 0) == b""


def test_without_a_table_it_asks_nothing() -> None:
    device = DRIVER.build(Setup("any"))
    assert device.due() is None
    assert device.ask(0) == b""


def test_any_cut_and_hostile_bytes() -> None:
    setup = _setup({"address": 0, "type": "s16", "quantity": "current"}, {"address": 1, "quantity": "voltage"})
    good = Reply(1, 3, values=(0xFFFE, 230)).frame()
    meant = {("current", ""): -2.0, ("voltage", ""): 230.0}

    def waiting() -> Hungry:
        device = Hungry(setup, table(setup))
        device.ask(0)
        return device

    assert readings(same_however_cut(waiting, good)) == meant
    for device in (DRIVER.build(setup), waiting()):
        hostile(device, lambda: good, lambda items: readings(items) == meant, total=HOSTILE_BYTES)
