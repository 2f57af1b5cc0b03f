"""CHINT DTSU666: raw numbers with their scales, transformers, and the energies that stand in one of two places."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.model.events import Fault, Item
from drivers.chint_dtsu666 import DRIVER, table
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.modbus_rtu import Request
from drivers.wire.register_table import Table
from tests.drivers.modbus_kit import readings, vector
from tests.drivers.poll_kit import Poll, alone, check_polled, check_vector, given

PHASES = {("voltage", "phase=1"): 230.1, ("voltage", "phase=2"): 229.8, ("voltage", "phase=3"): 231.0}
BASE = (Request(1, 3, 0x2000, 50), Request(1, 3, 0x2044, 2))


def world(energy: float = 1_500_000.0) -> dict[tuple[str, str], float]:
    """Give a value for every row: all powers, factors and currents differ."""
    shown = {(row.quantity, row.part): 10.0 + place for place, row in enumerate(table(0x1000).rows)}
    shown |= {key: 0.9 + n / 100 for n, key in enumerate(key for key in shown if key[0] == "power_factor")}
    return shown | PHASES | {("energy_total", ""): energy, ("energy_export_total", ""): 2000.0}


@pytest.mark.parametrize(
    ("number", "request_", "meant"),
    [
        ("02", "", PHASES),
        ("02", "01", PHASES),
        ("04", "", {("power", ""): 1523.0}),
        ("04", "03", {("power", ""): 1523.0}),
    ],
)
def test_a_vector_is_decoded(number: str, request_: str, meant: dict[tuple[str, str], float]) -> None:
    check_vector(DRIVER, number, meant, request_)


@pytest.mark.parametrize(("request_", "number", "shown"), [("01", "02", PHASES), ("03", "04", {("power", ""): 1523.0})])
def test_the_player_gives_the_vectors(request_: str, number: str, shown: dict[tuple[str, str], float]) -> None:
    player = DRIVER.player(given(DRIVER))
    for (quantity, part), value in shown.items():
        player.set(quantity, value, part)
    assert player.receive(vector("chint-dtsu666", request_), 0) == vector("chint-dtsu666", number)


def test_the_frequency_is_read_as_the_vector_asks_for_it() -> None:
    poll = Poll(DRIVER, given(DRIVER, energy="401e"))
    poll.run()
    assert vector("chint-dtsu666", "05") in [request.frame() for request in poll.asked]


@pytest.mark.parametrize(
    ("energy", "requests"),
    [("101e", (Request(1, 3, 0x101E, 12), *BASE)), ("401e", (*BASE, Request(1, 3, 0x401E, 12)))],
)
def test_all_is_read_cut_anywhere_and_through_noise(energy: str, requests: tuple[Request, ...]) -> None:
    check_polled(DRIVER, given(DRIVER, energy=energy), world(), *requests)


def test_transformers_scale_volts_amperes_and_watts() -> None:
    reply = vector("chint-dtsu666", "04")
    assert readings(alone(DRIVER, reply, vector("chint-dtsu666", "03"), ct=40.0, vt=2.0)) == {("power", ""): 121_840.0}
    voltages = alone(DRIVER, vector("chint-dtsu666", "02"), vector("chint-dtsu666", "01"), vt=10.0)
    assert readings(voltages)["voltage", "phase=1"] == 2301.0


class Elsewhere(MeterPlayer):
    """A meter that answers 0 where it holds nothing, instead of refusing."""

    def __init__(self, held: Table, zeros: Table) -> None:
        super().__init__(given(DRIVER), held)
        self._words = {(3, block.address + n): 0 for block in zeros.blocks() for n in range(block.count)} | self._words


def kinds(items: list[Item]) -> set[str]:
    return {item.fault for item in items if isinstance(item, Fault)}


@pytest.mark.parametrize("refuses", [True, False])
@pytest.mark.parametrize(("place", "polls"), [(0x1000, 1), (0x4000, 2)])
def test_the_place_of_the_energies_is_found(place: int, polls: int, refuses: bool) -> None:
    poll = Poll(DRIVER, given(DRIVER))
    held, other = table(place), table(0x5000 - place)
    make: Callable[[], MeterPlayer] = lambda: Elsewhere(held, other)  # noqa: E731
    poll.player = MeterPlayer(given(DRIVER), held) if refuses else make()
    for (quantity, part), value in world().items():
        poll.player.set(quantity, value, part)
    told = [poll.run() for _ in range(4)]
    assert ["energy_total" in {q for q, _ in readings(items)} for items in told] == [n >= polls - 1 for n in range(4)]
    assert readings(told[3]) == world()
    assert all(readings(items).get(("voltage", "phase=1")) == 230.1 for items in told)
    assert kinds(told[3]) == set()


def test_a_new_meter_at_zero_tells_no_energy_until_it_has_one() -> None:
    poll = Poll(DRIVER, given(DRIVER), world(0.0))
    told = [poll.run() for _ in range(4)]
    assert not any(quantity.startswith("energy") for items in told for quantity, _ in readings(items))
    poll.player.set("energy_total", 1000.0)
    found = [readings(poll.run()).get(("energy_total", "")) for _ in range(3)]
    assert found[1:] == [1000.0, 1000.0]


def test_settled_or_told_it_does_not_probe() -> None:
    poll = Poll(DRIVER, given(DRIVER, energy="101e"), world(0.0))
    assert readings(poll.run())["energy_total", ""] == 0.0
