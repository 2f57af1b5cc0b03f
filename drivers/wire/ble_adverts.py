"""Bluetooth sensors behind gateways (Theengs, OpenMQTTGateway): decoded advertisements as JSON, one object each.

It scans nothing and decrypts nothing (a model id that ends with _ENCR needs its bind key in the gateway). People's
phones are heard too: what is neither bound nor a sensor leaves no trace, not even as a stranger.

    <base>/<gateway>/BTtoMQTT/<MAC>   {"id":"CB:B8:33:4C:88:4F","rssi":-67,"model_id":"RuuviTag_RAWv2","tempc":24.3}
                                      {"hum":"52.6","tempc":"19.2"}           (old firmware: text, the MAC in the topic)
    <base>/<gateway>/BTtoMQTT/…       {"id":…,"manufacturerdata":"9904 05…"}     (RuuviTag, not decoded by the gateway)

One advertisement is sent many times and heard by several gateways: the same `seq` or `packet` of a device, or without
one the same content within two seconds, is one. Source: mqtt.md §1.0, §1.9, §1.11. `co2`, `pm25`, `pm10` are
UNVERIFIED: names of the decoder that no sample shows.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any, Final

from agent.driver import MqttSetup
from agent.model.events import Item, Stranger, Undecoded
from drivers.wire import json_values as js
from drivers.wire import ruuvi
from drivers.wire.telling import Telling, Unknown, json_object, junk, unexplained

MAX_DEVICES: Final = 4096
SAME_ADVERT_MS: Final = 2_000
"""Without a counter: the same content within this time came by another gateway, or twice from the broker."""
SAME_COUNT_MS: Final = 5_000
"""With a counter: a gateway is later than another by so much at most; a beacon repeats its counter for hours."""
SAME_PRESS_MS: Final = 600_000
"""A press whose counter was heard is not another press before the counter can have come round (256 presses)."""
COUNTERS: Final = 8
"""Counters of one device that are remembered: gateways may be out of step by some adverts."""

PRESSES: Final = {1: "single", 2: "double", 3: "triple", 9: "long", 11: "long"}
"""`button` of BTHome devices; 0 is the beacon between presses, 11 is hold."""

FIELDS: Final = js.field_table({
    "tempc": js.measure("temperature"),
    "hum": js.measure("humidity"),
    "pres": js.measure("pressure"),
    "volt": js.measure("battery_voltage"),
    "batt": js.measure("battery"),
    "lux": js.measure("illuminance"),
    "open": js.state("door_open"),
    "motion": js.state("motion"),
    "rot": js.measure("tilt_angle"),
    "mov": js.measure("movement_count"),
    "rssi": js.measure("rssi"),
    "co2": js.measure("co2"),
    "pm25": js.measure("pm2_5"),
    "pm10": js.measure("pm10"),
})  # fmt: skip
ACCELERATION: Final = js.measure("acceleration")
TX_POWER: Final = js.measure("tx_power")
QUANTITIES: Final = tuple(sorted({*(field[0] for field in FIELDS.values()), "acceleration", "tx_power"}))
# The decoder prints acc* with a factor that is neither g nor m/s2: not used. tempf repeats tempc.
KNOWN: Final = frozenset((
    "id", "mac", "name", "brand", "model", "model_id", "type", "track", "acts", "cont", "encr", "device", "tempf",
    "accx", "accy", "accz", "tx", "seq", "packet", "button", "manufacturerdata", "servicedata", "servicedatauuid",
    "mac_type", "adv_type", "txpower", "distance", "prmac",
))  # fmt: skip
_MAC: Final = re.compile(r"[0-9A-F]{12}", re.ASCII)


def mac_of(raw: object) -> str:
    """Give a MAC as its twelve digits in capitals, however it is written; "" if it is none."""
    digits = re.sub(r"[:\-]", "", raw).upper() if isinstance(raw, str) and len(raw) <= 17 else ""
    return digits if _MAC.fullmatch(digits) else ""


class Heard:
    """What must be remembered of one device: counters and contents that were heard, and when."""

    __slots__ = ("counters", "last", "last_t", "press", "press_t")

    def __init__(self) -> None:
        self.counters: OrderedDict[int, int] = OrderedDict()
        self.last: object = None
        self.last_t = 0
        self.press = -1
        self.press_t = 0

    def again(self, counter: int | None, content: object, now: int) -> bool:
        """Tell whether this advertisement was taken already."""
        if counter is None:
            same = content == self.last and now - self.last_t < SAME_ADVERT_MS
            if not same:
                self.last, self.last_t = content, now
            return same
        before = self.counters.get(counter)
        if before is not None and now - before < SAME_COUNT_MS:
            return True
        self.counters[counter] = now
        self.counters.move_to_end(counter)
        if len(self.counters) > COUNTERS:
            self.counters.popitem(last=False)
        return False

    def pressed(self, counter: int | None, now: int) -> bool:
        """Tell whether this is a new press; one without a counter is new if it was no repetition."""
        if counter is None:
            return True
        ago = (self.press - counter) % 256
        if self.press >= 0 and ago < COUNTERS and now - self.press_t < SAME_PRESS_MS:
            return False
        self.press, self.press_t = counter, now
        return True


class Adverts:
    """All Bluetooth devices, by whatever gateway they are heard."""

    def __init__(self, setup: MqttSetup, unknown: Unknown) -> None:
        self._names: dict[str, str] | None = None
        if setup.bindings is not None:
            self._names = {mac_of(own) or own: bound.device for own, bound in setup.bindings.items()}
        self._heard: OrderedDict[str, Heard] = OrderedDict()
        self._unknown = unknown

    def receive(self, below: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:
        """Take what stands below `BTtoMQTT/` in the topic, and the payload."""
        told = json_object(payload) if payload else None
        own = mac_of(told.get("id") or told.get("mac")) if told else ""
        own = own or mac_of(below.rpartition("/")[2])
        if not own or not payload:
            return []  # The gateway's own words, or a retained message that is deleted.
        name = own if self._names is None else self._names.get(own)
        if name is None:
            return [Stranger(own, now)] if told and is_sensor(told) else []
        if told is None:
            return junk(name, "no JSON object", len(payload), now)
        again = self._again(own, told, now)
        return [] if again else self._advert(Telling(name, now, retained=retained), own, told, payload)

    def _advert(self, telling: Telling, own: str, told: dict[str, Any], payload: bytes) -> list[Item]:
        explained = self._raw(telling, told.get("manufacturerdata")) | self._keys(telling, own, told)
        if js.word(told.get("model_id")).endswith("_ENCR"):
            detail = "encrypted: its gateway needs the bind key"
            return [*telling.items, Undecoded(telling.device, "", 0, detail, telling.now)]
        if explained or told.keys() <= KNOWN:
            return telling.items
        return unexplained(telling.device, payload, telling.now)

    def _again(self, own: str, told: dict[str, Any], now: int) -> bool:
        content = [(key, repr(raw)[: js.MAX_WORD]) for key, raw in told.items() if key not in ("rssi", "distance")]
        return self._memory(own).again(counter_of(told), content, now)

    def _keys(self, telling: Telling, own: str, told: dict[str, Any]) -> bool:
        explained = False
        for key, raw in told.items():
            if field := FIELDS.get(key):
                telling.take(field, raw)
                explained = True
            elif key == "button":
                self._button(telling, own, raw, counter_of(told))
                explained = True
            elif key == "tempf" and "tempc" not in told:
                telling.take(FIELDS["tempc"], f"{raw} F")
                explained = True
            elif key not in KNOWN:
                self._unknown.saw(key)
        return explained

    def _button(self, telling: Telling, own: str, raw: object, counter: int | None) -> None:
        number = counter_word(raw)
        word = PRESSES.get(number if number is not None else -1)
        if word is None:
            if number != 0:
                self._unknown.saw(f"button={js.word(str(raw))}")
            return
        if self._memory(own).pressed(counter, telling.now):
            telling.event("button", word, detail="" if counter is None else f"dedup=packet:{counter}")

    @staticmethod
    def _raw(telling: Telling, data: object) -> bool:
        said = ruuvi.from_advertisement(data)
        if said is not None:
            take_ruuvi(telling, said)
        return said is not None

    def _memory(self, own: str) -> Heard:
        heard = self._heard.get(own)
        if heard is None:
            heard = self._heard[own] = Heard()
            if len(self._heard) > MAX_DEVICES:
                self._heard.popitem(last=False)
        return heard


def counter_word(raw: object) -> int | None:
    """Give a small whole number, also as text, None if it is none."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) <= 5:
        return int(raw)
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= 0xFFFF else None


def counter_of(told: dict[str, Any]) -> int | None:
    """Give the number that a device gives each advertisement: `seq` (RuuviTag, also a raw one) or `packet` (BTHome)."""
    counter = counter_word(told.get("packet", told.get("seq")))
    if counter is None and "manufacturerdata" in told and (said := ruuvi.from_advertisement(told["manufacturerdata"])):
        return said.seq
    return counter


def is_sensor(told: dict[str, Any]) -> bool:
    """Tell whether an advertisement is a sensor's: phones and watches with random MACs are nobody's business."""
    readable = any(key in told for key in FIELDS if key != "rssi") or "button" in told or "tempf" in told
    return readable or ruuvi.from_advertisement(told.get("manufacturerdata")) is not None


def take_ruuvi(telling: Telling, said: ruuvi.Ruuvi) -> None:
    """Take a tag's own frame: what cannot be in our bounds is a fault, what it has not is left out."""
    telling.take(FIELDS["tempc"], said.temperature)
    telling.take(FIELDS["hum"], said.humidity)
    telling.take(FIELDS["pres"], None if said.pressure is None else said.pressure / 100)
    for axis, g in zip("xyz", said.acceleration or (), strict=False):
        telling.take(ACCELERATION, g, f"axis={axis}")
    telling.take(FIELDS["volt"], said.voltage)
    telling.take(TX_POWER, said.tx)
    telling.take(FIELDS["mov"], said.moves)
