"""Shelly: every sample, deltas, sleepers, presses, times, prefixes, outputs with answers, hostile messages."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Options
from agent.model.events import Event, Reading, Stranger
from drivers.shelly import DRIVER
from drivers.wire.shelly_status import ShellyDeviceOptions
from tests import kit
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender, told

OWN = "shellyplus1-08b61fd141e8"
RPC, ONLINE = f"{OWN}/events/rpc", f"{OWN}/online"
FLOOD = "shellyfloodg4-a1b2c3d4e5f6"
WALL = 1_656_519_645_480


def status(src: str = OWN, method: str = "NotifyStatus", ts: float = 1.33, **components: Any) -> dict[str, Any]:
    named = {name.replace("__", ":"): block for name, block in components.items()}
    return {"src": src, "dst": f"{src}/events", "method": method, "params": {"ts": ts, **named}}


def press(word: str, ts: float = 1.33, component: str = "input:0") -> dict[str, Any]:
    events = [{"component": component, "id": 0, "event": word, "ts": ts}]
    return {"src": OWN, "method": "NotifyEvent", "params": {"ts": ts, "events": events}}


@pytest.mark.parametrize("sample", kit.mqtt_samples("shelly"), ids=lambda s: s["id"])
def test_samples(sample: dict[str, Any]) -> None:
    mqtt_kit.check_sample(DRIVER, sample)


STATUSES = [
    ({"switch__1": {"id": 1, "output": False, "apower": 3.8, "pf": 0.9, "temperature": {"tC": 42.0, "tF": 107.6}}},
     [("reading", "relay_1", False), ("reading", "power", 3.8, 1), ("reading", "power_factor", 0.9, 1),
      ("reading", "device_temperature", 42, 1)]),
    ({"input__0": {"id": 0, "state": None}}, []),  # a button has no state
    ({"input__3": {"id": 3, "state": True}}, [("reading", "input_3", True)]),
    ({"em__0": {"a_voltage": 236.1, "a_current": 4.0, "a_act_power": 951.2, "a_aprt_power": 951.9, "a_pf": 0.99,
                "c_act_power": -7.5, "n_current": None, "total_act_power": 943.7, "total_current": 4.2}},
     [("reading", "current", 4.2), ("reading", "power", 943.7), ("reading", "voltage", 236.1, 1),
      ("reading", "current", 4, 1), ("reading", "power", 951.2, 1), ("reading", "apparent_power", 951.9, 1),
      ("reading", "power_factor", 0.99, 1), ("reading", "power", -7.5, 3)]),
    ({"emdata__0": {"a_total_act_energy": 10.5, "total_act": 30.5, "total_act_ret": 2.0}},
     [("reading", "energy_total", 30.5), ("reading", "energy_export_total", 2), ("reading", "energy_total", 10.5, 1)]),
    ({"em1__1": {"id": 1, "current": 2.598, "act_power": 501.8}},
     [("reading", "current", 2.598, 1), ("reading", "power", 501.8, 1)]),
    ({"em1data__0": {"total_act_energy": 5.0}}, [("reading", "energy_total", 5)]),
    ({"pm1__0": {"apower": 1.5, "aenergy": {"total": 9.0}, "ret_aenergy": {"total": 1.0}}},
     [("reading", "power", 1.5), ("reading", "energy_total", 9), ("reading", "energy_export_total", 1)]),
    ({"temperature__100": {"tC": 4.5, "tF": 40.1}}, [("reading", "temperature", 4.5, 100)]),
    ({"temperature__0": {"tC": None, "errors": ["read"]}}, [("event", "sensor_fault", "temperature:read")]),
    ({"switch__0": {"output": False, "errors": ["overpower"]}},
     [("event", "device_alarm", "switch:overpower"), ("reading", "relay_0", False)]),
    ({"illuminance__0": {"lux": 33, "illumination": "dark"}}, [("reading", "illuminance", 33)]),
    ({"devicepower__0": {"battery": {"V": None, "percent": 30}, "external": {"present": True}}},
     [("reading", "battery", 30)]),
    ({"smoke__0": {"alarm": True}}, [("reading", "smoke", True)]),
    ({"switch__0": {"apower": "loud"}}, [("fault", "insane", None)]),
    ({"switch__0": 7}, [("fault", "insane", None)]),
    ({"cover__0": {"state": "open"}, "cloud": {"connected": False}, "script__1": {}}, []),
]  # fmt: skip


@pytest.mark.parametrize(("components", "wanted"), STATUSES)
def test_statuses(components: dict[str, Any], wanted: list[Any]) -> None:
    assert told(sender(DRIVER)(RPC, status(**components))) == wanted
    # The same as the component's own topic says it.
    send = sender(DRIVER)
    for name, block in components.items():
        if isinstance(block, dict):
            assert told(send(f"{OWN}/status/{name.replace('__', ':')}", block)) == wanted


def test_unknown_keys_are_counted() -> None:
    send = sender(DRIVER)
    send(RPC, status(cover__0={"state": "open"}, switch__0={"colour": "red", "id": 0}))
    assert send.devices.unknown == {"cover:0": 1, "switch.colour": 1}  # type: ignore[attr-defined]


def test_flood_without_its_cable_is_not_dry() -> None:
    send, topic = sender(DRIVER), f"{FLOOD}/events/rpc"

    def flood(method: str = "NotifyStatus", **block: Any) -> list[tuple[Any, ...]]:
        return told(send(topic, status(FLOOD, method, flood__0={"id": 0, **block})))

    assert flood("NotifyFullStatus", alarm=False, errors=[]) == [("reading", "water_leak", False)]
    assert flood(errors=["cable_unplugged"]) == [("event", "sensor_fault", "flood:cable_unplugged")]
    assert flood(alarm=False) == []  # a delta on top of it
    assert flood(errors=["cable_unplugged"]) == []  # said once
    assert flood(alarm=True) == [("reading", "water_leak", True)]
    assert flood(alarm=False) == []
    assert flood(errors=[]) == [("reading", "water_leak", False)]
    assert flood("NotifyFullStatus", alarm=False) == [("reading", "water_leak", False)]


@pytest.mark.parametrize(
    ("own", "options", "sleeps"),
    [
        (OWN, Options(), False), (OWN, ShellyDeviceOptions(battery=True), True), (FLOOD, Options(), True),
        ("shellyhtg3-84fce63ad204", Options(), True), ("shellyplusht-c049ef8b3a44", Options(), True),
        ("shellyplussmoke-80646fd09ed4", Options(), True),
    ],
)  # fmt: skip
def test_sleep_is_no_absence(own: str, options: Options, sleeps: bool) -> None:
    send = sender(DRIVER, {own: options})
    gone = [] if sleeps else [("availability", "device", "offline")]
    assert told(send(f"{own}/online", b"false", retained=True)) == gone
    assert told(send(f"{own}/online", b"true", retained=True)) == [("availability", "device", "online")]
    assert told(send(f"{own}/online", b"perhaps")) == [("fault", "junk", None)]


def test_sleep_is_learned_from_the_wake_up_period() -> None:
    send = sender(DRIVER)
    send(RPC, status(sys={"wakeup_period": 7200}))
    assert send(ONLINE, b"false") == []


@pytest.mark.parametrize(
    ("word", "ours"),
    [("single_push", "single"), ("double_push", "double"), ("triple_push", "triple"), ("long_push", "long")],
)
def test_presses(word: str, ours: str) -> None:
    assert told(sender(DRIVER)(RPC, press(word, component="input:2"))) == [("event", "button", ours, 2)]


@pytest.mark.parametrize("word", ["btn_down", "btn_up", "config_changed", "ota_progress", "scheduled_restart", ""])
def test_other_events_say_nothing(word: str) -> None:
    assert sender(DRIVER)(RPC, press(word)) == []
    assert sender(DRIVER)(RPC, press("single_push", component="sys")) == []


def test_a_press_is_one_press() -> None:
    send = sender(DRIVER, wall=WALL)
    (first,) = send(RPC, press("single_push", WALL / 1000))
    assert isinstance(first, Event)
    assert first.native == f"{OWN}/0_single:{WALL}"
    assert send(RPC, press("single_push", WALL / 1000), now=20_000) == []
    assert len(send(RPC, press("single_push", WALL / 1000 + 1), now=21_000)) == 1
    assert send(RPC, press("single_push", WALL / 1000 + 2), now=22_000, retained=True) == []
    # Before the device has the time, only what comes within a second is a repetition.
    assert [len(send(RPC, press("long_push", 1.33), now=now)) for now in (30_000, 30_400, 32_000)] == [1, 0, 1]


@pytest.mark.parametrize(
    ("ts", "said"),
    [(WALL / 1000, WALL), (1.33, 0), (None, 0), (WALL / 1000 + 300, 0), (WALL / 1000 - 700_000, 0), ("soon", 0)],
)
def test_time_is_believed_only_when_it_can_be(ts: Any, said: int) -> None:
    (item,) = sender(DRIVER, wall=WALL)(RPC, status(ts=ts, input__0={"state": True}))
    assert isinstance(item, Reading)
    assert item.said_at == said


def test_device_is_known_by_its_id_whatever_its_prefix() -> None:
    own = ShellyDeviceOptions(topic_prefix="hall/relay")
    send = sender(DRIVER, {OWN: own, "gate": Options()}, prefix="hall/+")
    wanted = [("availability", "device", "offline")]
    assert told(send("hall/relay/online", b"false")) == wanted
    assert send("hall/relay/events/rpc", status(input__0={"state": True}))[0].device == f"our-{OWN}"
    assert send("hall/x/online", b"true") == [Stranger("hall/x")]
    # Learned from what the device says; then its will is its own.
    send = sender(DRIVER, {OWN: Options()})
    assert send("pump/online", b"false") == [Stranger("pump")]
    assert send("pump/events/rpc", status(input__0={"state": True}))[0].device == f"our-{OWN}"
    assert send("pump/online", b"false")[0].device == f"our-{OWN}"
    assert send("pump2/events/rpc", status("shellyx-000000000000")) == [Stranger("shellyx-000000000000")]
    # Settings may also name the prefix.
    send = sender(DRIVER, {"pump": Options()})
    assert send("pump/events/rpc", status(input__0={"state": True}))[0].device == "our-pump"


def test_inputs_have_the_meaning_of_the_settings() -> None:
    own = ShellyDeviceOptions(meanings={"input_0": "door_open", "relay_0": "lamp_red"}, invert=["input_0"])
    send = sender(DRIVER, {OWN: own})
    said = status(input__0={"state": False}, input__1={"state": False}, switch__0={"output": True})
    assert told(send(RPC, said)) == [
        ("reading", "door_open", True), ("reading", "input_1", False), ("reading", "lamp_red", True),
    ]  # fmt: skip
    with pytest.raises(ValidationError, match="no yes-or-no quantity"):
        ShellyDeviceOptions(meanings={"input_0": "temperature"})


JUNK = [
    (RPC, b"{", [("fault", "junk", None)]), (RPC, b"[]", [("fault", "junk", None)]), (RPC, b"", []),
    (RPC, {"src": OWN}, [("fault", "junk", None)]),
    (RPC, {"src": OWN, "method": "NotifyEvent", "params": {"events": 7}}, []),
    (RPC, {"src": OWN, "method": "NotifyEvent", "params": {"events": [7]}}, []),
    (RPC, {"src": OWN, "method": "Dance", "params": {}}, []),
    (f"{OWN}/status/switch:0", b"on", [("fault", "junk", None)]),
    (f"{OWN}/rpc", {"id": 1, "method": "Switch.Set"}, []), ("x/y/z", b"1", []),
]  # fmt: skip


@pytest.mark.parametrize(("topic", "payload", "wanted"), JUNK)
def test_junk(topic: str, payload: Any, wanted: list[Any]) -> None:
    assert told(sender(DRIVER)(topic, payload)) == wanted
