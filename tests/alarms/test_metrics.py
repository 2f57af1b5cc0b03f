"""Alarm metrics against their definitions counted anew from the whole list (domain.md §1.2), and over restarts."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import msgspec
import pytest

from agent.alarms.metrics import ANEW, BIN, DAY, HOUR, Metrics
from agent.model.effects import Alarm
from tests.alarms.kit import Played, spec

MINUTE = 60_000


def alarm(t: int, name: str = "a-d", transition: str = "raised", **more: Any) -> Alarm:
    played = Played(spec())
    (made,) = played.fire("cond_true")
    fields = {"alarm": name, "t": t, "transition": transition, "notify": 0, "priority": 3} | more
    return msgspec.structs.replace(made, **fields)


def fed(*told: Alarm) -> Metrics:
    metrics = Metrics(0)
    for one in told:
        metrics.take(one)
    return metrics


def test_only_what_is_told_anew_counts() -> None:
    told = [
        alarm(1), alarm(2, notify=-1), alarm(3, transition="escalated"), alarm(4, transition="acknowledged"),
        alarm(5, transition="cleared"), alarm(6, drill=True), alarm(7, transition="unsuppressed"),
        alarm(8, transition="reminded"),
    ]  # fmt: skip
    assert fed(*told).report(HOUR)["annunciated"] == 2


@pytest.mark.parametrize("count", [10, 11, 25])
def test_a_flood_begins_with_the_eleventh_in_ten_minutes_and_ends_with_less_than_five(count: int) -> None:
    metrics = fed(*(alarm(HOUR + number * 1_000, f"a-{number}") for number in range(count)))
    last = HOUR + (count - 1) * 1_000
    end = last - 4 * 1_000 + BIN
    assert metrics.report(last + MINUTE)["flood"] is (count > 10)
    assert metrics.report(end)["flood"] is False
    expected = end - (HOUR + 10_000) if count > 10 else 0
    assert metrics.report(2 * HOUR)["flood_share"] == pytest.approx(expected / (2 * HOUR), abs=1e-4)
    metrics.take(alarm(3 * HOUR))
    assert metrics.report(4 * HOUR)["flood_share"] == pytest.approx(expected / (4 * HOUR), abs=1e-4)
    assert metrics.report(4 * HOUR)["floods"] == int(count > 10)


def test_stale_is_on_for_more_than_a_day() -> None:
    metrics = fed(alarm(0, "old"), alarm(0, "over"), alarm(5, "over", "cleared"), alarm(DAY, "young"))
    assert metrics.report(DAY)["stale"] == []
    assert metrics.report(DAY + 1)["stale"] == ["old"]
    metrics.take(alarm(DAY + 2, "over", "reactivated", notify=-1))
    assert metrics.report(2 * DAY + 3)["stale"] == ["old", "over", "young"]


def test_the_last_thirty_days_count() -> None:
    metrics = fed(alarm(0), *(alarm(day * DAY + HOUR, "b-d") for day in range(1, 31)))
    assert metrics.report(30 * DAY + 2 * HOUR)["annunciated"] == 30
    assert metrics.report(90 * DAY)["annunciated"] == 0


def test_nothing_yet() -> None:
    report = Metrics(0).report(0)
    assert (report["annunciated"], report["per_hour"], report["top"], report["stale"]) == (0, 0.0, [], [])


@pytest.mark.parametrize("seed", range(20))
def test_counted_anew_and_over_a_restart_it_is_the_same(seed: int) -> None:
    dice = random.Random(seed)
    metrics, t, all_told = Metrics(0), 0, list[Alarm]()
    for _ in range(400):
        t += dice.choice([100, 10_000, 200_000, HOUR])
        name = f"rule-{min(int(dice.expovariate(0.3)), 30)}"
        told = alarm(t, name, dice.choice([*ANEW, "cleared", "escalated"]), priority=dice.randint(1, 4))
        all_told.append(told)
        metrics.take(told)
        if dice.random() < 0.05:
            other = Metrics(t)
            other.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(metrics.state())))
            assert other.report(t) == metrics.report(t)
            metrics = other
    now = t + MINUTE
    counted = [one for one in all_told if one.transition in ANEW and one.t // DAY > now // DAY - 30]
    report = metrics.report(now)
    names, bins = Counter(one.alarm for one in counted), Counter(one.t // BIN for one in counted)
    length = now - max(0, (now // DAY - 29) * DAY)
    assert report["annunciated"] == len(counted)
    assert report["per_hour"] == round(len(counted) * HOUR / length, 3)
    assert report["worst_10min"] == max(bins.values())
    assert report["above_10_share"] == round(sum(n > 10 for n in bins.values()) / (length // BIN), 4)
    top = sorted(names.items(), key=lambda one: (-one[1], one[0]))[:10]
    assert report["top"] == [{"alarm": name, "count": count} for name, count in top]
    assert report["priorities"]["P4"] == round(sum(one.priority == 4 for one in counted) / len(counted), 4)
