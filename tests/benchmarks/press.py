"""From the last byte of a press on a serial line to the published alarm, the acknowledgement and the answer.

Eight FTL/1 terminals on ptys, made of the driver's encoders: they greet, press one after the other, and read what comes
back. Each press raises an alarm of its own, because the condition of the one before has run out by then. Printed by
latency.py.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from drivers.ftl1_frame import ACK_REQ, LONGEST_CHUNK, Frame, Message, unwire
from drivers.ftl1_messages import OK, Ack, Feedback, Hello, Record, TerminalAck, Welcome, frame_of, message_of
from drivers.ftl1_records import Key, body_of
from drivers.wire.cobs import Chunks
from tests.benchmarks import places
from tests.benchmarks.figures import percentile, table
from tests.benchmarks.machine import agent, bench, broker, state
from tests.benchmarks.wire import Listener

TERMINALS: Final = 8
PAUSE: Final = 0.15
"""Seconds between two presses; one terminal is pressed every 1.2 s, a condition holds for 1 s."""
KEY: Final = Key(1, 120, 1)


class Terminal:
    """The far end of one line."""

    def __init__(self, number: int) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self.name = f"t{number}"
        self._uid = bytes([0xBE, number, 0, 0, 0, 0, 0, 1])
        self._chunks = Chunks(LONGEST_CHUNK)
        self._heard: list[tuple[float, Frame]] = []
        self._event = 0
        self._begun = time.monotonic()

    def _uptime(self) -> int:
        return int((time.monotonic() - self._begun) * 10)

    def greet(self) -> None:
        """Say HELLO and wait for WELCOME."""
        hello = Hello(self._uptime(), 1, 1, self._uid, 1, 0, 0, 1, 0, 4, 1, 1)
        os.write(self._master, frame_of(hello, 1, 1, ACK_REQ))
        self.wait_for(lambda message: isinstance(message, Welcome))

    def press(self) -> float:
        """Send a press; give when its last byte was written."""
        self._event += 1
        uptime = self._uptime()
        record = Record(uptime, self._event, 1, uptime, 0, *body_of(KEY))
        os.write(self._master, frame_of(record, self._event + 1, 1, ACK_REQ))
        return time.monotonic()

    def settled(self) -> tuple[float, float]:
        """Give when the acknowledgement of the last press, and the answer to it, had arrived."""
        at = self.wait_for(lambda message: isinstance(message, Ack) and message.event_id == self._event)
        answer = self.wait_for(lambda message: isinstance(message, Feedback) and message.ref_event == self._event)
        return at, answer

    def wait_for(self, wanted: Callable[[Message | str], bool], seconds: float = 10.0) -> float:
        """Give when a message had arrived that is wanted; acknowledge what asks for it, as a terminal does."""
        while True:
            while self._heard:
                at, frame = self._heard.pop(0)
                message = message_of(frame)
                if frame.flags & ACK_REQ:
                    os.write(self._master, frame_of(TerminalAck(frame.seq, OK, 0), frame.seq, 1))
                if wanted(message):
                    return at
            if not select.select([self._master], [], [], seconds)[0]:
                raise TimeoutError(f"{self.name} hears nothing for {seconds:.0f} s")
            data, at = os.read(self._master, 4096), time.monotonic()
            frames = [unwire(chunk) for chunk in self._chunks.feed(data)]
            self._heard += [(at, frame) for frame in frames if isinstance(frame, Frame)]

    def close(self) -> None:
        """Unplug."""
        os.close(self._master)
        os.close(self._slave)


def settings(folder: Path, port: int, terminals: list[Terminal]) -> None:
    """Write settings with a line and a rule for each terminal, beside the thousand sensors."""
    meaning = {"keys": {"1": {"service": "cleaning", "sentiment": "negative"}}}
    lines = {t.name: {"port": t.port} for t in terminals}
    devices = {
        t.name: {"driver": "ftl1", "line": t.name, "place": {"zone": t.name}, "terminal": meaning} for t in terminals
    }
    rule = {"kind": "pressed", "select": {"devices": [t.name for t in terminals]}, "hold": "1s", "priority": 3}
    places.write(
        folder,
        lines={"lines": lines, "south": places.south(port)},
        devices=places.sensors(places.SENSORS) | devices,
        rules=places.limits(places.SENSORS) | {"call": rule},
        uplinks=places.uplinks(port, again=False),
    )


def presses(folder: Path, port: int, count: int) -> dict[str, list[float]]:
    """Give the latencies (ms) of `count` presses, or raise when one had no alarm, no acknowledgement or no answer."""
    terminals = [Terminal(number) for number in range(TERMINALS)]
    settings(folder, port, terminals)
    pressed: dict[str, list[float]] = {terminal.name: [] for terminal in terminals}
    found: dict[str, list[float]] = {"acknowledged": [], "answered": []}
    with contextlib.closing(Listener(port, "caretaker/v1/bench/box/alarm/#")) as alarms, agent(folder):
        while not state(folder)["uplinks"]["mqtt"]["connected"]:
            time.sleep(0.1)
        for terminal in terminals:
            terminal.greet()
        time.sleep(1)
        for number in range(count):
            terminal = terminals[number % TERMINALS]
            at = terminal.press()
            pressed[terminal.name].append(at)
            acknowledged, answered = terminal.settled()
            found["acknowledged"].append(1000 * (acknowledged - at))
            found["answered"].append(1000 * (answered - at))
            time.sleep(max(0.0, at + PAUSE - time.monotonic()))
        alarms.until(lambda: sum(map(len, _active(alarms).values())) >= count)
    heard = _active(alarms)
    found["alarm heard"] = [
        1000 * (there - at) for name, each in pressed.items() for at, there in zip(each, heard[name], strict=True)
    ]
    for terminal in terminals:
        terminal.close()
    return found


def _active(alarms: Listener) -> dict[str, list[float]]:
    """Give when each terminal's alarm was said to be active, in order."""
    found: dict[str, list[float]] = {}
    for message in alarms.heard:
        data = msgspec.json.decode(message.payload)["data"]
        if data["state"] == "active" and not data["snapshot"]:
            found.setdefault(data["cause"]["sensor"], []).append(message.at)
    return found


def measure(count: int) -> None:
    """Run it and print the table."""
    with bench() as folder, broker(folder) as port:
        found = presses(folder, port, count)
    rows: list[list[object]] = [["from the press's last byte to", "presses", "p50 ms", "p99 ms", "worst ms"]]
    for name in ("alarm heard", "acknowledged", "answered"):
        each = found[name]
        rows.append([name, len(each), percentile(each, 50), percentile(each, 99), max(each)])
    table(f"A press on a pty, {TERMINALS} terminals, {places.SENSORS:,} other rules", rows)
