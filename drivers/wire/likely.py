"""Which request an answer belongs to when nobody says: the one whose values look like what they would be.

Modbus answers carry no register numbers, so three registers of a weather station may be humidity, temperature and
noise, or dust and pressure. `caretaker decode` asks here; a device on a bus knows what it asked and never guesses.

    bytes that begin with a read request      local echo, or a log of both sides: that request
    a guess of the same length fits           a guess is a Table of narrow bounds: every one of its rows must be sane
    otherwise                                 what drivers/wire/register_table.py finds by length alone

`GroupedTable` is for devices whose makers show which registers are read together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drivers.wire.meter import Meter
from drivers.wire.modbus_rtu import READ_WORDS, Reply, Request
from drivers.wire.register_table import Block, Table, request_for
from drivers.wire.registers import InsaneError

READ_REQUEST = 8
"""Bytes of a request that reads (functions 01 to 04)."""


@dataclass(frozen=True, slots=True)
class GroupedTable(Table):
    """A table that says which registers one request reads; every row lies whole in one of the groups."""

    groups: tuple[Block, ...] = ()

    def blocks(self) -> list[Block]:
        """Give the requests of one poll: the groups as they are."""
        return list(self.groups)


class LikelyMeter(Meter):
    """A meter that, told a request of somebody else, prefers the table that would have put this very request."""

    def expect(self, request: bytes, now: int) -> None:
        """Wait for the answer to this request; raise ValueError if it is none."""
        super().expect(request, now)
        assert self._exchange is not None, "a request that was taken is outstanding"
        asked = self._exchange.request

        def fit(table: Table) -> tuple[bool, int]:
            own = any(block.request(asked.slave) == asked for block in table.blocks())
            return own, len(table.within(asked))

        self._table = max(self._tables, key=fit)


def likely_request(reply: bytes, tables: Sequence[Table], guesses: Sequence[Table] = ()) -> bytes | None:
    """Give the request whose answer these bytes would be, the first guess that fits before all others."""
    echoed = Request.parse(reply[:READ_REQUEST])
    # Eight bytes may be an answer of functions 01 and 02 (three bytes of bits); of 03 and 04 none has an even length.
    if echoed is not None and echoed.function <= 4:
        bits = echoed.function not in READ_WORDS and len(reply) == READ_REQUEST and reply[2] == READ_REQUEST - 5
        if not bits:
            return reply[:READ_REQUEST]
    heard = Reply.parse(reply)
    if heard is not None and not heard.exception and heard.values:
        for guess in guesses:
            request = guess.blocks()[0].request(heard.slave)
            if request.answer() == (reply[:3], len(reply)) and _sane(guess, request, heard):
                return request.frame()
    return request_for(*tables, reply=reply)


def _sane(guess: Table, request: Request, heard: Reply) -> bool:
    try:
        for row in guess.within(request):
            row.value(heard.values[row.address - request.address :][: row.size])
    except InsaneError:
        return False
    return True
