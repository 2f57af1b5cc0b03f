"""Stand-ins in memory for rehearsal, replay and the tests of the core: a clock that is told, a journal that is a list.

They keep the same promises as the real ones (tests run one suite on both) except that nothing survives the process.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence

from agent.model.effects import Effect
from agent.model.events import Cause, Event, Offset, Outcome


class MemoryClock:
    """A clock that only moves by being told."""

    def __init__(self, now: int = 0, wall: int = 1_700_000_000_000, *, trusted: bool = True) -> None:
        self.t, self.wall_ms, self.trusted = now, wall, trusted

    def now(self) -> int:
        """Give engine time."""
        return self.t

    def wall(self) -> tuple[int, bool]:
        """Give wall time."""
        return self.wall_ms, self.trusted

    def advance(self, ms: int) -> None:
        """Let time pass."""
        self.t += ms
        self.wall_ms += ms

    def offset(self, boot: int) -> Offset:
        """Give the row of the table of offsets that holds now."""
        return Offset(boot, self.t, self.wall_ms - self.t, self.trusted, 0, self.t)


class MemoryJournal:
    """A journal that is a list."""

    def __init__(self) -> None:
        self.all_causes: list[Cause] = []
        self.all_effects: list[Effect] = []
        self.t = 0
        self._natives: dict[str, int] = {}

    def outcome(self, event: Event) -> Outcome:
        """Tell whether an event with a native id is new, known, or known with another body."""
        crc = zlib.crc32(f"{event.quantity}|{event.value}|{event.part}".encode())
        known = self._natives.get(event.native)
        if known is None:
            self._natives[event.native] = crc
            return "stored"
        return "existed" if known == crc else "conflict"

    def commit(
        self, causes: Sequence[Cause], effects: Sequence[Effect], now: int, cursors: Mapping[tuple[str, str], int] = {}
    ) -> None:
        """Keep them; `cursors` belong to sinks, which memory has none of."""
        del cursors
        self.all_causes += causes
        self.all_effects += effects
        self.t = now

    def offsets(self) -> list[Offset]:
        """Give the table of offsets."""
        return [cause for cause in self.all_causes if isinstance(cause, Offset)]

    def causes(self, after: int = 0) -> Iterator[tuple[int, Cause]]:
        """Give all causes after a position with their positions."""
        yield from ((pos, cause) for pos, cause in enumerate(self.all_causes, 1) if pos > after)
