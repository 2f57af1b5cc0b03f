"""A sensor on a UART of its own: who is asked when, what answers, what silence and noise mean, and the warm-up."""

from __future__ import annotations

import pytest

from agent.driver import Setup
from agent.model.effects import Configure, Prompt
from agent.model.events import Fault, Item, Reading
from drivers.wire.asking import PATIENCE, REMIND_MS, Asking, WarmUp
from drivers.wire.checks import twos8
from drivers.wire.frames import Shape

# A protocol for these tests: 01 | value | sum
SHAPE = Shape(b"\x01", b"", 3, lambda _head: 3, lambda frame: twos8(frame[1:2]) == frame[2])
READ, SET, NAME = b"?", b"!", b"N"


def framed(value: int) -> bytes:
    return bytes([1, value, twos8(bytes([value]))])


class Thermometer(Asking):
    """Asked for a temperature; value 0 is its reply to a command."""

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        return [Reading(self.device, "temperature", float(frame[1]), now)] if frame[1] else []

    def is_answer(self, frame: bytes, asked: bytes) -> bool:
        return bool(frame[1]) == (asked == READ)

    def replies(self, command: bytes) -> bool:
        return command == NAME

    def setting(self, key: str, value: str) -> bytes:
        return NAME if (key, value) == ("name", "x") else b""


def build(*begin: bytes, request: bytes = READ) -> Thermometer:
    return Thermometer(Setup("s", interval_ms=5000), SHAPE, request=request, begin=begin)


def test_commands_go_before_the_first_request_and_apart() -> None:
    device = build(SET, NAME)
    assert (device.due(), device.ask(0), device.due()) == (0, SET, 200)
    assert (device.ask(200), device.waiting, device.due()) == (NAME, True, None)
    assert device.receive(framed(7), 210) == [Reading("s", "temperature", 7, 210)]
    assert device.waiting, "a value is no reply to a command"
    device.receive(framed(0), 220)
    assert (device.waiting, device.due(), device.ask(400)) == (False, 400, READ)
    device.receive(framed(7), 450)
    assert (device.waiting, device.due()) == (False, 5000)


def test_polls_keep_their_beat_and_do_not_pile_up() -> None:
    device = build()
    for at in (1000, 6500, 11_000, 60_000, 65_000):
        assert device.due() is not None
        assert device.due() <= at  # type: ignore[operator]
        assert device.ask(at) == READ
        device.receive(framed(1), at + 50)
    assert device.due() == 70_000


def test_silence_is_told_and_a_sensor_without_power_is_set_up_again() -> None:
    device = build(SET)
    assert [device.ask(0), device.ask(200)] == [SET, READ]
    assert device.quiet(700) == [Fault("s", "silent", "no answer to 3F", t=700)]
    assert (device.due(), device.ask(5000), device.ask(5200)) == (5000, SET, READ)


def test_noise_is_not_told_as_silence() -> None:
    device = build()
    device.ask(0)
    assert device.receive(framed(9)[:2] + b"\x00", 10) == [Fault("s", "checksum", size=3, t=10)]
    assert device.waiting
    assert device.quiet(600) == []
    assert not device.waiting
    device.ask(5000)
    assert device.receive(b"\x01", 5010) == []
    assert device.quiet(5600) == [Fault("s", "junk", size=1, t=5600)]


def test_a_babbler_is_not_waited_for_without_end() -> None:
    device = build(request=READ)
    device.ask(0)
    for now in range(100, PATIENCE * device.timeout_ms + 1, 100):
        assert device.receive(framed(0), now) == []
        assert device.waiting
    assert device.receive(framed(0), PATIENCE * device.timeout_ms + 100)[-1] == Fault(
        "s", "silent", "no answer to 3F", t=PATIENCE * device.timeout_ms + 100
    )
    assert not device.waiting


def test_a_talker_is_reminded_only_when_it_is_quiet() -> None:
    device = build(SET, request=b"")
    assert device.ask(0) == SET
    for now in range(1000, 200_000, 1000):
        device.receive(framed(3), now)
        assert device.due() == now + REMIND_MS
    assert device.ask(199_000 + REMIND_MS) == SET
    assert device.due() == 199_000 + 2 * REMIND_MS
    assert build(request=b"").due() is None


def test_orders() -> None:
    device = build()
    assert device.command(Configure("s", 0, "name", "y"), 0) == b""
    assert device.command(Prompt("s", 0, "thank-you"), 0) == b""
    assert device.command(Configure("s", 0, "name", "x"), 0) == NAME
    assert device.command(Configure("s", 0, "name", "x"), 10) == b"", "one after the other"
    device.receive(framed(0), 20)
    assert (device.due(), device.ask(200)) == (200, NAME)
    assert device.quiet(800) == [Fault("s", "silent", "no answer to 4E", t=800)]


@pytest.mark.parametrize(
    ("times", "worth"),
    [
        ([0, 999, 1000], ["suspect", "suspect", "good"]),
        ([5, 1005, 61_005], ["suspect", "good", "good"]),
        ([5, 1005, 61_006, 62_006], ["suspect", "good", "suspect", "good"]),
    ],
)
def test_warm_up_begins_with_the_first_value_and_after_a_gap(times: list[int], worth: list[str]) -> None:
    warm_up = WarmUp(1000)
    assert [warm_up.quality(at) for at in times] == worth
    assert {WarmUp(0).quality(at) for at in times} == {"good"}
