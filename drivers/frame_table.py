"""Any binary device that talks by itself, by a table of its frames in the settings: no code for one more device.

It asks nothing, answers nothing and sets nothing in the device. It removes no escape or stuffing bytes, turns no bits
round and follows no session: a frame whose bytes are changed by its neighbours (SLIP, ASH and HDLC escapes, the
stuffing of MIN) is understood as long as none was needed, and refused by its check otherwise.

    options:
      frames:
        - start: AA C0                     # hex; ?? for any byte: AA ?? 02
          length: 10                       # or lengths: [{at: 2, type: u16be}], add: 4
          checks: [{kind: sum8, first: 2}]
          end: AB
          fields:
            - {at: 2, type: u16le, scale: 0.1, quantity: pm2_5}
            - {at: 4, type: u16le, scale: 0.1, quantity: pm10}

    AA C0 | .. .. .. .. .. .. | sum | AB
    start   fields              check end      positions count from 0, negative ones from the end of the frame

Published is number x scale + offset, converted from `unit`. A mask takes bits out of a number, shifted down. An event's
word is the number by `words`; with `value` it is that word, and the number goes into the part, as for key 3 of
`{at: 3, event: button, value: single, part: "channel={}", sentinels: [0]}`. Kinds are tried in their order.
Source: the frames of serial.md parts B to D, whose common form this is.
"""

from __future__ import annotations

from typing import Any, Final

from agent.driver import SerialDriver, SerialSettings, Setup
from agent.model.events import Item, Value
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from drivers.wire.frame_fields import FrameField, FrameKind, FrameTableOptions
from drivers.wire.frame_shape import Cut
from drivers.wire.frames import MORE, NONE, Shape, Speaker, Talker
from drivers.wire.json_player import raw_of
from drivers.wire.table_talk import Teller

PERIOD_MS: Final = 1000

Kinds = list[tuple[FrameKind, Cut]]


def kinds_of(setup: Setup) -> Kinds:
    """Give the kinds of frames of the settings; none without a table (`caretaker decode` without options)."""
    frames = setup.options.frames if isinstance(setup.options, FrameTableOptions) else []
    return [(kind, Cut(kind)) for kind in frames]


def shape(kinds: Kinds) -> Shape:
    """Give one shape for all kinds: at a place where several may begin, the first that is sound or not whole yet."""

    def size(head: bytes) -> int:
        broken = NONE
        for _, cut in kinds:
            size = cut.size(head)
            if size == MORE or size > len(head) or (size != NONE and cut.sound(head[:size])):
                return size
            broken = size if broken == NONE else broken
        return broken

    def check(frame: bytes) -> bool:
        return any(cut.sound(frame) for _, cut in kinds)

    return Shape(b"", b"", max((cut.longest for _, cut in kinds), default=1), size, check)


class Device(Talker):
    """The host's side."""

    def __init__(self, setup: Setup) -> None:
        self._kinds = kinds_of(setup)
        super().__init__(setup.device, shape(self._kinds))
        repeat = setup.options.repeat if isinstance(setup.options, FrameTableOptions) else 0
        self._teller = Teller(setup.device, repeat)

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give what stands in a frame; fields that it is too short for are nothing."""
        kind = next(kind for kind, cut in self._kinds if cut.sound(frame))
        raws = [(one, one.raw(frame)) for one in kind.fields]
        return [item for one, raw in raws if raw is not None for item in self._teller.items(one, raw, now)]


class Player(Speaker):
    """The device itself: says its frames with quantities every second, and those with events when they happen."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(PERIOD_MS)
        self._kinds = kinds_of(setup)

    def frame(self) -> bytes:
        """Give the frames of a period: what the world has not set is the row's first sentinel, else 0."""
        told = [kind for kind, _ in self._kinds if any(one.quantity for one in kind.fields)]
        return b"".join(kind.make([(one, self._raw(one)) for one in kind.fields]) for kind in told)

    def _raw(self, one: FrameField) -> Any:
        said = self.seen.get((one.name, one.part)) if one.quantity else None
        if said is None:
            return one.sentinels[0] if one.sentinels else ("" if one.type == "text" else 0)
        return raw_of(one, said)

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:
        """Say the frame of an event; KeyError for one that no frame tells."""
        for table, _ in self._kinds:
            for one in table.fields:
                if one.event == kind and (raw := self._fact(one, value, part)) is not None:
                    others = [(other, self._raw(other)) for other in table.fields if other is not one]
                    self.say(table.make([*others, (one, raw)]), now)
                    return
        raise KeyError(kind)

    def _fact(self, one: FrameField, value: Value, part: str) -> Any:
        """Give the raw value that says a fact, None if this field cannot."""
        word, _, which = part.partition("=")
        if "{}" in one.part:
            fits = one.value == value and word in ("", one.part.partition("=")[0])
            return (int(which) if which.isdigit() else 1) if fits else None
        if one.value:
            return 1 if one.value == value else None
        raw = raw_of(one, value)
        return raw if one.type == "text" or str(raw).isdigit() else None


DRIVER: Final = SerialDriver(
    name="frame-table",
    summary="Any binary device that talks by itself, by a table of its frames in the settings",
    build=Device,
    player=Player,
    quantities=tuple(QUANTITIES),
    events=tuple(EVENT_KINDS),
    options=FrameTableOptions,
    serial=SerialSettings(9600),
    ticks=("encoder", "any-cut", "hostile"),
)
