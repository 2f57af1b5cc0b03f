"""What a polled meter holds: its rows and outputs, the requests that read it, and the request of an answer.

It keeps no state: the device that asks is drivers/wire/meter.py, the one that answers drivers/wire/meter_player.py.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from drivers.wire.modbus_rtu import Request
from drivers.wire.outputs import Output
from drivers.wire.registers import Row

MAX_REGISTERS: Final = 125


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring registers (or bits) that are read by one request."""

    function: int
    address: int
    count: int

    def request(self, slave: int) -> Request:
        """Give the request that reads it."""
        return Request(slave, self.function, self.address, self.count)

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.count

    def holds(self, row: Row) -> bool:
        """Tell whether a row lies whole inside it."""
        return row.function == self.function and self.address <= row.address and row.end <= self.end


@dataclass(frozen=True, slots=True)
class Table:
    """What a meter holds and how it wants to be asked.

    `most` registers a request at most; registers up to `gap` apart are read together with what lies between them.
    `timeout_ms` of silence end a request; `turnaround_ms` are kept between two requests of one poll. `dead` are the
    words of a whole block with which a device says that its sensor does not answer it. `holding` are the registers
    (functions 03, 06, 10) with which it is configured: (address, value when new); only the player uses them.
    `outputs` can be switched; the row of the same quantity reads one back. `retries`: so often a request without a good
    answer is repeated in the same poll, and an output that did not obey is switched again.
    """

    rows: tuple[Row, ...]
    most: int = MAX_REGISTERS
    gap: int = 0
    timeout_ms: int = 300
    turnaround_ms: int = 10
    dead: tuple[int, ...] = ()
    holding: tuple[tuple[int, int], ...] = ()
    outputs: tuple[Output, ...] = ()
    retries: int = 0

    def blocks(self) -> list[Block]:
        """Give the requests of one poll, in the order of function and address."""
        blocks: list[Block] = []
        for row in sorted(self.rows, key=lambda row: (row.function, row.address)):
            last = blocks[-1] if blocks else None
            near = last and last.function == row.function and row.address <= last.end + self.gap
            if last and near and row.end - last.address <= self.most:
                blocks[-1] = Block(row.function, last.address, max(row.end, last.end) - last.address)
            else:
                blocks.append(Block(row.function, row.address, row.size))
        return blocks

    def within(self, request: Request) -> list[Row]:
        """Give the rows that the answer to a request holds whole."""
        block = Block(request.function, request.address, request.count)
        return [row for row in self.rows if block.holds(row)]

    def halves(self, block: Block) -> tuple[Block, Block] | None:
        """Cut a block in two at its widest hole, of equal ones at the most central; None if rows leave no cut."""
        middle = block.address + block.end
        cuts = [(start - end, -abs(start + end - middle), end, start) for end, start in self._cuts(block)]
        return _cut(block, *max(cuts)[2:]) if cuts else None

    def run_and_rest(self, block: Block) -> tuple[Block, Block] | None:
        """Cut a block in two at its first hole; None if it has none."""
        return next((_cut(block, end, start) for end, start in self._cuts(block) if end < start), None)

    def _cuts(self, block: Block) -> list[tuple[int, int]]:
        """Give where a block can be cut without cutting a row: up to the first address, and from the second."""
        rows = sorted((row for row in self.rows if block.holds(row)), key=lambda row: row.address)
        cuts: list[tuple[int, int]] = []
        reach = block.address
        for row in rows:
            if row.address >= reach > block.address:
                cuts.append((reach, row.address))
            reach = max(reach, row.end)
        return cuts


def _cut(block: Block, end: int, start: int) -> tuple[Block, Block]:
    first = Block(block.function, block.address, end - block.address)
    return first, Block(block.function, start, block.end - start)


def request_for(*tables: Table, reply: bytes) -> bytes | None:
    """Give the request whose answer these bytes would be, for whichever slave: a block, else the first rows that fit.

    A well-shaped answer that fits no row is matched to a request at the end of the address space, where no table has
    rows: it comes out undecoded, or refused, rather than as junk. None: these bytes are shaped like no answer.
    """
    if len(reply) < 5:
        return None
    slave, function = reply[0], reply[1]
    for block in [block for table in tables for block in table.blocks()] + _runs(tables):
        request = block.request(slave)
        if block.function == function & 0x7F and (len(reply) == request.answer()[1] or function & 0x80):
            return request.frame()
    return _stranger(reply)


def _runs(tables: tuple[Table, ...]) -> list[Block]:
    """Give all ways to read neighbouring rows together, lowest address first, shortest first."""
    runs: set[tuple[int, int, int]] = set()
    for table in tables:
        rows = sorted(table.rows, key=lambda row: (row.function, row.address))
        for first, row in enumerate(rows):
            end = row.address
            for other in rows[first:]:
                if other.function != row.function or other.address > end:
                    break
                end = max(end, other.address + other.size)  # several rows may lie on one register
                runs.add((row.function, row.address, end - row.address))
    return [Block(*run) for run in sorted(runs)]


def _stranger(reply: bytes) -> bytes | None:
    slave, function, size = reply[0], reply[1], reply[2]
    if function & 0x80:
        return Request(slave, function & 0x7F, 0xFFFF, values=(0,)).frame()
    if 1 <= function <= 4 and size and len(reply) == size + 5:
        count = size * 8 if function <= 2 else size // 2
        return Request(slave, function, 0x10000 - count, count).frame()
    if function not in (5, 6, 15, 16) or len(reply) != 8:
        return None
    address, number = struct.unpack(">HH", reply[2:6])
    if function <= 6:
        return Request(slave, function, address, values=(number,)).frame()
    most = 1968 if function == 15 else 123
    return Request(slave, function, address, number, (0,) * number).frame() if number <= most else None
