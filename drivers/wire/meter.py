"""A polled Modbus meter: a table of registers and the state machine that asks for them and reads the answers.

It opens nothing and never writes to a device. A device file on top of this is a table:

    TABLE = Table(rows=(Row(0x0001, "s16", "temperature", 0.1), Row(0x0002, "u16", "humidity", 0.1)))

Life of one poll, for every block of neighbouring registers (serial.md §1.3, §A0):

    due() -> ask() -> [waiting] -- answer ------> readings; the next block after `turnaround_ms`
                                -- exception ---> Fault refused; the next block
                                -- silence -----> Fault silent | checksum | junk; the rest of this poll is left out

One time-out a poll: a dead meter must not slow the others on its bus. The next poll begins behind the block that
failed, so that one register the device ignores does not hide the others. Polls that were missed do not pile up.
"""

from __future__ import annotations

from agent.driver import Setup
from agent.model.effects import Order
from agent.model.events import Event, Fault, FaultKind, Item, Outcome, Reading, Undecoded
from drivers.wire.modbus_exchange import Exchange
from drivers.wire.modbus_rtu import CONFIGURATION_ERRORS, EXCEPTIONS, Reply, Request
from drivers.wire.register_table import Table
from drivers.wire.registers import InsaneError, Row


class Meter:
    """One meter on a bus (a `SerialDevice`). It polls the first table; `expect` picks the one that explains most."""

    quiet_ms = 50

    def __init__(self, setup: Setup, *tables: Table) -> None:
        self.device = setup.device
        self.waiting = False
        self.timeout_ms = tables[0].timeout_ms
        self._setup, self._tables, self._table = setup, tables, tables[0]
        self._blocks = tables[0].blocks()
        self._at = 0
        self._left = 0
        self._next = 0
        self._resume = 0
        self._exchange: Exchange | None = None

    def due(self) -> int | None:
        """Give when the next request may go out: at once at first, then every interval."""
        if self.waiting or not self._blocks:
            return None
        return self._resume if self._left else self._next

    def ask(self, now: int) -> bytes:
        """Give the next request; the first of a poll sets the time of the next one."""
        if not self._blocks:
            return b""
        if not self._left:
            self._left = len(self._blocks)
            self._next += self._setup.interval_ms
            if self._next <= now:
                self._next = now + self._setup.interval_ms
        block = self._blocks[self._at]
        self._at = (self._at + 1) % len(self._blocks)
        self._left -= 1
        self._table = self._tables[0]
        return self._begin(block.request(self._setup.address))

    def expect(self, request: bytes, now: int) -> None:  # noqa: ARG002 - every entry of a device is told the time
        """Wait for the answer to this very request, sent by somebody else; raise ValueError if it is no request."""
        parsed = Request.parse(request)
        if parsed is None:
            raise ValueError(f"{request.hex(' ').upper()} is no whole Modbus RTU request with its right CRC")
        self._table = max(self._tables, key=lambda table: len(table.within(parsed)))
        self._begin(parsed)

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
        self._over(now)
        self._left = 0
        if not strays:
            return [self._fault("silent", f"no answer to {_named(request)}", 0, now)]
        return [self._fault(kind, detail, size, now) for kind, detail, size in strays]

    def command(self, order: Order, now: int) -> bytes:  # noqa: ARG002 - a meter neither speaks nor shows
        """Give nothing: a meter cannot speak."""
        return b""

    def settled(self, event: Event, outcome: Outcome, now: int) -> bytes:  # noqa: ARG002 - a meter has no events
        """Give nothing: a meter has no events."""
        return b""

    def _begin(self, request: Request) -> bytes:
        self._exchange = Exchange(request)
        self.waiting = True
        return self._exchange.sent

    def _over(self, now: int) -> None:
        self._exchange = None
        self.waiting = False
        self._resume = now + self._table.turnaround_ms

    def _answered(self, reply: Reply, now: int) -> list[Item]:
        assert self._exchange is not None
        request, strays = self._exchange.request, self._exchange.strays
        self._over(now)
        items = self._understood(request, reply, now)
        return [*(self._fault(kind, detail, size, now) for kind, detail, size in strays), *items]

    def _understood(self, request: Request, reply: Reply, now: int) -> list[Item]:
        if reply.exception:
            meaning = EXCEPTIONS.get(reply.exception, "unknown exception")
            advice = "; the table does not fit this device" if reply.exception in CONFIGURATION_ERRORS else ""
            detail = f"exception {reply.exception}, {meaning}{advice}: {_named(request)}"
            return [self._fault("refused", detail, 5, now)]
        rows = self._table.within(request)
        if not rows:
            body = reply.frame()[2:-2] if request.function > 4 else reply.frame()[3:-2]
            return [Undecoded(self.device, body.hex().upper(), detail=f"no row for {_named(request)}", t=now)]
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
