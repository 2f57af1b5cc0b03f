"""Requests that batching saves: a meter of 30 registers with holes, polled by one line in virtual time at 9600 baud.

    python -m tests.benchmarks.batching

The wire is played (11 bits a character, 20 ms until the meter answers), so the figures are exact and the same anywhere.
The line, its gaps and pauses, the driver and its table are the agent's own. Wanted: at least 5 x fewer requests than
one for each register (issue 3).
"""

from __future__ import annotations

import argparse
from typing import Any, Final, NamedTuple

from agent.driver import SerialSettings, Setup
from agent.io.memory import MemoryClock
from agent.model.events import Item, Reading
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog
from agent.runtime.line import Line
from drivers.modbus_table import DRIVER
from tests.benchmarks.figures import table
from tests.wires import Bench

ADDRESSES: Final = (*range(10), *range(12, 22), *range(30, 40))
"""Thirty registers in three groups; the holes between them have 2 and 8."""
BAUD: Final = 9600
BITS: Final = 11
THINKS: Final = 20
INTERVAL: Final = 10_000
WANTED: Final = 5


class Poll(NamedTuple):
    """One poll: requests, bytes both ways, time from the first request to the last answer, readings."""

    requests: int
    bytes: int
    ms: int
    readings: int


def setup(**ways: int) -> Setup:
    """Give a meter of thirty registers, asked in this way."""
    rows = [{"address": at, "quantity": "co2", "part": f"line={at}"} for at in ADDRESSES]
    options: dict[str, Any] = {"registers": rows, **ways}
    return Setup("meter", interval_ms=INTERVAL, options=DRIVER.options.model_validate(options))


def polls(asked: Setup, has: Setup, count: int) -> list[Poll]:
    """Poll a meter that `has` these registers and no others; give what each poll took."""
    clock, player, items = MemoryClock(), DRIVER.player(has), list[Item]()
    answered: list[tuple[int, int]] = []

    def answer(data: bytes, now: int) -> list[tuple[int, bytes]]:
        reply = player.receive(data, now)
        taken = THINKS + (len(data) + len(reply)) * BITS * 1000 // BAUD
        answered.append((now + taken, len(data) + len(reply)))
        return [(taken, reply)]

    bench = Bench(clock, answer)
    line = Line(
        "bus", bench, [DRIVER.build(asked)], clock=clock, deliver=items.extend, counters=Counters(),
        faults=FaultLog(clock), asked=True, wires={asked.device: SerialSettings(BAUD)},
    )  # fmt: skip
    found: list[Poll] = []
    for n in range(count):
        sent, heard = len(bench.log), len(items)
        while clock.t < (n + 1) * INTERVAL - 1:
            line.turn((n + 1) * INTERVAL - 1 - clock.t)
        times, sizes = zip(*answered[sent:], strict=True)
        values = sum(isinstance(item, Reading) for item in items[heard:])
        found.append(Poll(len(times), sum(sizes), max(times) - bench.log[sent][0], values))
    return found


def measured() -> dict[str, Poll]:
    """Give what a poll takes in each way of asking."""
    whole, apart = setup(gap=8), setup(gap=0)
    first, learned = polls(setup(gap=8), apart, 2)
    return {
        "one request for each register": polls(setup(most=1, gap=0), whole, 1)[0],
        "neighbours together": polls(setup(gap=0), whole, 1)[0],
        "neighbours together, holes filled (as it is)": polls(setup(), whole, 1)[0],
        "the same, of a meter that refuses holes: first poll": first,
        "the same, of a meter that refuses holes: from the second poll on": learned,
    }


def main() -> None:
    """Measure and print the table."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    found = measured()
    one_each = found["one request for each register"]
    head = ["way of asking", "requests a poll", "fewer", "bytes both ways", "ms on the bus", "readings"]
    rows = [
        [name, poll.requests, f"{one_each.requests / poll.requests:.1f} x", poll.bytes, poll.ms, poll.readings]
        for name, poll in found.items()
    ]
    table(f"A meter of {len(ADDRESSES)} registers at {BAUD} baud; wanted: {WANTED} x fewer requests", [head, *rows])


if __name__ == "__main__":
    main()
