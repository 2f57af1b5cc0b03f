"""GPS and GNSS receivers that speak NMEA 0183: where a sweeper or a patrol is, and what time it is without internet.

It sets no clock: it tells what time the satellites say, once that may be believed. It sends the receiver nothing.

9600 or 4800 8N1, once a second; the frame is drawn in drivers/wire/nmea.py. Talkers (GP, GN, BD, GL …) do not matter:

    RMC time, A or V, lat, N, lon, E, knots, course, ddmmyy …       position, speed, date; V: nothing is believed
    GGA time, lat, N, lon, E, quality, satellites, hdop, altitude … GNS: the same with a mode instead of the quality
    GLL lat, N, lon, E, time, A …                                   VTG course, T, …, km/h, K: where there is no RMC

The time is believed after five RMC with A in a row whose times go as ours do (within 2 s), and not from a year before
this program was written: a receiver whose week counter rolled over is 19.6 years behind. Then readings carry it, and
the event `clock` tells it at once and every 10 minutes. Two digits of a year are 20yy up to 79, else 19yy.
Source: serial.md §B14 (pynmea2 tests).
"""

from __future__ import annotations

import re
from typing import Final

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Event, Fault, Item, Reading
from agent.model.units import Duration
from drivers.wire import nmea
from drivers.wire.calendar import civil, unix_ms
from drivers.wire.frames import Speaker, Talker

BUILD_YEAR: Final = 2025
KMH: Final = 1.852
TRUSTED_AFTER: Final = 5
STEP_MS: Final = 2000
RMC_GONE_MS: Final = 5000
PERIOD_MS: Final = 1000
_CLOCK: Final = re.compile(r"(\d\d)(\d\d)(\d\d(?:\.\d{0,9})?)", re.ASCII)
_DATE: Final = re.compile(r"(\d\d)(\d\d)(\d\d)", re.ASCII)
START: Final = unix_ms(2025, 1, 15)


class GnssOptions(Options):
    """How often it tells the time."""

    clock: Duration = Field(600_000, ge=1000, le=86_400_000, description="how often the time is told, once believed")


class Clock:
    """What time the receiver says, and whether it may be believed: `stamp` in Unix milliseconds, 0 while not."""

    def __init__(self, trusted_after: int) -> None:
        self._needed, self._good = trusted_after, 0
        self._offset = 0
        self._field = ""
        self.stamp = 0

    def said(self, time: str, date: str, now: int) -> int:
        """Take time and date of a good fix; give the stamp, 0 if it is not believed (yet)."""
        claimed = instant(time, date)
        if claimed <= 0:
            self.lost()
            return 0
        offset = claimed - now
        self._good = self._good + 1 if self._good and abs(offset - self._offset) < STEP_MS else 1
        self._offset, self._field = offset, time
        self.stamp = claimed if self._good >= self._needed else 0
        return self.stamp

    def lost(self) -> None:
        """There is no good fix: from here on five must come again."""
        self._good = self.stamp = 0

    def of(self, time: str) -> int:
        """Give the stamp of another sentence of the same second, else 0."""
        return self.stamp if time == self._field else 0


def instant(time: str, date: str) -> int:
    """Give hhmmss.ss and ddmmyy as Unix milliseconds; -1 if it is none, or from before this program was written."""
    clock, day = _CLOCK.fullmatch(time), _DATE.fullmatch(date)
    if clock is None or day is None:
        return -1
    hours, minutes, seconds = int(clock[1]), int(clock[2]), float(clock[3])
    if hours > 23 or minutes > 59 or seconds >= 60:
        return -1
    year = int(day[3]) + (2000 if int(day[3]) < 80 else 1900)
    ms = hours * 3_600_000 + minutes * 60_000 + round(seconds * 1000)
    return unix_ms(year, int(day[2]), int(day[1]), ms) if year >= BUILD_YEAR else -1


class Device(Talker):
    """The host's side. `trusted_after`, for `decode`: so many good fixes and the time is believed."""

    quiet_ms = 500

    def __init__(self, setup: Setup, trusted_after: int = TRUSTED_AFTER) -> None:
        super().__init__(setup.device, *nmea.SHAPES)
        self._clock = Clock(trusted_after)
        self._every = (setup.options if isinstance(setup.options, GnssOptions) else GnssOptions()).clock
        self._told_at = self._rmc_at = -1
        self._placed = ""
        """The time of the position that was told last: RMC, GGA and GLL of one second say the same."""

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give what a sentence measures; sentences without use, line ends and binary frames mean nothing."""
        if frame[:1] != b"$":
            return []
        fields = nmea.fields(frame)
        fields += [""] * (16 - len(fields))
        match fields[0][2:]:
            case "RMC":
                return self._rmc(fields, now)
            case "GGA" | "GNS":
                return self._gga(fields, now)
            case "GLL":
                return self._position(fields[1:5], fields[5], now) if fields[6] == "A" else []
            case "VTG" if now - self._rmc_at > RMC_GONE_MS or self._rmc_at < 0:
                return self._readings([("course", nmea.number(fields[1])), ("speed", nmea.number(fields[7]))], 0, now)
        return []

    def _rmc(self, fields: list[str], now: int) -> list[Item]:
        self._rmc_at = now
        fixed = fields[2] == "A"
        items: list[Item] = [Reading(self.device, "position_fix", fixed, now)]
        if not fixed:
            self._clock.lost()
            return items
        stamp = self._clock.said(fields[1], fields[9], now)
        knots = nmea.number(fields[7])
        speed = None if knots is None else round(knots * KMH, 3)
        items += self._position(fields[3:7], fields[1], now)
        items += self._readings([("speed", speed), ("course", nmea.number(fields[8]))], stamp, now)
        if stamp and (self._told_at < 0 or now - self._told_at >= self._every):
            self._told_at = now
            year, month, day, ms = civil(stamp)
            clock = f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}"
            said = f"{year}-{month:02d}-{day:02d}T{clock}Z"
            items.append(Event(self.device, "clock", said, now, time_quality="derived", said_at=stamp))
        return items

    def _gga(self, fields: list[str], now: int) -> list[Item]:
        gns = fields[0][2:] == "GNS"
        mode = fields[6]
        quality = None if gns else nmea.number(mode)
        fixed = bool(mode.strip("N")) if gns else bool(quality)
        items: list[Item] = [] if gns and not mode else [Reading(self.device, "position_fix", fixed, now)]
        stamp = self._clock.of(fields[1])
        values = [("fix_quality", quality), ("satellites", nmea.number(fields[7]))]
        if fixed:
            items += self._position(fields[2:6], fields[1], now)
            values += [("hdop", nmea.number(fields[8])), ("altitude", nmea.number(fields[9]))]
        return items + self._readings(values, stamp, now)

    def _position(self, said: list[str], time: str, now: int) -> list[Item]:
        if time and time == self._placed:
            return []
        latitude, longitude = nmea.angle(said[0], said[1]), nmea.angle(said[2], said[3])
        if latitude is None or longitude is None or said[1] not in ("N", "S") or said[3] not in ("E", "W"):
            return [Fault(self.device, "insane", f"position {','.join(said)[:40]}", t=now)] if any(said) else []
        self._placed = time
        return self._readings([("latitude", latitude), ("longitude", longitude)], self._clock.of(time), now)

    def _readings(self, values: list[tuple[str, float | None]], stamp: int, now: int) -> list[Item]:
        known = [Reading(self.device, name, value, now, said_at=stamp) for name, value in values if value is not None]
        return self.believed(known, now)


class Player(Speaker):
    """The receiver itself: says RMC and GGA once a second, without a fix until the world sets a `latitude`."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(PERIOD_MS)
        self._wall = setup.wall
        self._now = 0

    def talk(self, now: int) -> bytes:
        """Give what the receiver says now."""
        self._now = now
        return super().talk(now)

    def frame(self) -> bytes:
        """Give the sentences of this second."""
        wall = self._wall(self._now)
        year, month, day, ms = civil(START + self._now if wall is None else wall)
        time = f"{ms // 3_600_000:02d}{ms // 60_000 % 60:02d}{ms / 1000 % 60:05.2f}"
        fixed = ("latitude", "") in self.seen and self.seen.get(("position_fix", "")) is not False
        place = ",,,"
        if fixed:
            latitude, longitude = (self._float(name) for name in ("latitude", "longitude"))
            place = f"{nmea.angle_text(latitude, 2, 'NS')},{nmea.angle_text(longitude, 3, 'EW')}"
        knots, course = self._float("speed") / KMH, self._float("course")
        moving = f"{knots:.3f},{course:.1f}" if fixed else ","
        quality, satellites = (self.number(name) for name in ("fix_quality", "satellites"))
        rmc = f"GNRMC,{time},{'A' if fixed else 'V'},{place},{moving},{day:02d}{month:02d}{year % 100:02d},,,A"
        more = f"{quality or 1},{satellites:02d},{self._float('hdop'):.1f},{self._float('altitude'):.1f}"
        gga = f"GNGGA,{time},{place},{more if fixed else f'0,{satellites:02d},99.9,'},M,,M,,"
        return nmea.sentence(rmc) + nmea.sentence(gga)

    def _float(self, name: str) -> float:
        return float(self.seen.get((name, ""), 0))


DRIVER: Final = SerialDriver(
    name="nmea-gps",
    summary="GPS / GNSS receiver (NMEA 0183), UART",
    build=Device,
    player=Player,
    quantities=(
        "latitude", "longitude", "altitude", "speed", "course", "satellites", "hdop", "fix_quality", "position_fix",
    ),
    events=("clock",),
    options=GnssOptions,
    serial=SerialSettings(9600),
    decoder=lambda setup: Device(setup, 1),
    silent_after_ms=60_000,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)  # fmt: skip
