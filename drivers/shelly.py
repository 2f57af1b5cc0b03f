"""Shelly Gen2, Gen3, Gen4: relays, inputs, buttons, leak, smoke, climate and energy meters, as JSON-RPC on MQTT.

It does not speak to Gen1 (`shellies/…`), and uses no `command` topic (its words are not documented well).

    <prefix>/online              true | false                                             (retained, its will)
    <prefix>/events/rpc          {"src":"shellyplus1-08b61fd141e8","method":"NotifyStatus","params":{"ts":1656519645.48,
                                 "input:0":{"id":0,"state":false}}}                       a delta; NotifyFullStatus: all
                                 {"method":"NotifyEvent","params":{"events":[{"component":"input:0","event":"single_push"}]}}
    <prefix>/status/switch:0     {"id":0,"output":true,"apower":3.8,…}                     (if status_ntf is set)
    <prefix>/rpc                 {"id":1,"src":"caretaker","method":"Switch.Set","params":{"id":0,"on":true}}     ours
    caretaker/rpc                {"id":1,"src":"shellyplus1-…","result":{"was_on":false}}  the answer; or "error"

A device is known by its own id (`src`), whatever its prefix. Battery devices sleep: their `online` false is no absence.
Before a device has the time its `ts` is a second or two. One press is one event: `btn_down` and `btn_up` say nothing. A
flood sensor without its cable is not dry. An output is switched by Switch.Set and read back by Switch.GetStatus, for a
relay that was so already reports nothing. Sources: mqtt.md §1.0, §1.3, §1.11.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from pydantic import Field

from agent.driver import Found, Message, MqttDriver, MqttSetup, Options
from agent.model.effects import Order, Switch
from agent.model.events import Availability, Fault, Item, Stranger
from drivers.wire import json_values as js
from drivers.wire.meanings import SWITCHED
from drivers.wire.shelly_device import Device
from drivers.wire.shelly_player import ShellyPlayer
from drivers.wire.shelly_status import QUANTITIES, ShellyDeviceOptions
from drivers.wire.telling import MAX_TOPIC, Telling, Unknown, json_object, junk

MAX_DEVICES: Final = 4096
MAX_ASKED: Final = 256
"""Answers that are waited for."""
SILENT_AFTER_MS: Final = 25 * 3_600_000
"""Mains devices have a will; battery devices wake once or twice a day (`wakeup_period`)."""
_OWN_ID: Final = re.compile(r"shelly[a-z0-9]+-[0-9a-f]{6,12}", re.ASCII)
_RELAY: Final = re.compile(r"relay_(\d{1,2})", re.ASCII)
_ONLINE: Final = {b"true": True, b"false": False}


class ShellyOptions(Options):
    """Options of the family."""

    prefix: str = Field(
        "+", pattern=r"^[^#]{1,128}$", description="topic prefixes to listen to; + stands for one level, as in site/+"
    )
    client: str = Field(
        "caretaker",
        pattern=r"^[^+#/]{1,64}$",
        description="where answers come (<client>/rpc); another for each agent",
    )


class _Asked(NamedTuple):
    """A request that was sent."""

    device: Device
    what: str
    number: int


class Shelly:
    """All Shelly devices behind one broker."""

    def __init__(self, setup: MqttSetup) -> None:
        own = setup.options if isinstance(setup.options, ShellyOptions) else ShellyOptions()
        self._setup = setup
        self._own = own
        levels = re.escape(own.prefix).replace(r"\+", "[^/]+")
        self._topic = re.compile(rf"({levels})/(online|events/rpc|status/([^/]+))")
        self._devices: dict[str, Device] = {}
        self._ids: dict[str, str] = {}
        """Prefix -> the device's own id, where they differ."""
        for own_id, bound in (setup.bindings or {}).items():
            if isinstance(bound.options, ShellyDeviceOptions) and bound.options.topic_prefix:
                self._ids[bound.options.topic_prefix] = own_id
        self._asked: OrderedDict[int, _Asked] = OrderedDict()
        self._last = 0
        self.unknown = Unknown()

    def topics(self) -> Sequence[str]:
        """Wills, notifications, component statuses, and the answers to us."""
        prefix = self._own.prefix
        return (f"{prefix}/online", f"{prefix}/events/rpc", f"{prefix}/status/+", f"{self._own.client}/rpc")

    def command(self, order: Order, now: int) -> list[Message]:  # noqa: ARG002 - it is done when the device says so
        """Switch a relay, and ask what it is then."""
        own = self._setup.own_id(order.device)
        device = self._meet(own, own) if own and isinstance(order, Switch) else None
        if device is None or not isinstance(order, Switch):
            return []
        plug = device.options.plug_of(order.output)
        match = _RELAY.fullmatch(plug)
        if match is None:
            return []
        number, on = int(match[1]), order.on is not (plug in device.options.invert)
        wish = self._request(device, "Switch.Set", number, {"id": number, "on": on})
        return [wish, self._request(device, "Switch.GetStatus", number, {"id": number})]

    def _request(self, device: Device, method: str, number: int, params: dict[str, Any]) -> Message:
        self._last += 1
        self._asked[self._last] = _Asked(device, method, number)
        if len(self._asked) > MAX_ASKED:
            self._asked.popitem(last=False)
        body = {"id": self._last, "src": self._own.client, "method": method, "params": params}
        return Message(f"{device.prefix}/rpc", msgspec.json.encode(body), qos=1)

    def receive(self, topic: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:  # noqa: PLR0911
        """Take one message, give what it means."""
        if topic == f"{self._own.client}/rpc":
            return [] if retained else self._answer(payload, now)
        match = self._topic.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
        if match is None or not payload:
            return []
        told = json_object(payload) if match[2] != "online" else None
        device = self._meet(match[1], js.word(told.get("src")) if told and match[2] == "events/rpc" else "")
        if device is None:
            return [Stranger(self._ids.get(match[1], js.word(match[1])), now)]
        if match[2] == "online":
            return _presence(device, payload, now)
        if told is None:
            return junk(device.name, "no JSON object", len(payload), now)
        if match[3]:
            telling = Telling(device.name, now, retained=retained)
            device.status(telling, {match[3]: told}, self.unknown, whole=True)
            return telling.items
        return self._notified(device, told, retained=retained, now=now)

    def _notified(self, device: Device, told: dict[str, Any], *, retained: bool, now: int) -> list[Item]:
        params = told.get("params")
        if not isinstance(params, dict):
            return junk(device.name, "a notification without params", len(str(told)[:1000]), now)
        telling = Telling(device.name, now, js.device_time(params.get("ts"), self._setup.wall(now)), retained=retained)
        method = told.get("method")
        if method in ("NotifyStatus", "NotifyFullStatus"):
            device.status(telling, params, self.unknown, whole=method == "NotifyFullStatus")
        elif method == "NotifyEvent":
            events = params.get("events")
            for one in events[:32] if isinstance(events, list) else ():
                if isinstance(one, dict):
                    device.event(telling, one)
        else:
            self.unknown.saw(f"method={js.word(method)}")
        return telling.items

    def _answer(self, payload: bytes, now: int) -> list[Item]:
        """Take the answer to a request of ours; others' are none of our business."""
        told = json_object(payload)
        number = told.get("id") if told else None
        asked = self._asked.get(number) if number.__class__ is int else None
        if told is None or asked is None or not self._may_be(asked.device, js.word(told.get("src"))):
            return []
        del self._asked[number]  # type: ignore[arg-type]
        device, result, error = asked.device, told.get("result"), told.get("error")
        if isinstance(error, dict):
            what = f"{asked.what} {asked.number}: {js.word(str(error.get('code')))} {js.word(error.get('message'))}"
            return [Fault(device.name, "refused", what.strip(), len(payload), now)]
        telling = Telling(device.name, now)
        if asked.what == "Switch.GetStatus" and isinstance(result, dict):
            device.status(telling, {f"switch:{asked.number}": result}, self.unknown, whole=True)
        return telling.items

    def _may_be(self, device: Device, src: str) -> bool:
        """Tell whether an answer that says it is from `src` may be from this device."""
        other = self._devices.get(src)
        return other is device or (other is None and device.src in ("", src))

    def _meet(self, prefix: str, src: str) -> Device | None:
        """Give the device of this prefix and own id, None for a stranger."""
        if src and src != prefix and len(self._ids) < MAX_DEVICES:
            self._ids[prefix] = src
        own = src or self._ids.get(prefix, prefix)
        name = self._setup.name(own)
        if name is None:
            own, name = prefix, self._setup.name(prefix)
        if name is None:
            return None
        device = self._devices.get(own)
        if device is None:
            device = Device(name, own, self._setup.options_of(own))
            if len(self._devices) < MAX_DEVICES:
                self._devices[own] = device
        if src:
            device.heard(prefix, src)
        return device


def _presence(device: Device, payload: bytes, now: int) -> list[Item]:
    online = _ONLINE.get(payload.strip().lower())
    if online is None:
        return junk(device.name, "neither true nor false", len(payload), now)
    if device.sleeps and not online:
        return []  # It went back to sleep.
    return [Availability(device.name, "online" if online else "offline", "device", now)]


def discover(topic: str, payload: bytes) -> list[Found]:
    """Tell which Shelly a notification or a will shows."""
    prefix, _, what = topic.rpartition("/online") if topic.endswith("/online") else topic.partition("/events/rpc")
    told = json_object(payload) if not what and topic.endswith("/events/rpc") and len(topic) <= MAX_TOPIC else None
    src = js.word(told.get("src")) if told else prefix[: js.MAX_WORD] if topic.endswith("/online") else ""
    if not _OWN_ID.fullmatch(src):
        return []
    options = {"topic_prefix": js.word(prefix)} if prefix != src else {}
    family = {"prefix": "/".join(["+"] * (prefix.count("/") + 1))} if "/" in prefix else {}
    return [Found(src, src.partition("-")[0], options, family)]


DRIVER = MqttDriver(
    name="shelly",
    summary="Shelly Gen2 and later: relays, inputs, buttons, leak, smoke, climate and energy meters",
    build=Shelly,
    player=ShellyPlayer,
    quantities=tuple(sorted({*QUANTITIES, *SWITCHED})),
    events=("button", "sensor_fault", "device_alarm"),
    options=ShellyOptions,
    device_options=ShellyDeviceOptions,
    ticks=("encoder", "vectors", "hostile"),
    outputs=(*(f"relay_{n}" for n in range(8)), *SWITCHED),
    silent_after_ms=SILENT_AFTER_MS,
    discover_topics=("+/events/rpc", "+/online"),
    discover=discover,
)
