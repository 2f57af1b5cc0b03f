"""One Modbus RTU request and the search for its answer; and, for the slave's side, the search for a request.

It sends nothing and keeps no time: the device that owns it is told when the line fell silent.

    ... junk ... [own request, on an echoing adapter] ... junk ... | slave  function  n  data  crc | ... junk ...

The answer is the first window of the right slave, function, byte count and CRC, or the five bytes of an exception,
wherever it stands (serial.md §A0). While an earlier window that began well is still incomplete, later ones wait:
so the result does not depend on how the bytes were cut.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from agent.model.events import FaultKind
from drivers.wire.checks import crc16_modbus
from drivers.wire.modbus_rtu import MAX_FRAME, Reply, Request, sound

FLOOD: Final = 2 * MAX_FRAME
"""An answer has at most 256 bytes: after so many without one, a talker floods the line and waiting helps nobody."""


class Stray(NamedTuple):
    """Bytes on the line that were not the answer: which fault they are, what they look like, how many."""

    fault: FaultKind
    detail: str
    size: int


class Exchange:
    """One outstanding request. `echo`: the line is known to return what is sent.

    The reply to a read never equals its request, so for reads an echo is dropped without being told. The reply to a
    single write equals its request: only there `echo` must be known, or a dead slave would look obedient.
    """

    def __init__(self, request: Request, *, echo: bool = False) -> None:
        self.request = request
        self.sent = request.frame()
        self.strays: list[Stray] = []
        self._head, self._length = request.answer()
        self._refusal = bytes((request.slave, request.function | 0x80))
        self._echo = echo or request.function <= 4
        self._buffer = bytearray()

    @property
    def flooded(self) -> bool:
        """Tell whether so much came without an answer that none will."""
        return len(self._buffer) > FLOOD

    def take(self, data: bytes) -> Reply | None:
        """Take bytes as they came; give the answer once it is there. What stood around it is in `strays`."""
        self._buffer += data
        self._drop_echo()
        if self._echo and self._buffer and self.sent.startswith(self._buffer):
            return None
        return self._search(final=False)

    def end(self) -> Reply | None:
        """The line fell silent: give an answer that an unfinished window hid, else None with the rest in `strays`."""
        half_echo = self._echo and self.sent.startswith(self._buffer)
        found = None if half_echo else self._search(final=True)
        if found is None and self._buffer and not half_echo:
            self.strays.append(self._judged(bytes(self._buffer)))
        self._buffer.clear()
        return found

    def _drop_echo(self) -> None:
        at = self._buffer.find(self.sent) if self._echo else -1
        if at >= 0:
            del self._buffer[at : at + len(self.sent)]
            self._echo = False

    def _search(self, *, final: bool) -> Reply | None:
        buffer = bytes(self._buffer)
        for at in range(len(buffer) - 3):
            for head, length in ((self._head, self._length), (self._refusal, 5)):
                if not buffer.startswith(head, at):
                    continue
                if at + length > len(buffer) and not final:
                    return None
                reply = Reply.parse(buffer[at : at + length])
                if reply is not None:
                    self._settle(buffer[:at], buffer[at + length :])
                    return reply
        return None

    def _settle(self, before: bytes, after: bytes) -> None:
        if before:
            self.strays.append(self._judged(before))
        if after:
            self.strays.append(Stray("junk", "bytes behind the answer", len(after)))
        self._buffer.clear()

    def _judged(self, rest: bytes) -> Stray:
        """Say what bytes without an answer look like: a technician can tell noise from a wrong address by it."""
        for head, length in ((self._head, self._length), (self._refusal, 5)):
            at = rest.find(head)
            if 0 <= at <= len(rest) - length:
                return Stray("checksum", "a reply of the right shape fails its CRC", len(rest))
            if at >= 0 and head is self._head:
                return Stray("junk", f"a reply cut short: {len(rest) - at} of {length} bytes", len(rest))
        if sound(rest):
            return Stray("junk", f"a sound frame, but of slave {rest[0]}, function {rest[1]}", len(rest))
        return Stray("junk", "no frame", len(rest))


def find_request(buffer: bytes, slave: int) -> tuple[Request, int] | None:
    """For the slave's side: give the first request to `slave` in the buffer and where it ends, or None.

    Only functions of known length can be found in a stream: 01 to 06, 0F and 10.
    """
    for at in range(len(buffer) - 7):
        if buffer[at] != slave:
            continue
        size = 8 if 1 <= buffer[at + 1] <= 6 else 9 + buffer[at + 6] if buffer[at + 1] in (15, 16) else 0
        if not size or at + size > len(buffer) or crc16_modbus(buffer[at : at + size]):
            continue
        request = Request.parse(buffer[at : at + size])
        if request is not None:
            return request, at + size
    return None
