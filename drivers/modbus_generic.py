"""Any Modbus RTU device whose registers are written in the settings: no code for one more meter, only its table.

It reads (functions 01 to 04) and never writes. The frames are drawn in drivers/wire/modbus_rtu.py.

    options:
      registers:
        - {address: 0, fc: 4, type: u16, scale: 0.1, quantity: voltage}
        - {address: 8, fc: 4, type: u32, order: CDAB, scale: 0.01, unit: kWh, quantity: energy_total}
        - {address: 2, fc: 2, type: flag, quantity: water_leak}

Addresses are those on the wire: "40001" or "30001" in a manual is address 0. Published is number x scale + offset,
converted from `unit` to the one unit of the quantity. Source: serial.md §A0 and §1.6.
"""

from __future__ import annotations

import difflib
import math
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.quantities import QUANTITIES, unit_of
from agent.model.units import Duration, convert, convert_span
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.register_table import MAX_REGISTERS, Table, request_for
from drivers.wire.registers import NumberType, Row, WordOrder

NAMES = tuple(name for name, quantity in QUANTITIES.items() if quantity.kind != "text")


def _quantity(name: str) -> str:
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, 1)
        raise ValueError(f"'{name}' is no quantity" + (f"; did you mean '{near[0]}'?" if near else ""))
    return name


class Register(Options):
    """One quantity and where it stands."""

    address: int = Field(ge=0, le=0xFFFF, description="wire address; 40001 or 30001 in a manual is 0")
    fc: Literal[1, 2, 3, 4] = Field(3, description="1 coil, 2 discrete input, 3 holding register, 4 input register")
    type: NumberType = Field("u16", description="flag: a bit, or a register that is 0 for false")
    order: WordOrder = Field("ABCD", description="byte order of the value: ABCD high word first, CDAB low word first")
    scale: float = Field(1.0, description="published = number x scale + offset")
    offset: float = 0.0
    unit: str = Field("", description="unit of number x scale + offset, if not the quantity's own")
    quantity: Annotated[str, AfterValidator(_quantity)] = Field(json_schema_extra={"enum": list(NAMES)})
    part: Annotated[str, StringConstraints(pattern=r"^([a-z_]+=[A-Za-z0-9_.-]+)?$", max_length=64)] = Field(
        "", description="which part of the device, such as phase=1"
    )
    sentinels: list[int] = Field([], max_length=8, description="raw numbers that mean 'no value'")
    low: float | None = Field(None, description="lowest value that this device can measure")
    high: float | None = Field(None, description="highest value that this device can measure")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        state = QUANTITIES[self.quantity].kind == "state"
        if state != (self.type == "flag"):
            raise ValueError(f"{self.quantity} is {'true or false: type' if state else 'a number: not type'} flag")
        if self.fc <= 2 and self.type != "flag":
            raise ValueError(f"fc {self.fc} reads bits: type flag, not {self.type}")
        if self.scale == 0:
            raise ValueError("scale 0 makes every value the same")
        if self.address + self.row().size > 0x10000:
            raise ValueError(f"{self.type} at {self.address} reaches beyond the last address")
        return self

    def row(self) -> Row:
        """Give the row of the meter's table; raise ValueError naming the units that would do."""
        factor, shift = 1.0, 0.0
        if self.unit:
            own = unit_of(self.quantity)
            # Conversions keep 12 digits; a wide span keeps them all for the factor, also of degF and its like.
            factor = convert_span(1e6, self.unit, own, self.quantity) / 1e6
            shift = convert(0.0, self.unit, own, self.quantity)
        return Row(
            self.address,
            self.type,
            self.quantity,
            self.scale * factor,
            self.offset * factor + shift,
            self.order,
            self.part,
            self.fc,
            tuple(self.sentinels),
            -math.inf if self.low is None else self.low,
            math.inf if self.high is None else self.high,
        )


class GenericOptions(Options):
    """Options of a device that the settings describe."""

    registers: list[Register] = Field(min_length=1, max_length=200)
    timeout: Duration = Field(300, ge=20, le=5_000, description="silence that ends a request")
    turnaround: Duration = Field(10, ge=0, le=5_000, description="pause between two requests of one poll")
    most: int = Field(MAX_REGISTERS, ge=2, le=MAX_REGISTERS, description="registers that the device gives at once")
    gap: int = Field(0, ge=0, le=MAX_REGISTERS, description="unnamed registers that may be read along")

    @model_validator(mode="after")
    def _once(self) -> Self:
        seen: set[tuple[str, str]] = set()
        for register in self.registers:
            name = (register.quantity, register.part)
            if name in seen:
                raise ValueError(f"{' '.join(name).rstrip()} stands twice: give each its own part")
            seen.add(name)
        return self

    def table(self) -> Table:
        """Give the meter's table."""
        rows = tuple(register.row() for register in self.registers)
        return Table(rows, self.most, self.gap, self.timeout, self.turnaround)


def table(setup: Setup) -> Table:
    """Give the table of the settings; without one (`caretaker decode`) an empty one: answers come out undecoded."""
    return setup.options.table() if isinstance(setup.options, GenericOptions) else Table(())


DRIVER = SerialDriver(
    name="modbus-generic",
    summary="Any Modbus RTU device, by a register table in the settings",
    build=lambda setup: Meter(setup, table(setup)),
    player=lambda setup: MeterPlayer(setup, table(setup)),
    quantities=NAMES,
    options=GenericOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: request_for(table(setup), reply=reply),
)
