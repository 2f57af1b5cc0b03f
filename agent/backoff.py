"""How long to wait before trying again: jittered, growing, bounded. It never waits itself: who asks decides how.

The jitter keeps a hundred nodes from knocking at once when the broker comes back; the sum is done by tenacity.
"""

from __future__ import annotations

from tenacity import RetryCallState, Retrying, wait_random_exponential


class Backoff:
    """Delays in milliseconds: the first is `first_ms`, each later one anywhere between it and twice the last bound."""

    def __init__(self, first_ms: int, most_ms: int) -> None:
        self._wait = wait_random_exponential(multiplier=first_ms / 1000, min=first_ms / 1000, max=most_ms / 1000)
        self._state = RetryCallState(Retrying(), None, (), {})
        self._state.attempt_number = 0

    @property
    def attempts(self) -> int:
        """Give how many delays were given since the last `reset`."""
        return self._state.attempt_number

    def next_ms(self) -> int:
        """Give the next delay."""
        self._state.attempt_number += 1
        return round(self._wait(self._state) * 1000)

    def reset(self) -> None:
        """Begin again with the first delay: the far end has proved stable."""
        self._state.attempt_number = 0
