"""Prompts to terminals: which line or family a device hangs on. Moves words, knows no bytes."""

from __future__ import annotations

from collections.abc import Callable

from agent.model.effects import Prompt

Say = Callable[[Prompt], None]


class Post:
    """A `Sayer` of the pump. `routes` maps a device to what brings it a prompt; others have no ears."""

    def __init__(self) -> None:
        self.routes: dict[str, Say] = {}
        self.unheard = 0
        """Prompts for devices that nothing can bring them to."""

    def say(self, prompt: Prompt) -> None:
        """Bring a prompt to its terminal."""
        say = self.routes.get(prompt.device)
        if say is None:
            self.unheard += 1
        else:
            say(prompt)
