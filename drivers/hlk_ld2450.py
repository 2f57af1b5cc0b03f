"""HLK-LD2450 radar on a UART: where up to three people are, and how fast they go.

It knows no zones and sets nothing by itself: one or several targets (`tracking`) is a setting.

256000 8N1 (some CH340 adapters cannot: set the module to 115200 and say so at the line), ten times a second, little
endian, no checksum, so head, tail and the range of every target must fit:

    AA FF 03 00 | x y speed resolution | x y speed resolution | x y speed resolution | 55 CC      30 bytes
    0             4                      12                     20                     28
    FD FC FB FA | length | command | value | 04 03 02 01      host and answers, as of the LD2410 (hlk_ld2410.py)
    commands 0080 one target, 0090 several, 0091 which, 00C1 and 00C2 zones; wrapped in enable 00FF … end 00FE

x, y in mm, speed in cm/s: 15 bits and a sign, of which 1 means PLUS. A block of zeros is no target. Outside of |x| 6000
and y 0 to 8000 the frame is refused.
Source: serial.md §B8 (esphome ld2450, HLK document).
"""

from __future__ import annotations

import math
import struct
from typing import Final, NamedTuple

from agent.driver import SerialDriver, SerialSettings, Setup
from agent.model.effects import Configure, Order
from agent.model.events import Fault, Item, Reading
from agent.model.quantities import believable
from drivers import hlk_ld2410 as ld2410
from drivers.wire.asking import Asking
from drivers.wire.frames import Frames, Refused, Shape, Speaker

HEADER, TAIL = b"\xaa\xff\x03\x00", b"\x55\xcc"
SIZE, BLOCK, MOST = 30, 8, 3
SINGLE, MULTI, WHICH = 0x80, 0x90, 0x91
TRACKING: Final = {"single": SINGLE, "multi": MULTI}
PLUS: Final = 0x8000
PERIOD_MS: Final = 100
RESOLUTION_MM: Final = 320
ENABLE_VALUE: Final = b"\x01\x00"


class Target(NamedTuple):
    """Where somebody is: x and y in mm, speed in cm/s, resolution in mm."""

    x: int
    y: int
    speed: int
    resolution: int = RESOLUTION_MM


def _signed(word: int) -> int:
    return word & ~PLUS if word & PLUS else -word


def _word(number: int) -> int:
    return number | PLUS if number >= 0 else -number


def encode(targets: tuple[Target, ...]) -> bytes:
    """Give the data frame of at most three targets."""
    blocks = [struct.pack("<4H", *(_word(number) for number in one[:3]), one.resolution) for one in targets]
    return HEADER + b"".join(blocks).ljust(MOST * BLOCK, b"\0") + TAIL


def decode(frame: bytes) -> tuple[Target | None, ...]:
    """Give the three targets of a checked data frame, None where there is nobody."""
    blocks = [struct.unpack_from("<4H", frame, at) for at in range(4, 4 + MOST * BLOCK, BLOCK)]
    return tuple(Target(_signed(x), _signed(y), _signed(v), size) if any((x, y, v, size)) else None
                 for x, y, v, size in blocks)  # fmt: skip


def tracking(command: int) -> tuple[bytes, bytes, bytes]:
    """Give the three frames that set SINGLE or MULTI."""
    return ld2410.command(ld2410.ENABLE, ENABLE_VALUE), ld2410.command(command), ld2410.command(ld2410.END)


SHAPE: Final = Shape(HEADER, TAIL, SIZE, lambda _head: SIZE, lambda _frame: True)


class Device(Asking):
    """The host's side. Says a change of their number at once, all else once per `report` (with `every`: always)."""

    pause_ms = 50

    def __init__(self, setup: Setup, *, every: bool = False) -> None:
        super().__init__(setup, SHAPE, ld2410.COMMAND_SHAPE)
        options = setup.options if isinstance(setup.options, ld2410.RadarOptions) else ld2410.RadarOptions()
        self._report = 0 if every else options.report
        self._count = -1
        self._told_at = 0

    def command(self, order: Order, now: int) -> bytes:
        """Give the first of the three frames for the setting `tracking` (single, multi); the others follow."""
        if not isinstance(order, Configure) or order.key != "tracking" or order.value not in TRACKING:
            return b""
        self._todo.extend(tracking(TRACKING[order.value]))
        return self.ask(now) if now >= self._free_at else b""

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give presence, the number of people and where they are, or what was refused."""
        if not frame.startswith(HEADER):
            reply = ld2410.decode_answer(frame)
            refused = ld2410.is_answer(frame) and reply.status != 0
            return [Fault(self.device, "refused", f"command {reply.command:04X}", t=now)] if refused else []
        targets = decode(frame)
        count = sum(one is not None for one in targets)
        readings = [
            Reading(self.device, "presence", count > 0, now),
            Reading(self.device, "people_count", float(count), now),
        ]
        for number, one in enumerate(targets, 1):
            if one is not None:
                readings += self._where(one, f"target={number}", now)
        wrong = next((one for one in readings if not believable(one.quantity, one.value)), None)
        if wrong:
            return [Fault(self.device, "insane", f"{wrong.quantity} {wrong.value}", t=now)]
        if count == self._count and now - self._told_at < self._report:
            return []
        self._count, self._told_at = count, now
        return [*readings]

    def _where(self, target: Target, part: str, now: int) -> list[Reading]:
        values = {
            "distance": float(round(math.hypot(target.x, target.y))),
            "target_x": float(target.x),
            "target_y": float(target.y),
            "target_speed": float(target.speed),
        }
        return [Reading(self.device, name, value, now, part=part) for name, value in values.items()]


class Player(Speaker):
    """The radar itself: says `target_x`, `target_y` and `target_speed` of the parts `target=1` to `target=3`.

    A target is there once its `target_y` is set, until `people_count` says fewer. `presence` alone puts one at 2 m.
    """

    def __init__(self, _setup: Setup) -> None:
        super().__init__(PERIOD_MS)
        self._host = Frames(ld2410.COMMAND_SHAPE)
        self._configuring = False
        self.most = MOST

    def targets(self) -> tuple[Target, ...]:
        """Give what the radar sees now."""
        placed = [part for name, part in sorted(self.seen) if name == "target_y"]
        known = [Target(*(self.number(f"target_{what}", part) for what in ("x", "y", "speed"))) for part in placed]
        if not known and self.seen.get(("presence", "")):
            known = [Target(0, 2000, 0)]
        count = self.number("people_count", unset=len(known)) if self.seen.get(("presence", ""), True) else 0
        return tuple(known[: min(count, self.most)])

    def frame(self) -> bytes:
        """Give the data frame, or nothing while it is being set up."""
        return b"" if self._configuring else encode(self.targets())

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Obey the host's commands; without ENABLE before them they fail."""
        return b"".join(self._obey(one) for one in self._host.feed(data) if not isinstance(one, Refused))

    def _obey(self, frame: bytes) -> bytes:
        word = int.from_bytes(frame[6:8], "little")
        if word == ld2410.ENABLE:
            self._configuring = True
            return ld2410.answer(word, value=struct.pack("<HH", 1, 64))
        if not self._configuring:
            return ld2410.answer(word, 1)
        self._configuring = word != ld2410.END
        if word in TRACKING.values():
            self.most = 1 if word == SINGLE else MOST
        if word == WHICH:
            return ld2410.answer(word, value=struct.pack("<H", 1 if self.most == 1 else 2))
        return ld2410.answer(word)


DRIVER: Final = SerialDriver(
    name="hlk-ld2450",
    summary="HLK-LD2450 radar, up to three people, UART",
    build=Device,
    player=Player,
    quantities=("presence", "people_count", "distance", "target_x", "target_y", "target_speed"),
    options=ld2410.RadarOptions,
    serial=SerialSettings(256_000),
    decoder=lambda setup: Device(setup, every=True),
    keys=("tracking",),
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
