"""For `caretaker scan`: two reads that harm no Modbus slave, and how an answer is told from noise.

Register 0 is read by function 04, then by 03: a slave that has neither refuses (exception 1 or 2), which is an answer
too. One that knows only other functions or addresses and stays silent is not found; none such is in serial.md.
"""

from __future__ import annotations

from typing import Final

from agent.driver import Seek
from drivers.wire.modbus_exchange import Exchange
from drivers.wire.modbus_rtu import Request


def _requests(address: int) -> tuple[bytes, ...]:
    return tuple(Request(address, function, 0, 1).frame() for function in (4, 3))


def _heard(request: bytes, reply: bytes) -> bool:
    asked = Request.parse(request)
    assert asked is not None, "these requests are our own"
    exchange = Exchange(asked)
    return (exchange.take(reply) or exchange.end()) is not None


SEEK: Final = Seek(_requests, _heard)
