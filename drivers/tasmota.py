"""Tasmota: ESP boards with wired sensors, reed contacts, buttons and relays, as JSON on MQTT.

It will not decode infrared or radio codes, and never sends a retained command (it would switch ghosts).

    tele/<t>/LWT      Online | Offline                                    (retained, its will)
    tele/<t>/STATE    {"UptimeSec":13,"POWER":"ON","Wifi":{"RSSI":86,"Signal":-57}}       (RSSI is %, Signal is dBm)
    tele/<t>/SENSOR   {"Time":"2019-11-03T19:34:28","BME280":{"Temperature":21.7},"TempUnit":"C"}, {"Switch1":"ON"}
    stat/<t>/RESULT   {"Button1":{"Action":"SINGLE"}}, {"Switch1":{"Action":"ON"}}, replies to commands (ignored)
    tele/<t>/INFO3    {"Info3":{"RestartReason":"Power On"}}
    cmnd/<t>/POWER2   ON | OFF       ours; the board answers stat/<t>/RESULT {"POWER2":"ON"}, also if it was so already

`Time` has no offset by default and is then not believed. Two sensors that give the same quantity are told apart by
`source_key=<block>`. A Zigbee device behind a Tasmota bridge is `<t>/<its name>`. Sources: mqtt.md §1.0, §1.2, §1.11.
Blocks and player:
drivers/wire/tasmota_sensors.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from agent.driver import Message, MqttDriver, MqttSetup
from agent.model.effects import Order, Switch
from agent.model.events import Item, Stranger
from drivers.wire import found
from drivers.wire import json_values as js
from drivers.wire.meanings import STATES, SWITCHED
from drivers.wire.tasmota_board import Board, TasmotaDeviceOptions
from drivers.wire.tasmota_sensors import (
    ENERGY,
    KNOWN,
    QUANTITIES,
    SIGNAL,
    UPTIME,
    ZIGBEE,
    TasmotaOptions,
    TasmotaPlayer,
    block_field,
    in_our_unit,
)
from drivers.wire.telling import MAX_TOPIC, Telling, Unknown, json_object, junk, presence, unexplained

MAX_DEVICES: Final = 4096
SILENT_AFTER_MS: Final = 15 * 60_000
"""Three TelePeriods of five minutes: every board sends its STATE so often."""
_PLUG: Final = re.compile(r"(POWER|Switch|Button)([1-8]?)", re.ASCII)
_OBJECTS: Final = frozenset(("Wifi", "ENERGY", "Info3", "ZbReceived"))
"""Objects that are no sensors."""
_PRESSES: Final = {
    "single": "single", "double": "double", "triple": "triple", "quad": "quad", "penta": "penta", "hold": "long",
}  # fmt: skip
_CLICKS: Final = {"single": "single", "double": "double", "triple": "triple", "hold": "long"}


class Tasmota:
    """All Tasmota devices of one FullTopic."""

    def __init__(self, setup: MqttSetup) -> None:
        own = setup.options if isinstance(setup.options, TasmotaOptions) else TasmotaOptions()
        self._setup = setup
        self._own = own
        self._filters = tuple(own.topic(prefix, "+") + "#" for prefix in ("tele", "stat"))
        pattern = re.escape(own.topic("%prefix%", "%topic%"))
        pattern = pattern.replace("%prefix%", "(?P<prefix>tele|stat)").replace("%topic%", "(?P<name>[^/]+)")
        self._topic = re.compile(pattern + r"(?P<rest>.+)")
        self._boards: dict[str, Board] = {}
        self.unknown = Unknown()

    def topics(self) -> Sequence[str]:
        """`tele` and `stat`, deep: SetOption89 adds a level, SetOption4 moves replies away from RESULT."""
        return self._filters

    def command(self, order: Order, now: int) -> list[Message]:  # noqa: ARG002 - it is done when the board says so
        """Switch a relay: its own, or what the settings say that it is."""
        own = self._setup.own_id(order.device) if isinstance(order, Switch) else None
        if own is None or "/" in own or not isinstance(order, Switch):
            return []  # What hangs on a Zigbee bridge (`<t>/<its name>`) has no relay of its own.
        board = self._board(own)
        if not (plug := board.relay(order.output)):
            return []
        word = b"ON" if order.on is not (plug in board.inverted) else b"OFF"
        return [Message(f"{self._own.topic('cmnd', own)}POWER{plug[6:]}", word, qos=1)]

    def receive(self, topic: str, payload: bytes, *, retained: bool, now: int) -> list[Item]:  # noqa: PLR0911
        """Take one message, give what it means."""
        match = self._topic.fullmatch(topic) if len(topic) <= MAX_TOPIC else None
        if match is None:
            return []
        own, kind = match["name"], match["rest"].rpartition("/")[2]
        board = self._board(own)
        if kind == "LWT":
            return [Stranger(own, now)] if board.name is None else presence(board.name, "device", payload, now)
        if not payload or (match["prefix"] == "stat" and payload[:1] != b"{"):
            return []  # `stat/<t>/POWER` ON only repeats RESULT {"POWER":"ON"}.
        told = json_object(payload)
        items = self._zigbee(own, told, retained, now) if told and "ZbReceived" in told else []
        if told is not None and told.keys() - KNOWN == {"ZbReceived"}:
            return items
        if board.name is None:
            return [*items, Stranger(own, now)]
        if told is None:
            return junk(board.name, "no JSON object", len(payload), now)
        telling = self._begin(board.name, told, retained, now)
        if not self._walk(board, telling, told) and told and kind == "SENSOR":
            return [*items, *unexplained(board.name, payload, now)]
        return items + telling.items

    def _begin(self, name: str, told: dict[str, Any], retained: bool, now: int) -> Telling:
        wall = self._setup.wall(now)
        said = js.device_time(told.get("Time"), wall) or js.device_time(told.get("Epoch"), wall)
        return Telling(name, now, said, retained=retained)

    def _walk(self, board: Board, telling: Telling, told: dict[str, Any]) -> bool:
        """Take every key of a message; tell whether any was known."""
        blocks: dict[str, dict[str, Any]] = {}
        explained = False
        for key, raw in told.items():
            if plug := _PLUG.fullmatch(key):
                explained |= self._plug(board, telling, plug[1], plug[2] or "1", raw)
            elif isinstance(raw, dict) and key not in _OBJECTS:
                blocks[key] = raw
            else:
                explained |= self._key(telling, key, raw)
        return self._sensors(board, telling, blocks, told) or explained

    def _key(self, telling: Telling, key: str, raw: Any) -> bool:
        block = raw if isinstance(raw, dict) else {}
        if key == "UptimeSec":
            telling.take(UPTIME, raw)
        elif key == "Wifi":
            telling.take(SIGNAL, block.get("Signal"))
        elif key == "ENERGY":
            self._energy(telling, block)
        elif key == "Info3":
            telling.event("reboot", js.word(block.get("RestartReason")) or "exception")
        elif key not in KNOWN:
            self.unknown.saw(key)
            return False
        return True

    @staticmethod
    def _plug(board: Board, telling: Telling, kind: str, number: str, raw: Any) -> bool:
        """Take `POWER`, `Switch1` or `Button1`: a state as text, or an action in an object."""
        plug = f"{'relay' if kind == 'POWER' else 'switch'}_{number}"
        if isinstance(raw, str) and kind != "Button":
            telling.take(board.plugs[plug], raw)
            return True
        action = raw.get("Action") if isinstance(raw, dict) else None
        if not isinstance(action, str) or kind == "POWER":
            return False
        word, part = js.word(action).lower(), f"channel={number}"
        if kind == "Button":
            word = _PRESSES.get(word, "")
        elif plug not in board.plain and board.plugs[plug][1](word) in (True, False):
            telling.take(board.plugs[plug], word)  # SetOption114 sends the action instead of the state.
        event = kind.lower()
        if word and not board.again(event, part, word, telling.now):
            telling.event(event, word, part)
        return True

    @staticmethod
    def _energy(telling: Telling, block: dict[str, Any]) -> None:
        for key, raw in block.items():
            if field := ENERGY.get(key):
                if isinstance(raw, list):
                    for phase, one in enumerate(raw[:8], 1):
                        telling.take(field, one, f"phase={phase}")
                else:
                    telling.take(field, raw)

    def _sensors(
        self, board: Board, telling: Telling, blocks: dict[str, dict[str, Any]], units: dict[str, Any]
    ) -> bool:
        """Take the sensor blocks; readings name their source when two blocks give the same quantity."""
        found: list[tuple[str, str, js.Field, Any]] = []
        for source, block in blocks.items():
            for key, raw in block.items():
                if field := block_field(source, key):
                    found.append((source, key, field, raw))
                elif key not in KNOWN:
                    self.unknown.saw(f"{source}.{key}")
        sources = Counter(field[0] for _, _, field, _ in found)
        # Once seen twice, always told apart: a probe that fails must not rename the other one's readings.
        board.twice.update(quantity for quantity, count in sources.items() if count > 1)
        for source, key, field, raw in found:
            part = f"source_key={js.word(source)}" if field[0] in board.twice else ""
            telling.take(field, in_our_unit(key, raw, units), part)
        return bool(found)

    def _zigbee(self, bridge: str, told: dict[str, Any], retained: bool, now: int) -> list[Item]:
        items: list[Item] = []
        devices = told["ZbReceived"]
        for address, block in devices.items() if isinstance(devices, dict) else ():
            if not isinstance(block, dict):
                continue
            own = f"{bridge}/{js.word(block.get('Name')) or js.word(address)}"
            board = self._board(own)
            if board.name is None:
                items.append(Stranger(own, now))
                continue
            telling = self._begin(board.name, told, retained, now)
            for key, raw in block.items():
                if field := ZIGBEE.get(key):
                    telling.take(field, in_our_unit(key, raw, {"TempUnit": told.get("TempUnit"), **block}))
                elif key == "Click" and (word := _CLICKS.get(js.word(raw))):
                    part = f"channel={endpoint}" if isinstance(endpoint := block.get("Endpoint"), int) else ""
                    if not board.again("button", part, word, now):
                        telling.event("button", word, part)
                elif key not in KNOWN:
                    self.unknown.saw(f"Zb.{key}")
            items += telling.items
        return items

    def _board(self, own: str) -> Board:
        board = self._boards.get(own)
        if board is None:
            board = Board(self._setup.name(own), self._setup.options_of(own))
            if len(self._boards) < MAX_DEVICES:
                self._boards[own] = board
        return board


DRIVER = MqttDriver(
    name="tasmota",
    summary="Tasmota: wired sensors, reed contacts, buttons, relays and energy meters on ESP boards",
    build=Tasmota,
    player=TasmotaPlayer,
    quantities=(*QUANTITIES, *(name for name in STATES if name not in QUANTITIES)),
    events=("button", "switch", "reboot"),
    options=TasmotaOptions,
    device_options=TasmotaDeviceOptions,
    ticks=("encoder", "vectors", "hostile"),
    outputs=(*(f"relay_{n}" for n in range(1, 9)), *SWITCHED),
    silent_after_ms=SILENT_AFTER_MS,
    discover_topics=found.TASMOTA_TOPICS,
    discover=found.tasmota,
)
