"""Walk B: a press on a pty -> journal -> alarm and feedback on a real broker, and the answer on the terminal.

The acknowledgement never comes before the commit: at the moment its bytes arrive the journal is read from outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from agent.model.effects import PROMPT_CODES
from drivers.ftl1_messages import Ack, Feedback
from tests.servers import mosquitto
from tests.walks.lobby import DIRTY, Lobby, latencies
from tests.walks.recorder import Recorder
from tests.walks.rig import ROOT, running, until


@pytest.fixture
def lobby(tmp_path: Path) -> Iterator[Lobby]:
    with mosquitto(tmp_path) as broker:
        lobby = Lobby(tmp_path, broker)
        with lobby.stage, lobby.recorder, running(lobby.folder):
            until("the broker knows us", lambda: lobby.recorder.on(f"{ROOT}/status"))
            yield lobby


def words(prompt: Feedback) -> tuple[str, int, str]:
    return PROMPT_CODES[prompt.code - 1], prompt.ticket, prompt.text.decode()


@pytest.mark.server
def test_a_press_becomes_an_alarm_and_an_answer_and_both_come_after_the_commit(lobby: Lobby) -> None:
    native = lobby.press(3)
    assert lobby.committed == {native: True}
    assert lobby.terminal.acks == {native: 0}
    until("the terminal is told", lobby.terminal.prompts)
    kinds = [type(passed.message) for passed in lobby.terminal.came if isinstance(passed.message, Ack | Feedback)]
    assert kinds.index(Ack) < kinds.index(Feedback)
    (prompt,) = lobby.terminal.prompts()
    assert (*words(prompt), prompt.ref_event) == ("ticket-opened", 1, "已登记 #1", int(native.rpartition(":")[2]))

    (alarm,) = lobby.heard("alarm/dirty-lobby")
    data = alarm.said["data"]
    assert (data["alarm"], data["transition"], data["isa"], data["ticket"]) == ("dirty-lobby", "raised", "UNACK", 1)
    assert (data["priority"], data["severity"], data["category"]) == (3, "warning", "cleaning")
    assert data["title"] == DIRTY["title"]
    assert (data["cause"]["sensor"], data["feedback"], data["durable"]) == ("lobby", native, True)
    assert (data["location"]["zone"], data["tags"]) == ("lobby", {"class": "a"})
    (feedback,) = lobby.heard("feedback/lobby")
    assert feedback.said["data"]["feedback"] == native
    assert (feedback.said["data"]["key"], feedback.said["data"]["score"]) == ("3", 0.0)
    (event,) = lobby.heard("event/feedback")
    assert event.said["data"]["native"] == native

    # Retained, so that who comes later sees it; the others are told once.
    with Recorder(lobby.recorder.port, f"{ROOT}/#", name="later") as later:
        until("the late one sees the alarm", lambda: later.on(f"{ROOT}/alarm"))
        assert [(heard.said, heard.retained) for heard in later.on(f"{ROOT}/alarm")] == [(alarm.said, True)]
        assert later.on(f"{ROOT}/feedback") == []


@pytest.mark.server
def test_a_second_press_is_told_of_the_open_ticket_and_praise_is_thanked_for(lobby: Lobby) -> None:
    for key in (3, 3, 1):
        lobby.press(key)
    until("three prompts", lambda: len(lobby.terminal.prompts()) == 3, lambda: len(lobby.terminal.prompts()))
    assert [words(prompt)[:2] for prompt in lobby.terminal.prompts()] == [
        ("ticket-opened", 1), ("already-open", 1), ("thank-you", 0),
    ]  # fmt: skip
    lobby.heard("feedback/lobby", 3)
    assert [heard.said["data"]["rev"] for heard in lobby.heard("alarm/dirty-lobby")] == [1]
    assert all(lobby.committed.values())


@pytest.mark.server
def test_a_press_that_is_sent_again_is_known_and_changes_nothing(lobby: Lobby) -> None:
    native = lobby.press(3)
    lobby.stage.do(lambda: lobby.terminal.again(native))
    until("it is acknowledged as known", lambda: lobby.terminal.statuses(native) == [0, 1])
    lobby.press(1)
    first, _ = lobby.heard("feedback/lobby", 2)
    assert first.said["data"]["feedback"] == native
    assert len(lobby.heard("alarm/dirty-lobby")) == 1


@pytest.mark.server
def test_the_way_from_press_to_alarm_can_be_measured(lobby: Lobby) -> None:
    spans = latencies(lobby)
    assert all(span > 0 for span in spans)
    print(f"press to alarm: median {median(spans):.1f} ms, most {max(spans):.1f} ms")
