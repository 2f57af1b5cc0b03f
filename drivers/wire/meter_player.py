"""The meter's own side of the bus, made from the same table: what the simulator plays and the tests talk to.

It answers requests and never talks by itself. Registers between the rows of a block read 0, as in real meters; what
lies beyond is refused with exception 2, a function it lacks with exception 1, a word an output does not know with 3.
An output that is written changes what its row reads.
"""

from __future__ import annotations

from agent.driver import Setup
from agent.model.events import Value
from drivers.wire.modbus_exchange import find_request
from drivers.wire.modbus_rtu import MAX_FRAME, Reply, Request
from drivers.wire.outputs import Output
from drivers.wire.register_table import Table


class MeterPlayer:
    """A simulated meter (a `SerialPlayer`). Its holding registers can be read and written (functions 03, 06, 10)."""

    def __init__(self, setup: Setup, table: Table) -> None:
        self._slave, self._table = setup.address, table
        self._words = {
            (block.function, address): 0
            for block in table.blocks()
            for address in range(block.address, block.address + block.count)
        }
        self._words |= {(3, address): new for address, new in table.holding}
        self._buffer = b""

    def set(self, quantity: str, value: Value, part: str = "") -> None:
        """Put a value into its registers; a quantity that this meter does not measure passes it by."""
        for row in self._table.rows:
            if (row.quantity, row.part) == (quantity, part):
                places = [(row.function, row.address + n) for n in range(row.size)]
                words = row.words(value, tuple(self._words[place] for place in places))
                self._words |= dict(zip(places, words, strict=True))

    def fact(self, kind: str, value: Value, now: int, part: str = "") -> None:
        """Nothing happens at a meter."""

    def receive(self, data: bytes, now: int) -> bytes:  # noqa: ARG002 - a player is told the time
        """Take what the host sent, cut anywhere; answer the last whole request to this slave."""
        self._buffer += data
        answer = b""
        while found := find_request(self._buffer, self._slave):
            request, end = found
            answer = self._answer(request).frame()
            self._buffer = self._buffer[end:]
        self._buffer = self._buffer[-MAX_FRAME:]
        return answer

    def due(self) -> int | None:
        """Give None: a meter only answers."""
        return None

    def talk(self, now: int) -> bytes:  # noqa: ARG002 - a player is told the time
        """Give nothing: a meter only answers."""
        return b""

    def _answer(self, request: Request) -> Reply:
        slave, function = request.slave, request.function
        if function in (5, 6, 15, 16):
            refusal = self._written(request)
            values = request.values if function <= 6 else ()
            if refusal:
                return Reply(slave, function, exception=refusal)
            return Reply(slave, function, request.address, request.count if function > 6 else 0, values)
        if function not in (1, 2, 3, 4):
            return Reply(slave, function, exception=1)
        places = [(function, request.address + n) for n in range(request.count)]
        if not places:
            return Reply(slave, function, exception=3)
        if not all(place in self._words for place in places):
            return Reply(slave, function, exception=2)
        return Reply(slave, function, values=tuple(self._words[place] for place in places))

    def _written(self, request: Request) -> int:
        """Write all of a request or nothing; give the exception, 0 for none."""
        bits = request.function in (5, 15)
        outputs = {output.address: output for output in self._table.outputs if (output.function in (5, 15)) == bits}
        if bits and not outputs:
            return 1
        states: dict[str, bool] = {}
        words: dict[tuple[int, int], int] = {}
        for address, value in enumerate(request.values, request.address):
            output = outputs.get(address)
            if output is not None:
                state = _state(output, request.function, value)
                if state is None:
                    return 3
                states[output.name] = state
            elif bits or (3, address) not in self._words:
                return 2
            else:
                words[3, address] = value
        if not request.values:
            return 3
        self._words |= words
        for name, state in states.items():
            self.set(name, state)
        return 0


def _state(output: Output, function: int, value: int) -> bool | None:
    """Tell what a word, or a bit of function 0F, means to an output; None if nothing."""
    if 15 in (function, output.function):
        value, on, off = int(value != 0), int(output.on != 0), int(output.off != 0)
    else:
        on, off = output.on, output.off
    return True if value == on else False if value == off else None
