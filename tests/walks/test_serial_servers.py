"""Lines behind serial servers, raw TCP and RFC 2217: read like any other, and read again when the server was away."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.model.events import Availability, Reading
from agent.view import view
from simulator.brokers import free_port
from tests.walks.rig import Kept, fault, running, until, write_settings
from tests.walks.serial_servers import Rfc2217, Socat
from tests.walks.stage import Meter, Stage

SOME = 5
Server = Socat | Rfc2217


@contextlib.contextmanager
def started(*servers: Server) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for server in servers:
            server.start()
            stack.callback(server.stop)
        yield


def heard(kept: Kept, device: str) -> list[float]:
    readings = [cause for cause in kept.causes() if isinstance(cause, Reading) and cause.device == device]
    return [float(reading.value) for reading in readings if reading.quantity == "temperature"]


def presences(kept: Kept, line: str) -> list[tuple[str, str]]:
    found = [cause for cause in kept.causes() if isinstance(cause, Availability) and cause.device == line]
    return [(cause.value, cause.reason) for cause in found]


@pytest.mark.parametrize("away", ["tcp", "rfc2217"])
def test_a_server_that_was_away_is_taken_up_again_and_the_other_line_does_not_notice(tmp_path: Path, away: str) -> None:
    meters = {"tcp": Meter(), "rfc2217": Meter(start=-30.0)}
    with Stage(tmp_path / "ports", **meters) as stage:
        servers: dict[str, Server] = {
            "tcp": Socat(stage.links["tcp"], free_port()),
            "rfc2217": Rfc2217(stage.links["rfc2217"], free_port()),
        }
        lines = {name: {"port": server.url} for name, server in servers.items()}
        devices = {f"on-{name}": {"driver": "xy-md02", "line": name, "interval": "100ms"} for name in servers}
        folder = write_settings(tmp_path / "config", lines=lines, devices=devices)
        kept = Kept(folder)
        with started(*servers.values()), running(folder) as app:
            until("both are read", lambda: all(len(heard(kept, name)) >= SOME for name in devices))
            (other,) = set(servers) - {away}
            servers[away].stop()
            until("the loss is noticed", lambda: presences(kept, away)[-1] == ("offline", "CT205"))
            before = {name: len(heard(kept, name)) for name in devices}
            until("the other goes on", lambda: len(heard(kept, f"on-{other}")) >= before[f"on-{other}"] + SOME)
            servers[away].start()
            until("it is read again", lambda: len(heard(kept, f"on-{away}")) >= before[f"on-{away}"] + SOME)
            assert presences(kept, away)[-1] == ("online", "")
            assert servers[away].url in fault(view(app), "CT205", away)["text"]
        for name, meter in meters.items():
            got = heard(kept, f"on-{name}")
            assert got == [value for value in meter.answered if value in set(got)]


def test_a_serial_server_is_set_as_each_device_of_its_bus_wants_it(tmp_path: Path) -> None:
    meter = Meter()
    with Stage(tmp_path / "ports", bus=meter) as stage:
        server = Rfc2217(stage.links["bus"], free_port())
        slow = {"driver": "xy-md02", "line": "bus", "address": 9, "interval": "200ms", "serial": {"baud": 4800}}
        devices = {"room": {"driver": "xy-md02", "line": "bus", "interval": "200ms"}, "slow": slow}
        folder = write_settings(tmp_path / "config", lines={"bus": {"port": server.url}}, devices=devices)
        with started(server), running(folder):
            until("the slow one was asked three times", lambda: [sent[0] for sent, _ in server.asked].count(9) >= 3)
            until("the other is read all the while", lambda: len(heard(Kept(folder), "room")) >= SOME)
        assert {(sent[0], baud) for sent, baud in server.asked} == {(1, 9600), (9, 4800)}
