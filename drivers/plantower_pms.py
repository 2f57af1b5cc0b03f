"""Plantower PMS5003, PMS7003, PMS3003 and PMS5003T/S/ST dust sensors on a UART.

It neither sleeps nor wakes the sensor by itself (the laser lives about 8000 h; `power` is a setting), and publishes no
CF=1 values: those are for the factory.

9600 8N1, talks by itself about every second (active mode) or is asked (passive mode); plantower_frame.py draws all:

    42 4D | length | std PM1 2.5 10 | air PM1 2.5 10 | counts 0.3 0.5 1 2.5 5 10 um | version error | sum
    0       2        4    6   8       10   12  14      16 … 26                        28      29      30

All zero, counts too, is a sensor that warms up: no values, and those of the next 30 s are suspect. An error byte other
than 0 makes the frame worthless. A 5003T and a 5003S have frames of the same length as all others: the settings tell.
Source: serial.md §B1 (PyPMS captures, esphome pmsx003).
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Event, Fault, Item, Quality, Reading
from drivers.plantower_frame import (
    COMMAND_SHAPE,
    COUNT_PARTS,
    LENGTH_REPLY,
    MODE,
    PM,
    READ,
    SHAPE,
    SLEEP_WAKE,
    Model,
    Sample,
    command,
    decode,
    encode,
    guessed,
    reply,
)
from drivers.wire.asking import Asking
from drivers.wire.frames import Frames, Refused, Speaker

PERIOD_MS: Final = 1000
STABLE_MS: Final = 30_000


class DustOptions(Options):
    """Which sensor it is, where its frame does not tell, and how it is read."""

    model: Model = Field("pms5003", description="pms5003t or pms5003s where it is one; all others tell it themselves")
    mode: Literal["active", "passive"] = Field("active", description="active: it talks; passive: it is asked")


def _options(setup: Setup) -> DustOptions:
    return setup.options if isinstance(setup.options, DustOptions) else DustOptions()


class Device(Asking):
    """The host's side. With `guess` it takes a frame for that of the model it fits, unless the model is given."""

    def __init__(self, setup: Setup, *, guess: bool = False) -> None:
        options = _options(setup)
        asked = options.mode == "passive"
        begin = [command(MODE, 0)] if asked else []
        super().__init__(setup, SHAPE, request=command(READ) if asked else b"", begin=begin)
        self._model = None if guess and "model" not in options.model_fields_set else options.model
        self._warming = False
        self._stable_at = -1

    def is_answer(self, frame: bytes, asked: bytes) -> bool:
        """Data answer a request, a reply of the same code a command."""
        return frame[4] == asked[2] if frame[3] == LENGTH_REPLY else asked[2] == READ

    def replies(self, command: bytes) -> bool:
        """Tell that it answers a change of its mode; to sleep some units say nothing."""
        return command[2] == MODE

    def setting(self, key: str, value: str) -> bytes:
        """Give the command for `power`: sleep or wake."""
        return command(SLEEP_WAKE, value == "wake") if key == "power" and value in ("sleep", "wake") else b""

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give the values in the air and the counts; replies to commands mean nothing by themselves."""
        if frame[3] == LENGTH_REPLY:
            return []
        sample = decode(frame, self._model or guessed(frame))
        if sample.error:
            return [Fault(self.device, "insane", f"error byte 0x{sample.error:02X}", t=now)]
        warming, self._warming = self._warming, not any((*sample.std, *sample.air, *sample.counts))
        if self._warming:
            self._stable_at = now + STABLE_MS
            return [] if warming else [Event(self.device, "sensor_status", "warming_up", now)]
        return self.believed(self._readings(sample, now), now)

    def _readings(self, sample: Sample, now: int) -> list[Reading]:
        worth: Quality = "suspect" if now < self._stable_at else "good"
        dust = [
            Reading(self.device, name, float(value), now, worth) for name, value in zip(PM, sample.air, strict=True)
        ]
        dust += [
            Reading(self.device, "particle_count", float(count), now, worth, part)
            for part, count in zip(COUNT_PARTS, sample.counts, strict=False)
        ]
        others = {
            "hcho": (sample.hcho, 1000),
            "temperature": (sample.temperature, 10),
            "humidity": (sample.humidity, 10),
        }
        return dust + [
            Reading(self.device, name, count / scale, now)
            for name, (count, scale) in others.items()
            if count is not None
        ]


class Player(Speaker):
    """The sensor itself: says `pm1`, `pm2_5`, `pm10` and `particle_count` of a part such as `size=0.3`.

    It is the model of its options; once `hcho`, `temperature` and `humidity` are set it is a 5003S, 5003T or 5003ST.
    """

    def __init__(self, setup: Setup) -> None:
        super().__init__(PERIOD_MS)
        options = _options(setup)
        self._host = Frames(COMMAND_SHAPE)
        self._model = options.model
        self._active = options.mode == "active"
        self._awake = True

    def sample(self) -> Sample:
        """Give what the sensor sees now."""
        air = tuple(self.number(name) for name in PM)
        counts = tuple(self.number("particle_count", part) for part in COUNT_PARTS)
        hcho = self._scaled("hcho", 1000, always=self._model == "pms5003s")
        warm = self._model == "pms5003t"
        temperature, humidity = (self._scaled(name, 10, always=warm) for name in ("temperature", "humidity"))
        if temperature is not None and hcho is None:
            counts = counts[:4]
        return Sample(air, air, counts, 0x97, 0, hcho, temperature, humidity)

    def _scaled(self, quantity: str, scale: int, *, always: bool) -> int | None:
        value = self.seen.get((quantity, ""), 0 if always else None)
        return None if value is None else round(float(value) * scale)

    def frame(self) -> bytes:
        """Give the data frame, or nothing in passive mode and asleep."""
        return encode(self.sample()) if self._awake and self._active else b""

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002
        """Obey the host's commands."""
        return b"".join(self._obey(one[2], one[4]) for one in self._host.feed(data) if not isinstance(one, Refused))

    def _obey(self, code: int, data: int) -> bytes:
        if code == READ:
            return encode(self.sample()) if self._awake else b""
        if code == MODE:
            self._active = bool(data)
        else:
            self._awake = bool(data)
        return reply(code, data)


DRIVER: Final = SerialDriver(
    name="plantower-pms",
    summary="Plantower PMS5003 / 5003T / 5003S / 5003ST / 7003 / 3003 dust, UART",
    build=Device,
    player=Player,
    quantities=(*PM, "particle_count", "hcho", "temperature", "humidity"),
    events=("sensor_status",),
    options=DustOptions,
    serial=SerialSettings(9600),
    decoder=lambda setup: Device(setup, guess=True),
    keys=("power",),
    ticks=("encoder", "vectors", "any-cut", "hostile", "capture"),
)
