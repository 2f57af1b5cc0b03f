"""A driver of something on the network that is only asked whether it is there: a camera, a recorder, a switch.

It opens nothing: it says what to ask, and what the answer means. The asking is agent/io/probes.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.driver.base import Options, Tick
from agent.model.events import Item


@dataclass(frozen=True, slots=True)
class Probe:
    """One question: a TCP connect, an HTTP GET of `url` (status one of `expect`), or an ICMP echo.

    `tries` are made, each with its time-out, before the answer is no.
    """

    kind: Literal["tcp", "http", "icmp"]
    host: str
    port: int = 0
    url: str = ""
    expect: tuple[int, ...] = ()
    timeout_ms: int = 2000
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a probe: whether it is there, after how many ms, and in words why not."""

    there: bool
    ms: float = 0.0
    words: str = ""


@dataclass(frozen=True, slots=True)
class ProbeDriver:
    """Registered under the entry point group `caretaker.drivers.probe`."""

    name: str
    summary: str
    probe: Callable[[Any], Probe]
    """Gives the question for a device's options."""
    meaning: Callable[[str, Answer, int], list[Item]]
    """Gives what an answer means for a device at an engine time."""
    quantities: tuple[str, ...]
    events: tuple[str, ...] = ()
    options: type[Options] = Options
    ticks: tuple[Tick, ...] = ()
    outputs: tuple[str, ...] = ()
    silent_after_ms: int | None = 0
    wraps: Mapping[str, float] = field(default_factory=dict)
