"""A site with links for the tests of inhibition: thirty meters on a line, a broker with gateways, and what is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent.engine.builtin import BROKER, GATEWAY, LINE, built_in
from agent.engine.engine import Engine
from agent.engine.plan import Link, Plan, Watched
from agent.engine.snapshot import restore, snapshot
from agent.model.effects import Alarm
from agent.model.events import Availability, Offset, Presence, Reading, Scope
from tests.plans import STANDARD, rule

BASE = Path(__file__).parents[1] / "settings" / "base"
MINUTE, HOUR = 60_000, 3_600_000
METERS = tuple(f"meter-{n}" for n in range(30))
SENSORS = ("door", "leak")
SILENT = {"kind": "absent", "after": "60s", "priority": 2}
OPENED = {"kind": "threshold", "quantity": "door_open", "when": {"op": "==", "value": True}, "no_data": "alarm"}
WARM = {"kind": "threshold", "quantity": "temperature", "when": {"op": ">=", "value": 40.0}, "deadband": 0.5}


def plan(*, revision: str = "", silent: dict[str, Any] | None = None, links: bool = True) -> Plan:
    """30 meters on a bus; a door and a leak sensor behind a gateway behind the broker."""
    carried = {
        "line-down-bus": Link("line", "bus", METERS),
        "gateway-down-zigbee": Link("gateway", "zigbee2mqtt", SENSORS),
        "broker-down-south": Link("line", "broker:south", SENSORS, ("gateway-down-zigbee",)),
    }
    rules: dict[str, Any] = {
        "silent": (rule(SILENT | (silent or {})), METERS),
        "quiet": (rule({"kind": "absent", "after": "1h"}), SENSORS),
        "opened": (rule(OPENED), ("door",)),
        LINE: (built_in(LINE, 2), ("bus",)),
        GATEWAY: (built_in(GATEWAY), ("zigbee",)),
        BROKER: (built_in(BROKER), ("south",)),
    }
    devices = {name: Watched("cellar", 10_000) for name in METERS} | {name: Watched("lobby", HOUR) for name in SENSORS}
    return Plan("s", "n", devices, rules, STANDARD, revision, links=carried if links else {})


class Rig:
    """An engine that is restarted whenever somebody wants it, and all alarms that it told."""

    def __init__(self, the_plan: Plan, *others: Plan) -> None:
        self.plans = {one.revision: one for one in (the_plan, *others)}
        self.engine = Engine(the_plan, lambda revision: self.plans[revision])
        self.told: list[Alarm] = []
        self.hear(Offset(1, 0, 1_700_000_000_000, trusted=True))

    def hear(self, cause: Any) -> list[Alarm]:
        return self._keep(self.engine.step(cause))

    def until(self, t: int) -> list[Alarm]:
        return self._keep(self.engine.advance(t))

    def _keep(self, effects: list[Any]) -> list[Alarm]:
        new = [one for one in effects if isinstance(one, Alarm)]
        self.told += new
        return new

    def link(self, t: int, value: Presence, device: str = "bus", scope: Scope = "line") -> list[Alarm]:
        return self.hear(Availability(device, value, scope, t))

    def all_speak(self, t: int, devices: tuple[str, ...] = METERS) -> None:
        for device in devices:
            self.hear(Reading(device, "temperature", 20.0, t))

    def restart(self) -> None:
        made = Engine(self.engine.plan, lambda revision: self.plans[revision])
        restore(made, snapshot(self.engine))
        assert snapshot(made) == snapshot(self.engine)
        self.engine = made


def heard(told: list[Alarm]) -> list[tuple[str, str]]:
    """Give what begins anew for people: alarm and transition. That nobody acknowledges it is another matter."""
    return [(one.alarm, one.transition) for one in told if one.notify >= 0 and one.transition != "escalated"]
