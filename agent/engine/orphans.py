"""Open alarms whose rule or device left the settings: they live on until a supervisor cancels them, never silently.

No reading reaches them; their clocks run, they escalate, and orders about them are carried out (domain.md §1.5.6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from agent.alarms.life import Cause, Life, Spec
from agent.engine.deadlines import Deadlines
from agent.model.effects import Alarm


class Orphans:
    """All of them by alarm id, with the settings that they were raised under."""

    def __init__(self, deadlines: Deadlines, tickets: Callable[[], int]) -> None:
        self._deadlines, self._tickets = deadlines, tickets
        self.lives: dict[str, Life] = {}

    def leave(self, life: Life, t: int) -> list[Alarm]:
        """Take an alarm whose rule went; one that is not open is forgotten."""
        told = life.fire("remove", t, Cause())
        if life.work != "IDLE":
            self.lives[life.spec.alarm] = life
        return told

    def claim(self, alarm: str) -> Life | None:
        """Give an alarm back to its rule, which is there again."""
        return self.lives.pop(alarm, None)

    def arm(self) -> None:
        """Set all deadlines."""
        for alarm, life in self.lives.items():
            for name, due in life.due.items():
                self._deadlines.push(alarm, name, due)

    def fire(self, alarm: str, name: str, due: int, t: int) -> list[Alarm]:
        """A deadline has come."""
        life = self.lives[alarm]
        told = life.timer(name, t, Cause()) if life.due.get(name) == due else []
        self.arm()
        return told

    def forget(self, alarm: str) -> None:
        """Forget one that was closed."""
        if alarm in self.lives and self.lives[alarm].work == "IDLE":
            del self.lives[alarm]

    def state(self) -> dict[str, Any]:
        """Give what must be remembered over a restart."""
        return {
            alarm: {"spec": msgspec.to_builtins(life.spec), "life": life.state()} for alarm, life in self.lives.items()
        }

    def restore(self, state: Mapping[str, Any], t: int) -> None:
        """Take it back."""
        for alarm, one in state.items():
            life = self.lives[alarm] = Life(msgspec.convert(one["spec"], Spec), self._tickets)
            life.restore(one["life"], t)
