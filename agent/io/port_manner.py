"""How a port is driven beside speed and parity: RS-485 direction by the kernel, latency of FTDI chips, DTR.

What a port cannot do is no reason not to use it: it is said once and the rest goes on (a pty can none of it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from serial.rs485 import RS485Settings


@dataclass(frozen=True, slots=True)
class Rs485:
    """The kernel switches RTS around each sending; delays in ms before and after it."""

    rts_on_send: bool = True
    delay_before_ms: int = 0
    delay_after_ms: int = 0


@dataclass(frozen=True, slots=True)
class Manner:
    """What is asked of the port. `low_latency`: an FTDI chip hands bytes on at once, not after 16 ms."""

    rs485: Rs485 | None = None
    low_latency: bool = False
    dtr: bool = True

    def applied(self, port: Any) -> str:
        """Set it on an open port of pyserial; give "" or what could not be set, in words."""
        missing: list[str] = []
        if self.rs485 is not None:
            wanted = self.rs485
            settings = RS485Settings(
                rts_level_for_tx=wanted.rts_on_send,
                rts_level_for_rx=not wanted.rts_on_send,
                delay_before_tx=wanted.delay_before_ms / 1000,
                delay_before_rx=wanted.delay_after_ms / 1000,
            )
            try:
                port.rs485_mode = settings
            except (OSError, ValueError, AttributeError) as error:
                missing.append(f"rs485 ({_words(error)})")
        if self.low_latency:
            try:
                port.set_low_latency_mode(True)
            except (OSError, ValueError, AttributeError) as error:
                missing.append(f"low_latency ({_words(error)})")
        return ", ".join(missing)


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
