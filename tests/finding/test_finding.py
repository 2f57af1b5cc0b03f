"""Scan, listen and doctor on real ptys: healthy, mute, echoing, noisy, refusing and wrongly described far ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agent.cli import main
from agent.driver import SerialPlayer, SerialSettings, Setup
from agent.finding.doctor import Diagnosis, examine, overhear
from agent.finding.guess import guesses
from agent.finding.listen import Heard, listen
from agent.finding.scan import Plan, Slave, scan
from agent.finding.wire import Wire
from agent.io.serial_port import SerialPort
from agent.model.events import Value
from agent.registry import serial_driver
from agent.settings.abilities import usable_drivers
from tests.walks.rig import write_settings
from tests.walks.stage import Stage

NINE = SerialSettings(9600)
SERIAL = [one for one in usable_drivers().values() if hasattr(one, "asked")]
ASKED = [serial_driver(name) for name in ("xy-md02", "pzem-004t-v3", "eastron-sdm", "waveshare-relay")]
TALKING = [one for one in SERIAL if not one.asked]
SEEKS = [one.seek for one in SERIAL if one.seek is not None]


def played(name: str, address: int, world: dict[str, Value], **options: Any) -> SerialPlayer:
    driver = serial_driver(name)
    player = driver.player(Setup(name, address=address, options=driver.options.model_validate(options)))
    for quantity, value in world.items():
        player.set(quantity, value)
    return player


class Bus:
    """Several slaves behind one port; what `spoil` makes of their answers comes back."""

    def __init__(self, *players: SerialPlayer) -> None:
        self.players = players
        self.spoil: Callable[[bytes, bytes], bytes] = lambda _request, answer: answer

    def set(self, quantity: str, value: Value, part: str = "") -> None: ...

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None: ...

    def receive(self, data: bytes, now: int) -> bytes:
        return bytes(self.spoil(data, b"".join(player.receive(data, now) for player in self.players)))

    def due(self) -> int | None:
        return None

    def talk(self, now: int) -> bytes:  # noqa: ARG002
        return b""


def room() -> SerialPlayer:
    return played("xy-md02", 1, {"temperature": 21.5, "humidity": 40.0})


def meter() -> SerialPlayer:
    world = {"voltage": 229.1, "current": 1.2, "power": 270.0, "energy_total": 1234.0, "frequency": 50.0}
    return played("pzem-004t-v3", 7, world | {"power_factor": 0.9})


class Bench:
    """A stage with one bus, and the wire to it."""

    def __init__(self, folder: Path) -> None:
        self.bus = Bus(room(), meter())
        self.dust = played("plantower-pms", 1, {"pm2_5": 12.0, "pm10": 20.0, "pm1": 5.0})
        self.stage = Stage(folder, bus=self.bus, dust=self.dust)

    def wire(self, line: str = "bus") -> Wire:
        path = str(self.stage.links[line])
        return Wire(lambda settings: SerialPort(path, settings))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "ports")
    with made.stage:
        yield made


def found(bench: Bench, *addresses: int) -> list[Slave]:
    wire = bench.wire()
    try:
        return scan(wire, Plan([NINE], addresses, SEEKS, 60), ASKED, lambda *_: None)
    finally:
        wire.close()


def test_a_scan_finds_the_slaves_and_says_what_they_are(bench: Bench) -> None:
    slaves = found(bench, *range(1, 9))
    assert [(one.address, one.guesses[0].driver, one.echo) for one in slaves] == [
        (1, "xy-md02", False), (7, "pzem-004t-v3", False),
    ]  # fmt: skip
    assert slaves[1].guesses[0].telling == 6


def test_an_echoing_adapter_is_no_slave_and_hides_none(bench: Bench) -> None:
    bench.bus.spoil = lambda request, answer: request + answer
    assert [(one.address, one.echo) for one in found(bench, 1, 2, 7)] == [(1, True), (7, True)]


def test_noise_is_nobody(bench: Bench) -> None:
    bench.bus.spoil = lambda _request, answer: bytes(reversed(answer)) + b"\x55\xaa\x01"
    assert found(bench, 1, 2, 7) == []


def test_a_driver_that_understands_nothing_is_no_guess(bench: Bench) -> None:
    wire = bench.wire()
    wire.set(NINE)
    try:
        names = [one.driver for one in guesses(wire, 7, ASKED)]
        assert names[0] == "pzem-004t-v3"
        assert "xy-md02" not in names
        assert guesses(wire, 9, ASKED[:3]) == []
    finally:
        wire.close()


def heard(bench: Bench, line: str) -> Heard:
    wire = bench.wire(line)
    try:
        return listen(wire, NINE, TALKING, 2500, lambda *_: None)
    finally:
        wire.close()


def test_every_talkers_driver_gives_its_verdict(bench: Bench) -> None:
    verdict = heard(bench, "dust").verdicts[0]
    assert (verdict.driver, verdict.faults, verdict.share) == ("plantower-pms", 0, 1.0)
    assert "pm1 5 ug/m3" in verdict.said


def test_a_silent_port_has_no_verdict(bench: Bench) -> None:
    silence = heard(bench, "bus")
    assert (silence.size, silence.verdicts) == (0, [])


def diagnosed(bench: Bench, name: str = "xy-md02", address: int = 1, **options: Any) -> Diagnosis:
    driver = serial_driver(name)
    setup = Setup("it", address=address, options=driver.options.model_validate(options))
    wire = bench.wire()
    try:
        return examine(wire, NINE, "it", lambda: driver.build(setup), rounds=4)
    finally:
        wire.close()


def spoilt_every_second(request: bytes, answer: bytes) -> bytes:
    spoilt_every_second.count += 1  # type: ignore[attr-defined]
    return answer if spoilt_every_second.count % 2 else b""  # type: ignore[attr-defined]


spoilt_every_second.count = 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("spoil", "finding", "answered"),
    [
        (lambda _request, answer: answer, "well", 4),
        (lambda request, answer: request + answer, "well", 4),
        (spoilt_every_second, "unsteady", 2),
        (lambda _request, answer: answer[:-1] + b"\x00", "checksum", 0),
        (lambda request, _answer: request, "echo", 0),
        (lambda _request, _answer: b"\x12\x34\x56", "noise", 0),
        (lambda _request, _answer: b"", "nothing", 0),
    ],
)
def test_the_doctor_tells_faults_apart(bench: Bench, spoil: Any, finding: str, answered: int) -> None:
    bench.bus.spoil = spoil
    found = diagnosed(bench)
    assert (found.finding, found.asked, found.answered) == (finding, 4, answered)


def test_a_device_that_refuses_is_there(bench: Bench) -> None:
    found = diagnosed(bench, "eastron-sdm", 7, model="sdm120")
    assert found.finding == "refuses"
    assert "exception 2" in found.detail


def test_a_talker_is_listened_to(bench: Bench) -> None:
    driver = serial_driver("plantower-pms")
    wire = bench.wire("dust")
    try:
        assert overhear(wire, NINE, "dust", lambda: driver.build(Setup("dust")), 2500).finding == "well"
    finally:
        wire.close()


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(words))
    return result.exit_code, result.output


def test_the_commands_at_a_port(bench: Bench, tmp_path: Path) -> None:
    port = str(bench.stage.links["bus"])
    none = str(tmp_path / "no-settings")
    nine = ("--baud", "9600", "-c", none)
    code, said = run("scan", port, *nine, "--addresses", "1-2", "--yaml", str(tmp_path / "s.yaml"))
    assert (code, "xy-md02" in said, "driver: xy-md02" in said) == (0, True, True)
    assert (tmp_path / "s.yaml").read_text(encoding="utf-8").startswith("lines:")
    code, said = run("scan", port, *nine, "--addresses", "2")
    assert (code, "nobody answered" in said) == (1, True)
    code, said = run("scan", str(tmp_path / "nowhere"), "-c", none)
    assert (code, "CT201" in said or "does not exist" in said) == (1, True)
    code, said = run("listen", str(bench.stage.links["dust"]), "--seconds", "2.5", "-c", none, "--json")
    assert (code, json.loads(said)[0]["verdicts"][0]["driver"]) == (0, "plantower-pms")
    for words in (("--addresses", "0-300"), ("--baud", "fast"), ("--parity", "X")):
        assert run("scan", port, *words, "-c", none)[0] == 2


def test_the_doctor_looks_at_every_line_of_the_settings(bench: Bench, tmp_path: Path) -> None:
    folder = write_settings(
        tmp_path / "config",
        lines={line: {"port": str(path)} for line, path in bench.stage.links.items()}
        | {"gone": {"port": "/dev/ttyNONE"}},
        devices={
            "room": {"driver": "xy-md02", "line": "bus"},
            "dust": {"driver": "plantower-pms", "line": "dust", "interval": "1s"},
            "away": {"driver": "xy-md02", "line": "gone"},
        },
    )
    code, said = run("doctor", "-c", str(folder), "--json")
    findings = {one.get("device", one["line"]): one["finding"] for one in json.loads(said)}
    assert (code, findings) == (1, {"room": "well", "dust": "well", "gone": "no-port"})
    assert run("doctor", "room", "-c", str(folder))[0] == 0
    code, said = run("doctor", "roam", "-c", str(folder))
    assert (code, "did you mean 'room'" in said) == (2, True)
