"""Which block of a meter is read next, and what the meter has taught us about its holes. It sends nothing.

Neighbouring rows are read by one request, with the unnamed registers (holes) between them. Not every device gives what
lies in a hole; the rows beside it must not be lost for that:

    exception 2 or 3    the block is cut in two at its widest hole, else between two rows, and both are asked at once;
                        what is refused again is cut again, until the rows that the device has not stand alone
    silence, and the    at the next poll what stands before its first hole is asked alone. If that is answered the
    block never was     device lives and holes silence it: it is read in these parts from then on. If not, the device
    answered before     is away and the block stays whole

What was learned holds until the agent starts again.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from drivers.wire.register_table import Block, Table

DAMAGED_MOST: Final = 3
"""Damaged answers that are asked for again in one poll: a healthy slave among babblers is then read on time."""


class Plan:
    """The blocks of one table in turn. The block that was asked last stands at the end of the ring."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._blocks = deque(table.blocks())
        self._proven: set[Block] = set()
        self._doubted: tuple[Block, tuple[Block, Block]] | None = None
        self._probing = False
        self._left = 0
        self._repeats = self._damages = 0

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to read at all."""
        return not self._blocks

    @property
    def more(self) -> bool:
        """Tell whether this poll has more to ask."""
        return self._left > 0

    def begin(self) -> None:
        """Begin a poll: every block once, from where the last poll stopped."""
        self._left = len(self._blocks)
        self._repeats = self._table.retries
        self._damages = DAMAGED_MOST
        self._probing = self._doubted is not None

    def next(self) -> Block:
        """Give the block to ask now."""
        if self._probing and self._doubted is not None:
            return self._doubted[1][0]
        block = self._blocks[0]
        self._blocks.rotate(-1)
        self._left -= 1
        return block

    def holding(self, name: str) -> Block | None:
        """Give the block as it is read now that holds the row of a quantity, None if no row does."""
        row = next((row for row in self._table.rows if row.quantity == name and not row.part), None)
        if row is None:
            return None
        return next((block for block in self._blocks if block.holds(row)), None)

    def answered(self, block: Block) -> None:
        """The device gave this block."""
        if self._is_probe(block) and self._doubted is not None:
            whole, (first, second) = self._doubted
            self._blocks.remove(whole)
            self._blocks.appendleft(second)
            self._blocks.append(first)
            self._doubted, self._probing = None, False
        self._proven.add(block)

    def refused(self, block: Block) -> bool:
        """The device has not all of this block: cut it in two; False if one row is left, which it has not."""
        self.answered(block)
        halves = self._table.halves(block)
        if halves is None:
            return False
        self._blocks.remove(block)
        self._blocks.extendleft(reversed(halves))
        self._left += 2
        return True

    def busy(self, block: Block) -> None:
        """The device cannot now: the block comes again in this poll, while repetitions are left."""
        self.answered(block)
        self._again(block)

    def damaged(self, block: Block) -> None:
        """Something came that was no answer: a collision or a noisy cable, and no reason to doubt the device."""
        if self._is_probe(block) or not self._damages or self._blocks[-1] != block:
            self._left = 0
        else:
            self._damages -= 1
            self._blocks.rotate(1)
            self._left += 1

    def silent(self, block: Block) -> None:
        """No answer: the block comes again while repetitions are left; else the rest of this poll is left out."""
        if self._is_probe(block):
            self._doubted, self._probing, self._left = None, False, 0
        elif not self._again(block):
            self._left = 0
            parts = self._table.run_and_rest(block)
            if parts and block not in self._proven:
                self._doubted = (block, parts)

    def _again(self, block: Block) -> bool:
        """Put a block back; only the one that was asked last can be, not one that was read out of turn."""
        if not self._repeats or self._blocks[-1] != block:
            return False
        self._repeats -= 1
        self._blocks.rotate(1)
        self._left += 1
        return True

    def _is_probe(self, block: Block) -> bool:
        return self._probing and self._doubted is not None and block == self._doubted[1][0]
