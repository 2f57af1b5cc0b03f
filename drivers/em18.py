"""EM-18 card reader: the RDM6300's twelve digits without STX and ETX. The frame and its checks are in rdm6300.py.

DD DD DD DD DD CC      D: five bytes in hex digits (version, tag), C: their XOR (serial.md §B10)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pydantic import Field

from agent.driver import Setup
from drivers.rdm6300 import DRIVER as RDM6300
from drivers.rdm6300 import CardOptions, Device, Format, Player


class Em18Options(CardOptions):
    """The reader's options under its own name."""

    format: Format = Field("em18", description="how the reader frames a card: rdm6300, em18 or id12")


def _own(setup: Setup) -> Setup:
    return setup if isinstance(setup.options, CardOptions) else replace(setup, options=Em18Options())


DRIVER: Final = replace(
    RDM6300,
    name="em18",
    summary="EM-18 card reader (125 kHz), UART",
    build=lambda setup: Device(_own(setup)),
    player=lambda setup: Player(_own(setup)),
    options=Em18Options,
    silent_after_ms=None,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
