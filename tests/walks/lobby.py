"""A lobby with a terminal, a broker and a recorder, and the settings that join them. It starts no agent."""

from __future__ import annotations

from pathlib import Path

from tests.servers import Server
from tests.walks.recorder import Heard, Recorder
from tests.walks.rig import ROOT, Kept, until, write_settings
from tests.walks.stage import Stage, Terminal

KEYS: dict[str, dict[str, object]] = {
    "1": {"service": "cleaning", "sentiment": "positive"},
    "3": {"service": "cleaning", "sentiment": "negative"},
}
OWN_RULES = range(5, 13)
KEYS |= {str(key): {"service": "security", "urgency": "emergency", "rating": False} for key in OWN_RULES}
LOBBY = {
    "driver": "ftl1", "line": "lobby", "place": {"building": "B1", "zone": "lobby"}, "tags": {"class": "a"},
    "service": "cleaning", "terminal": {"keys": KEYS},
}  # fmt: skip
DIRTY = {
    "kind": "pressed", "select": {}, "sentiment": ["negative"], "urgency": ["normal"], "hold": "10m", "priority": 3,
    "category": "cleaning", "title": {"zh": "大堂不干净", "en": "The lobby is dirty"},
}  # fmt: skip
RULES = {"dirty": DIRTY} | {
    f"key-{key}": {
        "kind": "pressed", "select": {}, "key": [str(key)], "priority": 1, "category": "security", "plan": "sos",
    }
    for key in OWN_RULES
}  # fmt: skip


class Lobby:
    """A broker, a recorder, a terminal and the running agent."""

    def __init__(self, folder: Path, broker: Server) -> None:
        self.kept = Kept(folder / "config")
        self.committed: dict[str, bool] = {}
        self.terminal = Terminal(on_ack=self._acked)
        self.stage = Stage(folder / "ports", lobby=self.terminal)
        self._port = broker.port
        self.recorder = self.new_recorder("recorder")
        self.folder = write_settings(
            folder / "config", lines={"lobby": {"port": str(self.stage.links["lobby"])}}, devices={"lobby": LOBBY},
            rules=RULES, mqtt={"host": broker.host, "port": broker.port}, commit="10m",
        )  # fmt: skip

    def new_recorder(self, name: str) -> Recorder:
        """Give a recorder of all that the agent says."""
        return Recorder(self._port, f"{ROOT}/#", name=name)

    def _acked(self, native: str, _status: int) -> None:
        self.committed[native] = self.kept.has(native)

    def press(self, key: int) -> str:
        """Press a key and wait for the acknowledgement; give the native id."""
        pressed: list[str] = []
        self.stage.do(lambda: pressed.append(self.terminal.press(key)))
        until("the press is acknowledged", lambda: pressed[0] in self.terminal.acks)
        return pressed[0]

    def heard(self, topic: str, count: int = 1) -> list[Heard]:
        """Wait until so many messages came on a topic."""
        until(f"{count} messages on {topic}", lambda: len(self.recorder.on(f"{ROOT}/{topic}")) >= count)
        return self.recorder.on(f"{ROOT}/{topic}")


def latencies(lobby: Lobby) -> list[float]:
    """Press every key that has a rule of its own; give the ms from the press's last byte on the pty to its alarm."""
    spans: list[float] = []
    for key in OWN_RULES:
        native = lobby.press(key)
        (alarm,) = lobby.heard(f"alarm/key-{key}-lobby")
        assert alarm.said["data"]["feedback"] == native
        spans.append((alarm.at - lobby.terminal.sent[native]) / 1e6)
    return spans
