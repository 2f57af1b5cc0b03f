"""FTL/1: the options of a terminal, and what it may be set to by an order (CONFIG, IDENTIFY). It sends nothing.

    CONFIG payload    key u8 | len u8 | value     (one after the other; numbers little-endian)

serial.md §D.3 gives the form, and no key a number: what a firmware calls its address, prompts or opening hours is told
by the device's option `config`. `tlv` sets any key by number, as `3=0f`; `identify` lets it blink for so many seconds.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options
from agent.model.effects import Configure
from agent.model.units import Duration
from drivers.ftl1_messages import Config, Identify

Name = Literal["address", "prompts", "volume", "opening_hours", "heartbeat"]
KEYS: Final = ("address", "prompts", "volume", "opening_hours", "heartbeat", "identify", "tlv")
LONGEST: Final = 243
"""A payload has 245 bytes; two of them are the key and the length."""
_WIDTHS: Final = {"u8": 1, "u16": 2, "u32": 4}
HIGHEST_ADDRESS: Final = 247
WIDEST_TLV: Final = 0xFF


class ConfigKey(Options):
    """How a firmware wants one setting: its number, and how the value is written."""

    number: int = Field(ge=0, le=WIDEST_TLV, description="the key's number in CONFIG, from the firmware")
    form: Literal["u8", "u16", "u32", "flag", "text", "hex"] = Field(
        "u8", description="how the value is written; flag: on or off as one byte; hex: bytes as they are"
    )


class Ftl1Options(Options):
    """How a terminal is spoken to."""

    poll: bool = Field(False, description="RS-485 multi-drop: the terminal speaks only when polled at its `address`")
    heartbeat: Duration = Field(30_000, ge=1_000, le=600_000, description="how often the terminal reports")
    tz_min: int = Field(
        480, ge=-720, le=840, description="the site's offset from UTC in minutes, for a terminal's display"
    )
    clips: bool = Field(
        False, description="pull recordings of up to 64 KiB, one at a time, into memory; not for lines of 9600 baud"
    )
    config: dict[Name, ConfigKey] = Field({}, description="how the firmware wants what an order may set")


def setting_of(order: Configure, known: dict[Name, ConfigKey]) -> Config | Identify | str:
    """Give the message for an order, or in words why there is none."""
    if order.key not in KEYS:
        return f"it keeps no setting '{order.key[:32]}'; there are: {', '.join(KEYS)}"
    if order.key == "identify":
        seconds = _number(order.value, 1)
        return Identify(seconds) if seconds else f"identify '{order.value[:16]}' is not 1 to 255 seconds"
    if order.key == "tlv":
        return _by_number(order.value)
    found = next((item for name, item in known.items() if name == order.key), None)
    if found is None:
        return f"the number of '{order.key}' in CONFIG is not known; the device's option config.{order.key} tells it"
    if order.key == "address" and not 1 <= (_number(order.value, 1) or 0) <= HIGHEST_ADDRESS:
        return f"address '{order.value[:16]}' is not 1 to {HIGHEST_ADDRESS}"
    value = _bytes(order.value, found.form)
    return _tlv(found.number, value) if value is not None else f"{order.key} '{order.value[:16]}' is no {found.form}"


def settings_in(config: Config) -> dict[int, bytes] | None:
    """Give the values of a CONFIG by number, None if it is cut short."""
    found, rest = {}, config.settings
    while rest:
        if len(rest) < 2 or len(rest) < 2 + rest[1]:
            return None
        found[rest[0]], rest = rest[2 : 2 + rest[1]], rest[2 + rest[1] :]
    return found


def _by_number(value: str) -> Config | str:
    key, _, hexadecimal = value.partition("=")
    number, data = _number(key, 1), _bytes(hexadecimal, "hex")
    return f"tlv '{value[:32]}' is not such as 3=0f" if number is None or data is None else _tlv(number, data)


def _tlv(number: int, value: bytes) -> Config:
    return Config(bytes([number, len(value)]) + value)


def _bytes(value: str, form: str) -> bytes | None:
    """Give a value as it is written, None if it cannot be."""
    data: bytes | None = None
    if form == "flag":
        data = {"on": b"\x01", "off": b"\0"}.get(value)
    elif form == "text":
        data = value.encode("utf-8", "replace")
    elif form == "hex":
        try:
            data = bytes.fromhex(value)
        except ValueError:
            data = None
    elif (number := _number(value, _WIDTHS[form])) is not None:
        data = number.to_bytes(_WIDTHS[form], "little")
    return data if data is not None and 0 < len(data) <= LONGEST else None


def _number(text: str, width: int) -> int | None:
    """Give a whole number of so many bytes, None if it is none."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else -1
    return number if 0 <= number < 1 << 8 * width else None
