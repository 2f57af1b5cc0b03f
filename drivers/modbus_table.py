"""Any Modbus device whose registers are written in the settings: no code for one more device, only its table.

It writes only the rows that are marked as outputs, one at a time, never to all devices at once, and configures nothing.
The frames are drawn in drivers/wire/modbus_rtu.py, the byte orders in drivers/wire/registers.py.

    options:
      registers:
        - {address: 0, fc: 4, type: u16, scale: 0.1, quantity: voltage}
        - {address: 8, fc: 4, type: u32, order: CDAB, scale: 0.01, unit: kWh, quantity: energy_total}
        - {address: 2, fc: 2, type: flag, quantity: water_leak}
        - {address: 30, type: flag, mask: 0x0004, quantity: smoke}
        - {address: 30, type: u16, mask: 0xFF00, quantity: battery}
        - {address: 40, type: text, length: 8, quantity: serial_number}
        - {address: 0, fc: 1, type: flag, quantity: relay_1, output: true}
        - {address: 1, fc: 3, type: flag, quantity: relay_2, output: true, write: 6, on: 0x0100, off: 0x0200}

Addresses are those on the wire: "40001" or "30001" in a manual is address 0. Published is number x scale + offset,
converted from `unit` to the one unit of the quantity. The same table serves RTU on a serial line, RTU over TCP
(`port: socket://host:port`) and Modbus TCP (`port: modbus-tcp://host:502`). Source: serial.md §A0 and §1.6.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from agent.driver import Options, SerialDriver, SerialSettings, Setup
from agent.model.quantities import QUANTITIES, unit_of
from agent.model.units import Duration, convert, convert_span
from drivers.wire.meter import Meter
from drivers.wire.meter_player import MeterPlayer
from drivers.wire.modbus_seek import SEEK
from drivers.wire.outputs import Output, WriteFunction
from drivers.wire.register_table import MAX_REGISTERS, Table, request_for
from drivers.wire.registers import Row, RowType, WordOrder

NAMES: Final = tuple(QUANTITIES)
_NAMED: Final = ("lamp_red", "lamp_yellow", "lamp_green", "buzzer", "valve_open")
_SHOWN: Final = ("relay_1 to relay_32", *_NAMED)
OUTPUTS: Final = tuple(name for name in NAMES if name.startswith("relay_") or name in _NAMED)
"""The states that may be switched."""
_BITS: Final = {"u16": 16, "u32": 32, "u64": 64, "flag": 16}
_FOR_NUMBERS: Final = ("scale", "offset", "unit", "low", "high")
_FOR_OUTPUTS: Final = ("write", "write_address", "on", "off")


def _quantity(name: str) -> str:
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, 1)
        raise ValueError(f"'{name}' is no quantity" + (f"; did you mean '{near[0]}'?" if near else ""))
    return name


class Register(Options):
    """One quantity and where it stands."""

    address: int = Field(ge=0, le=0xFFFF, description="wire address; 40001 or 30001 in a manual is 0")
    fc: Literal[1, 2, 3, 4] = Field(3, description="1 coil, 2 discrete input, 3 holding register, 4 input register")
    type: RowType = Field("u16", description="flag: a bit, or a register that is 0 for false")
    order: WordOrder = Field("ABCD", description="byte order of the value: ABCD high word first, CDAB low word first")
    scale: float = Field(1.0, description="published = number x scale + offset")
    offset: float = 0.0
    unit: str = Field("", description="unit of number x scale + offset, if not the quantity's own")
    quantity: Annotated[str, AfterValidator(_quantity)] = Field(json_schema_extra={"enum": list(NAMES)})
    part: Annotated[str, StringConstraints(pattern=r"^([a-z_]+=[A-Za-z0-9_.-]+)?$", max_length=64)] = Field(
        "", description="which part of the device, such as phase=1"
    )
    mask: int = Field(0, ge=0, lt=2**64, description="bits of the register that count; 0: all of them")
    shift: int | None = Field(None, ge=0, le=63, description="bits to shift down by; unset: to the mask's lowest bit")
    length: int = Field(1, ge=1, le=32, description="text: registers that it takes, two characters each")
    sentinels: list[int | float] = Field([], max_length=8, description="numbers (unscaled) that mean 'no value'")
    low: float | None = Field(None, description="lowest value that this device can measure")
    high: float | None = Field(None, description="highest value that this device can measure")
    output: bool = Field(False, description="it may be switched; this row reads it back")
    write: WriteFunction | None = Field(None, description="function that switches it; unset: 5 with fc 1, 6 with fc 3")
    write_address: int | None = Field(None, ge=0, le=0xFFFF, description="where it is switched; unset: at address")
    on: int | None = Field(None, ge=0, le=0xFFFF, description="word for on; unset: 0xFF00 with write 5, else 1")
    off: int = Field(0, ge=0, le=0xFFFF, description="word for off")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for complaint in chain(self._wrong_type(), self._wrong_bits(), self._wrong_output()):
            raise ValueError(complaint)  # The first will do: what follows may be nonsense because of it.
        self.row()
        return self

    def _wrong_type(self) -> Iterator[str]:
        kind = {"state": "flag", "text": "text"}.get(QUANTITIES[self.quantity].kind, "a number")
        if kind != (self.type if self.type in ("flag", "text") else "a number"):
            meant = {"flag": "true or false: type flag", "text": "words: type text"}.get(kind)
            yield f"{self.quantity} is {meant or f'a number: not type {self.type}'}"
        for name in _FOR_NUMBERS:
            if name in self.model_fields_set and kind != "a number":
                yield f"{name} is for numbers: leave it out with type {self.type}"
        if self.scale == 0:
            yield "scale 0 makes every value the same"
        if self.low is not None and self.high is not None and self.low > self.high:
            yield f"low {self.low:g} is above high {self.high:g}: swap them"

    def _wrong_bits(self) -> Iterator[str]:
        if self.fc <= 2 and self.type != "flag":
            yield f"fc {self.fc} reads bits: type flag, not {self.type}; or fc 3 or 4"
        if ("length" in self.model_fields_set) != (self.type == "text"):
            yield "type text needs length" if self.type == "text" else "length is for type text: leave it out"
        if self.type == "text" and self.order in ("CDAB", "DCBA"):
            yield "text is never sent last word first: order ABCD or BADC"
        if self.mask and (self.fc <= 2 or self.type not in _BITS):
            yield "a mask needs whole numbers or flags in registers: fc 3 or 4, type u16, u32, u64 or flag"
        if self.mask >= 1 << _BITS.get(self.type, 64):
            yield f"mask {self.mask:#x} is wider than {self.type}: it has {_BITS[self.type]} bits"
        if self.shift is not None and not self.mask >> self.shift:
            yield f"shift {self.shift} leaves nothing of the mask: leave it out" if self.mask else "shift needs a mask"
        size = self.length if self.type == "text" else Row(0, self.type, self.quantity).size
        if self.address + size > 0x10000:
            yield f"{self.type} at {self.address} reaches beyond the last address"

    def _wrong_output(self) -> Iterator[str]:
        for name in _FOR_OUTPUTS:
            if name in self.model_fields_set and not self.output:
                yield f"{name} is for outputs: add output: true, or leave it out"
        if not self.output:
            return
        if self.quantity not in OUTPUTS or self.part:
            yield f"{self.quantity} {self.part}".rstrip() + f" is no output; one of {', '.join(_SHOWN)}, without part"
        if self.write is None and self.fc not in (1, 3):
            yield f"fc {self.fc} cannot be written: say write 5, 6, 15 or 16, and write_address"
        output = self.switch()
        if output.on == output.off:
            yield f"on and off are both {output.off}: give each its word"
        if output.function == 15 and {output.on, output.off} != {0, 1}:
            yield "write 15 sets one bit: on and off are 0 and 1"
        if self.mask and output.function in (6, 16) and (self.fc, self.address) == (3, output.address):
            yield "a write would change the other bits of this register: write 5 or 15, or another write_address"

    def switch(self) -> Output:
        """Give the output of the meter's table."""
        write = self.write or (5 if self.fc == 1 else 6)
        on = self.on if self.on is not None else 0xFF00 if write == 5 else 1
        return Output(
            self.quantity, write, self.address if self.write_address is None else self.write_address, on, self.off
        )

    def row(self) -> Row:
        """Give the row of the meter's table; raise ValueError naming the units that would do."""
        factor, shift = 1.0, 0.0
        if self.unit:
            own = unit_of(self.quantity)
            # Conversions keep 12 digits; a wide span keeps them all for the factor, also of degF and its like.
            factor = convert_span(1e6, self.unit, own, self.quantity) / 1e6
            shift = convert(0.0, self.unit, own, self.quantity)
        lowest = (self.mask & -self.mask).bit_length() - 1 if self.mask else 0
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
            self.mask,
            lowest if self.shift is None else self.shift,
            self.length,
        )


class TableOptions(Options):
    """Options of a device that the settings describe."""

    registers: list[Register] = Field(min_length=1, max_length=200)
    timeout: Duration = Field(300, ge=20, le=5_000, description="silence that ends a request")
    turnaround: Duration = Field(10, ge=0, le=5_000, description="pause between two requests of one poll")
    most: int = Field(MAX_REGISTERS, ge=1, le=MAX_REGISTERS, description="registers that the device gives at once")
    gap: int = Field(
        8, ge=0, le=MAX_REGISTERS, description="unnamed registers that may be read along; refused ones are learned"
    )
    retries: int = Field(0, ge=0, le=5, description="repetitions of a request without a good answer, or of a switch")

    @model_validator(mode="after")
    def _together(self) -> Self:
        seen: set[tuple[str, str]] = set()
        for register in self.registers:
            name = (register.quantity, register.part)
            if name in seen:
                raise ValueError(f"{' '.join(name).rstrip()} stands twice: give each its own part")
            seen.add(name)
            if register.row().size > self.most:
                raise ValueError(f"{register.quantity} takes {register.row().size} registers: most must be as many")
        return self

    def table(self) -> Table:
        """Give the meter's table."""
        rows = tuple(register.row() for register in self.registers)
        outputs = tuple(register.switch() for register in self.registers if register.output)
        return Table(rows, self.most, self.gap, self.timeout, self.turnaround, outputs=outputs, retries=self.retries)


def table(setup: Setup) -> Table:
    """Give the table of the settings; without one (`caretaker decode`) an empty one: answers come out undecoded."""
    return setup.options.table() if isinstance(setup.options, TableOptions) else Table(())


DRIVER = SerialDriver(
    name="modbus-table",
    summary="Any Modbus device (RTU or TCP), by a register table in the settings",
    build=lambda setup: Meter(setup, table(setup)),
    player=lambda setup: MeterPlayer(setup, table(setup)),
    quantities=NAMES,
    options=TableOptions,
    serial=SerialSettings(9600),
    asked=True,
    ticks=("encoder", "vectors", "any-cut", "hostile"),
    request_for=lambda setup, reply: request_for(table(setup), reply=reply),
    outputs=OUTPUTS,
    seek=SEEK,
    outputs_of=lambda options: tuple(output.name for output in table(Setup("", options=options)).outputs),
)
