"""Frames in a byte stream, and the two sides of a device that talks by itself.

It knows no device, asks no time and never raises on bytes: what it refuses comes back as a value.

The rules (serial.md §1): search for a valid frame and never trust position; on failure drop one byte and look again,
because a false or half frame may hide a whole one; a half frame is given up when the line falls silent (`release`).

    noise      half frame    whole frame
    xx xx xx | F4 F3 F2 .. | F4 F3 F2 F1 .. F5
    Refused("junk", n)       bytes
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Final, Literal, NamedTuple, Protocol

from agent.model.effects import Order
from agent.model.events import Event, Fault, Item, Outcome, Reading, Value
from agent.model.quantities import believable

MORE: Final = 0
"""What `Shape.size` says when the length cannot be told yet."""
NONE: Final = -1
"""What `Shape.size` says when no frame starts here."""

RUN_LIMIT: Final = 256
"""A run of junk is told when it ends, and after this many bytes: endless noise must show up too."""


class Shape(NamedTuple):
    """One kind of frame.

    `header` and `tail`: the bytes it starts and ends with (may be empty). `longest`: its greatest length in bytes.
    `size`: told what is there so far (at most `longest` bytes, the header matches as far as it goes), gives the whole
    length, MORE or NONE. `check`: told a frame of that length whose tail is right, tells whether its checksum is.
    """

    header: bytes
    tail: bytes
    longest: int
    size: Callable[[bytes], int]
    check: Callable[[bytes], bool]


class Refused(NamedTuple):
    """Bytes that are no frame (`junk`) or a frame that fails its check (`checksum`), and how many bytes."""

    fault: Literal["junk", "checksum"]
    size: int


class Cutter(Protocol):
    """What cuts a stream in pieces that mean something: `Frames`, or `Lines` of text (lines.py)."""

    def feed(self, data: bytes) -> list[bytes | Refused]: ...  # noqa: D102 - as in Frames
    def release(self) -> list[bytes | Refused]: ...  # noqa: D102


class Frames:
    """Cuts frames out of bytes that come in any pieces. Holds back at most one frame less a byte."""

    def __init__(self, *shapes: Shape) -> None:
        self._shapes = shapes
        self._longest = max(shape.longest for shape in shapes)
        self._buffer = bytearray()
        self._junk = 0
        self._told = 0
        """How many of the next bytes belong to a frame whose refusal was told: dropping them is no further junk."""

    def feed(self, data: bytes) -> list[bytes | Refused]:
        """Take bytes, give whole frames and refusals in the order of the wire."""
        self._buffer += data
        return self._scan(last=False)

    def release(self) -> list[bytes | Refused]:
        """Give up what is half there: nothing more comes. Afterwards the buffer is empty."""
        found = self._scan(last=True)
        self._tell_junk(found)
        self._told = 0
        return found

    def _scan(self, *, last: bool) -> list[bytes | Refused]:
        found: list[bytes | Refused] = []
        while self._buffer:
            head = bytes(self._buffer[: self._longest])
            shape = next((shape for shape in self._shapes if _begins(head, shape.header)), None)
            size = shape.size(head) if shape else NONE
            if shape is None or size == NONE:
                self._drop(found)
            elif size == MORE or size > len(head):
                if not last:
                    break
                self._drop(found)
            else:
                self._judge(shape, head[:size], found)
        return found

    def _judge(self, shape: Shape, frame: bytes, found: list[bytes | Refused]) -> None:
        shaped = frame.endswith(shape.tail)
        if shaped and shape.check(frame):
            self._tell_junk(found)
            found.append(frame)
            del self._buffer[: len(frame)]
            self._told = max(0, self._told - len(frame))
            return
        # A false header inside a refused frame is not told again, only what reaches beyond it.
        if shaped and len(frame) > self._told:
            self._tell_junk(found)
            found.append(Refused("checksum", len(frame)))
            self._told = len(frame)
        self._drop(found)

    def _drop(self, found: list[bytes | Refused]) -> None:
        del self._buffer[0]
        if self._told:
            self._told -= 1
            return
        self._junk += 1
        if self._junk == RUN_LIMIT:
            self._tell_junk(found)

    def _tell_junk(self, found: list[bytes | Refused]) -> None:
        if self._junk:
            found.append(Refused("junk", self._junk))
        self._junk = 0


def _begins(head: bytes, header: bytes) -> bool:
    """Tell whether the bytes start with the header, as far as they go."""
    return head[: len(header)] == header[: len(head)]


class Talker(ABC):
    """The host's side of a device that talks by itself: nothing to ask, nothing to wait for.

    A device file derives from it and says in `meaning` what one whole, checked frame means.
    """

    timeout_ms: int = 1000
    quiet_ms: int = 50

    def __init__(self, device: str, *shapes: Shape, cutter: Cutter | None = None) -> None:
        self.device = device
        self.waiting = False
        self._frames: Cutter = cutter or Frames(*shapes)

    @abstractmethod
    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give what a frame means. Never raises: an impossible one is a `Fault`."""

    def receive(self, data: bytes, now: int) -> list[Item]:
        """Take bytes as they came, give what they mean."""
        return self._items(self._frames.feed(data), now)

    def quiet(self, now: int) -> list[Item]:
        """Give what a half frame hid, now that the line is silent."""
        return self._items(self._frames.release(), now)

    def due(self) -> int | None:
        """Give None: there is never anything to ask."""
        return None

    def ask(self, now: int) -> bytes:  # noqa: ARG002
        """Give b"": there is never anything to ask."""
        return b""

    def command(self, order: Order, now: int) -> bytes:  # noqa: ARG002
        """Give b"": a sensor can neither say nor show anything. Voice modules overrule this."""
        return b""

    def settled(self, event: Event, outcome: Outcome, now: int) -> bytes:  # noqa: ARG002
        """Give b"": these devices do not wait for an acknowledgement."""
        return b""

    def believed(self, readings: list[Reading], now: int) -> list[Item]:
        """Give the readings of one frame, or one `insane` fault if any is beyond the bounds of its quantity."""
        wrong = next((one for one in readings if not believable(one.quantity, one.value)), None)
        return [Fault(self.device, "insane", f"{wrong.quantity} {wrong.value}", t=now)] if wrong else [*readings]

    def _items(self, found: list[bytes | Refused], now: int) -> list[Item]:
        items: list[Item] = []
        for one in found:
            if isinstance(one, Refused):
                items.append(Fault(self.device, one.fault, size=one.size, t=now))
            else:
                items += self.meaning(one, now)
        return items


class Speaker:
    """The device's own side, for the simulator: says its frame every `period_ms` (0: never) and facts in between."""

    waiting_limit: ClassVar[int] = 64
    """So many facts are kept until somebody calls `talk`; further ones are lost, as on a real wire."""

    def __init__(self, period_ms: int = 0) -> None:
        self.seen: dict[tuple[str, str], Value] = {}
        """What the sensor sees: value by (quantity, part)."""
        self._period = period_ms
        self._next = 0
        self._queue: list[tuple[int, bytes]] = []

    def frame(self) -> bytes:
        """Give what the device says each period, b"" for nothing."""
        return b""

    def number(self, quantity: str, part: str = "", unset: int = 0) -> int:
        """Give what is seen of a quantity as a whole number, `unset` while the world has not set it."""
        return round(float(self.seen.get((quantity, part), unset)))

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        """Remember what the sensor would see."""
        self.seen[quantity, part] = value

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:
        """Say nothing: a plain sensor has no facts to tell. Card readers and voice modules overrule this."""

    def say(self, data: bytes, at: int) -> None:
        """Put bytes on the wire at a time (at the next `talk` from then on)."""
        if len(self._queue) < self.waiting_limit:
            self._queue.append((at, data))
            self._queue.sort(key=lambda entry: entry[0])

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Give b"": a plain sensor does not listen."""
        return b""

    def due(self) -> int | None:
        """Give when the device next says something by itself, None for never."""
        times = [at for at, _ in self._queue[:1]] + ([self._next] if self._period else [])
        return min(times, default=None)

    def talk(self, now: int) -> bytes:
        """Give what the device says by itself now."""
        said = b"".join(data for at, data in self._queue if at <= now)
        self._queue = [entry for entry in self._queue if entry[0] > now]
        if self._period and self._next <= now:
            said += self.frame()
            self._next = now + self._period
        return said
