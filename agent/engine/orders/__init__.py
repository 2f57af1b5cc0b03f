"""What may be ordered: one function a command, by its name on the wire. Each gives what follows and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from agent.engine.orders import alarms, alarms_silence
from agent.engine.orders.answers import Carry
from agent.engine.orders.devices import configure, maintain, switch
from agent.engine.orders.plain import ping, reloaded
from agent.engine.orders.service import record

ORDERS: Final[Mapping[str, Carry]] = {
    "ping": ping,
    "alarm-ack": alarms.acknowledge,
    "alarm-start": alarms.start,
    "alarm-hold": alarms.hold,
    "alarm-resume": alarms.resume,
    "alarm-resolve": alarms.resolve,
    "alarm-resolve-override": alarms.override,
    "alarm-verify": alarms.verify,
    "alarm-cancel": alarms.cancel,
    "alarm-reset": alarms.reset,
    "alarm-shelve": alarms_silence.shelve,
    "alarm-unshelve": alarms_silence.unshelve,
    "alarm-oos": alarms_silence.out_of_service,
    "alarm-comment": alarms_silence.comment,
    "alarm-escalate": alarms_silence.escalate,
    "alarm-assign": alarms_silence.assign,
    "alarm-hand-over": alarms_silence.hand_over,
    "output": switch,
    "maintenance": maintain,
    "device-set": configure,
    "service-record": record,
    "config-reload": reloaded,
}
