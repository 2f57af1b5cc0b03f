r"""SIM800, EC20 and other AT modems: short messages when nothing else gets out. It calls nobody and reads no messages.

It is no second way for alarms by itself: somebody tells it a `Prompt`, and it sends that to its numbers.

115200 8N1, text; a command ends with CR, answers are lines between CR LF; only the wait for text has no line end:

    AT+CMGF=1 CR   ->   OK | ERROR | +CME ERROR: n | +CMS ERROR: n
    AT+CMGS="+86…" CR   ->   "> "   ->   text 1A (1B gives up)   ->   +CMGS: n   OK      within 60 s
    at any time: +CMTI: "SM",n   RING   UNDER-VOLTAGE WARNNING   +CREG: n,state

At the start and after silence: AT, ATE0, AT+CMEE=1, AT+CPIN?, AT+CREG?, AT+CMGF=1; then AT+CREG? every minute: 1 home
or 5 roaming is `reachable`. ASCII goes as such (160 characters), other text as hex of UTF-16 (CSCS "HEX", data coding
8: 70 characters); the coding 0 that follows it is 3GPP TS 27.005's. Quotes and control characters are taken out of the
text. A message that fails is sent again twice, so it may come twice: two are better than none.
Source: serial.md §C7 (TinyGSM).
"""

from __future__ import annotations

import re
from collections import deque
from typing import Annotated, Final, NamedTuple

from pydantic import Field, StringConstraints

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.effects import Order, Prompt
from agent.model.events import Event, Fault, Item, Reading
from drivers.wire.at_player import Modem
from drivers.wire.frames import Refused, Talker
from drivers.wire.lines import Lines, clean, readable

READY, SEND, GIVE_UP = b"> ", b"\x1a", b"\x1b"
BEGIN: Final = ("AT", "ATE0", "AT+CMEE=1", "AT+CPIN?", "AT+CREG?", "AT+CMGF=1")
CHECK, CHECK_MS = "AT+CREG?", 60_000
COMMAND_MS, MESSAGE_MS = 5000, 60_000
TRIES, AGAIN_MS = 3, 10_000
PATIENCE: Final = 2
"""So many time-outs after a command its answer is given up, also while the modem keeps saying other things."""
ASCII_MOST, WIDE_MOST = 160, 70
MOST_WAITING, LONGEST = 20, 256
HOME: Final = frozenset("15")
PLAIN: Final = frozenset(" !#%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
"""Characters that are the same in ASCII and in the modem's own alphabet."""
WORDS: Final = {"RING": "ring", "UNDER-VOLTAGE WARNNING": "under_voltage", "UNDER-VOLTAGE WARNING": "under_voltage"}
_ERROR: Final = re.compile(r"ERROR|\+CM[ES] ERROR: ?.{1,40}", re.ASCII)
_SENT: Final = re.compile(r"\+CMGS: ?(\d{1,5})", re.ASCII)
_PIN: Final = re.compile(r"\+CPIN: ?(.{1,20})", re.ASCII)
_NETWORK: Final = re.compile(r"\+CE?REG: ?(?:\d,)?(\d)(?:,.{0,30})?", re.ASCII)

Number = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{3,15}$")]


class ModemOptions(Options):
    """Whom it writes to."""

    numbers: list[Number] = Field(min_length=1, max_length=8, description="telephone numbers that get each message")


class Message(NamedTuple):
    """A text for a number, and how often it was tried."""

    number: str
    text: str
    tries: int = 0

    @property
    def plain(self) -> bool:
        """Whether the modem's own alphabet has all its characters."""
        return PLAIN.issuperset(self.text)


def command(text: str) -> bytes:
    """Give a command as it is sent."""
    return text.encode("ascii") + b"\r"


def address(number: str) -> bytes:
    """Give the command that begins a message."""
    return command(f'AT+CMGS="{number}"')


def body(text: str) -> bytes:
    """Give the text of a message as it is sent: ASCII where that does, else the hex of UTF-16."""
    said = text if PLAIN.issuperset(text) else text.encode("utf-16-be").hex().upper()
    return said.encode("ascii") + SEND


def text_of(prompt: Prompt) -> str:
    """Give what a prompt says as a message: no quotes, no control characters, as long as one message may be."""
    said = clean(prompt.text or prompt.code.replace("-", " "), ASCII_MOST).replace('"', "")
    ticket = f" Ticket {prompt.ticket}" if prompt.ticket else ""
    return said[: (ASCII_MOST if PLAIN.issuperset(said) else WIDE_MOST) - len(ticket)] + ticket


class ModemLines(Lines):
    """Lines, and the modem's wait for text, which has no end."""

    def feed(self, data: bytes) -> list[bytes | Refused]:
        """Take bytes, give lines and `> `."""
        found: list[bytes | Refused] = []
        for byte in data:
            found += super().feed(bytes([byte]))
            if self._line == READY:
                found.append(READY)
                self._line.clear()
        return found


class Device(Talker):
    """The host's side: one command at a time; what waits is sent when the modem is ready."""

    timeout_ms = COMMAND_MS
    quiet_ms = 300

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup.device, cutter=ModemLines(LONGEST))
        self._numbers = setup.options.numbers if isinstance(setup.options, ModemOptions) else []
        self._todo: deque[bytes] = deque(map(command, BEGIN))
        self._outbox: deque[Message] = deque()
        self._asked = b""
        self._sending = False
        self._plain: bool | None = None
        self._ref = ""
        self._next_check = self._asked_at = self._held = 0

    def due(self) -> int | None:
        """Give when there is something to send: at once while commands or messages wait, else the next check."""
        if self.waiting:
            return None
        if self._todo:
            return 0
        return min(self._next_check, self._held) if self._outbox else self._next_check

    def ask(self, now: int) -> bytes:
        """Give the next command."""
        if not self._todo:
            if self._outbox and now >= self._held:
                self._begin_message()
            else:
                self._todo.append(command(CHECK))
                self._next_check = now + CHECK_MS
        self._asked, self._asked_at, self.waiting = self._todo.popleft(), now, True
        self.timeout_ms = MESSAGE_MS if self._asked.endswith(SEND) else COMMAND_MS
        return self._asked

    def _begin_message(self) -> None:
        message = self._outbox[0]
        if message.plain is not self._plain:
            coding, charset = (0, "GSM") if message.plain else (8, "HEX")
            self._todo += [command(f'AT+CSCS="{charset}"'), command(f"AT+CSMP=17,167,0,{coding}")]
            self._plain = message.plain
        self._todo.append(address(message.number))
        self._sending = True

    def command(self, order: Order, now: int) -> bytes:  # noqa: ARG002
        """Keep a prompt as a message for each number; it is sent when the modem is ready. The oldest are kept."""
        if isinstance(order, Prompt):
            new = [Message(number, text_of(order)) for number in self._numbers]
            self._outbox += new[: max(0, MOST_WAITING - len(self._outbox))]
        return b""

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give what a line means, in or out of an exchange."""
        if frame == READY:
            if self._sending and self._outbox:
                self._todo.appendleft(body(self._outbox[0].text))
                self.waiting = False
            return []
        line = clean(readable(frame), LONGEST)
        if line == "OK":
            return self._done(now)
        if _ERROR.fullmatch(line):
            return [Fault(self.device, "refused", line, t=now), *self._failed(now)]
        if match := _SENT.fullmatch(line):
            self._ref = match[1]
            return []
        return self._unasked(line, frame, now)

    def _unasked(self, line: str, frame: bytes, now: int) -> list[Item]:
        if match := _NETWORK.fullmatch(line):
            return [Reading(self.device, "reachable", match[1] in HOME, now)]
        if match := _PIN.fullmatch(line):
            return [] if match[1] == "READY" else [Fault(self.device, "refused", f"the card wants {match[1]}", t=now)]
        if line.startswith("+CMTI:"):
            return [Event(self.device, "sensor_status", "message_received", now)]
        if line in WORDS:
            kind = "device_alarm" if WORDS[line] == "under_voltage" else "sensor_status"
            return [Event(self.device, kind, WORDS[line], now)]
        if frame.strip() == self._asked.strip(b"\r\x1a\x1b "):  # Until ATE0 it repeats what it is told.
            return []
        return [Fault(self.device, "junk", line, len(frame), now)]

    def _done(self, now: int) -> list[Item]:
        if not self._ref:
            # An OK of something before is no answer to a message.
            self.waiting = self.waiting and self._asked.startswith(b"AT+CMGS") | self._asked.endswith(SEND)
            return []
        self.waiting = False
        told = Event(self.device, "prompt_result", "sent", now, detail=f"message_ref={self._ref}")
        self._ref, self._sending = "", False
        if self._outbox:
            self._outbox.popleft()
        return [told]

    def _failed(self, now: int) -> list[Item]:
        """Give up this try of a message, if one was under way; the third time give it up altogether."""
        self.waiting = False
        if not self._sending or not self._outbox:
            return []
        self._todo.clear()
        self._sending, self._plain, self._ref, self._held = False, None, "", now + AGAIN_MS
        message = self._outbox.popleft()
        if message.tries + 1 < TRIES:
            self._outbox.append(message._replace(tries=message.tries + 1))
            return []
        return [Event(self.device, "prompt_result", "failed", now)]

    def receive(self, data: bytes, now: int) -> list[Item]:
        """Take bytes as they came, give what they mean."""
        items = super().receive(data, now)
        late = self.waiting and now - self._asked_at > PATIENCE * self.timeout_ms
        return items + self._silent(now) if late else items

    def quiet(self, now: int) -> list[Item]:
        """Say `silent` if nothing came for an answer, and begin again: it may have been without power."""
        items = super().quiet(now)
        return items + self._silent(now) if self.waiting else items

    def _silent(self, now: int) -> list[Item]:
        said = "a message" if self._asked.endswith(SEND) else clean(readable(self._asked))
        told = self._failed(now)
        self._todo = deque([GIVE_UP + command(BEGIN[0]), *map(command, BEGIN[1:])])
        self._plain = None
        return [Fault(self.device, "silent", f"no answer to {said}", t=now), *told]


DRIVER: Final = SerialDriver(
    name="at-modem",
    summary="SIM800 / EC20 AT modem: short messages as a fall-back, UART",
    build=Device,
    player=lambda _setup: Modem(),
    quantities=("reachable",),
    events=("prompt_result", "sensor_status", "device_alarm"),
    options=ModemOptions,
    serial=SerialSettings(115_200),
    silent_after_ms=3 * CHECK_MS,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
