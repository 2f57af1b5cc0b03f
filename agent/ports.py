"""What the core needs from the world, as protocols. The implementations are in agent/io/; tests use the same suites.

All times are engine milliseconds unless a name says `wall`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, Self

import msgspec

from agent.driver import SerialSettings
from agent.model.effects import Effect, Order
from agent.model.events import Cause, Event, Outcome
from agent.model.faults import sentence

STREAMS = ("alarm", "feedback", "event", "kpi", "reading", "rsp")
"""What leaves the box, in order of precedence. Sequence numbers run per stream and are given at the commit."""


class FarEndError(Exception):
    """Something outside did not do its part: the message says what, why and what to do next.

    `code` is that of the catalogue (agent/model/faults.py) and `words` fill its sentence, so that one who reports it
    need not read the message. `retry_after_ms` is the pause that the far end asked for, 0 when it asked for none.
    """

    def __init__(
        self, message: str = "", code: str = "", words: Mapping[str, str] | None = None, retry_after_ms: int = 0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.words = dict(words or {})
        self.retry_after_ms = retry_after_ms

    @classmethod
    def because(cls, code: str, retry_after_ms: int = 0, **words: str) -> Self:
        """Make one out of the catalogue: the sentence of `code` and its next step."""
        return cls(sentence(code, **words), code, words, retry_after_ms)


class NotConnectedError(FarEndError):
    """The far end is not there (port, broker, store): try again later; the message says what and why."""


class NotAllowedError(NotConnectedError):
    """The far end is there and lets us not in (password, token, bucket): keep everything, and try again later."""


class RefusedError(FarEndError):
    """The far end answered and will not take this: trying again unchanged is useless. The message has its words."""


class Clock(Protocol):
    """The only one who asks the time."""

    def now(self) -> int:
        """Give engine time: monotonic, continued over restarts."""
        ...

    def wall(self) -> tuple[int, bool]:
        """Give wall time in Unix milliseconds and whether it can be trusted."""
        ...


class Transport(Protocol):
    """A serial port or what stands for one. All methods raise `NotConnectedError` when the far end is gone."""

    shortcoming: str
    """What the port could not be set to when it was opened, in words; "" if nothing."""

    def open(self) -> None:
        """Open; harmless if open."""
        ...

    def read(self, timeout_ms: int | None) -> bytes:
        """Give what has come, waiting for the first byte at most so long (None: for ever); b"" if nothing or woken."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of it."""
        ...

    def wake(self) -> None:
        """End a `read` that waits in another thread."""
        ...

    def configure(self, settings: SerialSettings) -> None:
        """Set the wire otherwise, at once if it is open: devices of one bus may differ. It stays so over `close`."""
        ...

    def flush(self) -> None:
        """Forget what came and was not read."""
        ...

    def reset(self) -> str:
        """Do to the adapter what unplugging would; the port is closed then. Give "" or why it could not be done."""
        ...

    def close(self) -> None:
        """Close; never raises."""
        ...


class Row(msgspec.Struct, frozen=True):
    """One stored row of a stream, as sinks read it. `wall` is Unix ms; `estimated`: the clock was not trusted then."""

    stream: str
    seq: int
    t: int
    wall: int
    recorded: int
    estimated: bool
    body: Cause | Effect


Cursors = Mapping[tuple[str, str], int]
"""Up to which row (sink, stream) has confirmed."""


class Journal(Protocol):
    """The only queue, and the outbox. One writer (the pump); readers open their own connection."""

    def outcome(self, event: Event) -> Outcome:
        """Tell, before the commit, whether an event with a `native` id is new, known, or known with another body."""
        ...

    def commit(self, causes: Sequence[Cause], effects: Sequence[Effect], now: int, cursors: Cursors = ...) -> None:
        """Write all of it in one transaction and flush it to the medium; raise OSError when the medium fails."""
        ...


class Source(Protocol):
    """Where records come from, and who is told what became of them. Called from the pump's thread; must not block."""

    def acknowledge(self, tokens: list[Any]) -> None:
        """These messages are on the medium."""
        ...

    def settle(self, event: Event, outcome: Outcome) -> None:
        """This event was stored, existed, was in conflict, or could not be stored."""
        ...

    @property
    def window(self) -> int:
        """How many unacknowledged messages this source may hold before a commit is due."""
        ...


class Sayer(Protocol):
    """Takes orders to devices, after the commit."""

    def say(self, order: Order) -> None:
        """Bring an order to its device."""
        ...


class Sink(Protocol):
    """A far end for rows: a store."""

    def write(self, rows: Sequence[Row]) -> None:
        """Deliver all rows or raise: `NotConnectedError` (later), `RefusedError` (never, with the server's words)."""
        ...


Hearer = Callable[[str, bytes, bool, int], None]
"""Takes one message: topic, payload, whether it was retained, and the token that acknowledges it (0: none is owed)."""


class Messages(Protocol):
    """A broker's connection, as those see it who listen and publish. All methods may be called from any thread."""

    def subscribe(self, filters: Sequence[str], hearer: Hearer) -> None:
        """Let `hearer` have what matches, from the connection's own thread; of several, the first takes a topic."""
        ...

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> int:
        """Send one message; give its handle, which is answered exactly once."""
        ...

    def ack(self, tokens: Iterable[int]) -> None:
        """Acknowledge messages to the broker: they are on the medium."""
        ...

    def call(self, job: Callable[[], None]) -> None:
        """Let `job` run in the connection's own thread, in its next turn."""
        ...

    @property
    def connected(self) -> bool:
        """Tell whether the broker is there."""
        ...

    @property
    def window(self) -> int:
        """How many unacknowledged messages may be held before the broker sends no more."""
        ...


Wake = Callable[[], None]
"""Ends a wait in another thread."""
