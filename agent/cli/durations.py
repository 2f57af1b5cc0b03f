"""The option type of spans of time: 60s, 5m, 1500ms, or plain seconds."""

from __future__ import annotations

from typing import Any

import click

from agent.model.units import duration_ms


class Seconds(click.ParamType[float]):
    """A span of time in seconds, written with its unit or as a plain number."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give seconds; refuse with what was expected."""
        if isinstance(value, float | int):
            return float(value)
        try:
            return float(value)
        except ValueError:
            pass
        try:
            return duration_ms(value) / 1000
        except ValueError as error:
            self.fail(str(error), param, ctx)


SECONDS = Seconds()
