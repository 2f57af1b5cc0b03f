"""HLK-LD2410 / B / C presence radar on a UART: is the toilet empty, is somebody in the plant room at night.

It publishes no illuminance (the module's light byte is no lux) and sets nothing in the module: the command frames are
here for commissioning and for the player.

256000 8N1 (some CH340 adapters cannot: set the module to 115200 and say so at the line), talks about ten times a
second, little endian, no checksum, so every fixed byte must match:

    F4 F3 F2 F1 | 0D 00 | 02 AA | state | move cm, energy | still cm, energy | distance cm | 55 00 | F8 F7 F6 F5
    0             4       6       8       9        11       12        14       15            17      19   basic
    F4 F3 F2 F1 | 23 00 | 01 AA | … as above … | max gates 2, move energies 9, still energies 9, light, out | 55 00 | …
    FD FC FB FA | length | command | value … | 04 03 02 01      host to module; wrapped in enable 00FF … end 00FE
    FD FC FB FA | length | command or 0100 | status 16 | value … | 04 03 02 01      its answer, status 0 = done

state: bit 0 moving, bit 1 still; 4 to 6 say that newer firmware calibrates. A distance without its bit is a leftover.
Source: serial.md §B7 (ncmreynolds/ld2410, HLK documents).
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Fault, Item, Reading
from agent.model.units import Duration
from drivers.wire.frames import MORE, NONE, Frames, Refused, Shape, Speaker, Talker

HEADER, TAIL = b"\xf4\xf3\xf2\xf1", b"\xf8\xf7\xf6\xf5"
COMMAND_HEADER, COMMAND_TAIL = b"\xfd\xfc\xfb\xfa", b"\x04\x03\x02\x01"
HEAD_BYTE, TRAILER = 0xAA, b"\x55\x00"
TYPE_BY_LENGTH: Final = {0x0D: 0x02, 0x23: 0x01}
LONGEST_COMMAND: Final = 64  # bytes between length and tail; the longest known are 28
PERIOD_MS: Final = 100
MOVING, STILL, GATES = 1, 2, 9

ENABLE, END, RESTART, READ_PARAMETERS, ENGINEERING_ON, ENGINEERING_OFF = 0xFF, 0xFE, 0xA3, 0x61, 0x62, 0x63
SET_GATES, SET_SENSITIVITY, SET_BAUD = 0x60, 0x64, 0xA1
ANSWER: Final = 0x0100
FACTORY: Final = bytes([HEAD_BYTE, 8, 8, 8, *[20] * GATES, *[25] * GATES, 5, 0])
BAUD_INDEX: Final = {9600: 1, 19200: 2, 38400: 3, 57600: 4, 115200: 5, 230400: 6, 256000: 7, 460800: 8}


class RadarOptions(Options):
    """How often it is written down."""

    report: Duration = Field(1000, le=3_600_000, description="at most so often while nothing changes")


class Gates(NamedTuple):
    """What engineering mode adds: highest gates, energy of each of 9 gates (0.75 m), light 0..255, OUT pin."""

    max_move: int = 8
    max_still: int = 8
    move: tuple[int, ...] = (0,) * GATES
    still: tuple[int, ...] = (0,) * GATES
    light: int = 0
    out: int = 0


class Target(NamedTuple):
    """What a data frame says: state bits, distances in cm, energies 0..100; `gates` in engineering mode only."""

    state: int
    move_cm: int = 0
    move_energy: int = 0
    still_cm: int = 0
    still_energy: int = 0
    detect_cm: int = 0
    gates: Gates | None = None


class Answer(NamedTuple):
    """The module's answer: the command it answers, status (0: done), and what follows."""

    command: int
    status: int
    value: bytes


class Parameters(NamedTuple):
    """What READ_PARAMETERS tells: gates, sensitivities per gate 0..100, hold time in seconds."""

    max_gate: int
    move_gate: int
    still_gate: int
    move_sens: tuple[int, ...]
    still_sens: tuple[int, ...]
    hold_s: int


def encode(target: Target) -> bytes:
    """Give the data frame, in engineering form when `gates` are there."""
    body = struct.pack("<BHBHBH", *target[:6])
    if target.gates is not None:
        top, low, move, still, light, out = target.gates
        body += bytes([top, low, *move, *still, light, out])
    length = len(body) + 4
    return HEADER + struct.pack("<HBB", length, TYPE_BY_LENGTH[length], HEAD_BYTE) + body + TRAILER + TAIL


def decode(frame: bytes) -> Target:
    """Give what a checked data frame says."""
    target = Target(*struct.unpack_from("<BHBHBH", frame, 8))
    if frame[6] == TYPE_BY_LENGTH[0x0D]:
        return target
    return target._replace(gates=Gates(frame[17], frame[18], tuple(frame[19:28]), tuple(frame[28:37]), *frame[37:39]))


def command(word: int, value: bytes = b"") -> bytes:
    """Give a command frame of the host."""
    return COMMAND_HEADER + struct.pack("<HH", len(value) + 2, word) + value + COMMAND_TAIL


def pairs(*values: tuple[int, int]) -> bytes:
    """Give (word, value) pairs as SET_GATES and SET_SENSITIVITY take them."""
    return b"".join(struct.pack("<HI", word, value) for word, value in values)


def answer(word: int, status: int = 0, value: bytes = b"") -> bytes:
    """Give the module's answer to a command."""
    return command(word | ANSWER, struct.pack("<H", status) + value)


def is_answer(frame: bytes) -> bool:
    """Tell an answer from a command (which an echoing adapter gives back)."""
    return frame[7] == ANSWER >> 8


def decode_answer(frame: bytes) -> Answer:
    """Give what a checked answer frame says."""
    word, status = struct.unpack_from("<HH", frame, 6)
    return Answer(word & ~ANSWER, status, frame[10:-4])


def parameters(value: bytes) -> Parameters:
    """Give the value of the answer to READ_PARAMETERS, read as AA, three gates, 9 + 9 sensitivities, hold time."""
    _, top, move, still, *sens, hold = struct.unpack("<BBBB18BH", value)
    return Parameters(top, move, still, tuple(sens[:GATES]), tuple(sens[GATES:]), hold)


def _size(head: bytes) -> int:
    if len(head) < 8:
        return MORE
    length, kind, mark = struct.unpack_from("<HBB", head, 4)
    return length + 10 if TYPE_BY_LENGTH.get(length) == kind and mark == HEAD_BYTE else NONE


def _command_size(head: bytes) -> int:
    if len(head) < 8:
        return MORE
    length = int.from_bytes(head[4:6], "little")
    return length + 10 if 2 + 2 * is_answer(head) <= length <= LONGEST_COMMAND else NONE


SHAPE: Final = Shape(HEADER, TRAILER + TAIL, 0x23 + 10, _size, lambda _frame: True)
COMMAND_SHAPE: Final = Shape(COMMAND_HEADER, COMMAND_TAIL, LONGEST_COMMAND + 10, _command_size, lambda _frame: True)


class Device(Talker):
    """The host's side. Says a change of state at once, all else once per `report`."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup.device, SHAPE, COMMAND_SHAPE)
        self._report = (setup.options if isinstance(setup.options, RadarOptions) else RadarOptions()).report
        self._state = -1
        self._told_at = 0

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give presence, motion, distance and energies, or what was refused."""
        if frame.startswith(COMMAND_HEADER):
            reply = decode_answer(frame)
            refused = is_answer(frame) and reply.status != 0
            return [Fault(self.device, "refused", f"command {reply.command:04X}", t=now)] if refused else []
        target = decode(frame)
        if target.state > MOVING | STILL:
            return [Fault(self.device, "insane", f"state {target.state}", t=now)]
        items = self.believed(self._readings(target, now), now)
        if isinstance(items[0], Reading):
            if target.state == self._state and now - self._told_at < self._report:
                return []
            self._state, self._told_at = target.state, now
        return items

    def _readings(self, target: Target, now: int) -> list[Reading]:
        readings = [
            Reading(self.device, "presence", target.state != 0, now),
            Reading(self.device, "motion", bool(target.state & MOVING), now),
        ]
        if target.state:
            readings.append(Reading(self.device, "distance", target.detect_cm * 10.0, now))
        readings += [
            Reading(self.device, "target_energy", float(target.move_energy), now, part="target=moving"),
            Reading(self.device, "target_energy", float(target.still_energy), now, part="target=still"),
        ]
        return readings


class Player(Speaker):
    """The radar itself: says `presence`, `motion`, `distance` (mm) and `target_energy`, and obeys commands."""

    def __init__(self, _setup: Setup) -> None:
        super().__init__(PERIOD_MS)
        self._host = Frames(COMMAND_SHAPE)
        self._configuring = False
        self._engineering = False

    def target(self) -> Target:
        """Give what the radar sees now."""
        motion = bool(self.seen.get(("motion", ""), False))
        still = bool(self.seen.get(("presence", ""), False)) and not motion
        cm = self.number("distance", unset=1500) // 10 if motion or still else 0
        moving = self.number("target_energy", "target=moving", 60 * motion)
        resting = self.number("target_energy", "target=still", 60 * still)
        gates = Gates() if self._engineering else None
        return Target(MOVING * motion + STILL * still, cm * motion, moving, cm * still, resting, cm, gates)

    def frame(self) -> bytes:
        """Give the data frame, or nothing while it is being set up."""
        return b"" if self._configuring else encode(self.target())

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Obey the host's commands; without ENABLE before them they fail."""
        return b"".join(self._obey(one) for one in self._host.feed(data) if not isinstance(one, Refused))

    def _obey(self, frame: bytes) -> bytes:
        word = int.from_bytes(frame[6:8], "little")
        if word == ENABLE:
            self._configuring = True
            return answer(word, value=struct.pack("<HH", 1, 64))
        if not self._configuring:
            return answer(word, 1)
        self._configuring = word not in (END, RESTART)
        if word in (ENGINEERING_ON, ENGINEERING_OFF):
            self._engineering = word == ENGINEERING_ON
        return answer(word, value=FACTORY if word == READ_PARAMETERS else b"")


DRIVER: Final = SerialDriver(
    name="hlk-ld2410",
    summary="HLK-LD2410 presence radar, UART",
    build=Device,
    player=Player,
    quantities=("presence", "motion", "distance", "target_energy"),
    options=RadarOptions,
    serial=SerialSettings(256_000),
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
