"""json-topic: values, words, units, times, levels, retained messages, outputs, player, hostile messages."""

from __future__ import annotations

from typing import Any

import pytest

from agent.driver import Binding, Message, MqttSetup, Options, ToldPlayer
from agent.model.effects import Prompt, Switch
from agent.model.events import Event, Reading, Stranger
from agent.model.quantities import EVENT_KINDS, QUANTITIES
from drivers.json_topic import DRIVER, JsonTopic
from tests.drivers import mqtt_kit
from tests.drivers.mqtt_kit import sender, told

WALL = 1_790_000_000_000
TABLE: list[dict[str, Any]] = [
    {
        "topic": "site/+/+/up", "levels": ["place", "device"],
        "values": [
            {"path": "sensors[0].t", "quantity": "temperature", "unit": "degF", "sentinels": [-999, "err"]},
            {"path": "sensors.1.h", "quantity": "humidity", "scale": 0.1, "offset": 0.5},
            {"path": 'a["PM2.5"]', "quantity": "pm2_5"},
            {"path": "door", "quantity": "door_open", "words": {"OPEN": True, "SHUT": False, "2": True}},
            {"path": "relay", "quantity": "relay_1"},
            {"path": "level", "quantity": "remaining", "words": {"full": 100, "low": 10}},
            {"path": "key", "event": "button", "words": {"1": "single", "2": "double", "true": "long"}},
            {"path": "card", "event": "card"},
            {"path": "p2", "quantity": "power", "unit": "kW", "part": "phase=2"},
        ],
        "time": {"path": "ts", "format": "ms"},
        "outputs": {"relay_1": {"topic": "site/+/+/set", "on": '{"relay":1}', "off": '{"relay":0}'}},
    },
    {"topic": "bare/+/+", "levels": ["device", "tag=channel"], "values": [{"quantity": "temperature"}]},
    {"topic": "bell/front", "device": "bell", "kind": "event",
     "values": [{"event": "button", "words": {"ding": "single"}}]},
    {"topic": "site/+/+/here", "levels": ["place", "device"], "kind": "presence"},
]  # fmt: skip
UP = "site/b2/m7/up"


def send(wall: int | None = None, **more: Any) -> mqtt_kit.Send:
    return sender(DRIVER, wall=wall, entries=TABLE, **more)


PAYLOADS = [
    (UP, {"sensors": [{"t": 68}, {"h": 445}]}, [("reading", "temperature", 20), ("reading", "humidity", 45)]),
    (UP, {"sensors": [{"t": "68"}]}, [("reading", "temperature", 20)]),
    (UP, {"sensors": [{"t": "20.5 °C"}]}, [("reading", "temperature", 20.5)]),
    (UP, {"sensors": [{"t": -999}]}, []),
    (UP, {"sensors": [{"t": "ERR"}]}, []),
    (UP, {"sensors": [{"t": None}]}, []),
    (UP, {"sensors": [{"t": "nan"}]}, []),
    (UP, {"sensors": [{"t": True}]}, [("fault", "insane", None)]),
    (UP, {"sensors": [{"t": 1e9}]}, [("fault", "insane", None)]),
    (UP, {"sensors": [{"t": []}]}, [("fault", "insane", None)]),
    (UP, {"sensors": [{}, {"h": "445"}]}, [("reading", "humidity", 45)]),
    (UP, {"a": {"PM2.5": 12}}, [("reading", "pm2_5", 12)]),
    (UP, {"door": "open"}, [("reading", "door_open", True)]),
    (UP, {"door": " Shut "}, [("reading", "door_open", False)]),
    (UP, {"door": 2}, [("reading", "door_open", True)]),
    (UP, {"door": "on"}, [("reading", "door_open", True)]),
    (UP, {"door": 3}, [("fault", "insane", None)]),
    (UP, {"door": None}, []),
    (UP, {"relay": 1}, [("reading", "relay_1", True)]),
    (UP, {"level": "LOW"}, [("reading", "remaining", 10)]),
    (UP, {"level": 55}, [("reading", "remaining", 55)]),
    (UP, {"key": 2}, [("event", "button", "double")]),
    (UP, {"key": True}, [("event", "button", "long")]),
    (UP, {"key": "triple"}, [("event", "button", "triple")]),
    (UP, {"key": 9}, []),
    (UP, {"key": ""}, []),
    (UP, {"key": {}}, [("fault", "insane", None)]),
    (UP, {"card": 13530444}, [("event", "card", "13530444")]),
    (UP, {"p2": 1.5}, [("reading", "power", 1500, 2)]),
    (UP, {"ts": WALL}, []),
    (UP, {"other": 1}, [("undecoded", None, None)]),
    (UP, [1, 2], [("undecoded", None, None)]),
    (UP, b"ON", [("fault", "junk", None)]),
    (UP, b"", []),
    ("bare/k/1", b"23.4", [("reading", "temperature", 23.4, 1)]),
    ("bare/k/1", b"23.4 C", [("reading", "temperature", 23.4, 1)]),
    ("bare/k/1", b'"23.4"', [("reading", "temperature", 23.4, 1)]),
    ("bare/k/1", b"nan", []),
    ("bare/k/1", b"on", [("fault", "insane", None)]),
    ("bare/k/1", b"x" * 65, [("fault", "junk", None)]),
    ("bell/front", b"ding", [("event", "button", "single")]),
    ("bell/front", b"dong", []),
    ("site/b2/m7/here", b"offline", [("availability", "device", "offline")]),
    ("site/b2/m7/here", b'{"state":"online"}', [("availability", "device", "online")]),
    ("site/b2/m7/set", b'{"relay":1}', []),
    ("site/b2/up", b"{}", []),
]


@pytest.mark.parametrize(("topic", "payload", "wanted"), PAYLOADS)
def test_payloads(topic: str, payload: Any, wanted: list[tuple[Any, ...]]) -> None:
    assert told(send()(topic, payload)) == wanted


def test_one_entry_serves_many_devices_and_strangers_are_not_adopted() -> None:
    bound: dict[str, Options] = {f"b{n}/m{n}": Options() for n in range(100)}
    hear = send(bound=bound)
    for own in bound:
        assert [item.device for item in hear(f"site/{own}/up", {"relay": 1})] == [f"our-{own}"]
    assert hear("site/b2/m9/up", {"relay": 1}) == [Stranger("b2/m9")]
    assert hear("bell/front", b"ding") == [Stranger("bell")]
    assert hear.devices.topics() == ("site/+/+/up", "bare/+/+", "bell/front", "site/+/+/here")  # type: ignore[attr-defined]


def test_retained_by_kind() -> None:
    items = send()(UP, {"relay": 1, "key": 1}, retained=True)
    assert [(type(item), item.quality) for item in items] == [(Reading, "stale")]  # type: ignore[union-attr]
    assert send()("bell/front", b"ding", retained=True) == []
    assert told(send()("site/b2/m7/here", b"online", retained=True)) == [("availability", "device", "online")]


@pytest.mark.parametrize(
    ("form", "raw", "said"),
    [
        ("ms", WALL - 500, WALL - 500), ("ms", str(WALL - 500), WALL - 500), ("ms", WALL // 1000, 0),
        ("s", WALL // 1000, WALL), ("s", WALL, 0), ("s", "x", 0), ("s", True, 0), ("s", None, 0),
        ("iso", "2026-09-21T14:13:20Z", WALL), ("iso", "2026-09-21T22:13:20+08:00", WALL),
        ("iso", "2026-09-21T14:13:20", 0), ("iso", WALL, 0),
        ("ms", WALL - 8 * 86_400_000, 0), ("ms", WALL + 180_000, 0), ("ms", WALL + 60_000, WALL + 60_000),
    ],
)  # fmt: skip
def test_device_time_in_its_format_and_within_its_window(form: str, raw: Any, said: int) -> None:
    entry = {
        "topic": "t",
        "device": "d",
        "values": [{"path": "v", "quantity": "power"}],
        "time": {"path": "at", "format": form},
    }
    (item,) = sender(DRIVER, wall=WALL, entries=[entry])("t", {"v": 1, "at": raw})
    assert isinstance(item, Reading)
    assert item.said_at == said


def test_a_press_is_told_once_and_a_late_one_is_as_old_as_it_says() -> None:
    hear = send(wall=WALL)
    assert len(hear(UP, {"key": 1}, now=0)) == 1
    assert hear(UP, {"key": 1}, now=900) == []
    assert len(hear(UP, {"key": 2}, now=950)) == 1
    assert len(hear("site/b2/m8/up", {"key": 1}, now=960)) == 1
    assert len(hear(UP, {"key": 2}, now=2000)) == 1
    (late,) = hear(UP, {"key": 1, "ts": WALL - 60_000}, now=5000)
    assert isinstance(late, Event)
    assert (late.age_ms, late.time_quality) == (65_000, "derived")
    assert late.native == f"b2/m7/single:{WALL - 60_000}"


def test_unknown_keys_are_counted() -> None:
    hear = send()
    for _ in range(3):
        hear(UP, {"relay": 1, "fw": 3, "uptime": 4})
    assert hear.devices.unknown == {"fw": 3, "uptime": 3}  # type: ignore[attr-defined]


def ours(**bound: str) -> JsonTopic:
    bindings = {own: Binding(name) for name, own in bound.items()}
    return JsonTopic(MqttSetup(bindings, DRIVER.options.model_validate({"entries": TABLE})))


def test_outputs_are_switched_where_the_table_says() -> None:
    devices = ours(pump="b2/m7", bell="bell")
    assert devices.command(Switch("pump", 0, "relay_1", True), 0) == [Message("site/b2/m7/set", b'{"relay":1}', qos=1)]
    assert devices.command(Switch("pump", 0, "relay_1", False), 0) == [Message("site/b2/m7/set", b'{"relay":0}', qos=1)]
    others = [("pump", "relay_2"), ("bell", "relay_1"), ("who", "relay_1")]
    for order in (Prompt("pump", 0, "thank-you"), *(Switch(device, 0, output, True) for device, output in others)):
        assert devices.command(order, 0) == []


def test_a_switched_output_is_read_back() -> None:
    hear, player = send(), DRIVER.player("b2/m7", DRIVER.options.model_validate({"entries": TABLE}))
    (message,) = ours(pump="b2/m7").command(Switch("pump", 0, "relay_1", True), 0)
    assert isinstance(player, ToldPlayer)
    assert player.listens() == (message.topic,)
    answers = player.receive(message.topic, message.payload, 0)
    assert mqtt_kit.play(hear, answers) == [("reading", "relay_1", True)]
    assert player.receive("site/b2/m8/set", message.payload, 0) == []


@pytest.mark.parametrize(
    ("payload", "value"),
    [(b"1", "online"), (b'"1"', "online"), (b"Gone", "offline"), (b"online", "online"), (b"2", None)],
)
def test_presence_in_the_tables_words(payload: bytes, value: str | None) -> None:
    entry = {"topic": "t", "device": "d", "kind": "presence", "online": "1", "offline": "gone"}
    wanted = [("availability", "device", value)] if value else [("fault", "junk", None)]
    assert told(sender(DRIVER, entries=[entry])("t", payload)) == wanted


SHOWN = [
    ("b2/m7", "temperature", 20.5, ""), ("b2/m7", "humidity", 44.5, ""), ("b2/m7", "pm2_5", 12.0, ""),
    ("b2/m7", "door_open", True, ""), ("b2/m7", "door_open", False, ""), ("b2/m7", "relay_1", True, ""),
    ("b2/m7", "remaining", 10.0, ""), ("b2/m7", "remaining", 55.0, ""), ("b2/m7", "power", 1500.0, "phase=2"),
    ("k", "temperature", -3.25, "channel=4"),
]  # fmt: skip


@pytest.mark.parametrize(("own", "quantity", "value", "part"), SHOWN)
def test_player_is_understood(own: str, quantity: str, value: Any, part: str) -> None:
    player = DRIVER.player(own, DRIVER.options.model_validate({"entries": TABLE}))
    player.set(quantity, value, part)
    extra = [int(part.partition("=")[2])] if part else []
    assert mqtt_kit.play(send(), player.talk(0)) == [("reading", quantity, value, *extra)]


def test_player_facts() -> None:
    options = DRIVER.options.model_validate({"entries": TABLE})
    player, hear = DRIVER.player("b2/m7", options), send()
    assert mqtt_kit.play(hear, player.fact("button", "double", 0)) == [("event", "button", "double")]
    assert mqtt_kit.play(hear, player.birth(online=True)) == [("availability", "device", "online")]
    assert mqtt_kit.play(hear, DRIVER.player("bell", options).fact("button", "single", 0)) == [
        ("event", "button", "single")
    ]
    with pytest.raises(KeyError):
        player.set("co2", 1.0)


def test_hostile() -> None:
    good = Message("bare/k/1", b"19.25")
    bodies = [row[1] for row in PAYLOADS if isinstance(row[1], dict)]
    player = DRIVER.player("b2/m7", DRIVER.options.model_validate({"entries": TABLE}))
    for own, quantity, value, part in SHOWN:
        if own == "b2/m7":
            player.set(quantity, value, part)
    messages = [*player.talk(0), *player.fact("button", "single", 0), good, Message("bell/front", b"ding")]
    assert bodies
    mqtt_kit.hostile(send(), messages, good, ("reading", "temperature", 19.25, 1))


def test_without_a_table_it_hears_nothing() -> None:
    devices = DRIVER.build(MqttSetup())
    assert devices.topics() == ()
    assert devices.receive("a/b", b"1", retained=False, now=0) == []


def test_driver_says_what_it_can() -> None:
    assert set(DRIVER.quantities) == set(QUANTITIES)
    assert set(DRIVER.events) == set(EVENT_KINDS)
