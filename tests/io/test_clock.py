"""Engine time goes on over restarts; wall time is only looked at."""

from __future__ import annotations

import pytest

from agent.io import clock as clocks
from agent.io.clock import SystemClock, boot_id, mono_ms
from agent.model.events import Offset


def test_the_very_first_start_begins_at_zero() -> None:
    clock = SystemClock("UTC", trust="always")
    assert clock.begin(0, None, None) is None
    assert 0 <= clock.now() < 5_000


def test_a_restart_in_the_same_boot_is_measured_by_the_kernel() -> None:
    clock = SystemClock("UTC", trust="never")
    gap = clock.begin(20_000, (3, boot_id(), 10_000, mono_ms() - 60_000), None)
    assert gap is not None
    assert gap.measured
    assert 40_000 <= gap.t - 30_000 < 45_000
    assert clock.now() >= gap.t


def test_another_boot_with_trusted_clocks_is_measured_by_them() -> None:
    clock = SystemClock("UTC", trust="always")
    wall, _ = clock.wall()
    hour = 3_600_000
    gap = clock.begin(20_000, (3, "another", 0, 0), Offset(3, 0, wall - hour - 20_000, trusted=True))
    assert gap is not None
    assert gap.measured
    assert abs(gap.t - 20_000 - hour) < 5_000
    assert abs(clock.now() - gap.t) < 5_000


@pytest.mark.parametrize("trusted_before", [True, False])
def test_another_boot_without_trust_assumes_no_time(*, trusted_before: bool) -> None:
    clock = SystemClock("UTC", trust="never")
    gap = clock.begin(20_000, (3, "another", 0, 0), Offset(3, 0, 5, trusted=trusted_before))
    assert gap is not None
    assert (gap.measured, gap.t) == (False, 20_000)


def test_a_wall_clock_that_went_back_never_shortens_engine_time() -> None:
    clock = SystemClock("UTC", trust="always")
    wall, _ = clock.wall()
    gap = clock.begin(20_000, (3, "another", 0, 0), Offset(3, 0, wall + 10**9, trusted=True))
    assert gap is not None
    assert gap.t == 20_000


def test_a_step_is_one_new_row(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock("Asia/Shanghai", trust="always")
    clock.begin(0, None, None)
    row = clock.offset(1)
    assert row.tz_min == 480
    assert clock.changed(row, 1) is None
    clock.skew += 3_600_000
    stepped = clock.changed(row, 1)
    assert stepped is not None
    assert abs(stepped.wall - row.wall - 3_600_000) < 1_000
    assert clock.changed(row, 2) is not None, "another boot needs a row of its own"
    monkeypatch.setattr(clocks, "STEP", 10**12)
    clock._trust = "never"
    untrusted = clock.changed(row, 1)
    assert untrusted is not None
    assert not untrusted.trusted
