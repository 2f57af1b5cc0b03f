"""Whether a line's port is lent to a tool, and until when. Kept apart from the line: two threads look at it."""

from __future__ import annotations

import threading
from typing import Final

LETTING_GO: Final = 5.0
"""Seconds within which a line lets go of its port: it ends its wait at once."""


class Lent:
    """Until when (engine ms) a port is lent, None if it is not; `gone` is set once the line has let go of it."""

    def __init__(self) -> None:
        self.until: int | None = None
        self.gone = threading.Event()

    def begin(self, until: int) -> None:
        """Lend it."""
        self.gone.clear()
        self.until = until
