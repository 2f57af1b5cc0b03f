"""Orders to devices: which line or family a device hangs on. Moves words, knows no bytes."""

from __future__ import annotations

from collections.abc import Callable

from agent.model.effects import Order

Say = Callable[[Order], None]


class Post:
    """A `Sayer` of the pump. `routes` maps a device to what brings it an order; others have no ears."""

    def __init__(self) -> None:
        self.routes: dict[str, Say] = {}
        self.unheard = 0
        """Orders for devices that nothing can bring them to."""

    def say(self, order: Order) -> None:
        """Bring an order to its device."""
        say = self.routes.get(order.device)
        if say is None:
            self.unheard += 1
        else:
            say(order)
