"""Jobs that run in processes of their own: the load and the floor. Called by machine.worker, not by hand."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from typing import Final

from tests.benchmarks.places import SENSORS
from tests.benchmarks.wire import connect, publish, read, subscribe

COOL: Final = 20.0
HOT: Final = 95.5


def is_hot(number: int, every: int) -> bool:
    """Tell whether message `number` passes its sensor's limit: one in `every`, another sensor each round.

    The step of 77 keeps what raises apart from what clears, a round after it was raised.
    """
    turn, sensor = divmod(number, SENSORS)
    return (sensor - 77 * turn) % every == 0


def expected(count: int, every: int) -> int:
    """Give how many alarm transitions `count` messages cause: each raises, and is cleared a round later."""
    return sum(is_hot(n, every) for n in range(count)) + sum(is_hot(n, every) for n in range(max(0, count - SENSORS)))


def readings(count: int, first: int, every: int) -> Iterator[tuple[str, bytes]]:
    """Give sensor states of 36 bytes: a temperature, and the link quality that Zigbee2MQTT always sends with it."""
    for number in range(first, first + count):
        value = HOT if is_hot(number, every) else COOL + number % 50 / 10
        topic = f"zigbee2mqtt/s{number % SENSORS:04d}"
        yield topic, f'{{"linkquality":120,"temperature":{value:4.1f}}}'.encode()


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Run one job: `publish` port count first rate every, or `floor` port count."""
    job, port, *words = sys.argv[1:]
    if job == "publish":
        count, first, rate, every = int(words[0]), int(words[1]), float(words[2]), int(words[3])
        load = publish(int(port), f"load-{first}", readings(count, first, every), rate)
        print(f"{load.begun!r} {load.spent!r}", flush=True)
    elif job == "floor":
        line = connect(int(port), "floor")
        subscribe(line, "zigbee2mqtt/#")
        print("ready", flush=True)
        before = _cpu()
        read(line, int(words[0]))
        print(f"{_cpu() - before:.4f}", flush=True)


if __name__ == "__main__":
    main()
