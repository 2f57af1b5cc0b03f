"""JSN-SR04T v2/v3 and AJ-SR04M waterproof ultrasonic distance sensors in their UART modes: how full a bin is.

It makes no fill level of the distance: that is the settings' business (`derive`). It knows no pulse mode (no resistor).

9600 8N1, big endian. A resistor on the board sets the mode: 47 k talks every 100 ms, 120 k answers a trigger:

    55                            host: measure (takes 60 ms, at most ten times a second)
    FF | distance mm | sum        sensor
    0    1             3          JSN-SR04T: sum = FF + high + low; AJ-SR04M: sum = high + low (8 bits both)

The two sums always differ, so a frame of one model is refused by the other's profile: the settings name the model.
Outside 250 to 6000 mm there is no distance. Boards that return the trigger are tolerated; a banner at power-up is junk.
Source: serial.md §B6 (esphome jsn_sr04t).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Fault, Item, Reading
from drivers.wire.asking import Asking
from drivers.wire.checks import sum8
from drivers.wire.frames import Shape, Speaker

TRIGGER: Final = b"\x55"
HEADER: Final = b"\xff"
SIZE: Final = 4
PERIOD_MS: Final = 100
LOW_MM, HIGH_MM = 250, 6000
Model = Literal["jsn-sr04t", "aj-sr04m"]


class DistanceOptions(Options):
    """Which sensor it is and how its resistor sets it."""

    model: Model = Field("jsn-sr04t", description="the board: the two models sum their frames differently")
    mode: Literal["talks", "trigger"] = Field(
        "talks", description="talks: 47 k, every 100 ms; trigger: 120 k, asked every interval"
    )


def encode(distance_mm: int, model: Model = "jsn-sr04t") -> bytes:
    """Give the frame that says a distance, 0..65535, as this model sums it."""
    distance = distance_mm.to_bytes(2, "big")
    return HEADER + distance + bytes([sum8((HEADER if model == "jsn-sr04t" else b"") + distance)])


def decode(frame: bytes) -> int:
    """Give the distance in mm of a checked frame."""
    return int.from_bytes(frame[1:3], "big")


def _summed(*models: Model) -> Callable[[bytes], bool]:
    return lambda frame: any(encode(decode(frame), model) == frame for model in models)


def _options(setup: Setup) -> DistanceOptions:
    return setup.options if isinstance(setup.options, DistanceOptions) else DistanceOptions()


ECHO: Final = Shape(TRIGGER, b"", 1, lambda _head: 1, lambda _frame: True)


class Device(Asking):
    """The host's side. With `guess` it takes frames of both models, unless the settings name one."""

    timeout_ms = 200

    def __init__(self, setup: Setup, *, guess: bool = False) -> None:
        options = _options(setup)
        both = guess and "model" not in options.model_fields_set
        check = _summed("jsn-sr04t", "aj-sr04m") if both else _summed(options.model)
        shapes = [Shape(HEADER, b"", SIZE, lambda _head: SIZE, check)]
        asked = options.mode == "trigger"
        if asked or guess:
            shapes.append(ECHO)
        super().__init__(setup, *shapes, request=TRIGGER if asked else b"", least_ms=PERIOD_MS)

    def is_answer(self, frame: bytes, asked: bytes) -> bool:  # noqa: ARG002 - there is one request
        """Tell an answer from the trigger, where a board returns it."""
        return frame != TRIGGER

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give the distance, or say why there is none."""
        if frame == TRIGGER:
            return []
        distance = decode(frame)
        if not LOW_MM <= distance <= HIGH_MM:
            trouble = "blind zone" if distance < LOW_MM else "out of range"
            return [Fault(self.device, "insane", trouble, t=now)]
        return [Reading(self.device, "distance", float(distance), now)]


class Player(Speaker):
    """The sensor itself: says `distance` (mm), 0 until the world sets one, as its model and resistor want."""

    def __init__(self, setup: Setup) -> None:
        self._options = _options(setup)
        self._asked = self._options.mode == "trigger"
        super().__init__(0 if self._asked else PERIOD_MS)

    def frame(self) -> bytes:
        """Give the frame for what is in front of the sensor."""
        return encode(min(max(self.number("distance"), 0), 0xFFFF), self._options.model)

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Measure once for every trigger."""
        return self.frame() * data.count(TRIGGER) if self._asked else b""


DRIVER: Final = SerialDriver(
    name="jsn-sr04t",
    summary="JSN-SR04T / AJ-SR04M ultrasonic distance, UART",
    build=Device,
    player=Player,
    quantities=("distance",),
    options=DistanceOptions,
    serial=SerialSettings(9600),
    decoder=lambda setup: Device(setup, guess=True),
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
