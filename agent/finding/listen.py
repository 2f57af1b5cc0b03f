"""What is that device? Every driver of devices that talk by themselves hears the same bytes and gives its verdict.

Nothing is sent. A driver that understands every byte is right; one that understands some by chance has many faults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from agent.driver import SerialDevice, SerialDriver, SerialSettings, Setup
from agent.finding.wire import Wire
from agent.io.clock import mono_ms
from agent.model.events import Availability, Fault, Item
from agent.model.outside import described

STEP: Final = 50
KEPT: Final = 4096


@dataclass(slots=True)
class Verdict:
    """What one driver made of the bytes: how many things it understood, how many bytes it did not, and examples."""

    driver: str
    understood: int = 0
    lost: int = 0
    said: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Give the share of sound things, 0 to 1: a fault counts as one thing."""
        return self.understood / (self.understood + self.faults) if self.understood else 0.0

    faults: int = 0

    def take(self, items: Iterable[Item]) -> None:
        """Count what a driver said."""
        for item in items:
            if isinstance(item, Fault):
                self.faults += 1
                self.lost += item.size
            elif not isinstance(item, Availability):
                self.understood += 1
                fields = described(item)
                if fields and len(self.said) < 3:
                    words = (fields.get("quantity", fields["kind"]), fields.get("value", ""), fields.get("unit", ""))
                    self.said.append(" ".join(str(word) for word in words if word != ""))


@dataclass(frozen=True, slots=True)
class Heard:
    """What came at one setting of the wire: how many bytes, the first of them, and the verdicts, best first."""

    settings: SerialSettings
    size: int
    head: bytes
    verdicts: list[Verdict]


Progress = Callable[[SerialSettings, float, int], None]
"""Told the setting, seconds gone and bytes heard."""


def listen(wire: Wire, settings: SerialSettings, drivers: Iterable[SerialDriver], ms: int, progress: Progress) -> Heard:
    """Listen for so long at one setting. Raises `NotConnectedError` when the port goes away."""
    wire.set(settings)
    ears: list[tuple[SerialDevice, Verdict]] = [
        ((one.decoder or one.build)(Setup("listen")), Verdict(one.name)) for one in drivers
    ]
    begun, size, head, last = mono_ms(), 0, b"", mono_ms()
    while (gone := mono_ms() - begun) < ms:
        progress(settings, gone / 1000, size)
        data = wire.hear(min(STEP, ms - gone))
        now = mono_ms()
        if data:
            size, head, last = size + len(data), (head + data)[:KEPT], now
        for device, verdict in ears:
            if data:
                verdict.take(device.receive(data, now))
            elif now - last >= device.quiet_ms:
                verdict.take(device.quiet(now))
    verdicts = [verdict for _, verdict in ears if verdict.understood]
    return Heard(settings, size, head, sorted(verdicts, key=lambda one: (-one.share, -one.understood, one.driver)))
