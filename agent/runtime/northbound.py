"""Rows to the central broker: cursors over the journal, never buffers. Delivered is what the broker said it took.

A window of unanswered messages, streams in order of precedence; what was not answered when a connection ends is read
from the journal and sent again with the same id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final, Protocol

from agent.model.effects import Alarm
from agent.model.events import Reading
from agent.ports import Clock, Row
from agent.runtime.envelope import Envelope, Outgoing
from agent.runtime.fault_log import FaultLog

BATCH: Final = 200
WINDOW: Final = 20
REFUSED: Final = 0x80
"""MQTT reason codes from here on are refusals."""
NOBODY: Final = 0x10
"""MQTT 5: nobody is subscribed. What is retained is delivered all the same; an event or a press is not."""
KEPT_FOR_SOMEBODY: Final = ("event", "feedback")
AGAIN: Final = 5_000
NORTH: Final = ("alarm", "rsp", "feedback", "event", "kpi", "reading")
"""Order of precedence towards the centre."""


class Reader(Protocol):
    """What a forwarder needs of the journal."""

    def rows(self, stream: str, after: int, limit: int) -> tuple[list[Row], int]:
        """Give rows after a sequence number, and the number up to which was read."""
        ...

    def cursor(self, sink: str, stream: str) -> int:
        """Give the number up to which a sink has confirmed a stream."""
        ...


class Publisher(Protocol):
    """What a forwarder needs of the connection: its `publish` answers each handle exactly once."""

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        expiry_s: int = 0,
        content_type: str = "",
        reply_to: str = "",
        correlation: bytes = b"",
        user: tuple[tuple[str, str], ...] = (),
    ) -> int:
        """Send one message; give its handle."""
        ...


Confirm = Callable[[str, str, int], None]


class _Stream:
    """Where one stream stands: `sent` up to which rows were handed over, `done` up to which all were answered."""

    def __init__(self, name: str, done: int) -> None:
        self.name = name
        self.sent = self.done = done
        self.ready: deque[tuple[int, Outgoing]] = deque()
        self.open: dict[int, tuple[int, bool]] = {}
        """handle -> (sequence number, answered)"""
        self.again_at = 0

    def answered(self, handle: int) -> bool:
        """Note an answer; tell whether `done` moved. Answers may come out of order, `done` never does."""
        seq, _ = self.open[handle]
        self.open[handle] = (seq, True)
        moved = False
        while self.open:
            first = next(iter(self.open))
            seq, complete = self.open[first]
            if not complete:
                break
            del self.open[first]
            self.done, moved = seq, True
        return moved

    def rewind(self) -> None:
        """The connection ended: everything that was not answered is read and sent again."""
        self.sent = self.done
        self.ready.clear()
        self.open.clear()


class Northbound:
    """Rows to the centre. `turn` and `answered` are called by the connection's thread alone."""

    def __init__(
        self,
        reader: Reader,
        publisher: Publisher,
        envelope: Envelope,
        *,
        clock: Clock,
        confirm: Confirm,
        faults: FaultLog,
        intervals: Callable[[str], int] = lambda _device: 300,
        readings: bool = True,
    ) -> None:
        self._reader, self._publisher, self._envelope = reader, publisher, envelope
        self._clock, self._confirm, self._faults, self._intervals = clock, confirm, faults, intervals
        names = [name for name in NORTH if readings or name != "reading"]
        self._streams = [_Stream(name, reader.cursor("mqtt", name)) for name in names]
        self._handles: dict[int, _Stream] = {}
        self._newest: dict[str, int] = {}
        """The newest row of each alarm: older ones go out beside the retained slot, which never goes back."""
        self.published = 0

    @property
    def unanswered(self) -> int:
        """Give how many messages wait for the broker's word."""
        return len(self._handles)

    def positions(self) -> dict[str, int]:
        """Give the number up to which each stream is delivered."""
        return {stream.name: stream.done for stream in self._streams}

    def turn(self) -> bool:
        """Hand over what fits into the window, the first streams first. Tell whether anything was sent."""
        now, sent = self._clock.now(), False
        for stream in self._streams:
            while len(self._handles) < WINDOW and now >= stream.again_at:
                if not stream.ready and not self._fill(stream):
                    break
                seq, message = stream.ready.popleft()
                self._send(stream, seq, message)
                sent = True
        return sent

    def _send(self, stream: _Stream, seq: int, message: Outgoing) -> None:
        handle = self._publisher.publish(
            message.topic, message.payload, retain=message.retain, expiry_s=message.expiry_s,
            content_type=message.content_type, correlation=message.correlation, user=message.user,
        )  # fmt: skip
        self._handles[handle] = stream
        stream.open[handle] = (seq, False)

    def _fill(self, stream: _Stream) -> bool:
        rows, upto = self._reader.rows(stream.name, stream.sent, BATCH)
        stream.sent = upto
        if not rows:
            return False
        wall, _ = self._clock.wall()
        if stream.name == "reading":
            stream.ready.extend(self._grouped(rows, wall))
        else:
            self.knows(rows)
            stream.ready.extend((row.seq, self._message(row, wall)) for row in rows)
        return True

    def knows(self, rows: Sequence[Row]) -> None:
        """Note the newest row of each alarm, as the journal has them."""
        for row in rows:
            if isinstance(row.body, Alarm):
                self._newest[row.body.alarm] = max(row.seq, self._newest.get(row.body.alarm, 0))

    def _message(self, row: Row, wall: int) -> Outgoing:
        message = self._envelope.message(row, wall)
        passed = isinstance(row.body, Alarm) and row.seq < self._newest[row.body.alarm]
        return message._replace(retain=False) if passed else message

    def _grouped(self, rows: Sequence[Row], wall: int) -> list[tuple[int, Outgoing]]:
        """Readings that a device gave at one time go out as one message.

        Only neighbours: with rows of another device between them, the cursor would pass a row that is not out yet.
        """
        messages = []
        for (device, _), group in groupby(rows, key=_speaker):
            found = list(group)
            messages.append((found[-1].seq, self._envelope.readings(device, found, wall, self._intervals(device))))
        return messages

    def answered(self, handle: int, code: int) -> None:
        """The broker answered a message (or its connection ended: code < 0)."""
        stream = self._handles.pop(handle, None)
        if stream is None or handle not in stream.open:
            return
        if code < 0:
            self._rewind(self._streams)
        elif code >= REFUSED or (code == NOBODY and stream.name in KEPT_FOR_SOMEBODY):
            self._hold(stream, code)
        else:
            self._delivered(stream, handle)

    def _hold(self, stream: _Stream, code: int) -> None:
        """Keep a stream back for a while; the others go on."""
        if code == NOBODY:
            self._faults.report("CT311", stream.name, topic=f"{self._envelope.root}/{stream.name}/#")
        else:
            self._faults.report("CT310", stream.name, topic=f"{stream.name}/#", detail=f"reason code 0x{code:02x}")
        self._rewind([stream])
        stream.again_at = self._clock.now() + AGAIN

    def _delivered(self, stream: _Stream, handle: int) -> None:
        for code in ("CT310", "CT311"):
            self._faults.cleared(code, stream.name)
        self.published += 1
        if stream.answered(handle):
            self._confirm("mqtt", stream.name, stream.done)

    def _rewind(self, streams: Sequence[_Stream]) -> None:
        self._handles = {handle: stream for handle, stream in self._handles.items() if stream not in streams}
        for stream in streams:
            stream.rewind()


def _speaker(row: Row) -> tuple[str, int]:
    assert isinstance(row.body, Reading)
    return row.body.device, row.t
