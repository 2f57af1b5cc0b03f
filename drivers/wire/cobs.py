"""COBS framing: bytes without zeros between zeros. It checks no sum and knows no message.

    wire   00 | code | code-1 bytes that are not 00 | code | … | 00

Each code says how far away the next zero is; FF stands for 254 bytes and no zero. A zero therefore never occurs inside
a frame, and a receiver finds its place again at the next one. (Cheshire and Baker, IEEE/ACM Transactions on Networking
7(2), 1999; serial.md §D.1 and §D.2.)
"""

from __future__ import annotations

from collections.abc import Iterator

_FULL = 0xFF


def encoded(data: bytes) -> bytes:
    """Give the COBS form of any bytes, without the zeros around it."""
    out = bytearray()
    blocks = data.split(b"\0")
    for number, block in enumerate(blocks):
        rest = block
        while len(rest) >= _FULL - 1:
            out += bytes((_FULL,)) + rest[: _FULL - 1]
            rest = rest[_FULL - 1 :]
        # A full block that ends the data needs no empty block after it.
        if rest or not block or number < len(blocks) - 1:
            out += bytes((len(rest) + 1,)) + rest
    return bytes(out)


def decoded(chunk: bytes) -> bytes | None:
    """Give the bytes that a chunk (what stood between two zeros) stands for, or None if it is not COBS."""
    out = bytearray()
    at = 0
    while at < len(chunk):
        code = chunk[at]
        block = chunk[at + 1 : at + code]
        if code == 0 or len(block) != code - 1 or 0 in block:
            return None
        out += block
        at += code
        if code != _FULL and at < len(chunk):
            out.append(0)
    return bytes(out)


class Chunks:
    """Collects bytes cut anywhere and gives what stands between zeros; an endless chunk costs `most` + 1 bytes.

    A chunk longer than `most` comes out cut to `most` + 1 bytes, so that whoever decodes it sees that it is too long.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes, give every chunk that a zero has closed; empty ones are ignored."""
        *closing, last = data.split(b"\0")
        for piece in closing:
            self._add(piece)
            if chunk := self.rest():
                yield chunk
        self._add(last)

    def rest(self) -> bytes:
        """Give the open chunk (b"" for none) and forget it."""
        chunk = bytes(self._open)
        self._open.clear()
        return chunk

    def _add(self, piece: bytes) -> None:
        self._open += piece[: self._most + 1 - len(self._open)]
