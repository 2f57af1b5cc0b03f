"""What the tests of MQTT ecosystems share: samples against what they mean, and hostile messages."""

from __future__ import annotations

import contextlib
import json
import os
import random
from collections.abc import Callable
from typing import Any

from agent.driver import Binding, Message, MqttDevices, MqttDriver, MqttSetup, Options
from agent.model.events import Item
from agent.model.outside import decoded
from tests import kit

HOSTILE = int(os.environ.get("CARETAKER_HOSTILE_BYTES", "20000"))
OURS = ("reading", "event", "availability", "undecoded")
NASTY = (
    None,
    True,
    -1,
    1e308,
    10**30,
    "",
    "nan",
    "9" * 200,
    "\x00\x1b[2J",
    [],
    {},
    [[[]]],
    {"Action": []},
    "-1 °C",
    2**63,
)
Send = Callable[..., list[Item]]


def sender(
    driver: MqttDriver, bound: dict[str, Options] | None = None, wall: int | None = None, **options: Any
) -> Send:
    """Give a function that sends messages to a fresh ecosystem: `send(topic, payload, now=0, retained=False)`.

    `bound` maps an own id to the options of the device of that name; `wall` is the wall time at engine time 0.
    """
    bindings = (
        None if bound is None else {own: Binding(f"our-{own}", own_options) for own, own_options in bound.items()}
    )
    setup = MqttSetup(bindings, driver.options.model_validate(options), lambda t: None if wall is None else wall + t)
    devices = driver.build(setup)

    def send(topic: str, payload: Any, *, now: int = 0, retained: bool = False) -> list[Item]:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return devices.receive(topic, data, retained=retained, now=now)

    send.devices = devices  # type: ignore[attr-defined]
    return send


def check_sample(driver: MqttDriver, sample: dict[str, Any]) -> None:
    """Assert that a sample yields what it means, each once, and nothing else."""
    items = sender(driver)(sample["topic"], sample["raw"], retained=sample["retain"])
    left = kit.as_json(items)
    for wanted in sample["expect"]:
        if wanted["kind"] in OURS:
            found = next((one for one in left if one.items() >= wanted.items()), None)
            assert found is not None, (wanted, left)
            left.remove(found)
    assert left == []


def told(items: list[Item]) -> list[tuple[Any, ...]]:
    """Give items as (kind, quantity or fault, value, part or None): what most assertions are about."""
    rows = []
    for one in kit.as_json(items):
        extra = {k: v for k, v in one.items() if k in ("channel", "line", "axis", "phase", "source_key")}
        what = one.get("quantity") or one.get("fault") or one.get("scope")
        rows.append((one["kind"], what, one.get("value"), *extra.values()))
    return rows


def play(send: Send, messages: list[Message], now: int = 0) -> list[tuple[Any, ...]]:
    """Send what a player says, as the broker delivers it to a live subscriber."""
    return [row for message in messages for row in told(send(message.topic, message.payload, now=now))]


def _mutated(dice: random.Random, message: Message) -> tuple[str, bytes]:
    topic, payload = message.topic, bytearray(message.payload)
    shape = dice.randrange(6)
    if shape == 0:
        payload = bytearray(dice.randbytes(dice.randint(0, 300)))
    elif shape == 1 and payload:
        payload[dice.randrange(len(payload))] ^= 1 << dice.randrange(8)
    elif shape == 2 and payload:
        del payload[dice.randrange(len(payload)) :]
    elif shape == 3:
        levels = topic.split("/")
        levels[dice.randrange(len(levels))] = dice.choice(
            ["", "bridge", "set", "\x00", "x" * 300, "LWT", "SENSOR", "event", "ü"]
        )
        topic = "/".join(levels)
    else:
        with contextlib.suppress(ValueError):
            payload = bytearray(json.dumps(_twisted(dice, json.loads(payload))).encode())
    return topic, bytes(payload)


def _twisted(dice: random.Random, value: Any) -> Any:
    if isinstance(value, dict) and value:
        key = dice.choice(list(value))
        return {**value, key: _twisted(dice, value[key]) if dice.random() < 0.6 else dice.choice(NASTY)}
    if isinstance(value, list) and value and dice.random() < 0.6:
        return [_twisted(dice, value[0]), *value[1:]]
    return dice.choice(NASTY)


def hostile(send: Send, messages: list[Message], good: Message, sign: tuple[Any, ...], total: int = HOSTILE) -> None:
    """Feed hostile messages: only items may come, all printable; the next good message is always understood."""
    dice, fed, now = random.Random(7), 0, 0
    while fed < total:
        topic, payload = _mutated(dice, dice.choice(messages))
        fed += len(topic) + len(payload)
        now += dice.randint(0, 500)
        items = send(topic, payload, now=now, retained=dice.random() < 0.2)
        assert all(isinstance(item, kit.ITEMS) for item in items)
        assert all(isinstance(decoded(item).encode(), bytes) for item in items)
        now += 2000
        assert sign in told(send(good.topic, good.payload, now=now))
    devices: MqttDevices = send.devices  # type: ignore[attr-defined]
    assert len(devices.unknown) <= 256  # type: ignore[attr-defined]


def sample_messages(ecosystem: str) -> list[Message]:
    """Give all samples of an ecosystem as messages."""
    return [Message(sample["topic"], sample["raw"]) for sample in kit.mqtt_samples(ecosystem)]
