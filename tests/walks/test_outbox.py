"""Delivered is what the broker said it took: rows that it never answered come again, those that it answered do not."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.servers import mosquitto
from tests.walks.lobby import Lobby
from tests.walks.rig import ROOT, Service, until


def uplink(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = service.status()["uplinks"]["mqtt"]
    return found


def answered(service: Service, count: int) -> bool:
    """Tell whether the broker has answered so many presses and events."""
    done = uplink(service)["delivered"]
    return (done["alarm"], done["feedback"], done["event"]) == (1, count, count)


@pytest.mark.server
def test_what_the_broker_never_answered_comes_again_after_a_power_cut(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as broker:
        lobby = Lobby(tmp_path, broker)
        service = Service(lobby.folder)
        try:
            with lobby.stage:
                service.start()
                service.ready()
                with lobby.recorder:
                    lobby.press(3)
                    lobby.heard("feedback/lobby")
                    until("the broker has answered", lambda: answered(service, 1))
                broker.freeze()
                late = [lobby.press(key) for key in (1, 3, 1)]
                until("messages are on their way", lambda: uplink(service)["unanswered"] >= len(late))
                service.kill()
                broker.stop(signal.SIGKILL)
                broker.start()
                lobby.recorder = lobby.new_recorder("second")
                with lobby.recorder:
                    service.start()
                    lobby.heard("event/feedback", len(late))
                    until("all is answered", lambda: answered(service, 1 + len(late)))
                    heard = lobby.heard("feedback/lobby", len(late))
                    assert [one.said["data"]["feedback"] for one in heard] == late
                    assert [int(one.said["sequence"]) for one in lobby.heard("event/feedback")] == [2, 3, 4]
                    # The alarm was answered: it is told as it stands, because this broker has forgotten it.
                    (slot,) = lobby.recorder.on(f"{ROOT}/alarm")
                    assert (slot.said["data"]["rev"], slot.said["data"]["snapshot"]) == (1, True)
        finally:
            service.kill()
