"""Modbus RTU: requests and replies as bytes, both ways, and the search for an answer in whatever a line delivers.

It knows no device and no register's meaning, and it keeps no time: frames are told by length and CRC, never by gaps,
because a USB adapter does not keep them.

    slave(1)  function(1)  data(n)  crc low(1)  crc high(1)        at most 256 bytes, 16-bit fields high byte first

    function          request data               reply data                  reply bytes
    01 02 read bits   addr16 count16             n, bits from addr, LSB first   5 + ceil(count/8)
    03 04 read words  addr16 count16             n, words                       5 + 2 count
    05    write bit   addr16 FF00 | 0000         the same                       8
    06    write word  addr16 word                the same                       8
    0F    write bits  addr16 count16 n bits      addr16 count16                 8
    10    write words addr16 count16 n words     addr16 count16                 8
    any | 80          -                          exception code                 5

Source: Modbus application protocol 1.1b3 and serial line 1.02; the receive algorithm is serial.md §A0. RTU has no
transaction number: a late reply to an earlier request of the same kind cannot be told from the right one. Hence one
exchange at a time, bytes outside an exchange are junk, and the line drains after a time-out.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from drivers.wire.checks import crc16_modbus

MAX_FRAME: Final = 256
READ_BITS: Final = (1, 2)
READ_WORDS: Final = (3, 4)
EXCEPTIONS: Final[dict[int, str]] = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "slave device failure",
    5: "acknowledged, still working",
    6: "slave device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not respond",
}
CONFIGURATION_ERRORS: Final = (1, 2, 3)
"""Exceptions that no repetition cures: the register table does not fit the device (serial.md §A0)."""


def seal(body: bytes) -> bytes:
    """Give slave, function and data with the CRC behind them."""
    return body + crc16_modbus(body).to_bytes(2, "little")


def sound(frame: bytes) -> bool:
    """Tell whether these bytes are long enough for a frame and carry their right CRC."""
    return 4 <= len(frame) <= MAX_FRAME and crc16_modbus(frame) == 0


def _pack_bits(bits: tuple[int, ...]) -> bytes:
    packed = bytearray((len(bits) + 7) // 8)
    for place, bit in enumerate(bits):
        packed[place // 8] |= bit << (place % 8)
    return bytes(packed)


def _unpack_bits(data: bytes) -> tuple[int, ...]:
    return tuple(byte >> place & 1 for byte in data for place in range(8))


def _pack_words(words: tuple[int, ...]) -> bytes:
    return struct.pack(f">{len(words)}H", *words)


def _unpack_words(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(data) // 2}H", data[: len(data) // 2 * 2])


def _two_words(data: bytes) -> tuple[int, int]:
    """Give the first two words; what is missing reads 0, which `parse` then refuses by encoding again."""
    first, second = struct.unpack(">HH", data[:4].ljust(4, b"\0"))
    return first, second


@dataclass(frozen=True, slots=True)
class Request:
    """What the host asks. `values` are words (06, 10), bits as 0/1 (0F), FF00 or 0000 (05).

    For a function that is not in the table above, `values` are the data bytes as they are (PZEM 41, 42).
    """

    slave: int
    function: int
    address: int = 0
    count: int = 1
    values: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        """The first address behind what it asks for."""
        return self.address + self.count

    def frame(self) -> bytes:
        """Give the request as bytes; raise struct.error or ValueError for what does not fit its fields."""
        head = bytes((self.slave, self.function))
        match self.function:
            case 1 | 2 | 3 | 4:
                return seal(head + struct.pack(">HH", self.address, self.count))
            case 5 | 6:
                return seal(head + struct.pack(">HH", self.address, self.values[0]))
            case 15 | 16:
                data = _pack_bits(self.values) if self.function == 15 else _pack_words(self.values)
                return seal(head + struct.pack(">HHB", self.address, len(self.values), len(data)) + data)
            case _:
                return seal(head + bytes(self.values))

    @staticmethod
    def parse(frame: bytes) -> Request | None:
        """Read one whole request, or give None when encoding what was read does not give these bytes again."""
        if not sound(frame):
            return None
        slave, function, data = frame[0], frame[1], frame[2:-2]
        address, number = _two_words(data)
        match function:
            case 1 | 2 | 3 | 4:
                request = Request(slave, function, address, number)
            case 5 | 6:
                request = Request(slave, function, address, values=(number,))
            case 15:
                request = Request(slave, function, address, number, _unpack_bits(data[5:])[:number])
            case 16:
                request = Request(slave, function, address, number, _unpack_words(data[5:]))
            case _:
                request = Request(slave, function, count=0, values=tuple(data))
        return request if request.frame() == frame else None

    def answer(self) -> tuple[bytes, int]:
        """Give how the reply to this begins and how long it is. A vendor's function is taken to echo its request."""
        sent = self.frame()
        if self.function in READ_BITS + READ_WORDS:
            size = (self.count + 7) // 8 if self.function in READ_BITS else 2 * self.count
            return bytes((self.slave, self.function, size & 0xFF)), size + 5
        return (sent[:6], 8) if self.function in (5, 6, 15, 16) else (sent[:-2], len(sent))


@dataclass(frozen=True, slots=True)
class Reply:
    """What a slave answers. `values` are words or bits (these filled up to whole bytes); `exception` 0 means none."""

    slave: int
    function: int
    address: int = 0
    count: int = 0
    values: tuple[int, ...] = ()
    exception: int = 0

    def frame(self) -> bytes:
        """Give the reply as bytes; raise struct.error or ValueError for what does not fit its fields."""
        head = bytes((self.slave, self.function))
        if self.exception:
            return seal(bytes((self.slave, self.function | 0x80, self.exception)))
        match self.function:
            case 1 | 2 | 3 | 4:
                data = _pack_bits(self.values) if self.function in READ_BITS else _pack_words(self.values)
                return seal(head + bytes((len(data),)) + data)
            case 5 | 6:
                return seal(head + struct.pack(">HH", self.address, self.values[0]))
            case 15 | 16:
                return seal(head + struct.pack(">HH", self.address, self.count))
            case _:
                return seal(head + bytes(self.values))

    @staticmethod
    def parse(frame: bytes) -> Reply | None:
        """Read one whole reply, or give None when encoding what was read does not give these bytes again."""
        if not sound(frame):
            return None
        slave, function, data = frame[0], frame[1], frame[2:-2]
        address, number = _two_words(data)
        match function:
            case 1 | 2:
                reply = Reply(slave, function, values=_unpack_bits(data[1:]))
            case 3 | 4:
                reply = Reply(slave, function, values=_unpack_words(data[1:]))
            case 5 | 6:
                reply = Reply(slave, function, address, values=(number,))
            case 15 | 16:
                reply = Reply(slave, function, address, number)
            case refusal if refusal & 0x80:
                reply = Reply(slave, function & 0x7F, exception=int.from_bytes(data[:1], "big"))
            case _:
                reply = Reply(slave, function, values=tuple(data))
        return reply if reply.frame() == frame else None
