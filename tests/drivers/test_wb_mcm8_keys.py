"""WB-MCM8: presses from counters over polls, wraps, restarts and silence; live inputs; vectors; noise."""

from __future__ import annotations

import random

import pytest

from agent.model.events import Event, Item
from drivers.wb_mcm8_keys import DRIVER, table
from drivers.wire.modbus_rtu import Request
from tests.drivers.modbus_kit import World, readings, vector
from tests.drivers.poll_kit import Poll, check_polled, check_vector, given

PANEL = given(DRIVER, 10)
SINGLE = [0, 2, 256, 65_535, 0, 0, 7, 1]
BLOCKS = [(2, 0, 8), (4, 60, 16), (4, 464, 8), (4, 480, 8), (4, 496, 8), (4, 512, 8)]


def counts(numbers: list[int], press: str = "single") -> dict[tuple[str, str], float]:
    return {("press_count", f"{press}={n}"): float(number) for n, number in enumerate(numbers, 1)}


def inputs(*down: int) -> World:
    return {(f"input_{n}", ""): n in down for n in range(1, 9)}


def pressed(items: list[Item]) -> list[tuple[str, str]]:
    """Give the presses as (channel, way), in the order that they were told."""
    return [
        (item.part.removeprefix("channel="), str(item.value))
        for item in items
        if isinstance(item, Event) and item.quantity == "button"
    ]


def reboots(items: list[Item]) -> int:
    return sum(isinstance(item, Event) and item.quantity == "reboot" for item in items)


def press(poll: Poll, key: int, way: str = "single", times: int = 1) -> None:
    for _ in range(times):
        poll.player.fact("button", way, poll.now, f"channel={key}")


@pytest.mark.parametrize(("number", "request_", "meant"), [("02", "01", inputs(3)), ("04", "03", counts(SINGLE))])
def test_a_vector_is_decoded_and_played(number: str, request_: str, meant: World) -> None:
    check_vector(DRIVER, number, meant, request_)
    check_vector(DRIVER, number, meant)
    player = DRIVER.player(PANEL)
    for (quantity, part), value in meant.items():
        player.set(quantity, value, part)
    assert player.receive(vector("wb-mcm8-keys", request_), 0) == vector("wb-mcm8-keys", number)


def test_what_is_asked() -> None:
    poll = Poll(DRIVER, PANEL)
    poll.run()
    assert [(one.function, one.address, one.count) for one in poll.asked] == BLOCKS
    assert poll.asked[0].frame() == vector("wb-mcm8-keys", "01")
    assert poll.asked[2].frame() == vector("wb-mcm8-keys", "03")


@pytest.mark.parametrize(("presses", "blocks"), [(["long"], [*BLOCKS[:2], BLOCKS[3]]), ([], BLOCKS[:2])])
def test_ways_to_press_that_nobody_needs_are_not_asked_for(presses: list[str], blocks: list[tuple[int, ...]]) -> None:
    poll = Poll(DRIVER, given(DRIVER, 10, presses=presses))
    poll.run()
    assert [(one.function, one.address, one.count) for one in poll.asked] == blocks


def test_all_is_read_cut_anywhere_and_through_noise() -> None:
    world = {(row.quantity, row.part): 7.0 + place for place, row in enumerate(table(PANEL).rows)}
    check_polled(DRIVER, PANEL, {**world, **inputs(1, 8)}, *(Request(10, *block) for block in BLOCKS))


def test_the_first_counters_are_no_presses() -> None:
    poll = Poll(DRIVER, PANEL, counts(SINGLE))
    items = poll.run()
    assert (pressed(items), reboots(items)) == ([], 0)
    assert readings(items).items() >= counts(SINGLE).items()


def test_every_press_is_told_once_with_its_key_and_way() -> None:
    poll = Poll(DRIVER, PANEL, counts(SINGLE))
    poll.run()
    press(poll, 2)
    press(poll, 3, "long", 2)
    press(poll, 8, "double")
    press(poll, 1, "short_long")
    told = [("2", "single"), ("3", "long"), ("3", "long"), ("8", "double"), ("1", "short_long")]
    assert pressed(poll.run()) == told
    assert pressed(poll.run()) == []


def test_a_wrap_is_a_press() -> None:
    poll = Poll(DRIVER, PANEL, counts(SINGLE))
    poll.run()
    press(poll, 4, times=3)
    items = poll.run()
    assert (pressed(items), reboots(items)) == ([("4", "single")] * 3, 0)
    assert readings(items)["press_count", "single=4"] == 2


@pytest.mark.parametrize("before", [SINGLE, [65_530, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]])
def test_a_panel_that_begins_again_has_not_been_pressed(before: list[int]) -> None:
    poll = Poll(DRIVER, PANEL, {**counts(before), ("edge_count", "channel=1"): 131_060})
    poll.run()
    poll.player.fact("reboot", "", poll.now)
    items = poll.run()
    assert (pressed(items), reboots(items)) == ([], 1)
    press(poll, 1)
    items = poll.run()
    assert (pressed(items), reboots(items)) == ([("1", "single")], 0)


def test_a_restart_that_was_seen_as_silence_is_no_press_either() -> None:
    """Here the edges do not tell: the module counts them no further while it detects presses."""
    poll = Poll(DRIVER, PANEL, counts([65_530, 0, 0, 0, 0, 0, 0, 0]))
    poll.run()
    poll.now = poll.device.due() or 0
    poll.device.ask(poll.now)
    poll.device.quiet(poll.now + 300)
    poll.player.fact("reboot", "", poll.now)
    poll.now += 200_000
    assert pressed(poll.run() + poll.run()) == []


def test_presses_during_a_silence_are_told_when_it_is_over() -> None:
    poll = Poll(DRIVER, PANEL, counts(SINGLE))
    poll.run()
    poll.now = poll.device.due() or 0
    poll.device.ask(poll.now)
    press(poll, 7, times=2)
    assert pressed(poll.device.quiet(poll.now + 300)) == []
    poll.now += 200_000
    assert pressed(poll.run() + poll.run()) == [("7", "single")] * 2


def test_no_two_presses_share_an_identity() -> None:
    poll, dice = Poll(DRIVER, PANEL, counts(SINGLE)), random.Random(3)
    poll.run()
    seen: list[str] = []
    for _ in range(60):
        for _ in range(dice.randrange(4)):
            press(poll, dice.randint(1, 8), dice.choice(["single", "long"]))
        if dice.random() < 0.1:
            poll.player.fact("reboot", "", poll.now)
        seen += [item.native for item in poll.run() if isinstance(item, Event) and item.quantity == "button"]
    assert len(seen) == len(set(seen)) > 20
    assert all(":" in native for native in seen)


@pytest.mark.parametrize("seed", [1, 2])
def test_presses_are_the_same_however_the_answers_are_cut(seed: int) -> None:
    poll = Poll(DRIVER, PANEL, counts(SINGLE), seed)
    poll.run()
    press(poll, 5, "long")
    assert pressed(poll.run()) == [("5", "long")]


def test_a_way_to_press_that_the_panel_does_not_know_is_none() -> None:
    poll = Poll(DRIVER, PANEL)
    poll.run()
    press(poll, 1, "triple")
    assert pressed(poll.run()) == []
