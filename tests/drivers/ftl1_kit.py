"""What the FTL/1 tests share: a host that was greeted, frames by words, and the host's bytes as messages."""

from __future__ import annotations

from typing import Any

from agent.driver import SerialDevice, Setup
from agent.model.events import Event, Item
from drivers.ftl1 import DRIVER
from drivers.ftl1_config import Ftl1Options
from drivers.ftl1_frame import ACK_REQ, Frame, Message, unwire
from drivers.ftl1_messages import Heartbeat, Hello, Record, frame_of, message_of
from drivers.ftl1_records import Key, body_of
from tests import kit

UID = "a1b2c3d4e5f60718"
ADDR = 5
WALL = 1_736_910_600_250
VECTORS = {vector["id"].removeprefix("ftl1-"): vector["raw"] for vector in kit.serial_vectors("ftl1")}


def host(memory: dict[str, int] | None = None, wall: int | None = None, **options: Any) -> SerialDevice:
    """Give a fresh host; `wall` is the wall time at engine time 0."""
    known = Ftl1Options.model_validate(options)
    clock = (lambda _now: None) if wall is None else (lambda now: wall + now)
    return DRIVER.build(Setup("lobby", ADDR, options=known, memory=memory or {}, wall=clock))


def hello(boot: int = 7, next_id: int = 1, uptime: int = 21, uid: str = UID, cause: int = 1) -> Hello:
    return Hello(uptime, boot, cause, bytes.fromhex(uid), 1, 0, 0, 1, 0, 4, next_id, 1)


def heartbeat(uptime: int = 1500, boot: int = 7, **fields: int) -> Heartbeat:
    given = {"status": 4, "batt_mv": 4120, "batt_pct": 98, "temp_dc": 231, "stuck_keys": 0, "pending": 0}
    return Heartbeat(uptime, boot, **(given | {"next_event_id": 1, "rx_bad": 0} | fields))


def press(
    event_id: int, uptime: int = 348, age: int = 3, boot: int = 7, epoch: int = 0, body: Message | None = None
) -> Record:
    return Record(uptime, event_id, boot, uptime - age, epoch, *body_of(body or Key(2, 240, 1)))


def said(
    device: SerialDevice, message: Message, now: int = 0, seq: int = 0, addr: int = ADDR, flags: int = ACK_REQ
) -> list[Item]:
    """The terminal says this."""
    return device.receive(frame_of(message, seq, addr, flags), now)


def greeted(
    memory: dict[str, int] | None = None, wall: int | None = None, next_id: int = 2000, **options: Any
) -> SerialDevice:
    """Give a host to which the terminal has said HELLO at time 0, its WELCOME taken."""
    device = host(memory, wall, **options)
    device.ask(0)
    said(device, hello(next_id=next_id), 0)
    device.ask(0)
    return device


def frames(data: bytes) -> list[Frame]:
    found = [unwire(chunk) for chunk in data.split(b"\0") if chunk]
    assert all(isinstance(frame, Frame) for frame in found), found
    return [frame for frame in found if isinstance(frame, Frame)]


def messages(data: bytes) -> list[Message | str]:
    return [message_of(frame) for frame in frames(data)]


def only_event(items: list[Item]) -> Event:
    (event,) = items
    assert isinstance(event, Event)
    return event
