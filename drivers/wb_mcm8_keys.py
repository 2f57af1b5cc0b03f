"""Wiren Board WB-MCM8, eight inputs with press counters: a panel of keys for residents, or door contacts.

It configures nothing: how an input counts (holding 9 to 16: 0 counts, 1 detects presses), how long a press is long
(1100 to 1107) and the debounce (20 to 27) are set at the module. Detecting presses takes firmware 1.3.2.

    live       0A 02  00 00  00 08  crc   ->  0A 02 01 04 crc            bit n-1 is input n: 04 = input 3
    edges      0A 04  00 3C  00 10  crc   ->  0A 04 20 ...               u32 ABCD each, counts every edge
    presses    0A 04  01 D0  00 08  crc   ->  0A 04 10 0000 0002 ...     u16 each: 464 single, 480 long, 496 double,
                                                                         512 short-then-long

A press is the event `button`, told when its counter rises: drivers/wire/press_counts.py says what a wrap and a restart
are. The counters are told too: `press_count` of `single=3` and so on, `edge_count` of `channel=3`; an edge counter that
has fallen tells a restart as well. The module knows a single press after its wait for a second one, 300 ms. What was
pressed while the agent was not there is in the counters, and is nobody's press.

Source: maker's documents, serial.md §A16. 8N2 is the works' setting of the maker's modules (UNVERIFIED here); the
address is on the label.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.events import Event, Fault, Item, Reading, Value
from drivers.wire.likely import LikelyMeter, likely_request
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.modbus_rtu import Reply, Request
from drivers.wire.press_counts import WRAP, PressCounts
from drivers.wire.register_table import Table
from drivers.wire.registers import Row

Press = Literal["single", "long", "double", "short_long"]
COUNTERS: Final[dict[Press, int]] = {"single": 464, "long": 480, "double": 496, "short_long": 512}
EDGES: Final = 60
KEYS: Final = range(8)


class PanelOptions(Options):
    """Options of a panel."""

    presses: list[Press] = Field(list(COUNTERS), description="ways to press that are read; fewer spare the bus")


def table(setup: Setup) -> Table:
    """Give the table of the options."""
    options = setup.options if isinstance(setup.options, PanelOptions) else PanelOptions()
    inputs = [Row(n, "flag", f"input_{n + 1}", function=2) for n in KEYS]
    edges = [Row(EDGES + 2 * n, "u32", "edge_count", part=f"channel={n + 1}") for n in KEYS]
    presses = [
        Row(COUNTERS[press] + n, "u16", "press_count", part=f"{press}={n + 1}")
        for press in dict.fromkeys(options.presses)
        for n in KEYS
    ]
    return Table((*inputs, *edges, *presses))


class Panel(LikelyMeter):
    """A meter that makes presses of its counters."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, table(setup))
        self._presses = PressCounts()
        self._edges: dict[str, int] = {}

    def quiet(self, now: int) -> list[Item]:
        """The line fell silent: a panel that gave no answer may have restarted."""
        items = super().quiet(now)
        if any(isinstance(item, Fault) and item.fault == "silent" for item in items):
            self._presses.doubt()
        return items

    def _understood(self, request: Request, reply: Reply, now: int) -> list[Item]:
        told = super()._understood(request, reply, now)
        edges, presses = _counts(told, "edge_count"), _counts(told, "press_count")
        restarted = any(count < self._edges.get(part, 0) for part, count in edges.items())
        if restarted:
            self._presses.restart()
        new = self._presses.presses(presses)
        if new is None or restarted:
            self._edges.clear()
            told.append(Event(self.device, "reboot", "reset", now, detail="its counters began again"))
        self._edges |= edges
        return [*told, *(event for part, more in (new or {}).items() for event in self._pressed(part, more, now))]

    def _pressed(self, part: str, more: int, now: int) -> list[Event]:
        """Give so many presses. Each has an identity that never comes again: engine time does not go back."""
        press, _, key = part.partition("=")
        uid = f"{self.device}/{press}-{key}"
        return [Event(self.device, "button", press, now, f"channel={key}", f"{uid}:{now + n}") for n in range(more)]


def _counts(items: list[Item], quantity: str) -> dict[str, int]:
    return {
        item.part: int(item.value)
        for item in items
        if isinstance(item, Reading) and item.quantity == quantity and not isinstance(item.value, str)
    }


class PanelPlayer(MeterPlayer):
    """The panel itself: the facts `button` (one of COUNTERS; part `channel=3`, else 1) and `reboot`."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup, table(setup))
        self._counts: dict[tuple[str, str], int] = {}

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        """Put a value into its registers; counters go on from there."""
        super().set(quantity, value, part)
        if quantity in {"press_count", "edge_count"} and not isinstance(value, str):
            self._counts[quantity, part] = int(value)

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:  # noqa: ARG002 - a player is told the time
        """Press a key, or begin again with all counters at 0; a way to press that it does not know is none."""
        key = part.partition("=")[2] or "1"
        if kind == "button" and value in COUNTERS:
            self._count("press_count", f"{value}={key}", 1, WRAP)
            self._count("edge_count", f"channel={key}", 2, WRAP * WRAP)
        elif kind == "reboot":
            for counter in list(self._counts):
                self.set(counter[0], 0, counter[1])

    def _count(self, quantity: str, part: str, more: int, wrap: int) -> None:
        self.set(quantity, (self._counts.get((quantity, part), 0) + more) % wrap, part)


DRIVER = SerialDriver(
    name="wb-mcm8-keys",
    summary="Wiren Board WB-MCM8: eight keys or contacts with press counters, RS-485 Modbus",
    build=Panel,
    player=PanelPlayer,
    quantities=(*(f"input_{n + 1}" for n in KEYS), "edge_count", "press_count"),
    events=("button", "reboot"),
    options=PanelOptions,
    serial=SerialSettings(9600, stop=2),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: likely_request(reply, (table(setup),)),
    wraps={"press_count": WRAP, "edge_count": WRAP * WRAP},
)
