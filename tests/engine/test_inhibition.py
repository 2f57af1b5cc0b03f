"""Inhibition: a dead line, broker or gateway is one alarm; `inhibit_by`; what comes back has its time; restarts."""

from __future__ import annotations

from typing import Any

from agent.model.events import Availability, Event, Reading, Reload
from tests.engine.inhibition_kit import HOUR, METERS, MINUTE, Rig, heard, plan


def test_thirty_silent_meters_are_one_alarm_and_none_when_they_are_back() -> None:
    rig = Rig(plan())
    rig.all_speak(1_000)
    rig.link(10_000, "offline")
    rig.until(10 * MINUTE)
    assert heard(rig.told) == [("line-down-bus", "raised")]
    assert next(one for one in rig.told if one.alarm == "line-down-bus").t == 10_000 + MINUTE
    silent = [one for one in rig.told if one.alarm.startswith("silent-") and one.transition == "raised"]
    assert len(silent) == 30
    assert {(one.suppressed, one.isa) for one in silent} == {(True, "DSUPR")}
    rig.told.clear()
    rig.link(11 * MINUTE, "online")
    rig.all_speak(11 * MINUTE + 5_000)
    rig.until(12 * HOUR)
    assert [one.transition for one in rig.told if one.alarm == "silent-meter-7"][:2] == ["cleared", "closed"]


def test_who_stays_silent_when_the_line_is_back_is_told_after_its_own_time() -> None:
    rig = Rig(plan())
    rig.all_speak(1_000)
    rig.link(10_000, "offline")
    rig.until(10 * MINUTE)
    rig.link(10 * MINUTE, "online")
    rig.told.clear()
    rig.all_speak(10 * MINUTE + 5_000, METERS[1:])
    rig.all_speak(10 * MINUTE + 50_000, METERS[1:])
    rig.until(11 * MINUTE)
    assert heard(rig.told) == [("silent-meter-0", "unsuppressed")]


def test_a_port_that_comes_back_at_once_is_nobodys_matter() -> None:
    rig = Rig(plan())
    rig.all_speak(1_000)
    rig.link(10_000, "offline")
    rig.link(60_000, "online")
    rig.all_speak(60_500)
    rig.until(2 * MINUTE)
    assert rig.told == []


def test_a_line_that_is_lent_hides_silence_and_raises_nothing() -> None:
    rig = Rig(plan())
    rig.all_speak(1_000)
    rig.link(10_000, "unknown")
    rig.until(5 * MINUTE)
    assert heard(rig.told) == []
    rig.link(5 * MINUTE, "online")
    rig.all_speak(5 * MINUTE + 1_000)
    assert heard(rig.told) == []


def test_a_p1_is_never_suppressed() -> None:
    rig = Rig(plan(silent={"priority": 1}))
    rig.all_speak(1_000)
    rig.link(2_000, "offline")
    rig.until(61_000)
    assert [alarm for alarm, _ in heard(rig.told)] == sorted(f"silent-{name}" for name in METERS)


def test_a_broker_hides_its_gateways_and_what_is_behind_them() -> None:
    rig = Rig(plan())
    rig.link(1_000, "offline", "zigbee2mqtt", "gateway")
    rig.link(2_000, "offline", "broker:south")
    rig.until(2 * HOUR)
    assert [one for one in heard(rig.told) if "meter" not in one[0]] == [("broker-down-south", "raised")]
    rig.told.clear()
    rig.link(2 * HOUR, "online", "broker:south")
    rig.until(2 * HOUR + 10 * MINUTE)
    assert ("gateway-down-zigbee", "unsuppressed") in heard(rig.told)
    assert not [alarm for alarm, _ in heard(rig.told) if alarm.startswith("quiet")]


def test_a_sensor_that_reports_hourly_has_an_hour_to_show_that_it_is_alive() -> None:
    rig = Rig(plan())
    rig.link(2_000, "offline", "broker:south")
    rig.until(3 * HOUR)
    rig.link(3 * HOUR, "online", "broker:south")
    rig.told.clear()
    rig.hear(Reading("leak", "temperature", 20.0, 3 * HOUR + 30 * MINUTE))
    rig.until(4 * HOUR - 1)
    assert not [alarm for alarm, _ in heard(rig.told) if alarm.startswith("quiet")]
    rig.until(4 * HOUR)
    assert [one for one in heard(rig.told) if one[0].startswith("quiet")] == [("quiet-door", "unsuppressed")]


def test_no_data_that_counts_as_an_alarm_is_hidden_but_a_door_that_really_opens_is_told() -> None:
    rig = Rig(plan())
    rig.hear(Reading("door", "door_open", False, 1_000))
    rig.link(2_000, "offline", "zigbee2mqtt", "gateway")
    rig.hear(Availability("door", "offline", "device", 10_000, "silent"))
    rig.until(MINUTE)
    assert not [alarm for alarm, _ in heard(rig.told) if alarm.startswith("opened")]
    # The gateway's word is wrong: the door speaks.
    rig.hear(Availability("door", "online", "device", 2 * MINUTE, "heard"))
    rig.hear(Reading("door", "door_open", True, 2 * MINUTE))
    rig.until(3 * MINUTE)
    assert ("opened-door", "unsuppressed") in heard(rig.told)


def test_what_is_told_does_not_depend_on_restarts() -> None:
    script: list[Any] = [
        *(Reading(name, "temperature", 20.0, 1_000) for name in METERS[:3]),
        Availability("bus", "offline", "line", 5_000),
        Availability("bus", "online", "line", 5 * MINUTE),
        Reading("meter-1", "temperature", 20.0, 5 * MINUTE + 10_000),
        Availability("broker:south", "offline", "line", 6 * MINUTE),
        Reading("meter-2", "temperature", 20.0, 7 * MINUTE),
        Event("door", "button", "1", 8 * MINUTE),
    ]
    plain = Rig(plan())
    for cause in script:
        plain.hear(cause)
    plain.until(HOUR)
    for at in range(len(script)):
        other = Rig(plan())
        for number, cause in enumerate(script):
            if number == at:
                other.restart()
            other.hear(cause)
        other.until(HOUR)
        assert other.told == plain.told


def test_a_reload_without_the_line_lets_its_devices_be_heard() -> None:
    rig = Rig(plan(), plan(revision="b", links=False))
    rig.all_speak(1_000)
    rig.link(2_000, "offline")
    rig.until(2 * MINUTE)
    rig.told.clear()
    rig.hear(Reload("b", 2 * MINUTE))
    assert rig.engine.inhibition.down == set()
    rig.until(3 * MINUTE)
    assert ("silent-meter-3", "unsuppressed") in heard(rig.told)


def test_a_reload_that_keeps_the_line_keeps_them_silent() -> None:
    rig = Rig(plan(), plan(revision="b"))
    rig.all_speak(1_000)
    rig.link(2_000, "offline")
    rig.until(30_000)
    rig.hear(Reload("b", 30_000))
    rig.until(10 * MINUTE)
    assert heard(rig.told) == [("line-down-bus", "raised")]
