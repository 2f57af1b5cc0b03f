"""OpenMQTTGateway: an ESP32 that hears Bluetooth sensors and the codes of 433/315 MHz buttons and contacts.

It sends no codes (`commands/MQTTto433` is not ours) and decodes no weather stations (`RTL_433toMQTT`: json-topic does).

    home/<gateway>/LWT                       online | offline        (retained, its will; very old builds: Online)
    home/<gateway>/BTtoMQTT/<MAC>            {"hum":"52.6","tempc":"19.2"}               drivers/wire/ble_adverts.py
    home/<gateway>/433toMQTT, …/RFtoMQTT     {"value":1315156,"protocol":1,"length":24}  drivers/wire/rf_codes.py
    home/<gateway>/SYStoMQTT                 {"uptime":1800,"rssi":-60,…}       if the gateway itself is in the settings

The names in SYStoMQTT are UNVERIFIED: the firmware's own, no sample shows them. Sources: mqtt.md §1.0, §1.10, §1.11.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pydantic import Field

from agent.driver import Found, Message, MqttDriver, MqttPlayer, MqttSetup, Options
from agent.model.effects import Order
from agent.model.events import Item
from agent.model.units import Duration
from drivers import theengs
from drivers.wire import json_values as js
from drivers.wire.ble_adverts import QUANTITIES, Adverts
from drivers.wire.gateway_player import GatewayPlayer
from drivers.wire.rf_codes import CONTACTS, RfCodes, RfOptions, code_id, code_of
from drivers.wire.telling import MAX_TOPIC, Telling, Unknown, json_object, junk, presence

RADIO: Final = ("433toMQTT", "RFtoMQTT")
_SYSTEM: Final = {"uptime": js.measure("uptime"), "rssi": js.measure("rssi")}
_CODE: Final = re.compile(r"(?P<base>.+)/(?P<gateway>[^/]+)/(433toMQTT|RFtoMQTT)")


class GatewayOptions(theengs.TheengsOptions):
    """Options of the family."""

    repeats: Duration = Field(
        1_500, ge=500, le=10_000, description="a radio code again within this time is the same press"
    )


class OpenMqttGateway:
    """All devices behind the gateways of one base topic."""

    def __init__(self, setup: MqttSetup) -> None:
        own = setup.options if isinstance(setup.options, GatewayOptions) else GatewayOptions()
        self._setup = setup
        self._root = f"{own.base_topic}/{own.gateway}"
        gateway = "[^/]+" if own.gateway == "+" else re.escape(own.gateway)
        whats = "|".join(("LWT", "BTtoMQTT", "SYStoMQTT", *RADIO))
        base = re.escape(own.base_topic)
        self._topic = re.compile(rf"{base}/(?P<gateway>{gateway})/(?P<what>{whats})(/(?P<below>.+))?")
        self.unknown = Unknown()
        self._adverts = Adverts(setup, self.unknown)
        self._codes = RfCodes(setup, own.repeats)

    def topics(self) -> Sequence[str]:
        """What our devices say; not what the gateways are told."""
        return tuple(f"{self._root}/{what}" for what in ("LWT", "BTtoMQTT/#", "SYStoMQTT", *RADIO))

    def command(self, order: Order, now: int) -> list[Message]:  # noqa: ARG002 - nothing here has ears
        """Neither a beacon nor a radio button says anything to residents."""
        return []

    def receive(self, topic: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:
        """Take one message, give what it means."""
        match = self._topic.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
        if match is None:
            return []
        gateway, what = js.word(match["gateway"]), match["what"]
        name = self._setup.name(gateway)
        if what == "LWT":
            return presence(name or gateway, "gateway", payload, now)
        if what == "BTtoMQTT":
            return self._adverts.receive(match["below"] or "", payload, retained=retained, now=now)
        if what == "SYStoMQTT":
            return self._system(name, payload, retained=retained, now=now) if name else []
        return self._codes.receive(name or gateway, payload, retained=retained, now=now)

    @staticmethod
    def _system(name: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:
        if not payload:
            return []
        told = json_object(payload)
        if told is None:
            return junk(name, "no JSON object", len(payload), now)
        telling = Telling(name, now, retained=retained)
        for key, field in _SYSTEM.items():
            if key in told:
                telling.take(field, told[key])
        return telling.items


def discover(topic: str, payload: bytes) -> list[Found]:
    """Tell which sensor or radio code a gateway hears: for a code, press the button while this runs."""
    gateway, found = theengs.advertised(topic, payload)
    if found:
        return [] if "theengs" in gateway.lower() else found
    match = _CODE.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
    told = json_object(payload) if match else None
    code = code_of(told.get("value")) if told else None
    if match is None or code is None:
        return []
    family = {"base_topic": js.word(match["base"])}
    return [Found(code_id(code), "433 MHz code", family=family, note="whoever has a transmitter can repeat it")]


def player(own_id: str, options: Options) -> MqttPlayer:
    """Play one device behind a gateway."""
    own = options if isinstance(options, GatewayOptions) else GatewayOptions()
    return GatewayPlayer(own_id, own.base_topic, "OpenMQTTGateway" if own.gateway == "+" else own.gateway)


DRIVER = MqttDriver(
    name="openmqttgateway",
    summary="OpenMQTTGateway: Bluetooth sensors, 433/315 MHz buttons and contacts",
    build=OpenMqttGateway,
    player=player,
    quantities=tuple(sorted({*QUANTITIES, *CONTACTS, "uptime"})),
    events=("button", "rf_code"),
    options=GatewayOptions,
    device_options=RfOptions,
    ticks=("encoder", "vectors", "hostile"),
    discover_topics=("+/+/BTtoMQTT/#", "+/+/433toMQTT", "+/+/RFtoMQTT"),
    discover=discover,
    silent_after_ms=None,  # A radio button is silent until it is pressed; a sensor has its interval in the settings.
)
