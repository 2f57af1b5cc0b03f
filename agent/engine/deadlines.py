"""Deadlines in order: a heap of (engine time, point, name), where the newest word of each (point, name) counts."""

from __future__ import annotations

import heapq


class Deadlines:
    """Equal times come in the order of point and name, never of arrival: replay must not depend on history."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, str, str]] = []
        self._armed: dict[tuple[str, str], int] = {}

    def push(self, owner: str, name: str, due: int) -> None:
        """Set a deadline; a former one of the same owner and name is forgotten."""
        if self._armed.get((owner, name)) != due:
            self._armed[owner, name] = due
            heapq.heappush(self._heap, (due, owner, name))

    def next(self) -> int | None:
        """Give the time of the first deadline, None if there is none (it may be one that was forgotten since)."""
        return self._heap[0][0] if self._heap else None

    def pop(self, t: int) -> tuple[int, str, str] | None:
        """Take the first deadline up to and including t, None if there is none."""
        while self._heap and self._heap[0][0] <= t:
            due, owner, name = heapq.heappop(self._heap)
            if self._armed.get((owner, name)) == due:
                del self._armed[owner, name]
                return due, owner, name
        return None

    def clear(self) -> None:
        """Forget all."""
        self._heap.clear()
        self._armed.clear()
