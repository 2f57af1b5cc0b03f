"""A port that is lent: an exchange is not cut, silence means nothing, and nobody gets it who cannot have it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from agent.model.effects import Prompt
from agent.model.events import Fault, Instruction, Reading
from agent.runtime import line as lines
from agent.runtime.lending import Lending
from agent.runtime.silence import Silence
from tests.runtime.rig import Plain, Rig

MINUTE = 60_000


def lent(rig: Rig, ms: int, meanwhile: Callable[[], None]) -> list[bool]:
    """Lend the port from another thread, as the local socket does, while this one runs the line."""
    answers: list[bool] = []
    asker = threading.Thread(target=lambda: answers.append(rig.line.lend(ms)))
    asker.start()
    while not rig.line.lent and asker.is_alive():
        pass
    meanwhile()
    asker.join()
    return answers


def test_an_exchange_is_ended_before_the_port_is_let_go() -> None:
    rig = Rig(Plain("a", 1000), Plain("b", 1000))
    rig.bench.answer = lambda data, _now: [(150, data[1:] + b"=1.")]
    rig.line.turn(5)  # a is asked; its answer comes in 150 ms
    assert lent(rig, 10_000, lambda: [rig.line.turn(1) for _ in range(160)] and None) == [True]
    assert not rig.bench.is_open
    assert [item.device for item in rig.items if isinstance(item, Reading)] == ["a"]
    assert [data for _, data in rig.asked()] == ["?a"]
    assert rig.counters.of("a").timeouts == 0


def test_what_a_talker_had_begun_is_nobodys_fault() -> None:
    rig = Rig(Plain("a", talks=True), asked=False)
    rig.bench.comes(10, b"a=")
    rig.line.turn(20)
    assert lent(rig, 10_000, lambda: rig.line.turn(0)) == [True]
    assert not any(isinstance(item, Fault) for item in rig.items)


def test_silence_means_nothing_while_the_port_is_lent_and_counts_from_when_it_is_back() -> None:
    rig = Rig(Plain("a", talks=True), asked=False)
    silence = Silence(rig.counters, 0)
    silence.after = {"a": MINUTE}
    rig.line.turn(0)
    lent(rig, 30 * MINUTE, lambda: rig.line.turn(0))
    rig.clock.advance(10 * MINUTE)
    assert silence.look(rig.clock.t) == []
    rig.line.take_back()
    rig.clock.advance(MINUTE)
    assert silence.look(rig.clock.t) == []
    rig.clock.advance(1)
    assert [one.value for one in silence.look(rig.clock.t)] == ["offline"]
    lent(rig, 30 * MINUTE, lambda: rig.line.turn(0))
    assert silence.look(rig.clock.t) == []  # lending a port brings nobody back


def test_orders_of_before_are_not_carried_out_when_the_port_is_back() -> None:
    rig = Rig(Plain("a", 60 * MINUTE))
    rig.bench.answer = lambda _data, _now: []
    rig.line.turn(5)
    rig.line.say(Prompt("a", 0, "thank-you"))
    assert lent(rig, MINUTE, lambda: [rig.line.turn(1) for _ in range(220)] and None) == [True]
    rig.line.say(Prompt("a", 0, "thank-you"))
    rig.clock.advance(2 * MINUTE)
    rig.until(rig.clock.t + 1000)
    assert rig.bench.is_open
    assert [data for _, data in rig.asked()] == ["?a"]


def test_a_line_that_does_not_let_go_keeps_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LETTING_GO", 0.01)
    rig = Rig(Plain("a", 1000))
    assert lent(rig, MINUTE, lambda: None) == [False]
    assert not rig.line.lent
    rig.until(500)
    assert rig.said(Reading)


class Desk:
    """`lend` and `return` as the local socket puts them, with a line that is served by a thread."""

    def __init__(self, held: tuple[str, ...] = ()) -> None:
        self.rig = Rig(Plain("a", 1000), Plain("b", 1000))
        self.orders: list[Instruction] = []
        self.lending = Lending(
            self.rig.clock,
            lines=lambda: {"bus-1": self.rig.line},
            unlocked=lambda _line: [name for name in "ab" if name not in held],
            order=self.orders.extend,
        )

    def lend(self, **request: object) -> dict[str, object]:
        answers: list[dict[str, object]] = []
        asker = threading.Thread(target=lambda: answers.append(self.lending.lend(request)))
        asker.start()
        while asker.is_alive():
            self.rig.line.turn(1)
        return answers[0]

    def told(self) -> list[tuple[str, str]]:
        return [(order.cmd, order.args) for order in self.orders]


def test_nothing_of_its_devices_counts_while_a_line_is_lent() -> None:
    desk = Desk()
    assert desk.lend(line="bus-1", seconds=600) == {"lent": True}
    assert desk.told() == [("maintenance", f'{{"device":"{name}","state":"on","seconds":600}}') for name in "ab"]
    assert desk.lend(line="bus-1", seconds=5) == {"error": "somebody else has it: another tool is at work on this line"}
    desk.orders.clear()
    assert desk.lending.back({"line": "bus-1"}) == {"lent": False}
    assert desk.told() == [("maintenance", f'{{"device":"{name}","state":"off"}}') for name in "ab"]
    desk.orders.clear()
    assert desk.lending.back({"line": "bus-1"}) == {"lent": False}
    assert desk.orders == []


def test_a_lock_that_a_technician_set_stays() -> None:
    desk = Desk(held=("a",))
    assert desk.lend(line="bus-1", seconds=5) == {"lent": True}
    desk.lending.back({"line": "bus-1"})
    words = ['{"device":"b","state":"on","seconds":60}', '{"device":"b","state":"off"}']
    assert [args for _, args in desk.told()] == words


@pytest.mark.parametrize(
    "request_",
    [{"line": "nobody", "seconds": 5}, {"line": "bus-1"}, {"line": "bus-1", "seconds": 3601}, {"seconds": 5}],
)
def test_a_request_that_makes_no_sense_is_told_how_to_ask(request_: dict[str, object]) -> None:
    assert '"cmd": "lend"' in str(Desk().lending.lend(request_)["error"])
    assert "error" in Desk().lending.back({"line": "nobody"})
