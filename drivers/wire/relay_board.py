"""A relay board of the standard's own form: coils from 0 are its relays, discrete inputs from 0 its inputs."""

from __future__ import annotations

from pydantic import Field

from agent.driver import Options
from drivers.wire.outputs import Output
from drivers.wire.register_table import Table
from drivers.wire.registers import Row


class BoardOptions(Options):
    """Options of a relay board."""

    relays: int = Field(8, ge=1, le=8, description="how many relays it has")
    inputs: int = Field(0, ge=0, le=8, description="how many inputs it has")


def board(relays: int, inputs: int, retries: int = 0) -> Table:
    """Give the table of a board."""
    return Table(
        (
            *(Row(n, "flag", f"relay_{n + 1}", function=1) for n in range(relays)),
            *(Row(n, "flag", f"input_{n + 1}", function=2) for n in range(inputs)),
        ),
        outputs=tuple(Output(f"relay_{n + 1}", 5, n) for n in range(relays)),
        retries=retries,
    )
