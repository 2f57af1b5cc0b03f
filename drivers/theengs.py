"""Theengs Gateway: Bluetooth sensors (RuuviTag, Shelly BLU and other BTHome, thermometers) decoded on the Pi itself.

It sends nothing, scans nothing and reports no phones. The gateway's will says that the gateway is gone, not its
sensors: those are only silent.

    home/<gateway>/LWT                online | offline                     (retained, its will; in any case of letters)
    home/<gateway>/BTtoMQTT/<MAC>     {"id":"CB:B8:33:4C:88:4F","tempc":24.3,…}     see drivers/wire/ble_adverts.py

Several gateways may hear one sensor: what both tell is taken once. With OpenMQTTGateway on the same broker each family
names its `gateway`, or one of them (that hears adverts of both) does for all. Sources: mqtt.md §1.0, §1.9, §1.11.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from pydantic import Field

from agent.driver import Found, Message, MqttDriver, MqttPlayer, MqttSetup, Options
from agent.model.effects import Order
from agent.model.events import Item
from drivers.wire import json_values as js
from drivers.wire import ruuvi
from drivers.wire.ble_adverts import QUANTITIES, Adverts, is_sensor, mac_of, take_ruuvi
from drivers.wire.gateway_player import GatewayPlayer
from drivers.wire.telling import MAX_TOPIC, Telling, Unknown, json_object, junk, presence

DEFAULT_BASE: Final = "home"
SILENT_MS: Final = 900_000
"""No advertisement for so long: the sensor is gone or its battery is empty (mqtt.md §1.11)."""
_SHOWN: Final = re.compile(r"(?P<base>.+)/(?P<gateway>[^/]+)/BTtoMQTT/(?P<mac>[^/]+)")


class TheengsOptions(Options):
    """Options of the family."""

    base_topic: str = Field(
        DEFAULT_BASE, pattern=r"^[^+#]*[^+#/]$", max_length=64, description="what stands before the gateway's name"
    )
    gateway: str = Field(
        "+", pattern=r"^(\+|[^+#/]+)$", max_length=64, description="one gateway by its name; +: all of them"
    )


class Theengs:
    """All Bluetooth devices behind the gateways of one base topic."""

    def __init__(self, setup: MqttSetup) -> None:
        own = setup.options if isinstance(setup.options, TheengsOptions) else TheengsOptions()
        self._setup = setup
        self._root = f"{own.base_topic}/{own.gateway}"
        gateway = "[^/]+" if own.gateway == "+" else re.escape(own.gateway)
        self._topic = re.compile(
            rf"{re.escape(own.base_topic)}/(?P<gateway>{gateway})/(?P<what>LWT|BTtoMQTT)(/(?P<below>.+))?"
        )
        self.unknown = Unknown()
        self._adverts = Adverts(setup, self.unknown)

    def topics(self) -> Sequence[str]:
        """Wills and adverts of all gateways; below BTtoMQTT there may be one level more."""
        return (f"{self._root}/LWT", f"{self._root}/BTtoMQTT/#")

    def command(self, order: Order, now: int) -> list[Message]:  # noqa: ARG002 - a beacon has no ears
        """A Bluetooth sensor says nothing to residents."""
        return []

    def receive(self, topic: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:
        """Take one message, give what it means."""
        match = self._topic.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
        if match is None:
            return []
        if match["what"] == "LWT":
            gateway = js.word(match["gateway"])
            return presence(self._setup.name(gateway) or gateway, "gateway", payload, now)
        return self._adverts.receive(match["below"] or "", payload, retained=retained, now=now)


def advertised(topic: str, payload: bytes) -> tuple[str, list[Found]]:
    """Give the gateway and the sensor that an advertisement shows; phones are none."""
    match = _SHOWN.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
    told = json_object(payload) if match else None
    own = (mac_of(told.get("id")) or mac_of(match["mac"])) if match and told else ""
    if match is None or not told or not own or not is_sensor(told):
        return "", []
    model = f"{js.word(told.get('brand'))} {js.word(told.get('model')) or js.word(told.get('model_id'))}".strip()
    note = "encrypted: give the gateway its bind key" if js.word(told.get("model_id")).endswith("_ENCR") else ""
    return match["gateway"], [
        Found(own, model[: js.MAX_WORD], family={"base_topic": js.word(match["base"])}, note=note)
    ]


def discover(topic: str, payload: bytes) -> list[Found]:
    """Tell which sensor an advertisement shows, if a gateway that is called Theengs hears it."""
    gateway, found = advertised(topic, payload)
    return found if "theengs" in gateway.lower() else []


def frame(options: Options, data: bytes) -> list[Item]:
    """Explain the bytes of a RuuviTag (Data Format 5), with or without the company number before them."""
    del options
    said = ruuvi.decode(data.removeprefix(bytes.fromhex(ruuvi.COMPANY)))
    if said is None:
        return junk("theengs", "no frame of RuuviTag's Data Format 5", len(data), 0)
    telling = Telling(mac_of(said.mac) or "theengs", 0)
    take_ruuvi(telling, said)
    return telling.items


def player(own_id: str, options: Options) -> MqttPlayer:
    """Play one device behind a gateway."""
    own = options if isinstance(options, TheengsOptions) else TheengsOptions()
    return GatewayPlayer(own_id, own.base_topic, "TheengsGateway" if own.gateway == "+" else own.gateway)


DRIVER = MqttDriver(
    name="theengs",
    summary="Theengs Gateway: RuuviTag, Shelly BLU and other Bluetooth sensors and buttons",
    build=Theengs,
    player=player,
    quantities=QUANTITIES,
    events=("button",),
    options=TheengsOptions,
    ticks=("encoder", "vectors", "hostile"),
    discover_topics=("+/+/BTtoMQTT/#",),
    discover=discover,
    frame=frame,
    silent_after_ms=SILENT_MS,
)
