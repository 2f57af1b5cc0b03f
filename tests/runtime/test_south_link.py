"""The devices' broker comes and goes: the pump is told each time, once, by the name that the plan has for it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from agent.inputs import Inputs
from agent.io.memory import MemoryClock
from agent.model.events import Availability
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog
from agent.runtime.supervisor import Part
from agent.settings.load import load_texts, texts
from agent.settings.plan import plan_of
from tests.servers import mosquitto

BASE = Path(__file__).parents[1] / "settings" / "base"


class Parts:
    """What is started here turns only when the test says so."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.stopping = False

    def start(self, part: Part) -> None:
        self.parts.append(part)


def test_the_broker_says_when_it_comes_and_goes(tmp_path: Path) -> None:
    clock, heard = MemoryClock(), list[Any]()
    app: Any = SimpleNamespace(
        clock=clock, counters=Counters(), faults=FaultLog(clock), trusted_wall=lambda _t: None,
        pump=SimpleNamespace(put=heard.extend, put_all=lambda *_: None), post=SimpleNamespace(routes={}),
        tending=SimpleNamespace(told=lambda items: items),
    )  # fmt: skip
    with mosquitto(tmp_path) as server:
        families = "ecosystems: {zigbee: {driver: zigbee2mqtt}}"
        lines = f"south: {{host: {server.host}, port: {server.port}, {families}}}\n"
        files = texts(BASE)
        files["lines.yaml"] = files["lines.yaml"].split("south:")[0] + lines
        settings = load_texts(files, BASE)
        supervisor: Any = Parts()
        south = settings.lines.south
        assert south is not None
        Inputs(app, settings, supervisor).start_south(south)
        (part,) = supervisor.parts

        def turn(ms: int) -> None:
            part.wake()  # no turn waits: time goes on by this clock alone
            part.turn()
            clock.advance(ms)

        def until(value: str) -> Availability:
            while not heard or heard[-1].value != value:
                turn(100)
            last = heard[-1]
            assert isinstance(last, Availability)
            return last

        online = until("online")
        server.stop()
        offline = until("offline")
        for _ in range(50):
            turn(1_000)
        assert [one.value for one in heard] == ["online", "offline"]
        server.start()
        until("online")
        part.close()
    assert (online.scope, online.device) == (offline.scope, offline.device)
    link = plan_of(settings).links["broker-down-south"]
    assert (link.scope, link.says, link.devices) == (online.scope, online.device, ("roof-door",))
    assert offline.reason.startswith("CT3")
