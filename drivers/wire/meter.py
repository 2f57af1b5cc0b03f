"""A polled Modbus device: a table of registers and the state machine that asks for them and reads the answers.

It opens nothing, and writes only what the table marks as an output. A device file on top of this is a table:

    TABLE = Table(rows=(Row(0x0001, "s16", "temperature", 0.1), Row(0x0002, "u16", "humidity", 0.1)))
    BOARD = Table(rows=(Row(0, "flag", "relay_1", function=1),), outputs=(Output("relay_1", 5, 0),))

Life of one poll, for every block of neighbouring registers (serial.md §1.3, §A0; which block: plan.py):

    due() -> ask() -> [waiting] -- answer ------> readings; the next block after `turnaround_ms`
                                -- exception ---> Fault refused; the next block
                                -- silence -----> Fault silent | checksum | junk; the rest of this poll is left out

Life of an order (outputs.py), which goes before the poll:

    command() -> write -> [waiting] -- reply | exception (Fault refused) | silence (Fault silent)
                                       -> due at once: read back -> readings, which alone say whether it obeyed

One time-out a poll: a dead meter must not slow the others on its bus. The next poll begins behind the block that
failed, so that one register the device ignores does not hide the others. Polls that were missed do not pile up.
"""

from __future__ import annotations

from agent.driver import Setup
from agent.model.effects import Order
from agent.model.events import Event, Fault, FaultKind, Item, Outcome, Reading, Undecoded, Value
from drivers.wire.modbus_exchange import Exchange
from drivers.wire.modbus_rtu import CONFIGURATION_ERRORS, EXCEPTIONS, Reply, Request
from drivers.wire.outputs import Wish, Wishes
from drivers.wire.plan import Plan
from drivers.wire.register_table import Block, Table
from drivers.wire.registers import InsaneError, Row

TOO_WIDE = (2, 3)
"""Exceptions by which a device says that a block holds something it has not, or is too long for it."""


class Meter:
    """One device on a bus (a `SerialDevice`). It polls the first table; `expect` picks the one that explains most."""

    quiet_ms = 50

    def __init__(self, setup: Setup, *tables: Table) -> None:
        self.device = setup.device
        self.waiting = False
        self.timeout_ms = tables[0].timeout_ms
        self._setup, self._tables, self._table = setup, tables, tables[0]
        self._plan = Plan(tables[0])
        self._wishes = Wishes(tables[0].outputs, tables[0].retries)
        self._next = 0
        self._resume = 0
        self._exchange: Exchange | None = None
        self._asked: Block | Wish | None = None

    def due(self) -> int | None:
        """Give when the next request may go out: at once at first, then every interval; what is ordered goes before."""
        if self.waiting:
            return None
        if self._wishes or self._plan.more:
            return self._resume
        return None if self._plan.empty else self._next

    def ask(self, now: int) -> bytes:
        """Give the next request; the first of a poll sets the time of the next one."""
        if self._wishes and (ordered := self._carry_out()):
            return ordered
        if self._plan.empty:
            return b""
        if not self._plan.more:
            self._plan.begin()
            self._next += self._setup.interval_ms
            if self._next <= now:
                self._next = now + self._setup.interval_ms
        block = self._plan.next()
        return self._begin(block.request(self._setup.address), block)

    def expect(self, request: bytes, now: int) -> None:  # noqa: ARG002 - every entry of a device is told the time
        """Wait for the answer to this very request, sent by somebody else; raise ValueError if it is no request."""
        parsed = Request.parse(request)
        if parsed is None:
            raise ValueError(f"{request.hex(' ').upper()} is no whole Modbus RTU request with its right CRC")
        self._begin(parsed, None)
        self._table = max(self._tables, key=lambda table: len(table.within(parsed)))

    def receive(self, data: bytes, now: int) -> list[Item]:
        """Take bytes. While nothing was asked they are junk: a late answer cannot be told from a right one."""
        if self._exchange is None:
            return [self._fault("junk", "nothing was asked", len(data), now)] if data else []
        reply = self._exchange.take(data)
        if reply is None and self._exchange.flooded:
            return self.quiet(now)
        return [] if reply is None else self._answered(reply, now)

    def quiet(self, now: int) -> list[Item]:
        """The line fell silent: end the exchange with what is there."""
        if self._exchange is None:
            return []
        reply = self._exchange.end()
        if reply is not None:
            return self._answered(reply, now)
        request, strays = self._exchange.request, self._exchange.strays
        asked = self._over(now)
        if isinstance(asked, Block):
            (self._plan.damaged if strays else self._plan.silent)(asked)
        failed = self._acted(asked, request, {}, now)
        if not strays:
            return [self._fault("silent", f"no answer to {_named(request)}", 0, now), *failed]
        return [*(self._fault(kind, detail, size, now) for kind, detail, size in strays), *failed]

    def command(self, order: Order, now: int) -> bytes:  # noqa: ARG002 - every entry of a device is told the time
        """Give the write that carries out a `Switch` of one of the outputs, b"" for anything else.

        Address 0 is never written to: it means all devices of a bus, and none of them answers.
        """
        if not self._setup.address or not self._wishes.take(order) or self.waiting:
            return b""
        return self._carry_out()

    def settled(self, event: Event, outcome: Outcome, now: int) -> bytes:  # noqa: ARG002 - a meter has no events
        """Give nothing: a meter has no events."""
        return b""

    def _carry_out(self) -> bytes:
        """Write what was ordered, else read back what was written."""
        wish = self._wishes.unwritten()
        if wish is not None:
            return self._begin(wish.output.request(self._setup.address, on=wish.on), wish)
        block = self._plan.holding(self._wishes.unread())
        return self._begin(block.request(self._setup.address), block) if block else b""

    def _begin(self, request: Request, asked: Block | Wish | None) -> bytes:
        self._exchange, self._asked = Exchange(request), asked
        self._table = self._tables[0]
        self.waiting = True
        return self._exchange.sent

    def _over(self, now: int) -> Block | Wish | None:
        asked, self._exchange, self._asked = self._asked, None, None
        self.waiting = False
        self._resume = now + self._table.turnaround_ms
        return asked

    def _answered(self, reply: Reply, now: int) -> list[Item]:
        assert self._exchange is not None
        request, strays = self._exchange.request, self._exchange.strays
        asked = self._over(now)
        items: list[Item] = [self._fault(kind, detail, size, now) for kind, detail, size in strays]
        if reply.exception:
            items.append(self._refused(request, reply.exception, asked, now))
        elif isinstance(asked, Block):
            self._plan.answered(asked)
        told = [] if reply.exception or isinstance(asked, Wish) else self._understood(request, reply, now)
        states = {item.quantity: item.value for item in told if isinstance(item, Reading) and not item.part}
        refused = reply.exception in CONFIGURATION_ERRORS
        return [*items, *told, *self._acted(asked, request, states, now, refused=refused)]

    def _acted(
        self, asked: Block | Wish | None, request: Request, states: dict[str, Value], now: int, *, refused: bool = False
    ) -> list[Item]:
        """Note what became of an order: by its write, or by the states that were read."""
        if isinstance(asked, Wish):
            self._wishes.written(asked, refused=refused, readable=self._plan.holding(asked.output.name) is not None)
            return []
        if not self._wishes:
            return []
        read = {row.quantity: states.get(row.quantity) for row in self._table.within(request) if not row.part}
        return [self._fault("refused", complaint, 0, now) for complaint in self._wishes.judged(read)]

    def _refused(self, request: Request, exception: int, asked: Block | Wish | None, now: int) -> Fault:
        meaning = EXCEPTIONS.get(exception, "unknown exception")
        advice = ""
        if isinstance(asked, Block) and exception in TOO_WIDE and self._plan.refused(asked):
            advice = "; it is read in parts from now on"
        elif exception in CONFIGURATION_ERRORS:
            advice = "; the table does not fit this device"
        elif isinstance(asked, Block):
            self._plan.busy(asked)
        return self._fault("refused", f"exception {exception}, {meaning}{advice}: {_named(request)}", 5, now)

    def _understood(self, request: Request, reply: Reply, now: int) -> list[Item]:
        rows = self._table.within(request)
        if not rows:
            body = reply.frame()[2:-2] if request.function > 4 else reply.frame()[3:-2]
            return [Undecoded(self.device, body.hex().upper(), detail=_fields(request), t=now)]
        if self._table.dead and reply.values == self._table.dead:
            return [self._fault("insane", "the sensor behind the meter does not answer it", len(reply.values) * 2, now)]
        return [self._read(row, reply.values[row.address - request.address :][: row.size], now) for row in rows]

    def _read(self, row: Row, words: tuple[int, ...], now: int) -> Item:
        try:
            return Reading(self.device, row.quantity, row.value(words), now, part=row.part)
        except InsaneError as error:
            return self._fault("insane", str(error), row.size * 2, now)

    def _fault(self, kind: FaultKind, detail: str, size: int, now: int) -> Fault:
        return Fault(self.device, kind, detail, size, now)


def _named(request: Request) -> str:
    last = request.address + max(request.count, 1) - 1
    return f"slave {request.slave}, function {request.function}, addresses {request.address} to {last}"


def _fields(request: Request) -> str:
    """Give what is known of an answer that no row explains, as the words that `caretaker decode --json` prints."""
    known = {"slave": request.slave, "fc": request.function, "addr": request.address, "count": request.count}
    if request.function in (5, 6):
        known |= {"value": request.values[0]}
        del known["count"]
    elif request.end == 0x10000:  # Made up by `request_for`: nobody knows what was asked.
        del known["addr"]
    return ",".join(f"{word}={value}" for word, value in known.items())
