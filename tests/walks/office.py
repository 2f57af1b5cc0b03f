"""A running service with a warm room, a broker and somebody at the centre who gives orders. For the walks of orders."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.servers import mosquitto
from tests.walks.recorder import Heard, Recorder
from tests.walks.rig import ROOT, Service, served, until, write_settings
from tests.walks.stage import Meter, Stage

HOT: dict[str, Any] = {
    "kind": "threshold", "select": {}, "quantity": "temperature", "when": {"op": ">=", "value": 30.0, "unit": "degC"},
    "category": "maintenance", "title": {"zh": "过热", "en": "Too hot"},
}  # fmt: skip


class Office:
    """`meter.value` is the temperature of the room; `ask` gives an order and waits for the answer."""

    def __init__(self, folder: Path, port: int) -> None:
        self.meter = Meter(start=20.0, step=0.0)
        self.stage = Stage(folder / "ports", bus=self.meter)
        self.recorder = Recorder(port, f"{ROOT}/#")
        self.folder = write_settings(
            folder / "config", lines={"bus": {"port": str(self.stage.links["bus"])}},
            devices={"room": {"driver": "xy-md02", "line": "bus", "interval": "100ms"}}, rules={"hot": HOT},
            mqtt={"host": "127.0.0.1", "port": port},
        )  # fmt: skip
        self.service: Service
        self._numbers = itertools.count(1)

    def order(self, cmd: str, args: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Give an order as the centre writes it; `more` overrules its fields."""
        order = {"v": 1, "cmd": cmd, "cmd_id": f"office-{next(self._numbers)}", "args": args or {}}
        return order | {"issued_by": {"user": "li.wei", "role": "duty-manager", "via": "desk"}} | more

    def send(self, order: dict[str, Any], topic: str = "", *, retain: bool = False) -> None:
        """Publish an order, by default on its own topic."""
        self.recorder.say(topic or f"{ROOT}/cmd/{order['cmd']}", order, retain=retain)

    def ask(self, cmd: str, args: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Give an order and wait for its answer."""
        order = self.order(cmd, args, **more)
        self.send(order)
        return self.answers(order["cmd_id"])[0].said

    def answers(self, cmd_id: str, count: int = 1) -> list[Heard]:
        """Wait until an order has so many answers, and give them."""

        def found() -> list[Heard]:
            return [heard for heard in self.recorder.on(f"{ROOT}/rsp") if heard.said["cmd_id"] == cmd_id]

        until(f"{count} answers to {cmd_id}", lambda: len(found()) >= count)
        return found()

    def alarm(self, alarm: str, transition: str) -> dict[str, Any]:
        """Wait until an alarm has made a transition, and give the newest message of it."""

        def found() -> list[dict[str, Any]]:
            told = [heard.said["data"] for heard in self.recorder.on(f"{ROOT}/alarm/{alarm}")]
            return [data for data in told if data["transition"] == transition]

        until(f"{alarm} is {transition}", found)
        return found()[-1]

    def hot(self) -> dict[str, Any]:
        """Let the room become hot; give the alarm."""
        self.meter.value = 35.0
        return self.alarm("hot-room", "raised")

    def change(self, name: str, content: Any) -> None:
        """Write a settings file."""
        text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
        (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Office]:
    """Open the office: everything runs and is connected."""
    with mosquitto(folder) as broker:
        office = Office(folder, broker.port)
        with office.stage, office.recorder, served(office.folder) as office.service:
            until("the broker knows us", lambda: office.recorder.on(f"{ROOT}/status"))
            yield office
