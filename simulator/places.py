"""Things of the world where people are: bins, doors, washrooms, passages. No machines (plant.py), no devices.

Rates are those of a busy hour, so that a demo of a minute shows life; left alone, nothing becomes a matter for staff.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from agent.model.events import Value
from simulator.thing import TICK_MS, Rhythm, Thing


class Bin(Thing):
    """A bin seen from its lid. `empty_mm` / `full_mm` are the distances to the surface; `rate` is in % per minute."""

    words = ("fill", "tilt")

    def __init__(
        self, name: str, dice: random.Random, empty_mm: float = 1000, full_mm: float = 200, rate: float = 2.0
    ) -> None:
        super().__init__(name, dice)
        self._empty, self._full, self._rate = empty_mm, full_mm, rate
        self.fill = dice.uniform(15, 40)
        self._goal = self.fill
        self.now["tilt"] = False
        self._look()

    def tick(self) -> None:
        """Fill slowly by itself, quickly when somebody throws in sacks."""
        self._goal = max(self._goal, min(80.0, self.fill + self._rate * TICK_MS / 60_000))
        self.fill = min(self._goal, self.fill + 20 * TICK_MS / 1000)
        self._look()

    def _look(self) -> None:
        self.now["fill_level"] = self.fill
        distance = self._empty - self.fill / 100 * (self._empty - self._full)
        self.now["distance"] = round(distance + self.dice.uniform(-2, 2))
        self.now["remaining"] = round(100 - self.fill)

    def happen(self, word: str, value: Value) -> None:
        """`fill`: sacks are thrown in up to this %; `tilt`: it is knocked over (true) or stood up."""
        if word == "fill":
            self._goal = float(value)
        elif word == "tilt":
            self.now["tilt"] = bool(value)

    def fix(self) -> None:
        """Empty it and stand it up."""
        self.fill = self._goal = 2.0
        self.now["tilt"] = False
        self._look()


class Door(Thing):
    """A door. People go through every `traffic` = [from, to] seconds and it shuts behind them within 1.5 s."""

    words = ("open", "force")

    def __init__(self, name: str, dice: random.Random, traffic: Sequence[float] = (0, 0)) -> None:
        super().__init__(name, dice)
        self._people = Rhythm(traffic[0], traffic[1], dice)
        self._shuts_at = -1
        self._held = False
        self.now |= {"door_open": False, "open_count": 0, "tamper": False}

    def tick(self) -> None:
        """Let people through."""
        if self._people.comes(self.t) and not self._held:
            self._shuts_at = self.t + round(self.dice.uniform(700, 1500))
        self._set(self._held or self.t < self._shuts_at)

    def _set(self, is_open: bool) -> None:
        if is_open and not self.now["door_open"]:
            self.now["open_count"] = int(self.now["open_count"]) + 1
        self.now["door_open"] = is_open

    def happen(self, word: str, value: Value) -> None:
        """`open`: somebody holds it open (false: lets it shut); `force`: the same, with the frame bent (tamper)."""
        self._held = bool(value)
        self.now["tamper"] = self._held and word == "force"
        if not self._held:
            self._shuts_at = -1
        self._set(self._held)

    def fix(self) -> None:
        """Shut it and straighten the frame."""
        self.happen("open", False)


class Washroom(Thing):
    """A washroom. A visitor every `visits` seconds; what a leaving visitor says depends on how it looks.

    `voice` is the share of visitors who say something while it is clean; when it is dirty (dirt of 40 or more),
    everybody does, and nothing but negative.
    """

    words = ("dirty", "paper_out")

    def __init__(
        self,
        name: str,
        dice: random.Random,
        visits: Sequence[float] = (4, 8),
        stay: Sequence[float] = (1.5, 3),
        voice: float = 0.4,
    ) -> None:
        super().__init__(name, dice)
        self._visits = Rhythm(visits[0], visits[1], dice)
        self._stay, self._voice = stay, voice
        self._leaves_at = -1
        self.dirt = dice.uniform(0, 8)
        self.now |= {"occupancy": False, "presence": False, "motion": False}
        self.now |= {"people_in_total": 0, "people_out_total": 0}
        self.now["remaining"] = round(dice.uniform(70, 100))
        self._look()

    def tick(self) -> None:
        """Let visitors in and out."""
        if self._visits.comes(self.t) and self._leaves_at < 0:
            self._leaves_at = self.t + round(1000 * self.dice.uniform(*self._stay))
            self.now["people_in_total"] = int(self.now["people_in_total"]) + 1
        if 0 <= self._leaves_at <= self.t:
            self._leave()
        inside = self._leaves_at >= 0
        self.now |= {"occupancy": inside, "presence": inside, "motion": inside}
        self._look()

    def _leave(self) -> None:
        self._leaves_at = -1
        self.now["people_out_total"] = int(self.now["people_out_total"]) + 1
        self.now["remaining"] = max(0, int(self.now["remaining"]) - self.dice.randint(0, 1))
        self.dirt = min(100.0, self.dirt + self.dice.uniform(0, 0.5))
        says, mood = self.dice.random(), self.dice.random()
        if self.dirt >= 40:
            self.say("negative")
        elif says < self._voice:
            self.say("positive" if mood < 0.8 else "neutral")

    def _look(self) -> None:
        self.now["nh3"] = round(0.1 + self.dirt * 0.03, 2)
        self.now["h2s"] = round(self.dirt * 0.001, 3)
        self.now["people_count"] = int(bool(self.now["occupancy"]))

    def happen(self, word: str, value: Value) -> None:
        """`dirty`: somebody left it so (0..100, true is 80); `paper_out`: the dispenser is empty."""
        if word == "dirty":
            self.dirt = 80.0 if value is True else float(value)
        elif word == "paper_out":
            self.now["remaining"] = 0

    def fix(self) -> None:
        """Clean it and put paper in."""
        self.dirt = 0.0
        self.now["remaining"] = 100


class Passage(Thing):
    """A hall, stair or gate where people pass every `traffic` seconds, showing one of `cards` if there is a reader."""

    words = ("people", "loiter", "leave", "card")

    def __init__(
        self,
        name: str,
        dice: random.Random,
        traffic: Sequence[float] = (0, 0),
        cards: Sequence[str] = (),
        pleased: float = 0.0,
    ) -> None:
        super().__init__(name, dice)
        self._people = Rhythm(traffic[0], traffic[1], dice)
        self._cards, self._pleased = tuple(cards), pleased
        self._gone_at = -1
        self._loitering = False
        self.now |= {"people_in_total": 0, "people_out_total": 0, "people_count": 0, "illuminance": 120}
        self._look()

    def tick(self) -> None:
        """Let people pass."""
        if self._people.comes(self.t):
            self._pass()
        self._look()

    def _pass(self) -> None:
        self._gone_at = self.t + round(self.dice.uniform(800, 2000))
        way = self.dice.choice(("people_in_total", "people_out_total"))
        self.now[way] = int(self.now[way]) + 1
        if self._cards:
            self.say("card", self.dice.choice(self._cards))
        if self.dice.random() < self._pleased:
            self.say("positive")

    def _look(self) -> None:
        here = self._loitering or self.t < self._gone_at
        self.now |= {"motion": here, "presence": here, "occupancy": here, "people_count": int(here)}
        self.now["distance"] = round(self.dice.uniform(800, 2500)) if here else 0
        self.now["target_energy"] = self.dice.randint(40, 90) if here else 0
        self.wander("illuminance", 60, 240, 10)

    def happen(self, word: str, value: Value) -> None:
        """`people`: one passes; `loiter` / `leave`: somebody stays; `card`: one shows this card."""
        if word == "people":
            self._pass()
        elif word in ("loiter", "leave"):
            self._loitering = word == "loiter"
        elif word == "card":
            self.say("card", str(value))
        self._look()

    def fix(self) -> None:
        """Send away who stayed."""
        self._loitering = False
