"""Lines of text in a byte stream, and text of strangers made harmless.

It knows no device and gives no line a meaning. A line ends with CR, LF or both (or other bytes that the driver names);
empty lines are nothing. A line that is too long is refused whole: its end must not pass for a line of its own.

    noise, half a line | 0D 0A | T E X T | 0D 0A
    line               |       | line    |           what is no line of the device's is for its driver to say
"""

from __future__ import annotations

from typing import Final

from drivers.wire.frames import RUN_LIMIT, Refused, Talker

LONGEST: Final = 512
LINE_ENDS: Final = b"\r\n"
LINE_QUIET_MS: Final = 300
"""Small boards print a line in pieces; after so long a silence nothing more of it comes."""
MAX_TEXT: Final = 64


def readable(raw: bytes) -> str:
    """Give bytes as text: UTF-8, else GB18030 with what is broken replaced; nothing else is changed."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")


def clean(text: str, most: int = MAX_TEXT) -> str:
    """Give text of a stranger made harmless: printable, at most `most` characters, no blanks around (serial.md §1.14).

    Printable excludes control characters, line ends, marks that turn the direction of writing, and halves of pairs.
    """
    return "".join(c for c in text if c.isprintable()).strip()[:most].rstrip()


class Lines:
    """Cuts lines out of bytes that come in any pieces. Holds back at most one line of `longest` bytes.

    `silence`: what came before the line fell silent is a line as well.
    """

    def __init__(self, longest: int = LONGEST, ends: bytes = LINE_ENDS, *, silence: bool = False) -> None:
        self._longest, self._silence = longest, silence
        self._end = ends[:1]
        self._same = bytes.maketrans(ends, self._end * len(ends))
        self._line = bytearray()
        self._over = 0
        """How many bytes of a line that is too long are not told yet."""
        self._broken = False

    def feed(self, data: bytes) -> list[bytes | Refused]:
        """Take bytes, give whole lines without their ends, and refusals, in the order of the wire."""
        found: list[bytes | Refused] = []
        *ended, rest = data.translate(self._same).split(self._end)
        for piece in ended:
            self._take(piece, found)
            self._close(found)
        self._take(rest, found)
        return found

    def release(self) -> list[bytes | Refused]:
        """Give up what has no end. Afterwards the buffer is empty."""
        found: list[bytes | Refused] = []
        if self._line and not self._silence:
            found.append(Refused("junk", len(self._line)))
            self._line.clear()
        self._close(found)
        return found

    def _take(self, piece: bytes, found: list[bytes | Refused]) -> None:
        if not self._broken and len(self._line) + len(piece) <= self._longest:
            self._line += piece
            return
        self._over += len(self._line) + len(piece)
        self._broken = True
        self._line.clear()
        if self._over >= RUN_LIMIT + self._longest:
            self._tell(found)

    def _close(self, found: list[bytes | Refused]) -> None:
        self._tell(found)
        if self._line:
            found.append(bytes(self._line))
            self._line.clear()
        self._broken = False

    def _tell(self, found: list[bytes | Refused]) -> None:
        if self._over:
            found.append(Refused("junk", self._over))
        self._over = 0


class LineTalker(Talker):
    """The host's side of a device that talks in lines: `meaning` is given each line without its end."""

    quiet_ms = LINE_QUIET_MS

    def __init__(self, device: str, longest: int = LONGEST, ends: bytes = LINE_ENDS, *, silence: bool = False) -> None:
        super().__init__(device, cutter=Lines(longest, ends, silence=silence))
