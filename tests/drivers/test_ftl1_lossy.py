"""FTL/1, both sides over a bad wire, with reboots and crashes: 0 presses lost, 0 counted twice (serial.md §D.1).

What is bad about it is in ftl1_world.py. The whole form (`-m long`) has the reference's 80,000 presses, and prints its
figures.
"""

from __future__ import annotations

import pytest

from tests.drivers.ftl1_world import PROFILES, World, played, world

RUNS, PRESSES = 25, 50
WHOLE_RUNS, WHOLE_PRESSES = 200, 400


def check(made: World, presses: int) -> None:
    """Assert that the journal has every press once, under growing ids, and nothing else."""
    in_order = sorted(made.journal.items(), key=lambda row: int(row[0].rpartition(":")[2]))
    assert [part for _, (_, part) in in_order] == [f"channel={number % 250}" for number in range(presses)]
    assert made.conflicts == []
    assert made.terminal.flash.dead == []


@pytest.mark.parametrize("seed", range(RUNS))
@pytest.mark.parametrize("profile", PROFILES)
def test_no_press_is_lost_and_none_is_counted_twice(profile: str, seed: int) -> None:
    check(played(profile, seed, PRESSES), PRESSES)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_wire_is_bad_indeed(profile: str) -> None:
    worlds = [played(profile, seed, PRESSES) for seed in range(5)]
    sent = sum(made.up.sent + made.down.sent for made in worlds)
    lost = sum(made.up.lost + made.down.lost for made in worlds)
    assert 0.15 < lost / sent < 0.25
    assert sum(made.up.damaged + made.down.damaged for made in worlds) > 0.05 * sent
    assert sum(made.crashes for made in worlds) >= 5
    assert sum(made.duplicates for made in worlds) >= 10
    assert sum(made.terminal.flash.boot_id for made in worlds) >= 10


@pytest.mark.long
@pytest.mark.parametrize("profile", PROFILES)
def test_eighty_thousand_presses(profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    sent = lost = damaged = duplicates = crashes = boots = 0
    for seed in range(WHOLE_RUNS):
        made = played(profile, seed, WHOLE_PRESSES)
        check(made, WHOLE_PRESSES)
        wires = (made.up, made.down)
        sent += sum(wire.sent for wire in wires)
        lost += sum(wire.lost for wire in wires)
        damaged += sum(wire.damaged for wire in wires)
        duplicates, crashes = duplicates + made.duplicates, crashes + made.crashes
        boots += made.terminal.flash.boot_id
    with capsys.disabled():
        print(
            f"\n{profile}: {WHOLE_RUNS * WHOLE_PRESSES:,} presses in {WHOLE_RUNS} runs; {sent:,} frames, {lost:,} lost,"
            f" {damaged:,} damaged; {boots:,} boots of terminals, {crashes:,} of the host; {duplicates:,} duplicates"
            " suppressed; 0 presses lost, 0 counted twice"
        )


def test_a_wiped_terminal_loses_nothing_after_the_wipe() -> None:
    made = world("ftl1", 1)
    made.up.clean = made.down.clean = True
    for number in (1, 2, 3):
        made.press(number)
        made.settle_down()
    made.terminal.flash.wipe()
    made.terminal.reboot(made.now)
    for number in (4, 5):
        made.terminal.fact("button", "single", made.now, f"channel={number}")
    made.settle_down()
    uid = made.terminal.flash.uid.hex()
    assert [part for _, part in made.journal.values()] == [f"channel={number}" for number in (1, 2, 3, 4, 5)]
    assert [key.rpartition(":")[0] for key in made.journal] == [uid] * 3 + [f"{uid}.1"] * 2
    assert [event.value for event in made.conflicts] == [f"{uid}.1"]
