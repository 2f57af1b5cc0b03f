"""Jobs that run in processes of their own: the load and the floors. Called by machine.worker, not by hand."""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator

from tests.benchmarks.wire import publish, read


def readings(count: int, sensors: int, first: int = 0) -> Iterator[tuple[str, bytes]]:
    """Give sensor readings of 36 bytes, of which one in a thousand passes its limit (and is back a round later)."""
    for number in range(first, first + count):
        sensor, turn = number % sensors, number // sensors
        hot = sensor == turn % sensors
        value = 95.5 if hot else 20.0 + number % 50 / 10
        yield f"zigbee2mqtt/s{sensor:04d}", f'{{"linkquality":120,"temperature":{value:4.1f}}}'.encode()


def main() -> None:
    """Run one job."""
    job, port, *words = sys.argv[1:]
    if job == "publish":
        count, sensors, rate, first = int(words[0]), int(words[1]), float(words[2]), int(words[3])
        print(f"{publish(int(port), f'load-{first}', readings(count, sensors, first), rate):.3f}", flush=True)
    elif job == "floor":
        read(int(port), "floor", "zigbee2mqtt/#", int(words[0]))
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(f"{used.ru_utime + used.ru_stime:.3f}", flush=True)


if __name__ == "__main__":
    main()
