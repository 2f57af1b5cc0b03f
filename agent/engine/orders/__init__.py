"""What may be ordered: one function a command, by its name on the wire. Each gives what follows and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agent.engine.orders.alarms import acknowledge
from agent.engine.orders.answers import Carry
from agent.engine.orders.devices import configure, maintain, switch
from agent.engine.orders.plain import ping, reloaded

ORDERS: Final[Mapping[str, Carry]] = {
    "ping": ping,
    "alarm-ack": acknowledge,
    "output": switch,
    "maintenance": maintain,
    "device-set": configure,
    "config-reload": reloaded,
}
