"""NXP PN532 NFC reader on a UART (HSU): patrol points, check-in with cards.

It reads the number of a card and nothing else of it, and opens no door: numbers are copied easily.

115200 8N1; TFI is D4 from the host, D5 from the reader; LEN + LCS = 0, TFI + data + DCS = 0 (low 8 bits):

    00 00 FF | LEN LCS | TFI | data … | DCS | 00            00 00 FF | FF FF | LEN 16 | LCS | TFI | data … | DCS | 00
    00 00 FF 00 FF 00  ACK      00 00 FF FF 00 00  NACK     00 00 FF 01 FF 7F 81 00  application error

    55 55 00 … wake + SAMConfiguration (14 01)  ->  ACK, 15     GetFirmwareVersion (02)  ->  ACK, 03 32 version
    RFConfiguration (32 05 FF 01 tries)         ->  ACK, 33     InListPassiveTarget (4A 01 00)  ->  ACK, 4B targets
    target: number | SENS_RES 2 | SEL_RES | n | id n | [ATS, if SEL_RES has 20]

Asked for a card without a limit of tries the reader waits for ever, and a dead one could not be told from an idle one:
so the tries are limited, and it is asked again and again. A card is told once while it lies there and not again within
3 s. A four-byte id that begins with 08 is drawn anew each time (phones): it is told as `random`, it is nobody.
Source: serial.md §B12 (nfcpy, elechouse/PN532, NXP UM0701-02).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Event, Fault, Item, Undecoded, Value
from agent.model.units import Duration
from drivers.wire.asking import Asking
from drivers.wire.checks import sum8, twos8
from drivers.wire.frames import MORE, NONE, Frames, Refused, Shape, Speaker
from drivers.wire.presence import Presences

START, END = b"\x00\x00\xff", b"\x00"
ACK, NACK = b"\x00\x00\xff\x00\xff\x00", b"\x00\x00\xff\xff\x00\x00"
HOST, READER, REFUSED = 0xD4, 0xD5, 0x7F
FIRMWARE, SAM, RF, LIST = 0x02, 0x14, 0x32, 0x4A
EXTENDED: Final = b"\xff\xff"
LONGEST_DATA: Final = 265
MOST_NORMAL: Final = 255
TRIES: Final = 0x14
HAS_ATS: Final = 0x20
RANDOM: Final = b"\x08"
REMOVED_POLLS: Final = 4


class ReaderOptions(Options):
    """How often it looks for a card."""

    poll: Duration = Field(300, ge=50, le=10_000, description="how often it is asked for a card")


class Target(NamedTuple):
    """A card before the reader: SENS_RES and SEL_RES as they came, its id, and its ATS (with its length byte)."""

    sens_res: bytes
    sel_res: int
    uid: bytes
    ats: bytes = b""


def encode(tfi: int, data: bytes) -> bytes:
    """Give the frame of a TFI and at most 264 bytes."""
    body = bytes([tfi]) + data
    size = len(body)
    if size <= MOST_NORMAL:
        head = bytes([size, -size & 0xFF])
    else:
        wide = size.to_bytes(2, "big")
        head = EXTENDED + wide + bytes([twos8(wide)])
    return START + head + body + bytes([twos8(body)]) + END


def decode(frame: bytes) -> tuple[int, bytes]:
    """Give TFI and data of a checked frame; TFI 0 and nothing for ACK and NACK."""
    if frame in (ACK, NACK):
        return 0, b""
    at = 8 if frame[3:5] == EXTENDED else 5
    return frame[at], frame[at + 1 : -2]


def ask_for(command: int, *data: int) -> bytes:
    """Give the host's frame of a command."""
    return encode(HOST, bytes([command, *data]))


WAKE: Final = b"\x55\x55" + bytes(13) + ask_for(SAM, 1)
"""A long preamble for a reader that sleeps, and its first command."""
VERSION: Final = ask_for(FIRMWARE)
LIMIT: Final = ask_for(RF, 5, 0xFF, 1, TRIES)
LOOK: Final = ask_for(LIST, 1, 0)


def targets_frame(targets: list[Target]) -> bytes:
    """Give the reader's answer with the cards that it found."""
    data = bytes([LIST + 1, len(targets)])
    for number, one in enumerate(targets, 1):
        data += bytes([number]) + one.sens_res + bytes([one.sel_res, len(one.uid)]) + one.uid + one.ats
    return encode(READER, data)


def targets_of(data: bytes) -> list[Target] | None:
    """Give the cards of an answer's data (behind 4B), None if its lengths do not fit."""
    found, at = [], 1
    for _ in range(data[0] if data else 0):
        head = data[at : at + 5]
        if len(head) < 5:
            return None
        uid_end = at + 5 + head[4]
        has_ats = head[3] & HAS_ATS and uid_end < len(data)
        at = uid_end + (data[uid_end] if has_ats else 0)
        found.append(Target(head[1:3], head[3], data[uid_end - head[4] : uid_end], data[uid_end:at]))
    return found if data and at == len(data) and all(one.uid for one in found) else None


def _size(head: bytes) -> int:
    if len(head) < 6:
        return MORE
    if head[:6] in (ACK, NACK):
        return 6
    if head[3:5] == EXTENDED:
        if len(head) < 8:
            return MORE
        size = int.from_bytes(head[5:7], "big")
        return size + 10 if not sum8(head[5:8]) and 1 <= size <= LONGEST_DATA else NONE
    return head[3] + 7 if head[3] and not sum8(head[3:5]) else NONE


def _check(frame: bytes) -> bool:
    return frame in (ACK, NACK) or not sum8(frame[8 if frame[3:5] == EXTENDED else 5 : -1])


SHAPE: Final = Shape(START, END, LONGEST_DATA + 10, _size, _check)


def _command_of(request: bytes) -> int:
    return request[request.index(START) + 6]


class Device(Asking):
    """The host's side."""

    timeout_ms = 1500
    pause_ms = 50

    def __init__(self, setup: Setup) -> None:
        poll = setup.options.poll if isinstance(setup.options, ReaderOptions) else ReaderOptions().poll
        paced = replace(setup, interval_ms=poll)
        super().__init__(paced, SHAPE, request=LOOK, begin=[ACK, WAKE, VERSION, LIMIT], least_ms=poll)
        self._cards = Presences(REMOVED_POLLS * poll)

    def replies(self, command: bytes) -> bool:
        """Tell that all is answered but the ACK that ends what may be pending."""
        return command != ACK

    def is_answer(self, frame: bytes, asked: bytes) -> bool:
        """Tell whether a frame answers: its own code is one more than the command's; or the reader refuses."""
        tfi, data = decode(frame)
        return frame == NACK or tfi == REFUSED or (tfi == READER and data[:1] == bytes([_command_of(asked) + 1]))

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give cards, and the reader's version when it begins."""
        tfi, data = decode(frame)
        if frame == NACK:
            return [Fault(self.device, "checksum", "the reader found our frame damaged", t=now)]
        if tfi == REFUSED:
            return [Fault(self.device, "refused", "application error", t=now)]
        return self._answer(frame, data, now) if tfi == READER else []

    def _answer(self, frame: bytes, data: bytes, now: int) -> list[Item]:
        code, rest = data[0] - 1 if data else -1, data[1:]
        if code == LIST:
            return self._found(rest, now)
        if code == FIRMWARE and len(rest) == 4:
            detail = f"ic=PN5{rest[0]:02X},ver={rest[1]}.{rest[2]},support={rest[3]}"
            return [Event(self.device, "sensor_status", "ready", now, detail=detail)]
        if code in (SAM, RF):
            return []
        return [Undecoded(self.device, frame.hex(), detail="an answer to another command", t=now)]

    def _found(self, data: bytes, now: int) -> list[Item]:
        targets = targets_of(data)
        if targets is None:
            return [Fault(self.device, "insane", f"targets {data.hex(' ').upper()}", t=now)]
        return [self._card(one, now) for one in targets if self._cards.new(one.uid.hex(), now)]

    def _card(self, target: Target, now: int) -> Event:
        uid = target.uid.hex().upper()
        random = len(target.uid) == 4 and target.uid.startswith(RANDOM)
        detail = f"uid={uid}," if random else ""
        detail += f"sens_res=0x{target.sens_res.hex().upper()},sel_res=0x{target.sel_res:02X}"
        return Event(self.device, "card", "random" if random else uid, now, detail=detail)


class Player(Speaker):
    """The reader itself: the fact `card` (value: the id in hex) holds a card to it for a second."""

    held_ms = 1000

    def __init__(self, _setup: Setup) -> None:
        super().__init__()
        self._host = Frames(SHAPE)
        self._awake = False
        self._card: Target | None = None
        self._until = 0
        self.tries = 0xFF

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:  # noqa: ARG002
        """Hold a card to the reader."""
        if kind == "card":
            self._card, self._until = Target(b"\x00\x44", 0, bytes.fromhex(str(value))), now + self.held_ms

    def receive(self, data: bytes, now: int) -> bytes:
        """Obey the host, once it was woken."""
        self._awake = self._awake or data.startswith(b"\x55\x55")
        found = [one for one in self._host.feed(data) if not isinstance(one, Refused)]
        return b"".join(self._obey(*decode(one), now) for one in found) if self._awake else b""

    def _obey(self, tfi: int, data: bytes, now: int) -> bytes:
        if tfi != HOST or not data:
            return b""
        code = data[0]
        if code == LIST:
            there = [self._card] if self._card and now <= self._until else []
            return ACK + targets_frame(there) if there or self.tries != 0xFF else ACK
        if code == RF:
            self.tries = data[-1]
        if code not in (FIRMWARE, SAM, RF):
            return ACK + encode(REFUSED, b"")
        return ACK + encode(READER, bytes([code + 1]) + (b"\x32\x01\x06\x07" if code == FIRMWARE else b""))


DRIVER: Final = SerialDriver(
    name="pn532-hsu",
    summary="NXP PN532 NFC card reader, UART (HSU)",
    build=Device,
    player=Player,
    quantities=(),
    events=("card", "sensor_status"),
    options=ReaderOptions,
    serial=SerialSettings(115_200),
    silent_after_ms=None,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
