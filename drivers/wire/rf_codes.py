"""433/315 MHz codes of an OpenMQTTGateway: which code is which button or contact, and what is only a repetition.

It learns nothing by itself. A code has no sender that could be proved and can be replayed by anybody: it may be a press
or a contact, never an acknowledgement or a disarming.

    <base>/<gateway>/433toMQTT   {"value":1315156,"protocol":1,"length":24,"delay":317}        CC1101 adds "mhz":315.026
    <base>/<gateway>/RFtoMQTT    the same (builds with several receivers)

A transmitter repeats its code 3 to 10 times a press, and for as long as the button is held. Source: mqtt.md §1.10.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from agent.driver import MqttSetup, Options
from agent.model.events import Item, Stranger
from drivers.wire.telling import Telling, json_object, junk

MOST: Final = 1 << 40
MAX_CODES: Final = 1024
"""Codes whose repetition is recognised."""
CONTACTS: Final = (
    "door_open", "motion", "presence", "occupancy", "water_leak", "smoke", "gas_alarm", "tamper", "vibration", "tilt",
    "battery_low",
)  # fmt: skip
"""What a code may say of a contact: what a stranger with a transmitter may claim without harm beyond a false alarm."""


def _contact(name: str) -> str:
    if name in CONTACTS:
        return name
    raise ValueError(f"'{name}' is nothing that a radio code may say; expected one of {', '.join(CONTACTS)}")


class RfCode(Options):
    """One code: a press, or a state of a contact (which has one code for each state, or only one)."""

    code: int = Field(ge=0, lt=MOST, description="the `value` as the gateway prints it")
    press: Literal["", "single", "double", "triple", "long", "emergency"] = Field("", description="it is this press")
    channel: str = Field("", pattern=r"^[a-z0-9]{0,16}$", description="which button of the transmitter, such as 1")
    quantity: Annotated[str, AfterValidator(_contact)] | None = Field(None, description="it is a contact: door_open …")
    state: bool = Field(True, description="the contact's state that this code says")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.press) == bool(self.quantity):
            both = "both a press and a contact" if self.press else "neither a press nor a contact"
            raise ValueError(f"code {self.code} is {both}; expected `press: single` or `quantity: door_open`")
        if self.quantity and self.channel:
            raise ValueError(f"code {self.code}: a contact has no channel; expected `channel` with `press` alone")
        return self


class RfOptions(Options):
    """Options of one device: its codes. Without them the id is the code itself (`433/1315156`) and a single press."""

    codes: list[RfCode] = Field([], max_length=64, description="the codes of this transmitter")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        seen: set[int] = set()
        for one in self.codes:
            if one.code in seen:
                raise ValueError(f"code {one.code} stands twice; expected each code once")
            seen.add(one.code)
        return self


def code_id(code: int) -> str:
    """Give the own id of a code that no table names."""
    return f"433/{code}"


class RfCodes:
    """All codes that the gateways of one family hear."""

    def __init__(self, setup: MqttSetup, again_ms: int) -> None:
        self._strange_told = setup.bindings is None
        self._again_ms = again_ms
        self._heard: OrderedDict[int, int] = OrderedDict()
        self._table: dict[int, tuple[str, RfCode]] = {}
        for own, bound in (setup.bindings or {}).items():
            if isinstance(bound.options, RfOptions) and bound.options.codes:
                for one in bound.options.codes:
                    self._table.setdefault(one.code, (bound.device, one))
            elif own.startswith("433/") and (code := code_of(own[4:])) is not None:
                self._table.setdefault(code, (bound.device, RfCode(code=code, press="single")))

    def receive(self, gateway: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:
        """Take one message: an event or reading, a stranger, or nothing if it only repeats or is retained."""
        if retained or not payload:
            return []  # A code is heard now or never.
        told = json_object(payload)
        code = code_of(told.get("value")) if told else None
        if told is None or code is None:
            return junk(gateway, "no code", len(payload), now)
        if self._repeats(code, now):
            return []
        device, meaning = self._table.get(code, ("", None))
        if meaning is not None:
            return self._meant(device, meaning, told, now)
        if not self._strange_told:
            return [Stranger(code_id(code), now)]
        telling = Telling(gateway, now)
        telling.event("rf_code", float(code), detail=_radio(told))
        return telling.items

    @staticmethod
    def _meant(device: str, meaning: RfCode, told: dict[str, Any], now: int) -> list[Item]:
        telling = Telling(device, now)
        if meaning.quantity:
            telling.reading(meaning.quantity, meaning.state)
        else:
            part = f"channel={meaning.channel}" if meaning.channel else ""
            telling.event("button", meaning.press, part, detail=_radio(told))
        return telling.items

    def _repeats(self, code: int, now: int) -> bool:
        before = self._heard.get(code)
        self._heard[code] = now
        self._heard.move_to_end(code)
        if len(self._heard) > MAX_CODES:
            self._heard.popitem(last=False)
        return before is not None and now - before < self._again_ms


def code_of(raw: object) -> int | None:
    """Give a code, which old firmware writes as text; None if it is none."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) <= 13:
        raw = int(raw)
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < MOST else None


def _radio(told: dict[str, Any]) -> str:
    """Give what else is told of a code: its length in bits and rc-switch's protocol number."""
    numbers = (("bits", told.get("length")), ("protocol", told.get("protocol")))
    return ",".join(f"{word}={raw}" for word, raw in numbers if type(raw) is int and 0 <= raw < 1000)
