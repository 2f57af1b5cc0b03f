"""Which readings are worth keeping: change-only, with deadband, shortest and longest interval, by device and quantity.

Events, presses, contacts that change and changes of quality always pass, and so does a value on which a rule could
change its mind (outside its quiet band): thinning never hides an alarm. What does not pass is counted and forgotten: it
is in no journal, so that live and replay see the same. The longest interval repeats a value only when the device has
really measured again: a heartbeat point is never made up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from agent.model.events import Reading

Key = tuple[str, str]


class Report(msgspec.Struct, frozen=True):
    """How one quantity of one device is reported: deadband in its unit, intervals in ms (0: none)."""

    deadband: float = 0.0
    min_interval: int = 0
    max_interval: int = 0


class Reporting:
    """Asked for every reading by the pump's thread. `indifferent` tells whether no rule can change its mind on it."""

    def __init__(self, reports: Mapping[Key, Report], indifferent: Callable[[Reading], bool]) -> None:
        self._reports, self._indifferent = reports, indifferent
        self._last: dict[tuple[str, str, str], Reading] = {}
        self.held_back = 0

    def passes(self, reading: Reading) -> bool:
        """Tell whether this reading is kept."""
        report = self._reports.get((reading.device, reading.quantity))
        if report is None or reading.historical:
            return True
        key = (reading.device, reading.quantity, reading.part)
        last = self._last.get(key)
        if last is not None and not self._tells_more(report, last, reading):
            self.held_back += 1
            return False
        self._last[key] = reading
        return True

    def _tells_more(self, report: Report, last: Reading, reading: Reading) -> bool:
        if reading.quality != last.quality or not self._indifferent(reading):
            return True
        age = reading.t - last.t
        if report.max_interval and age >= report.max_interval:
            return True
        value, before = reading.value, last.value
        if isinstance(value, bool | str) or isinstance(before, bool | str):
            return value != before
        if age < report.min_interval:
            return False
        return value != before if report.deadband == 0 else abs(value - before) >= report.deadband
