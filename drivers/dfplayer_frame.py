"""DFPlayer Mini on the wire: the frame, its options, and the module's own side. It asks nothing.

9600 8N1, big endian, 10 bytes each way:

    7E | FF | 06  | cmd | fb | par hi lo | sum hi lo | EF       sum = -(FF + 06 + cmd + fb + par hi + par lo) & FFFF
    0    1    2     3     4    5           7           9        fb 1: acknowledge this (41)

Some clones (MH2024K-16SS) want the 8 bytes without the sum. Source: serial.md §C6 (FN-M16P datasheet); what 42 and 43
answer is from the datasheet alone: 42 par hi medium, par lo 0 stopped, 1 playing, 2 paused; 43 par lo volume.
"""

from __future__ import annotations

import struct
from collections import deque
from typing import Annotated, Final, Literal, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from agent.driver import Options, Setup
from agent.model.effects import PROMPT_CODES
from agent.model.events import Value
from drivers.wire.frames import Frames, Refused, Shape, Speaker

HEADER, TAIL = b"\x7e\xff\x06", b"\xef"
LENGTH: Final = 10
NEXT, TRACK, VOLUME, SOURCE, RESET, FOLDER, MP3, BIG_FOLDER, STOP = 1, 3, 6, 9, 0x0C, 0x0F, 0x12, 0x14, 0x16
MEDIUM_IN, MEDIUM_OUT, ONLINE, ERROR, ACK, STATUS, ASK_VOLUME = 0x3A, 0x3B, 0x3F, 0x40, 0x41, 0x42, 0x43
FINISHED: Final = {0x3C: "usb", 0x3D: "sd", 0x3E: "flash", 0x4C: "unknown"}
"""What has played its track to the end; 4C is what some clones send instead."""
USB, SD = 1, 2
NOT_FOUND: Final = 6
ERRORS: Final = {
    1: "busy",
    2: "asleep",
    3: "bad_frame",
    4: "bad_checksum",
    5: "track_out_of_range",
    NOT_FOUND: "track_not_found",
    7: "insert_error",
    8: "sd_read_error",
    0x0A: "asleep",
}
STATES: Final = ("stopped", "playing", "paused")
SHORT_FOLDERS: Final = 99
LONG_FOLDERS: Final = 15
LOUDEST: Final = 30
TRACKS: Final = {code: f"01/{number:03}" for number, code in enumerate(PROMPT_CODES[:7], 1)}
PLAY_MS: Final = 1500
BOOT_MS: Final = 1000


class Command(NamedTuple):
    """Command 0..255, parameter 0..65535, and whether an acknowledgement is wanted."""

    code: int
    par: int = 0
    fb: bool = False


def _sum(body: bytes) -> bytes:
    return struct.pack(">H", -sum(body) & 0xFFFF)


def encode(command: Command, *, checked: bool = True) -> bytes:
    """Give the 10 bytes of a frame, or (not `checked`) the 8 of the clones' form."""
    body = HEADER[1:] + struct.pack(">BBH", command.code, command.fb, command.par)
    return HEADER[:1] + body + (_sum(body) if checked else b"") + TAIL


def decode(frame: bytes) -> Command:
    """Give what a whole, checked frame says."""
    code, fb, par = struct.unpack_from(">BBH", frame, len(HEADER))
    return Command(code, par, bool(fb))


SHAPE: Final = Shape(HEADER, TAIL, LENGTH, lambda _head: LENGTH, lambda frame: _sum(frame[1:7]) == frame[7:9])


def track_command(track: str) -> Command:
    """Give the command that plays `01/002`, `12/1999` (folders 1..15 have tracks to 4095) or `mp3/0001`.

    Raise ValueError for anything else. There is no play by number alone: that goes by the order of copying.
    """
    folder, _, number = track.partition("/")
    wanted = int(number) if number.isdecimal() else -1
    if folder == "mp3" and 1 <= wanted <= 9999:
        return Command(MP3, wanted)
    place = int(folder) if folder.isdecimal() else 0
    if 1 <= place <= SHORT_FOLDERS and 0 <= wanted <= 255:
        return Command(FOLDER, place << 8 | wanted)
    if 1 <= place <= LONG_FOLDERS and 0 <= wanted <= 4095:
        return Command(BIG_FOLDER, place << 12 | wanted)
    raise ValueError(f"'{track}' is no track; tracks are such as 01/002, 12/1999 or mp3/0001")


def media(par: int) -> str:
    """Give the words for the bits of a medium: usb, sd, usb+sd or none."""
    return "+".join(word for bit, word in ((USB, "usb"), (SD, "sd")) if par & bit) or "none"


Track = Annotated[str, StringConstraints(max_length=12)]


class DfPlayerOptions(Options):
    """What lies on the card, and which manner the module has."""

    tracks: dict[str, Track] = Field(
        TRACKS, description="by prompt, the track that says it: 01/002, 12/1999 or mp3/0001"
    )
    digits: str = Field(
        "", pattern=r"^(0?[1-9]|[1-9]\d)?$", description="the folder with 000…009 that says ticket numbers, such as 02"
    )
    volume: int = Field(20, ge=0, le=LOUDEST, description="0 to 30")
    source: Literal["sd", "usb"] = Field("sd", description="where the tracks are")
    form: Literal["checked", "short"] = Field("checked", description="short: the 8 bytes that some clones want")
    acknowledge: bool = Field(False, description="let the module acknowledge what is to be played")

    @model_validator(mode="after")
    def _known(self) -> Self:
        for code, track in self.tracks.items():
            if code not in PROMPT_CODES:
                raise ValueError(f"'{code}' is no prompt; prompts are {', '.join(PROMPT_CODES)}")
            track_command(track)
        return self


class Player(Speaker):
    """The module itself: `played` has what it was told to play; a command in `missing` names a track it has not got.

    Facts: reboot, prompt_result (finished), device_alarm (a word of ERRORS), sensor_status inserted or removed.
    """

    def __init__(self, _setup: Setup) -> None:
        super().__init__()
        self._host = Frames(SHAPE)
        self.volume = 25
        self.medium = SD
        self.played: deque[Command] = deque(maxlen=16)
        self.missing: set[Command] = set()
        self.twice = False
        self._ends_at = -1

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:  # noqa: ARG002
        """Start again, finish a track, meet an error, or have its medium moved."""
        said: Command | None = None
        if kind == "reboot":
            self.volume, said = 25, Command(ONLINE, self.medium)
        elif kind == "prompt_result":
            said = Command(0x3D, 1)
        elif kind == "device_alarm" and value in ERRORS.values():
            said = Command(ERROR, next(code for code, word in ERRORS.items() if word == value))
        elif kind == "sensor_status" and value in ("inserted", "removed"):
            said = Command(MEDIUM_IN if value == "inserted" else MEDIUM_OUT, self.medium)
        if said is not None:
            self.say(encode(said), now)

    def receive(self, data: bytes, now: int) -> bytes:
        """Do what the host wants, and answer its questions."""
        told = [decode(one) for one in self._host.feed(data) if not isinstance(one, Refused)]
        return b"".join(self._obey(one, now) for one in told)

    def _obey(self, told: Command, now: int) -> bytes:
        answer = encode(Command(ACK)) if told.fb else b""
        plain = told._replace(fb=False)
        if told.code == VOLUME:
            self.volume = min(told.par, LOUDEST)
        elif told.code == ASK_VOLUME:
            answer += encode(Command(ASK_VOLUME, self.volume))
        elif told.code == STATUS:
            answer += encode(Command(STATUS, self.medium << 8 | (now < self._ends_at)))
        elif told.code == RESET:
            self.volume = 25
            self.say(encode(Command(ONLINE, self.medium)), now + BOOT_MS)
        elif told.code in (TRACK, FOLDER, MP3, BIG_FOLDER):
            self._play(plain, now)
        return answer

    def _play(self, wanted: Command, now: int) -> None:
        if wanted in self.missing:
            self.say(encode(Command(ERROR, NOT_FOUND)), now + 50)
            return
        self.played.append(wanted)
        self._ends_at = now + PLAY_MS
        for _ in range(2 if self.twice else 1):
            self.say(encode(Command(0x3D, wanted.par & 0xFF)), self._ends_at)
