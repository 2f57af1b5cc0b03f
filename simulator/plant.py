"""Things of the world without people: rooms, air, mains, motors. No devices.

Left alone, every value stays where a healthy building has it; a scenario makes it leak, burn, strain or sag.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from agent.model.events import Value
from simulator.thing import TICK_MS, Rhythm, Thing


class Room(Thing):
    """A room with a climate, which may leak, burn or get hot. `around` is its usual temperature in degC."""

    words = ("leak", "smoke", "heat")

    def __init__(self, name: str, dice: random.Random, around: float = 22.0) -> None:
        super().__init__(name, dice)
        self._around, self._goal = around, around
        self.now |= {"temperature": around, "humidity": dice.uniform(45, 60), "pressure": dice.uniform(1005, 1020)}
        self.now |= {"water_leak": False, "smoke": False}

    def tick(self) -> None:
        """Drift; head for the goal by at most 4 K a second when something heats."""
        now = float(self.now["temperature"])
        pull = max(-0.4, min(0.4, (self._goal - now) * 0.1))
        self.now["temperature"] = now + pull + self.dice.uniform(-0.02, 0.02)
        self.wander("humidity", 40, 70, 0.5)
        self.wander("pressure", 1000, 1025, 0.1)

    def happen(self, word: str, value: Value) -> None:
        """`leak` / `smoke`: there is water / smoke; `heat`: it heads for this temperature in degC."""
        if word == "heat":
            self._goal = float(value)
        elif word in self.words:
            self.now["water_leak" if word == "leak" else "smoke"] = bool(value)

    def fix(self) -> None:
        """Stop the water, put out the fire, switch the cooling on."""
        self._goal = self._around
        self.now |= {"water_leak": False, "smoke": False}


class Air(Thing):
    """What is in the air: dust and gases."""

    words = ("haze", "stuffy")

    def __init__(self, name: str, dice: random.Random) -> None:
        super().__init__(name, dice)
        self._haze, self._stuffy = 0.0, 0.0
        self.tick()

    def tick(self) -> None:
        """Drift around clean air."""
        dust = self.wander("_dust", 8, 20, 2) + self._haze
        self.now |= {"pm1": round(dust * 0.6), "pm2_5": round(dust), "pm10": round(dust * 1.3)}
        self.now["co2"] = round(self.wander("_co2", 450, 700, 20) + self._stuffy)
        self.now["voc_index"] = round(self.wander("_voc", 80, 120, 5))
        self.now["particle_count"] = round(dust * 60)

    def happen(self, word: str, value: Value) -> None:
        """`haze`: so many ug/m3 of dust more; `stuffy`: so many ppm of CO2 more."""
        if word == "haze":
            self._haze = float(value)
        elif word == "stuffy":
            self._stuffy = float(value)
        self.tick()

    def fix(self) -> None:
        """Open the window, change the filter."""
        self._haze = self._stuffy = 0.0


class Motor(Thing):
    """A pump, a lift, a fan: it runs for a while every `cycle` seconds, or always; strained, it draws half more.

    `rated` is its power in W, `idle` what it draws at rest. Voltage is the mains' own affair: `sag` lowers it here.
    """

    words = ("strain", "sag", "stop")

    def __init__(
        self, name: str, dice: random.Random, rated: float = 1500, idle: float = 40, cycle: Sequence[float] = (0, 0)
    ) -> None:
        super().__init__(name, dice)
        self._rated, self._idle = rated, idle
        self._starts = Rhythm(cycle[0], cycle[1], dice)
        self._always = not cycle[1]
        self._stops_at = -1
        self._strain, self._sag, self._stopped = False, 0.0, False
        self.now |= {"energy_total": round(dice.uniform(1e5, 9e5)), "device_temperature": 35.0, "vibration": False}
        self.tick()

    def tick(self) -> None:
        """Run or rest, and heat up or cool down."""
        if self._starts.comes(self.t):
            self._stops_at = self.t + round(self.dice.uniform(2000, 5000))
        runs = not self._stopped and (self._always or self._strain or self.t < self._stops_at)
        power = (self._rated * (1.5 if self._strain else 1.0) if runs else self._idle) * self.dice.uniform(0.98, 1.02)
        self._electric(power)
        goal = 70.0 if self._strain else 42.0 if runs else 35.0
        heat = float(self.now["device_temperature"])
        self.now["device_temperature"] = round(heat + max(-0.3, min(0.5, (goal - heat) * 0.05)), 3)
        self.now["temperature"] = self.now["device_temperature"]
        self.now |= {"vibration": self._strain and runs, "relay_1": runs, "running": runs}

    def _electric(self, power: float) -> None:
        voltage = self._sag or self.wander("_voltage", 226, 234, 1)
        factor = 0.86 + self.dice.uniform(-0.01, 0.01)
        self.now |= {"voltage": round(voltage, 1), "power": round(power, 1), "power_factor": round(factor, 2)}
        self.now["apparent_power"] = round(power / factor, 1)
        self.now["reactive_power"] = round((power / factor) * (1 - factor**2) ** 0.5, 1)
        self.now["current"] = round(power / factor / voltage, 3)
        self.now["frequency"] = round(self.wander("_frequency", 49.9, 50.1, 0.05), 1)
        self.now["energy_total"] = float(self.now["energy_total"]) + power * TICK_MS / 3_600_000

    def happen(self, word: str, value: Value) -> None:
        """`strain`: it works against something; `sag`: its voltage falls to so many V; `stop`: it stands still."""
        if word == "strain":
            self._strain = bool(value)
        elif word == "sag":
            self._sag = float(value)
        elif word == "stop":
            self._stopped = bool(value)
        self.tick()

    def fix(self) -> None:
        """Free it, and let the mains come back."""
        self._strain, self._sag, self._stopped = False, 0.0, False
