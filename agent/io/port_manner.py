"""How a port is driven beside speed and parity: RS-485 direction by the kernel, latency of FTDI chips, DTR.

What a port cannot do is no reason not to use it: it is said once and the rest goes on (a pty can none of it).
"""

from __future__ import annotations

import termios
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from serial.rs485 import RS485Settings


@dataclass(frozen=True, slots=True)
class Rs485:
    """The kernel switches RTS around each sending; delays in ms before and after it."""

    rts_on_send: bool = True
    delay_before_ms: int = 0
    delay_after_ms: int = 0


@dataclass(frozen=True, slots=True)
class Manner:
    """What is asked of the port. `low_latency`: an FTDI chip hands bytes on at once, not after 16 ms.

    The kernel raises DTR whenever a port is opened. `low` lowers it right after that. `keep` leaves it up when the
    port is closed, so that opening it again makes no edge: that edge restarts most Arduino boards (serial.md §2).
    """

    rs485: Rs485 | None = None
    low_latency: bool = False
    dtr: Literal["high", "low", "keep"] = "high"

    def applied(self, port: Any) -> str:
        """Set it on an open port of pyserial; give "" or what could not be set, in words."""
        missing = ""
        for name, wanted, step in (
            ("rs485", self.rs485 is not None, self._direction),
            ("low_latency", self.low_latency, _hurry),
            ("dtr", self.dtr == "low", _lower),
            ("dtr", self.dtr == "keep", _keep),
        ):
            if wanted and (why := _tried(step, port)):
                missing += f"{', ' if missing else ''}{name} ({why})"
        return missing

    def _direction(self, port: Any) -> None:
        assert self.rs485 is not None
        wanted = self.rs485
        port.rs485_mode = RS485Settings(
            rts_level_for_tx=wanted.rts_on_send,
            rts_level_for_rx=not wanted.rts_on_send,
            delay_before_tx=wanted.delay_before_ms / 1000,
            delay_before_rx=wanted.delay_after_ms / 1000,
        )


def _hurry(port: Any) -> None:
    port.set_low_latency_mode(True)


def _lower(port: Any) -> None:
    port.dtr = False


def _keep(port: Any) -> None:
    words = termios.tcgetattr(port.fileno())
    words[2] &= ~termios.HUPCL
    termios.tcsetattr(port.fileno(), termios.TCSANOW, words)


def _tried(step: Callable[[Any], None], port: Any) -> str:
    try:
        step(port)
    except (OSError, ValueError, AttributeError, termios.error) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return ""
