"""AT modems: every vector both ways, the conversation, Chinese, failures and silence, what comes unasked, any cut."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Setup
from agent.model.effects import Prompt, Switch
from agent.model.events import Event, Fault, Item, Reading
from drivers.at_modem import BEGIN, DRIVER, Device, ModemOptions, address, body, command, text_of
from drivers.wire.at_player import Modem, line
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("at-modem")
NUMBER = "+8613800000000"
LIFT = Prompt("s", 0, "ticket-opened", "Lift 3 fault.", ticket=1042)
SENT = {
    "text mode": command("AT+CMGF=1"),
    'start SMS, wait for "> "': address(NUMBER),
    "body + Ctrl-Z (0x1A)": body(text_of(LIFT)),
}


def pair(*numbers: str) -> tuple[Device, Modem]:
    made = uart.setup(DRIVER, numbers=list(numbers) or [NUMBER])
    device, player = DRIVER.build(made), DRIVER.player(made)
    assert isinstance(device, Device)
    assert isinstance(player, Modem)
    return device, player


def results(items: list[Item]) -> list[tuple[Any, str]]:
    return [(item.value, item.detail) for item in items if isinstance(item, Event) and item.quantity == "prompt_result"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    if "op" in said:
        assert SENT[said["op"]] == raw
    else:
        assert line(f"+CMGS: {said['message_ref']}") + line("OK") == raw
        items = DRIVER.build(Setup("s")).receive(raw, 0)
        assert items == [Event("s", "prompt_result", "sent", detail=f"message_ref={said['message_ref']}")]


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 4


def test_it_begins_checks_its_network_and_sends() -> None:
    device, player = pair(NUMBER, "10086")
    player.set("reachable", value=True)
    items = uart.converse(device, player, 0, 1000)
    assert uart.seen(items) == {("reachable", ""): True}
    device.command(LIFT, 1000)
    assert device.command(Switch("s", 0, "relay_1", on=True), 1000) == b""
    items = uart.converse(device, player, 1000, 2000)
    assert list(player.sent) == [(NUMBER, "Lift 3 fault. Ticket 1042"), ("10086", "Lift 3 fault. Ticket 1042")]
    assert results(items) == [("sent", "message_ref=1"), ("sent", "message_ref=2")]
    player.set("reachable", value=False)
    assert uart.plain(uart.converse(device, player, 2000, 70_000)) == {"reachable": False}


def test_what_is_sent_in_which_order() -> None:
    device, player = pair()
    device.command(LIFT, 0)
    device.command(Prompt("s", 0, "resolved", "三号电梯已修复"), 0)
    sent = []
    for now in range(0, 500, 10):
        if (due := device.due()) is not None and due <= now:
            sent.append(device.ask(now))
            device.receive(player.receive(sent[-1], now), now)
    charset = [[b'AT+CSCS="GSM"\r', b"AT+CSMP=17,167,0,0\r"], [b'AT+CSCS="HEX"\r', b"AT+CSMP=17,167,0,8\r"]]
    hexed = "三号电梯已修复".encode("utf-16-be").hex().upper().encode() + b"\x1a"
    assert sent == [
        *map(command, BEGIN), *charset[0], address(NUMBER), body("Lift 3 fault. Ticket 1042"),
        *charset[1], address(NUMBER), hexed, command("AT+CREG?"),
    ]  # fmt: skip
    assert [text for _, text in player.sent] == ["Lift 3 fault. Ticket 1042", "三号电梯已修复"]


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (LIFT, "Lift 3 fault. Ticket 1042"),
        (Prompt("s", 0, "thank-you"), "thank you"),
        (Prompt("s", 0, "resolved", 'a"b\r\x1a\x1bAT+CMGD=1,4\nc'), "abAT+CMGD=1,4c"),
        (Prompt("s", 0, "resolved", "x" * 300, ticket=7), "x" * 151 + " Ticket 7"),
        (Prompt("s", 0, "resolved", "楼" * 300, ticket=7), "楼" * 61 + " Ticket 7"),
        (Prompt("s", 0, "resolved", "5 $ @ home_"), "5 $ @ home_"),
    ],
)
def test_texts(prompt: Prompt, text: str) -> None:
    assert text_of(prompt) == text
    sent = body(text)
    assert sent[-1:] == b"\x1a"
    assert not set(sent[:-1]) & set(b'\r\n"\x1a\x1b')
    plain = sent[:-1].decode()
    assert plain == text or bytes.fromhex(plain).decode("utf-16-be") == text


def test_a_message_is_tried_three_times() -> None:
    for refusals, told in ((2, [("sent", "message_ref=1")]), (3, [("failed", "")])):
        device, player = pair()
        player.refuses = refusals
        device.command(LIFT, 0)
        items = uart.converse(device, player, 0, 40_000)
        assert results(items) == told
        assert uart.faults(items) == [("refused", "+CMS ERROR: 500")] * refusals


def test_a_mute_modem_is_silent_and_begun_anew_until_it_is_back() -> None:
    device, player = pair()
    uart.converse(device, player, 0, 1000)
    device.command(LIFT, 1000)
    sent: list[bytes] = []
    for now in range(1000, 40_000, 10):
        if (due := device.due()) is not None and due <= now:
            sent.append(device.ask(now))
        elif device.waiting and now % 5000 == 4990:
            assert uart.faults(device.quiet(now))[0][0] == "silent"
    assert sent[:3] == [b'AT+CSCS="GSM"\r', b"\x1bAT\r", b"\x1bAT\r"]
    player.set("reachable", value=True)
    device.quiet(40_000)
    assert results(uart.converse(device, player, 40_000, 60_000)) == [("sent", "message_ref=1")]


def test_a_modem_that_is_lost_while_it_waits_for_text_gets_the_message_again() -> None:
    device, player = pair()
    device.command(LIFT, 0)
    now = 0
    while not device.ask(now).startswith(b"AT+CMGS"):
        device.receive(line("OK"), now)
    device.receive(line("OK"), now)
    assert device.waiting, "a late OK is no answer to a message"
    device.receive(b"\r\n> ", now)
    assert device.ask(now) == body("Lift 3 fault. Ticket 1042")
    assert device.timeout_ms == 60_000
    assert uart.faults(device.quiet(60_000)) == [("silent", "no answer to a message")]
    assert results(uart.converse(device, player, 60_000, 80_000)) == [("sent", "message_ref=1")]


def test_answers_are_not_awaited_for_ever_while_other_things_are_said() -> None:
    device, _ = pair()
    device.ask(0)
    told = [now for now in range(0, 20_000, 1000) if uart.faults(device.receive(line("RING"), now))]
    assert told == [11_000]


@pytest.mark.parametrize(
    ("said", "items"),
    [
        ("RING", [Event("s", "sensor_status", "ring")]),
        ('+CMTI: "SM",3', [Event("s", "sensor_status", "message_received")]),
        ("UNDER-VOLTAGE WARNNING", [Event("s", "device_alarm", "under_voltage")]),
        ("+CREG: 0,1", [Reading("s", "reachable", value=True)]),
        ("+CREG: 5", [Reading("s", "reachable", value=True)]),
        ('+CEREG: 2,3,"18","0",7', [Reading("s", "reachable", value=False)]),
        ("+CPIN: READY", []),
        ("+CPIN: SIM PIN", [Fault("s", "refused", "the card wants SIM PIN")]),
        ("ERROR", [Fault("s", "refused", "ERROR")]),
        ("+CME ERROR: 10", [Fault("s", "refused", "+CME ERROR: 10")]),
        ("+CMS ERROR: 38", [Fault("s", "refused", "+CMS ERROR: 38")]),
        ("OK", []),
        ("Call Ready", [Fault("s", "junk", "Call Ready", size=10)]),
    ],
)
def test_lines(said: str, items: list[Item]) -> None:
    assert DRIVER.build(Setup("s")).receive(line(said), 0) == items


def test_what_it_repeats_is_nothing() -> None:
    device, _ = pair()
    assert device.receive(device.ask(0) + line("OK"), 0) == []


def test_only_so_many_messages_wait() -> None:
    device, player = pair()
    for _ in range(100):
        device.command(LIFT, 0)
    assert len(results(uart.converse(device, player, 0, 10_000))) == 20


@pytest.mark.parametrize("numbers", [[], ['1"2'], ["+86 138"], ["12"], ["1" * 16], ["1"] * 9])
def test_wrong_numbers_are_refused(numbers: list[str]) -> None:
    with pytest.raises(ValidationError):
        ModemOptions.model_validate({"numbers": numbers})


def test_any_cut() -> None:
    stream = b"".join(map(line, ("RING", "+CMGS: 17", "OK", "+CREG: 0,1", "ERROR"))) + b"\r\n> " + line("RING")
    items = kit.same_however_cut(lambda: DRIVER.build(Setup("s")), stream)
    assert [getattr(item, "value", "") for item in items] == ["ring", "sent", True, "", "ring"]


def test_hostile() -> None:
    kit.hostile(
        pair()[0],
        lambda: line("RING"),
        lambda items: ("sensor_status", "ring") in uart.facts(items),
        uart.HOSTILE,
    )


def test_the_player_says_what_happens_and_gives_up_a_text() -> None:
    device, player = pair()
    for kind, value in (("sensor_status", "ring"), ("device_alarm", "under_voltage"), ("card", "1")):
        player.fact(kind, value, 0)
    assert uart.facts(device.receive(player.talk(0), 0)) == [
        ("sensor_status", "ring"),
        ("device_alarm", "under_voltage"),
    ]
    assert player.receive(address(NUMBER), 0) == b"\r\n> "
    assert player.receive(b"half\x1b", 0) == line("OK")
    assert player.receive(b"AT+XYZ\r", 0) == line("ERROR")
    assert not player.sent
