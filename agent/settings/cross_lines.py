"""Cross checks of serial lines: what the ports are called, and whether the devices on a bus get along.

They do not look whether a port is there: settings are also written on a laptop.
"""

from __future__ import annotations

from agent.driver import SerialDriver
from agent.registry import driver
from agent.settings.abilities import is_asked
from agent.settings.complaints import listed
from agent.settings.draft import DEVICES, LINES, Draft
from agent.settings.ports import is_fleeting, is_modbus_tcp, is_port, stable_names
from agent.settings.types import SerialLine


def check_ports(draft: Draft) -> None:
    """Refuse names that change, names that are none, and one port on two lines."""
    seen: dict[str, str] = {}
    for name, line in draft.lines.lines.items():
        path = ("lines", name, "port")
        if line.port in seen:
            draft.say(LINES, path, f"{line.port} is the port of line '{seen[line.port]}' already", "another port")
        seen.setdefault(line.port, name)
        if is_fleeting(line.port):
            known = stable_names(line.port) or stable_names()
            expected = listed(known) if known else "a name under /dev/serial/by-id or /dev/serial/by-path"
            message = f"{line.port} is another adapter after replugging or a restart"
            draft.say(LINES, path, message, expected, known[0] if len(known) == 1 else "")
        elif not is_port(line.port):
            expected = (
                "a path such as /dev/ttyAMA0, usb:VID:PID, socket://host:port, rfc2217://host:port "
                "or modbus-tcp://host:port"
            )
            hint = f"/dev/{line.port}" if line.port.startswith("tty") else ""
            draft.say(LINES, path, f"'{line.port}' is no serial port", expected, hint)
        _manner(draft, name, line)


def _manner(draft: Draft, name: str, line: SerialLine) -> None:
    """What only this machine's kernel can do to a port, said of one that is on another machine."""
    for word in ("rs485", "low_latency"):
        if getattr(line, word) and "://" in line.port:
            message = f"'{word}' is done by the kernel, and {line.port} is on another machine"
            draft.say(LINES, ("lines", name, word), message, "a setting of the serial server itself", key=True)


def check_buses(draft: Draft) -> None:
    """Look at each line with everything that hangs on it."""
    for line in draft.lines.lines:
        on_it = [name for name, device in draft.devices.items() if device.line == line and _serial(draft, name)]
        _company(draft, line, on_it)
        _addresses(draft, line, on_it)


def _serial(draft: Draft, name: str) -> bool:
    return isinstance(driver(draft.devices[name].driver), SerialDriver)


def _company(draft: Draft, line: str, on_it: list[str]) -> None:
    talkers = [name for name in on_it if not is_asked(draft.devices[name])]
    for name in talkers:
        if is_modbus_tcp(draft.lines.lines[line].port):
            message = f"it talks by itself, and '{line}' carries only requests and answers of Modbus TCP"
            draft.say(DEVICES, ("devices", name, "line"), message, "a serial line of its own")
            continue
        others = [other for other in on_it if other != name]
        # Two talkers: the second is told. A talker among asked devices: the talker is told.
        if not others or (len(talkers) == len(on_it) and name == on_it[0]):
            continue
        message = f"it talks by itself and cannot share line '{line}' with {listed(others)}"
        draft.say(DEVICES, ("devices", name, "line"), message, "a line of its own")


def _addresses(draft: Draft, line: str, on_it: list[str]) -> None:
    taken: dict[int, str] = {}
    for name in on_it:
        device = draft.devices[name]
        if not is_asked(device):
            continue
        if (other := taken.get(device.address)) is not None:
            free = next(number for number in range(1, 256) if number not in taken)
            message = f"address {device.address} on line '{line}' belongs to '{other}' already"
            draft.say(DEVICES, ("devices", name, "address"), message, f"an address that is free, such as {free}")
        taken.setdefault(device.address, name)
