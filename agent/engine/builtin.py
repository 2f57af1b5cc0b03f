"""Rules that nobody writes: a line, broker or gateway is down, an instrument chatters. The engine tells them.

Their truth is no condition on readings: agent/engine/inhibition.py and flood.py say it. A rule of the site with the
same name takes the place of one of these: then its alarm is the site's matter and the built-in one is not raised.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from agent.rules.base import RuleBase
from agent.rules.needs import Need
from agent.rules.step import BaseStep, Seat, Step

LINE: Final = "line-down"
BROKER: Final = "broker-down"
GATEWAY: Final = "gateway-down"
INSTRUMENT: Final = "instrument-fault"
DELAY: Final = "60s"
"""A plug that was pulled and put back is nobody's matter: the shortest silence that is one (domain.md §2.4, A01)."""


class BuiltIn(RuleBase):
    """A rule whose truth the engine itself tells."""

    of_absence: ClassVar[bool] = True
    """That its device is silent is no lack of data to it: it has none."""
    kind: Literal["built-in"] = "built-in"

    def needs(self) -> tuple[Need, ...]:
        """Want nothing of a device."""
        return ()

    def step(self, _seat: Seat) -> Step:
        """Give the step, which only has words."""
        return BuiltInStep(self.title.en)


class BuiltInStep(BaseStep):
    """It hears nothing."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def words(self) -> str:
        """Give the title: there is no condition to tell."""
        return self._title


_WORDS: Final = {
    LINE: ("串口线路断开", "Serial line down", "查端口、插头和供电", "Look at port, plug and power"),
    BROKER: ("设备消息服务器断开", "Broker of the devices unreachable", "查服务器和网络", "Look at broker and network"),
    GATEWAY: ("网关离线", "Gateway offline", "查网关供电和网络", "Look at the gateway's power and network"),
    INSTRUMENT: ("仪表信号抖动", "Instrument chatters", "查传感器、接线和限值", "Look at sensor, wiring and limits"),
}


def built_in(name: str, priority: Literal[2, 3, 4] = 3) -> BuiltIn:
    """Give the rule of this name."""
    title_zh, title_en, advice_zh, advice_en = _WORDS[name]
    fields = {
        "select": {},
        "priority": priority,
        "category": "maintenance",
        "on_delay": "0s" if name == INSTRUMENT else DELAY,
        "title": {"zh": title_zh, "en": title_en},
        "advice": {"zh": advice_zh, "en": advice_en},
    }
    return BuiltIn.model_validate(fields)


NAMES: Final = tuple(_WORDS)
