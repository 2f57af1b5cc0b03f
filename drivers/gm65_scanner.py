"""GROW GM65, GM805 and GM81x scanners for bar and QR codes on a UART: visitors, equipment labels, a cleaner's check-in.

It opens no door and believes no code: what stands in one was written by anybody. With `prefix` other codes are only
shown as not ours; a signature in a code is for the centre to check.

9600 8N1; answers and text come mixed, an answer may stand before or inside of a text:

    T E X T | 0D 0A          the text of a code; its end is set in the scanner (CR, LF or both; TAB; nothing)
    02 00 | type | len | data … | crc16          answer, type 00: done; CRC-16/XMODEM of type … data, high byte first
    7E 00 | type | len | zone 16 | data … | crc16    host; type 07 read, 08 write, 09 save; crc AB CD: do not check

Text is UTF-8, else GB18030; it is told without control characters, and a longer one than 256 characters not at all.
Set an end in the scanner: without one a code ends when the line falls silent, and half a code may pass for one.
Source: serial.md §B13 (GROW GM65 manual p. 32, cv-scanner).
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.effects import Configure, Order
from agent.model.events import Event, Fault, Item, Undecoded, Value
from agent.model.units import Duration
from drivers.wire.checks import crc16_xmodem
from drivers.wire.frames import MORE, NONE, Frames, Refused, Shape, Speaker, Talker
from drivers.wire.lines import LINE_ENDS, Lines, clean, readable

ANSWER, HOST = b"\x02\x00", b"\x7e\x00"
READ, WRITE, SAVE = 0x07, 0x08, 0x09
DONE: Final = 0x00
ZONE_MODE, ZONE_TRIGGER, ZONE_BAUD, ZONE_DEFAULTS = 0x0000, 0x0002, 0x002A, 0x00D9
AROUND: Final = {ANSWER: 6, HOST: 8}
"""Bytes around the data. An adapter may bring our own commands back."""
UNCHECKED: Final = b"\xab\xcd"
MOST_DATA: Final = 245
LONGEST_TEXT: Final = 256
TEXT_CONTROLS: Final = "\t\x1d\x1e\x04"
"""Control characters that stand in good codes (GS1 and its like) and are left out; with others it is noise."""

End = Literal["line", "tab", "none"]


class ScannerOptions(Options):
    """How the scanner ends a code, and which codes are ours."""

    end: End = Field("line", description="line: CR, LF or both; tab; none: a code ends with silence")
    prefix: str = Field("", max_length=64, description="only codes that begin so are told; empty: all")
    repeat: Duration = Field(1000, le=60_000, description="the same code within this time is one; 0ms: never")


def command(kind: int, zone: int, data: bytes, *, checked: bool = True) -> bytes:
    """Give the host's command: READ (data: how many bytes), WRITE or SAVE (data: 00) at a zone."""
    body = bytes([kind, len(data)]) + zone.to_bytes(2, "big") + data
    return HOST + body + (crc16_xmodem(body).to_bytes(2, "big") if checked else UNCHECKED)


def answer(data: bytes = b"\0", kind: int = DONE) -> bytes:
    """Give the scanner's answer."""
    body = bytes([kind, len(data)]) + data
    return ANSWER + body + crc16_xmodem(body).to_bytes(2, "big")


def sound(frame: bytes) -> bool:
    """Tell whether a frame of either side has its right sum (or is not to be checked)."""
    return frame[-2:] == crc16_xmodem(frame[2:-2]).to_bytes(2, "big") or (frame[:2] == HOST and frame[-2:] == UNCHECKED)


TRIGGER: Final = command(WRITE, ZONE_TRIGGER, b"\x01", checked=False)
"""Scan one code, as the manual prints it."""


class Codes:
    """Cuts frames out of the stream; the rest is lines of text, which a frame does not end."""

    def __init__(self, end: End, *, lenient: bool = False) -> None:
        ends = b"\t" if end == "tab" else LINE_ENDS
        self._lines = Lines(2 * LONGEST_TEXT, ends, silence=lenient or end == "none")
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes | Refused]:
        """Take bytes, give frames and lines in the order in which they ended."""
        self._buffer += data
        found: list[bytes | Refused] = []
        while (taken := self._step(found)) > 0:
            del self._buffer[:taken]
        return found

    def release(self) -> list[bytes | Refused]:
        """Give up what is half there."""
        found = self._lines.feed(bytes(self._buffer))
        self._buffer.clear()
        return found + self._lines.release()

    def _step(self, found: list[bytes | Refused]) -> int:
        """Give how many bytes were taken, 0 if more must come first."""
        head = bytes(self._buffer)
        at = min((i for i in map(head.find, (ANSWER[:1], HOST[:1])) if i >= 0), default=len(head))
        if at:
            found += self._lines.feed(head[:at])
            return at
        around = AROUND.get(head[:2])
        if around is not None and (len(head) < 4 or head[3] <= MOST_DATA):
            whole = head[3] + around if len(head) > 3 else around
            if len(head) < whole:
                return 0
            if sound(head[:whole]):
                found.append(head[:whole])
                return whole
            found.append(Refused("checksum", whole))
        elif len(head) < 2:
            return 0
        # It is no frame: as a part of a line it makes that line noise, up to its end.
        found += self._lines.feed(head[:1])
        return 1


class Device(Talker):
    """The host's side. `lenient`, for `decode`: what has no end is a code as well."""

    quiet_ms = 100

    def __init__(self, setup: Setup, *, lenient: bool = False) -> None:
        self._options = setup.options if isinstance(setup.options, ScannerOptions) else ScannerOptions()
        super().__init__(setup.device, cutter=Codes(self._options.end, lenient=lenient))
        self._last: tuple[str, int] | None = None

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give the code as the event `code`; an answer means nothing unless the scanner refuses."""
        if frame[:2] in AROUND and sound(frame):
            refused = frame[:2] == ANSWER and frame[2] != DONE
            return [Fault(self.device, "refused", f"type {frame[2]:#04x}", t=now)] if refused else []
        said = readable(frame)
        text = clean(said, LONGEST_TEXT + 1)
        if any(c < " " and c not in TEXT_CONTROLS for c in said) or not text:
            return [Fault(self.device, "junk", size=len(frame), t=now)]
        if len(text) > LONGEST_TEXT:
            return [Fault(self.device, "insane", f"a code of more than {LONGEST_TEXT} characters", t=now)]
        if not text.startswith(self._options.prefix):
            return [Undecoded(self.device, frame.hex(), detail="a code without our prefix", t=now)]
        if self._last and self._last[0] == text and now - self._last[1] < self._options.repeat:
            return []
        self._last = text, now
        return [Event(self.device, "code", text, now)]

    def command(self, order: Order, now: int) -> bytes:  # noqa: ARG002
        """Give the command to scan one code (key `trigger`, value `once`); b"" for anything else."""
        wanted = isinstance(order, Configure) and (order.key, order.value) == ("trigger", "once")
        return TRIGGER if wanted else b""


def _host_size(head: bytes) -> int:
    if len(head) < 4:
        return MORE
    return head[3] + 8 if head[3] <= MOST_DATA else NONE


class Player(Speaker):
    """The scanner itself: the fact `code` (value: the text) is a code before its window."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self._options = setup.options if isinstance(setup.options, ScannerOptions) else ScannerOptions()
        self._host = Frames(Shape(HOST, b"", MOST_DATA + 8, _host_size, sound))
        self.zones: dict[int, bytes] = {}

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:  # noqa: ARG002
        """Scan a code and say it."""
        if kind == "code":
            end = {"line": b"\r", "tab": b"\t", "none": b""}[self._options.end]
            self.say(f"{self._options.prefix}{value}".encode() + end, now)

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Obey the host: keep what is written, say what is read."""
        return b"".join(self._obey(one) for one in self._host.feed(data) if not isinstance(one, Refused))

    def _obey(self, frame: bytes) -> bytes:
        zone = int.from_bytes(frame[4:6], "big")
        if frame[2] == READ:
            return answer(self.zones.get(zone, b"").ljust(frame[6], b"\0")[: frame[6]] or b"\0")
        if frame[2] == WRITE:
            self.zones[zone] = frame[6:-2]
        return answer()


DRIVER: Final = SerialDriver(
    name="gm65-scanner",
    summary="GROW GM65 / GM805 / GM81x bar and QR code scanner, UART",
    build=Device,
    player=Player,
    quantities=(),
    events=("code",),
    options=ScannerOptions,
    serial=SerialSettings(9600),
    decoder=lambda setup: Device(setup, lenient=True),
    keys=("trigger",),
    silent_after_ms=None,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
