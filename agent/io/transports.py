"""Which door belongs to a line of the settings: a serial port, driven as the line says, or a Modbus TCP server."""

from __future__ import annotations

from agent.driver import SerialSettings
from agent.io.modbus_tcp import ModbusTcp
from agent.io.port_manner import Manner, Rs485
from agent.io.serial_port import SerialPort
from agent.ports import Transport
from agent.settings.ports import is_modbus_tcp
from agent.settings.types import SerialLine


def transport(line: SerialLine, serial: SerialSettings) -> Transport:
    """Give the door of a line, not yet open."""
    return ModbusTcp(line.port) if is_modbus_tcp(line.port) else SerialPort(line.port, serial, manner=manner(line))


def manner(line: SerialLine) -> Manner:
    """Give how a line's port is driven."""
    said = line.rs485
    rs485 = Rs485(said.rts_on_send, said.delay_before, said.delay_after) if said is not None else None
    return Manner(rs485, line.low_latency, line.dtr)
