"""The serial far ends of the walks: wires with players behind them, served by a thread.

Players are the drivers' own (`DRIVER.player`); what is added here only notes what passes by.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

from agent.driver import SerialPlayer, Setup
from agent.model.events import Value
from drivers.ftl1_frame import LONGEST_CHUNK, Message, unwire
from drivers.ftl1_messages import Ack, Feedback, Record, Welcome, message_of
from drivers.ftl1_player import Player
from drivers.wire.cobs import Chunks
from drivers.wire.meter_player import MeterPlayer
from drivers.xy_md02 import TABLE
from simulator.wires import Wire, Wires
from tests.walks.rig import until

PATIENCE_MS = 5


def now_ms() -> int:
    """Give the time of the far ends."""
    return time.monotonic_ns() // 1_000_000


class Stage:
    """Serial lines behind stable links, served by a thread while the stage is entered."""

    def __init__(self, folder: Path, **players: SerialPlayer) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.links = {line: folder / line for line in players}
        self._wires = Wires({
            line: Wire(line, folder / line, {line: player}, random.Random(line)) for line, player in players.items()
        })  # fmt: skip
        self._jobs: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="stage")

    def __enter__(self) -> Self:
        self._wires.plug()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._wires.unplug()

    def _serve(self) -> None:
        while not self._stop.is_set():
            while not self._jobs.empty():
                self._jobs.get()()
            self._wires.turn(now_ms(), PATIENCE_MS)

    def do(self, job: Callable[[], object]) -> None:
        """Let `job` run in the stage's thread and wait until it has."""
        done: list[object] = []
        self._jobs.put(lambda: done.append(job()))
        until("the stage takes a job", lambda: done)

    def pull(self, line: str) -> str:
        """Pull an adapter out; give the name of the port that went."""
        name = str(self.links[line].readlink())
        self.do(self._wires.by_line[line].unplug)
        return name

    def plug(self, line: str) -> str:
        """Plug an adapter in again; give the name of the port that came."""
        self.do(self._wires.by_line[line].plug)
        return str(self.links[line].readlink())


class Meter(MeterPlayer):
    """An XY-MD02 in a room that gets a tenth of a degree warmer with every question; `answered` has all it said."""

    def __init__(self, *, start: float = 10.0, step: float = 0.1) -> None:
        super().__init__(Setup("meter", address=1), TABLE)
        self.value, self.step = start, step
        self.answered: list[float] = []
        self.set("humidity", 50.0)

    def receive(self, data: bytes, now: int) -> bytes:
        self.set("temperature", self.value)
        answer = super().receive(data, now)
        if answer:
            self.answered.append(self.value)
            self.value = round(self.value + self.step, 1)
        return answer


class Passed(NamedTuple):
    """A message of the host that passed by on the pty: when (ns), and what."""

    at: int
    message: Message


class Terminal:
    """An FTL/1 terminal with its flash. It notes when a press left and what came back.

    `on_ack` is told of each acknowledgement before the terminal takes it; WELCOME's have_up_to is one, with status 1.
    """

    def __init__(self, name: str = "lobby", on_ack: Callable[[str, int], None] = lambda _native, _status: None) -> None:
        self.player = Player(Setup(name, address=1))
        self.uid = self.player.flash.uid.hex()
        self.sent: dict[str, int] = {}
        """When the last byte of a press was given to the pty for the first time (ns), by native id."""
        self.came: list[Passed] = []
        self.acks: dict[str, int] = {}
        """The status that a press was acknowledged with for good (0 stored, 1 known already), by native id."""
        self.pressed: list[str] = []
        self._records: dict[str, Record] = {}
        self._on_ack = on_ack
        self._to_host, self._from_host = Chunks(LONGEST_CHUNK), Chunks(LONGEST_CHUNK)

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        self.player.set(quantity, value, part)

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:
        self.player.fact(kind, value, now, part)

    def press(self, key: int, word: str = "single") -> str:
        """Press a key; give the event's lasting identity. To be called on the stage (`Stage.do`)."""
        self.player.fact("button", word, now_ms(), f"channel={key}")
        native = f"{self.uid}:{self.player.flash.records[-1].event_id}"
        self.pressed.append(native)
        self._records[native] = self.player.flash.records[-1]
        return native

    def again(self, native: str) -> None:
        """Keep a press in flash again, as if its acknowledgement had been lost. To be called on the stage."""
        self.player.flash.records.insert(0, self._records[native])

    def receive(self, data: bytes, now: int) -> bytes:
        for message in _messages(self._from_host, data):
            self.came.append(Passed(time.monotonic_ns(), message))
            if isinstance(message, Ack) and message.event_id:
                native = f"{self.uid}:{message.event_id}"
                self._on_ack(native, message.status)
                if message.status in (0, 1):
                    self.acks.setdefault(native, message.status)
            if isinstance(message, Welcome) and message.have_up_to:
                self._on_ack(f"{self.uid}:{message.have_up_to}", 1)
        return self._note(self.player.receive(data, now))

    def due(self) -> int | None:
        return self.player.due()

    def talk(self, now: int) -> bytes:
        return self._note(self.player.talk(now))

    def _note(self, data: bytes) -> bytes:
        for message in _messages(self._to_host, data):
            if isinstance(message, Record):
                self.sent.setdefault(f"{self.uid}:{message.event_id}", time.monotonic_ns())
        return data

    def statuses(self, native: str) -> list[int]:
        """Give all acknowledgements that came for a press."""
        acks = [passed.message for passed in self.came if isinstance(passed.message, Ack)]
        return [ack.status for ack in acks if f"{self.uid}:{ack.event_id}" == native]

    def prompts(self) -> list[Feedback]:
        """Give all prompts that came."""
        return [passed.message for passed in self.came if isinstance(passed.message, Feedback)]


def _messages(chunks: Chunks, data: bytes) -> list[Message]:
    frames = [frame for chunk in chunks.feed(data) if not isinstance(frame := unwire(chunk), str)]
    return [message for frame in frames if not isinstance(message := message_of(frame), str)]
