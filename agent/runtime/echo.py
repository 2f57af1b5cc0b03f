"""Our own request, returned by a two-wire adapter before the answer: it is stripped, and nothing else is.

    we send   01 04 0001 0002 crc
    comes     01 04 0001 0002 crc | 01 04 04 ....  crc      (echoing adapter)
    comes                           01 04 04 ....  crc      (any other)

The trap (serial.md §1.4): a single write is answered by a copy of the request, so on an echoing adapter a dead slave
looks obedient. With `auto` the line learns from exchanges where more follows the copy; until it knows, a copy with
nothing behind it is held and given back when the line falls silent.
"""

from __future__ import annotations

from typing import Literal


class Echo:
    """`take` is given all that comes, `sent` all that goes, `silence` that no more will come."""

    def __init__(self, mode: Literal["auto", "on", "off"]) -> None:
        self._mode = mode
        self.known: bool | None = {"on": True, "off": False}.get(mode)
        """Whether the adapter echoes; None while nobody knows."""
        self._request = b""
        """What was sent and may come back."""
        self._held = b""
        """What came and may still become a copy of it."""
        self._copy = b""
        """A whole copy that was kept back; `_exact`: one came, and nothing behind it yet."""
        self._exact = False

    def sent(self, request: bytes) -> None:
        """A request went out."""
        self._request = request if self._mode != "off" else b""
        self._held = self._copy = b""
        self._exact = False

    def take(self, data: bytes) -> bytes:
        """Give what is left of the bytes without the echo."""
        if self._exact:
            self._exact, self._copy = False, b""
            self._learn(echoes=True)
            return data
        if not self._request:
            return data
        self._held += data
        if self._request.startswith(self._held) and len(self._held) < len(self._request):
            return b""
        return self._judged()

    def silence(self) -> bytes:
        """No more comes: give what was held and was no echo after all."""
        given = self._held or (b"" if self.known else self._copy)
        self._held = self._copy = self._request = b""
        self._exact = False
        return given

    def _judged(self) -> bytes:
        came, request = self._held, self._request
        self._held = self._request = b""
        if not came.startswith(request):
            self._learn(echoes=False)
            return came
        behind = came[len(request) :]
        if behind:
            self._learn(echoes=True)
            return behind
        self._exact = True
        if self.known is False:
            return came
        self._copy = came
        return b""

    def _learn(self, *, echoes: bool) -> None:
        if self._mode == "auto":
            self.known = echoes
