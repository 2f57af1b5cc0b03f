"""FTL/1-A: every vector both ways, ids and ages, acknowledgements, prompts, boots that nobody heard of, cuts, noise."""

from __future__ import annotations

from typing import Any

import pytest

from agent.driver import Setup
from agent.model.effects import Prompt, Switch
from agent.model.events import Availability, Event, Item, Outcome, Undecoded
from drivers.ftl1_ascii import DRIVER
from drivers.ftl1_lines import AckLine, EventLine, FeedbackLine, HelloLine, Said, body_of, line, said_of, text_of
from drivers.ftl1_messages import NO_TEMPERATURE, Heartbeat
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = {one["id"].removeprefix("ftl1-ascii-"): one["raw"] for one in kit.serial_vectors("ftl1-ascii")}
PRESS = EventLine(1042, 7, 345, 348, "K", 2, 240)
LINES: dict[str, Said] = {
    "01": HelloLine(7, "1.4.2", 4, 1042, 1040, 21),
    "02": PRESS,
    "03": AckLine(1042, 0),
    "04": FeedbackLine(2, 20417, 1, 2),
    "05": Heartbeat(1500, 7, 0x0204, 4120, 98, NO_TEMPERATURE, 0, 0, 1045, 0),
}
NATIVE = "ascii-lobby:1042"


def host(memory: dict[str, int] | None = None) -> Any:
    return DRIVER.build(Setup("lobby", memory=memory or {}))


def say(device: Any, said: Any, now: int = 0) -> list[Item]:
    items: list[Item] = device.receive(line(text_of(said)), now)
    return items


def events(items: list[Item]) -> list[Event]:
    return [item for item in items if isinstance(item, Event)]


@pytest.mark.parametrize("number", LINES)
def test_every_vector_both_ways(number: str) -> None:
    assert line(text_of(LINES[number])) == VECTORS[number]
    body = body_of(VECTORS[number].rstrip())
    assert isinstance(body, bytes)
    assert said_of(body) == LINES[number]


def test_what_the_vectors_mean_out_of_a_session() -> None:
    assert uart.decoded(DRIVER, VECTORS["01"]) == [Availability("s", "online")]
    (press,) = events(uart.decoded(DRIVER, VECTORS["02"]))
    assert (press.quantity, press.value, press.part, press.detail) == ("button", "single", "channel=2", "hold_ms=240")
    assert (press.native, press.age_ms, press.time_quality) == ("ascii-s:1042", 300, "exact")
    assert uart.plain(uart.decoded(DRIVER, VECTORS["05"])) == {
        "battery": 98, "battery_voltage": 4.12, "tamper": False, "battery_low": False, "pending_events": 0,
        "uptime": 150,
    }  # fmt: skip
    assert uart.decoded(DRIVER, VECTORS["03"] + VECTORS["04"]) == []
    assert uart.decoded(DRIVER, b"ready\r\nBTN,3\r\n") == []


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (VECTORS["06"], "checksum"),
        (VECTORS["02"].replace(b"0CEE", b"0cee"), "junk"),
        (VECTORS["02"].replace(b"*", b""), "junk"),
        (b"@E,1042,7,345\r\n", "junk"),
        (b"\xff\xfe\x80\r\n", "junk"),
        (b"@" + b"x" * 200 + b"*0000\r\n", "junk"),
        (VECTORS["02"][:12], "junk"),
        (line("E,1042,7,345,348,K,2"), "insane"),
        (line("E,1042,7,345,348,K,256,240"), "insane"),
        (line("E,1042,-7,345,348,K,2,240"), "insane"),
        (line("E,4294967296,7,345,348,K,2,240"), "insane"),
        (line("B,1500,7,zz,4120,98,0,1045"), "insane"),
        (line("H,7,1.4.2,4"), "insane"),
    ],
)
def test_what_is_refused(raw: bytes, fault: str) -> None:
    device = host()
    items = device.receive(raw, 0) + device.quiet(1000)
    assert [one[0] for one in uart.faults(items)] == [fault]
    assert len(items) == 1


def test_an_unknown_line_is_undecoded_and_newer_fields_are_ignored() -> None:
    assert say(host(), PRESS) == host().receive(line(text_of(PRESS) + ",9,new"), 0)
    body = b"Z,1"
    assert host().receive(line(body.decode()), 0) == [Undecoded("lobby", body.hex(), detail="line Z")]


def test_a_line_behind_a_log_that_was_cut_off_is_heard() -> None:
    assert [one.native for one in events(host().receive(b"boot @ 115200 " + VECTORS["02"], 0))] == [NATIVE]


@pytest.mark.parametrize(("outcome", "status"), [("stored", 0), ("existed", 1), ("conflict", 1), ("failed", 2)])
def test_a_press_is_acknowledged_when_the_journal_has_decided(outcome: Outcome, status: int) -> None:
    device = host()
    (press,) = events(say(device, PRESS))
    assert device.due() is None
    assert device.settled(press, outcome, 5) == line(f"A,1042,{status}")


def test_a_kind_that_is_not_known_is_not_to_come_again() -> None:
    device = host()
    items = say(device, EventLine(9, 7, 1, 2, "V", 0, 0))
    assert isinstance(items[0], Undecoded)
    assert device.due() == 0
    assert device.ask(0) == line("A,9,3")
    assert device.due() is None


@pytest.mark.parametrize(("hold", "value"), [(240, "single"), (1499, "single"), (1500, "long"), (65535, "long")])
def test_how_long_a_key_was_held(hold: int, value: str) -> None:
    assert events(say(host(), PRESS._replace(hold_ms=hold)))[0].value == value


def test_the_age_of_a_press_is_sure_once_the_boot_is_known() -> None:
    device = host()
    assert (events(say(device, PRESS))[0].age_ms, events(say(device, PRESS))[0].time_quality) == (300, "estimated")
    say(device, HelloLine(7, "1", 4, 1042, 1042, 340), 0)
    assert events(say(device, PRESS))[0].time_quality == "exact"
    old = PRESS._replace(event_id=1040, boot_id=6, t_event_ds=431_200, uptime_now_ds=350)
    assert (events(say(device, old))[0].age_ms, events(say(device, old))[0].time_quality) == (35_000, "bounded")


def test_a_boot_that_nobody_heard_of_is_told_once() -> None:
    device = host()
    say(device, HelloLine(7, "1", 4, 1042, 1042, 21))
    items = events(say(device, PRESS._replace(boot_id=8, t_event_ds=30, uptime_now_ds=35)))
    assert [(one.quantity, one.value) for one in items] == [("reboot", "unknown"), ("button", "single")]
    assert (items[1].age_ms, items[1].time_quality) == (500, "estimated")
    assert events(say(device, HelloLine(8, "1", 4, 1043, 1042, 40))) == []
    assert [one.value for one in events(say(device, HelloLine(9, "1", 4, 1043, 1042, 2)))] == ["unknown"]


def test_a_wiped_flash_begins_a_new_generation() -> None:
    device = host({"ascii-lobby": 1042})
    assert events(say(device, HelloLine(7, "1", 4, 1043, 1043, 21))) == []
    (conflict,) = events(say(device, HelloLine(7, "1", 4, 1, 1, 21)))
    assert (conflict.quantity, conflict.value) == ("identity_conflict", "ascii-lobby.1")
    (press,) = events(say(device, PRESS._replace(event_id=1)))
    assert press.native == "ascii-lobby.1:1"
    device.settled(press, "stored", 0)
    again = host({"ascii-lobby": 1042, "ascii-lobby.1": 1})
    assert events(say(again, HelloLine(8, "1", 4, 2, 2, 21))) == []


def test_prompts_go_out_once_and_none_for_an_old_event() -> None:
    device = host()
    say(device, PRESS)
    assert device.command(Prompt("lobby", 0, "ticket-opened", ticket=20417, ref=NATIVE), 0) == VECTORS["04"]
    assert device.command(Switch("lobby", 0, "relay_1", on=True), 0) == b""
    say(device, PRESS._replace(event_id=1043, t_event_ds=10, uptime_now_ds=700))
    assert device.command(Prompt("lobby", 0, "thank-you", ref="ascii-lobby:1043"), 0) == b""
    assert device.command(Prompt("lobby", 0, "resolved", ticket=3, ref="ascii-lobby:1043"), 0) == line("F,4,3,20,4")


def test_any_cut() -> None:
    stream = b"BTN,3\r\n" + b"".join(VECTORS.values())
    items = kit.same_however_cut(lambda: DRIVER.build(Setup("s")), stream)
    assert [item.value for item in events(items)] == ["single"]


def test_hostile() -> None:
    numbers = iter(range(1, 1_000_000))

    def good() -> bytes:
        return b"\r\n" + line(text_of(PRESS._replace(event_id=next(numbers))))

    kit.hostile(host(), good, lambda items: events(items) != [], uart.HOSTILE)


def test_the_player_keeps_a_press_until_it_is_committed() -> None:
    device, player = host(), DRIVER.player(Setup("lobby"))
    player.fact("button", "long", 0, "channel=3")
    first = events(device.receive(player.talk(0), 0))
    assert [one.value for one in first] == ["long"]
    assert player.receive(device.settled(first[0], "failed", 1), 1) == b""
    again = events(device.receive(player.talk(500), 500))
    assert (again[0].native, again[0].value) == (first[0].native, "long")
    player.receive(device.settled(again[0], "stored", 501), 501)
    assert events(device.receive(player.talk(2000), 2000)) == []
    with pytest.raises(ValueError, match="keeps no record"):
        player.fact("card", "00", 0)
    with pytest.raises(ValueError, match="keeps no record"):
        player.fact("button", "double", 0, "channel=3")
