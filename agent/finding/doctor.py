"""What is wrong with a device on its line: it is asked, or listened to, and what comes is judged. It writes nothing.

    well             sound readings, always
    unsteady         sound readings, but not always
    refuses          the device says no (exception)
    checksum         the right shape, a wrong sum
    echo             our own words and nothing behind
    other-setting    an answer at another speed or parity
    noise            bytes that are nobody's answer
    nothing          not one byte

What each means and what to do next is in cures.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from agent.driver import SerialDevice, SerialSettings
from agent.finding.cures import Finding
from agent.finding.wire import Wire, without_echo
from agent.io.clock import mono_ms
from agent.model.events import Event, Fault, Item, Reading
from agent.ports import NotConnectedError

ROUNDS: Final = 5
BAUDS: Final = (9600, 4800, 2400, 19_200, 38_400, 57_600, 115_200)
OTHERS: Final = tuple(SerialSettings(baud, 8, parity, 1) for baud in BAUDS for parity in ("N", "E", "O"))
"""Settings that are tried when nothing sound comes at the right one."""
HEARING: Final = 3000
"""ms for which a device that talks by itself is listened to at another setting."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found at one device: of so many questions so many answered, and the words of the first fault."""

    device: str
    finding: Finding
    asked: int
    answered: int
    detail: str = ""
    setting: SerialSettings | None = None


Build = Callable[[], SerialDevice]


def examine(wire: Wire, settings: SerialSettings, name: str, build: Build, *, rounds: int = ROUNDS) -> Diagnosis:
    """Ask a device some rounds and say what is wrong. Raises `NotConnectedError` when the port goes away."""
    return _examined(wire, settings, name, lambda: _rounds(wire, build, rounds), lambda: _rounds(wire, build, 1))


def overhear(wire: Wire, settings: SerialSettings, name: str, build: Build, ms: int) -> Diagnosis:
    """Listen to a device that talks by itself, for so long, and say what is wrong."""
    return _examined(
        wire, settings, name, lambda: [_heard(wire, build(), ms)], lambda: [_heard(wire, build(), HEARING)]
    )


Rounds = Callable[[], list[tuple[Finding, str]]]


def _examined(wire: Wire, settings: SerialSettings, name: str, first: Rounds, other: Rounds) -> Diagnosis:
    wire.set(settings)
    found = _diagnosed(name, first())
    if found.finding in ("well", "unsteady", "refuses", "checksum"):
        return found
    same_speed = [replace(settings, parity=parity) for parity in ("N", "E", "O")]
    for setting in dict.fromkeys([*same_speed, *OTHERS]):
        if (setting.baud, setting.parity) == (settings.baud, settings.parity):
            continue
        if not _can_be(wire, setting):
            continue
        there = _diagnosed(name, other())
        if there.finding in ("well", "refuses"):
            found = replace(there, finding="other-setting", setting=setting)
            break
    wire.set(settings)
    return found


def _can_be(wire: Wire, setting: SerialSettings) -> bool:
    """Set the wire otherwise; tell whether this port can be set so (many cannot do every speed or parity)."""
    try:
        wire.set(setting)
    except NotConnectedError as error:
        if error.code != "CT206":
            raise
        return False
    return True


def _diagnosed(name: str, rounds: Sequence[tuple[Finding, str]]) -> Diagnosis:
    kinds = [kind for kind, _ in rounds]
    detail = next((words for _, words in rounds if words), "")
    answered = sum(kind in ("well", "refuses") for kind in kinds)
    return Diagnosis(name, _judged(kinds), len(kinds), answered, detail)


def _judged(kinds: Sequence[Finding]) -> Finding:
    """Give one word for all rounds: one damaged frame in five is a bad cable, however many others are sound."""
    order: tuple[Finding, ...] = ("checksum", "refuses", "well", "noise", "echo", "nothing")
    worst = next(kind for kind in order if kind in kinds)
    return "unsteady" if worst == "well" and set(kinds) != {"well"} else worst


def _rounds(wire: Wire, build: Build, rounds: int) -> list[tuple[Finding, str]]:
    """Put one question a round; each begins with a fresh device, as after a restart."""
    return [_round(wire, build()) for _ in range(rounds)]


def _round(wire: Wire, device: SerialDevice) -> tuple[Finding, str]:
    request = device.ask(0)
    raw = wire.ask(request, device.timeout_ms)
    reply, echo = without_echo(request, raw)
    items: list[Item] = device.receive(reply, 0) if reply else []
    if device.waiting:
        items += device.quiet(0)
    if not reply:
        return ("echo", "") if echo else ("nothing", "")
    return _kind(items)


def _kind(items: Iterable[Item]) -> tuple[Finding, str]:
    faults = [one for one in items if isinstance(one, Fault)]
    for fault in faults:
        if fault.fault == "checksum":
            return "checksum", fault.detail
    for fault in faults:
        if fault.fault == "refused":
            return "refuses", fault.detail
    if any(isinstance(one, Reading | Event) for one in items) or any(one.fault == "insane" for one in faults):
        return "well", faults[0].detail if faults else ""
    return "noise", faults[0].detail if faults else ""


def _heard(wire: Wire, device: SerialDevice, ms: int) -> tuple[Finding, str]:
    begun = last = mono_ms()
    items: list[Item] = []
    came = 0
    while (gone := mono_ms() - begun) < ms:
        data, now = wire.hear(min(50, ms - gone)), mono_ms()
        if data:
            came, last = came + len(data), now
            items += device.receive(data, now)
        elif now - last >= device.quiet_ms:
            items += device.quiet(now)
    return _kind(items) if came else ("nothing", "")
