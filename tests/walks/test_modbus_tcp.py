"""A Modbus TCP server of somebody else on a line of the running service: read, switched, gone, and read again."""

from __future__ import annotations

import contextlib
from pathlib import Path

from agent.model.effects import Switch
from agent.model.events import Availability, Reading, Value
from tests.drivers.pymodbus_peer import running as peer
from tests.walks.rig import Kept, running, until, write_settings

REGISTERS = [
    {"address": 0, "fc": 4, "scale": 0.1, "quantity": "voltage"},
    {"address": 0, "fc": 1, "type": "flag", "quantity": "relay_1", "output": True},
]


def _said(kept: Kept, quantity: str) -> list[Value]:
    return [cause.value for cause in kept.causes() if isinstance(cause, Reading) and cause.quantity == quantity]


def _presences(kept: Kept) -> list[str]:
    return [cause.value for cause in kept.causes() if isinstance(cause, Availability) and cause.device == "plant"]


def _settings(folder: Path, port: int) -> Path:
    board = {"driver": "modbus-table", "line": "plant", "address": 9, "interval": "100ms"}
    return write_settings(
        folder,
        lines={"plant": {"port": f"modbus-tcp://127.0.0.1:{port}"}},
        devices={"board": {**board, "options": {"registers": REGISTERS}}},
    )


def test_a_line_of_modbus_tcp(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(contextlib.ExitStack())
        port = server.enter_context(peer(None, "modbus-tcp"))
        folder = _settings(tmp_path / "config", port)
        kept = Kept(folder)
        app = stack.enter_context(running(folder))
        until("it is read", lambda: _said(kept, "voltage"))
        assert _said(kept, "voltage")[0] == 230.2
        assert _said(kept, "relay_1")[-1] is False
        app.post.say(Switch("board", 0, "relay_1", on=True))
        until("it is on", lambda: _said(kept, "relay_1")[-1])
        tally = app.counters.of("board")
        assert (tally.presence, tally.timeouts, any(tally.faults.values())) == ("online", 0, False)
        server.close()
        until("the loss is noticed", lambda: _presences(kept) == ["online", "offline"])
        stack.enter_context(peer(None, "modbus-tcp", port))
        until("it is there again", lambda: _presences(kept) == ["online", "offline", "online"])
        until("its relay is read, which is off after a new start", lambda: _said(kept, "relay_1")[-1] is False)
