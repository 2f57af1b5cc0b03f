"""One Tasmota board: what its inputs and relays mean, and what must be remembered of it between messages.

It reads no message. `Switch1` and `POWER` are only contacts: what they stand for is in the settings.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from agent.driver import Options
from drivers.wire import json_values as js
from drivers.wire.meanings import Meaning
from drivers.wire.telling import SAME_PRESS_MS


class TasmotaDeviceOptions(Options):
    """Options of one device: what its inputs and relays mean, such as `switch_1: door_open`."""

    switch_1: Meaning = "switch_1"
    switch_2: Meaning = "switch_2"
    switch_3: Meaning = "switch_3"
    switch_4: Meaning = "switch_4"
    switch_5: Meaning = "switch_5"
    switch_6: Meaning = "switch_6"
    switch_7: Meaning = "switch_7"
    switch_8: Meaning = "switch_8"
    relay_1: Meaning = "relay_1"
    relay_2: Meaning = "relay_2"
    relay_3: Meaning = "relay_3"
    relay_4: Meaning = "relay_4"
    relay_5: Meaning = "relay_5"
    relay_6: Meaning = "relay_6"
    relay_7: Meaning = "relay_7"
    relay_8: Meaning = "relay_8"
    invert: list[Annotated[str, Field(pattern=r"^(switch|relay)_[1-8]$")]] = Field(
        [], description="inputs and relays that read the other way round, such as [switch_1]"
    )
    state_text: list[Annotated[str, Field(min_length=1, max_length=10)]] = Field(
        ["OFF", "ON"], min_length=2, max_length=2, description="StateText1 (off) and StateText2 (on) as set in Tasmota"
    )

    def fields(self) -> dict[str, js.Field]:
        """Give how each input and relay is read: its quantity, words and polarity, by `switch_1` … `relay_8`."""
        off, on = (text.lower() for text in self.state_text)
        plugs = (f"{kind}_{n}" for kind in ("switch", "relay") for n in range(1, 9))
        return {plug: js.state(getattr(self, plug), (on,), (off,), invert=plug in self.invert) for plug in plugs}


_PLAIN: Final = TasmotaDeviceOptions().fields()


class Board:
    """What must be remembered of one device: its plugs, what was pressed last, and which quantities it has twice."""

    __slots__ = ("inverted", "name", "plain", "plugs", "pressed", "twice")

    def __init__(self, name: str | None, options: Options | None) -> None:
        self.name = name
        self.plugs = options.fields() if isinstance(options, TasmotaDeviceOptions) else _PLAIN
        self.inverted = frozenset(options.invert if isinstance(options, TasmotaDeviceOptions) else ())
        self.plain = {plug for plug, field in self.plugs.items() if field[0] == plug}
        self.pressed: dict[tuple[str, str], tuple[str, int]] = {}
        self.twice: set[str] = set()

    def relay(self, output: str) -> str:
        """Give the relay that is read as this quantity, "" if none is."""
        relays = (plug for plug in self.plugs if plug.startswith("relay"))
        return next((plug for plug in relays if self.plugs[plug][0] == output), "")

    def again(self, kind: str, part: str, word: str, now: int) -> bool:
        """Tell whether this is the same action once more within a second: a message delivered twice."""
        before, when = self.pressed.get((kind, part), ("", 0))
        self.pressed[kind, part] = (word, now)
        return before == word and now - when < SAME_PRESS_MS
