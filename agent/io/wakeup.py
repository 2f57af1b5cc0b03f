"""A pipe that ends a `poll` in another thread. It carries no data: who is woken looks at its own queue."""

from __future__ import annotations

import os


class Wakeup:
    """Any number of `wake` before the next `clear` are one. It lives as long as its owner."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        self._pending = False

    def fileno(self) -> int:
        """Give the end to poll for reading."""
        return self._read

    def wake(self) -> None:
        """End the wait, from any thread."""
        if not self._pending:
            self._pending = True
            os.write(self._write, b"x")

    def clear(self) -> None:
        """Forget all wakes so far. Look at the queue after this, never before: then none is missed.

        Two threads may both write before the flag is seen, hence the read of more than one byte.
        """
        os.read(self._read, 64)
        self._pending = False

    def __del__(self) -> None:
        os.close(self._read)
        os.close(self._write)
