"""Orders about devices: an output, a setting that a device keeps itself, a maintenance lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from agent.engine import changes
from agent.engine.orders.answers import Answer, args_of, refuse, respond
from agent.model.effects import Configure
from agent.model.events import Instruction

if TYPE_CHECKING:
    from agent.engine.engine import Engine

WEEK: Final = 7 * 86_400


class OutputArgs(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of `output`: `state` on, off or auto (the rules decide again); for `seconds` (0: until `auto`)."""

    device: str
    output: str
    state: Literal["on", "off", "auto"]
    seconds: Annotated[int, msgspec.Meta(ge=0, le=WEEK)] = 0


class MaintenanceArgs(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of `maintenance`: one of `device` and `zone`; a lock ends by itself after `seconds`."""

    state: Literal["on", "off"]
    device: str = ""
    zone: str = ""
    seconds: Annotated[int, msgspec.Meta(ge=60, le=WEEK)] = 4 * 3600


class DeviceSetArgs(msgspec.Struct, forbid_unknown_fields=True):
    """Arguments of `device-set`: a key that the device's driver offers, and its value as a word."""

    device: str
    key: Annotated[str, msgspec.Meta(max_length=64)]
    value: Annotated[str, msgspec.Meta(max_length=256)]


def switch(engine: Engine, order: Instruction) -> Answer:
    """`output`: `accepted` at once; that it is so is told by the event `output` with the word `confirmed`."""
    args = args_of(order, OutputArgs, "{device, output, state: on|off|auto, seconds?}")
    key = (args.device, args.output)
    spec = engine.outputs.specs.get(key)
    if spec is None:
        known = ", ".join(f"{device} {name}" for device, name in engine.outputs.specs) or "none"
        note = f"'{args.device}' has no output '{args.output}' that may be switched; there are: {known}"
        return refuse(order, "UNKNOWN_OUTPUT", note)
    if "command" not in spec.by:
        return refuse(order, "FORBIDDEN", f"{args.output} is switched by rules alone")
    told = engine.outputs.override(key, args.state, args.seconds, order.t, order.user or order.via)
    now = engine.outputs.known[key]
    return told, respond(order, "accepted", result={"wanted": now.wanted, "state": now.state})


def maintain(engine: Engine, order: Instruction) -> Answer:
    """`maintenance`: lock a device or a zone, or end its lock."""
    args = args_of(order, MaintenanceArgs, "{state: on|off, device or zone, seconds?}")
    if bool(args.device) == bool(args.zone):
        return refuse(order, "BAD_ARGS", "maintenance needs either device or zone")
    scope: Literal["device", "zone"] = "device" if args.device else "zone"
    name, who = args.device or args.zone, order.user or order.via
    if not engine.locks.known(scope, name):
        return refuse(order, f"UNKNOWN_{scope.upper()}", f"there is no {scope} '{name}'")
    if args.state == "off":
        return changes.unlock(engine, f"{scope} {name}", who), respond(order, "ok")
    until = order.t + args.seconds * 1000
    told = engine.locks.lock(scope, name, until, order.t, who)
    return [*told], respond(order, "ok", result={"seconds": args.seconds})


def configure(engine: Engine, order: Instruction) -> Answer:
    """`device-set`: pass a setting on to the device; its driver knows the keys, the device says whether it took it."""
    args = args_of(order, DeviceSetArgs, "{device, key, value}")
    watched = engine.plan.devices.get(args.device)
    if watched is None:
        return refuse(order, "UNKNOWN_DEVICE", f"there is no device '{args.device}'")
    if args.key not in watched.keys:
        known = ", ".join(watched.keys) or "none"
        return refuse(order, "BAD_ARGS", f"'{args.device}' keeps no setting '{args.key}'; there are: {known}")
    told = Configure(args.device, order.t, args.key, args.value, order.cmd_id)
    return [told], respond(order, "accepted")
