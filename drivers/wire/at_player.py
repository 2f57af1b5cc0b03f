"""A modem as the simulator plays it: it answers commands and takes messages.

It knows no network and sends nothing. The commands and their answers are drawn in drivers/at_modem.py.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Final

from agent.model.events import Value
from drivers.wire.frames import Speaker

_ADDRESS: Final = re.compile(r'AT\+CMGS="(.+)"', re.ASCII)
_CHARSET: Final = re.compile(r'AT\+CSCS="(\w+)"', re.ASCII)
KNOWN: Final = ("ATE", "AT+CMEE=", "AT+CMGF=", "AT+CSMP=")
UNASKED: Final = {"message_received": '+CMTI: "SM",1', "ring": "RING", "under_voltage": "UNDER-VOLTAGE WARNNING"}
TEXT_END: Final = (b"\x1a", b"\x1b")


def line(text: str) -> bytes:
    """Give a line as the modem sends it."""
    return f"\r\n{text}\r\n".encode("ascii")


class Modem(Speaker):
    """The modem itself: `reachable` is its network; `sent` are number and text of the messages that it took.

    `refuses`: so many further messages are refused.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sent: deque[tuple[str, str]] = deque(maxlen=16)
        self.refuses = 0
        self._input = b""
        self._number = ""
        self._charset = "GSM"
        self._count = 0

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:  # noqa: ARG002
        """Say what happens by itself: a message came, it rings, the voltage is low."""
        if kind in ("sensor_status", "device_alarm") and str(value) in UNASKED:
            self.say(line(UNASKED[str(value)]), now)

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Answer what the host said."""
        self._input += data
        answers = b""
        while True:
            ends = [at for end in (TEXT_END if self._number else (b"\r",)) if (at := self._input.find(end)) >= 0]
            if not ends:
                return answers
            said, end = self._input[: min(ends)], self._input[min(ends) : min(ends) + 1]
            self._input = self._input[min(ends) + 1 :]
            answers += self._text(said, end) if self._number else self._obey(said.strip(b"\n\x1b").decode("ascii"))

    def _text(self, said: bytes, end: bytes) -> bytes:
        number, self._number = self._number, ""
        if end == TEXT_END[1]:
            return line("OK")
        if self.refuses:
            self.refuses -= 1
            return line("+CMS ERROR: 500")
        text = (
            bytes.fromhex(said.decode("ascii")).decode("utf-16-be") if self._charset == "HEX" else said.decode("ascii")
        )
        self.sent.append((number, text))
        self._count += 1
        return line(f"+CMGS: {self._count}") + line("OK")

    def _obey(self, said: str) -> bytes:
        if match := _ADDRESS.fullmatch(said):
            self._number = match[1]
            return b"\r\n> "
        if match := _CHARSET.fullmatch(said):
            self._charset = match[1]
            return line("OK")
        if said == "AT+CREG?":
            there = self.seen.get(("reachable", ""), False)
            return line(f"+CREG: 0,{1 if there else 2}") + line("OK")
        if said == "AT+CPIN?":
            return line("+CPIN: READY") + line("OK")
        return line("OK" if said == "AT" or said.startswith(KNOWN) else "ERROR")
