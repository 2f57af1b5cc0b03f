"""The MQTT client with a real mosquitto: hearing, acknowledging after the fact, publishing with exactly one answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.io.clock import SystemClock
from agent.io.mqtt_broker import Broker, Will
from agent.io.mqtt_client import MqttClient
from agent.io.mqtt_connection import LOST, TOO_LARGE
from simulator.brokers import free_port
from tests.io.mqtt_peer import Peer, Subject
from tests.servers import Server, mosquitto

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with mosquitto(tmp_path_factory.mktemp("broker"), "max_packet_size 20000") as server:
        yield server


@pytest.fixture
def subject(broker: Server, request: pytest.FixtureRequest) -> Iterator[Subject]:
    subject = Subject(broker.port, client_id=request.node.name[:60], clean=True)
    yield subject
    subject.client.close()


@pytest.mark.parametrize("protocol", ["auto", "3.1.1"])
def test_what_is_subscribed_is_heard_by_its_hearer(broker: Server, protocol: str) -> None:
    subject = Subject(broker.port, protocol=protocol, clean=True)
    others: list[str] = []
    subject.hear("house/+/state", "house/lobby")
    subject.client.subscribe(["house/a/#"], lambda topic, *_: others.append(topic))
    with Peer(broker.port) as peer:
        peer.say("house/kept/state", "1", retain=True)
        subject.connected()
        for topic in ("house/b/state", "house/lobby", "elsewhere", "house/a/state", "house/a/x"):
            peer.say(topic, topic)
        subject.until(lambda: others)
        peer.say("house/kept/state", "", retain=True)
    # Two filters match house/a/state: mosquitto sends it twice, and both times it is the first one's.
    assert list(dict.fromkeys(subject.heard)) == [
        ("house/kept/state", b"1", True),
        ("house/b/state", b"house/b/state", False),
        ("house/lobby", b"house/lobby", False),
        ("house/a/state", b"house/a/state", False),
    ]
    assert others == ["house/a/x"]
    assert set(subject.tokens) == {0}
    assert subject.client.link.protocol == ("5" if protocol == "auto" else "3.1.1")
    subject.client.close()


def test_a_subscription_made_while_connected_works(broker: Server, subject: Subject) -> None:
    subject.connected()
    subject.hear("late/#")
    subject.settle()
    with Peer(broker.port) as peer:
        peer.say("late/x", b"\x00\xff")
    subject.until(lambda: subject.heard)
    assert subject.heard == [("late/x", b"\x00\xff", False)]


def test_what_was_not_acknowledged_comes_again(broker: Server) -> None:
    settings = {"client_id": "again", "manual_ack": True}
    first = Subject(broker.port, **settings)
    first.hear("again/#")
    first.connected()
    with Peer(broker.port) as peer:
        for n in range(6):
            peer.say("again/x", str(n))
    first.until(lambda: len(first.heard) == 6)
    first.client.ack(token for token in first.tokens if token % 2 == first.tokens[0] % 2)
    first.settle()
    stale = first.tokens
    first.client.close()

    second = Subject(broker.port, **settings)
    second.hear("again/#")
    second.client.ack(stale)
    second.connected()
    second.until(lambda: len(second.heard) == 3)
    second.client.ack(stale)
    second.settle()
    assert [payload for _, payload, _ in second.heard] == [b"1", b"3", b"5"]
    second.client.close()

    third = Subject(broker.port, **settings | {"clean": True})
    third.connected()
    assert not third.heard
    third.client.close()


def test_a_token_of_an_earlier_connection_acknowledges_nothing(broker: Server) -> None:
    subject = Subject(broker.port, client_id="epochs", manual_ack=True)
    subject.hear("epochs/#")
    subject.connected()
    with Peer(broker.port) as peer:
        peer.say("epochs/x", "kept")
    subject.until(lambda: subject.heard)
    (stale,) = subject.tokens
    subject.client.close()
    subject.until(lambda: subject.client.link.connected and len(subject.heard) == 2)
    subject.client.ack([stale])
    subject.settle()
    subject.client.close()
    subject.until(lambda: len(subject.heard) == 3)
    subject.client.ack(subject.tokens[-1:])
    subject.settle()
    subject.client.close()


def test_a_thousand_messages_are_held_without_an_acknowledgement(broker: Server) -> None:
    subject = Subject(broker.port, client_id="window", manual_ack=True, clean=True)
    subject.hear("window/#")
    subject.connected()
    with Peer(broker.port) as peer:
        for n in range(1000):
            peer.say("window/x", str(n), qos=0 if n % 2 else 1)
        subject.until(lambda: len(subject.heard) == 1000)
    assert [int(payload) for _, payload, _ in subject.heard] == list(range(1000))
    assert sum(1 for token in subject.tokens if token) == 500
    assert subject.client.window == 2048
    subject.client.close()


def test_each_message_is_answered_with_the_brokers_word(broker: Server, subject: Subject) -> None:
    subject.connected()
    with Peer(broker.port, "out/#") as peer:
        accepted = subject.client.publish("out/a", b"1", retain=True, expiry_s=60, content_type="text/plain")
        assert subject.answer(accepted) == 0
        assert subject.answer(subject.client.publish("out/b", b"2", qos=0)) == 0
        assert [peer.heard.get()[:2], peer.heard.get()[:2]] == [("out/a", b"1"), ("out/b", b"2")]
    assert subject.answer(subject.client.publish("nobody/listens", b"")) == 0x10
    assert subject.answer(subject.client.publish("out/large", bytes(30_000))) == TOO_LARGE
    assert subject.client.link.connected


def test_many_threads_publish_and_each_handle_is_answered_once(broker: Server, subject: Subject) -> None:
    subject.connected()
    handles: list[int] = []

    def publish(number: int) -> None:
        handles.extend(subject.client.publish(f"many/{number}", str(n).encode()) for n in range(200))

    with Peer(broker.port, "many/#") as peer:
        threads = [threading.Thread(target=publish, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        subject.until(lambda: len(subject.answers) >= 801)
        for thread in threads:
            thread.join()
        heard = Counter(peer.heard.get()[0] for _ in range(800))
    assert heard == {f"many/{number}": 200 for number in range(4)}
    assert Counter(subject.answers)[handles[0], 0] == 1
    assert sorted(handle for handle, _ in subject.answers if handle in set(handles)) == sorted(handles)


def test_without_a_connection_every_message_is_answered_with_lost(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as server:
        subject = Subject(server.port).connected()
        server.stop()
        handles = [subject.client.publish("x", b"") for _ in range(50)]
        subject.until(lambda: not subject.client.link.connected)
        assert [subject.answer(handle) for handle in handles] == [LOST] * 50
        later = subject.client.publish("x", b"")
        subject.client.turn(0)
        assert later not in dict(subject.answers)
        assert subject.answer(later) == LOST
        server.start()
        subject.until(lambda: subject.client.link.connected)
        assert subject.answer(subject.client.publish("x", b"")) == 0x10
        subject.client.close()


def test_who_answers_lost_with_another_message_does_not_spin(tmp_path: Path) -> None:
    lost: list[int] = []

    def again(handle: int, code: int) -> None:
        assert code == LOST
        lost.append(handle)
        client.publish("x", b"")

    client = MqttClient(Broker("127.0.0.1", free_port()), SystemClock(), on_published=again)
    client.publish("x", b"")
    while len(lost) < 2:
        client.turn(5)
    assert client.link.code == "CT301"
    client.close()
    assert lost == [1, 2, 3]


def test_a_job_may_take_a_turn_of_its_own_and_lose_the_connection_in_it(broker: Server, subject: Subject) -> None:
    def leave() -> None:
        subject.client.publish("nested", b"")
        subject.client.turn(0)
        subject.client.close()

    subject.connected()
    subject.client.call(leave)
    subject.client.turn(0)
    assert not subject.client.connected
    subject.connected()


def test_the_will_comes_when_we_die_and_not_when_we_leave(broker: Server) -> None:
    settings = {"client_id": "mortal", "protocol": "3.1.1", "clean": True, "will": Will("will/mortal", b"lost")}
    with Peer(broker.port, "will/#") as peer:
        Subject(broker.port, **settings).connected().client.close()
        dying = Subject(broker.port, **settings).connected()
        assert dying.client._connection
        dying.client._connection.drop()
        assert peer.heard.get() == ("will/mortal", b"lost", False)
        assert peer.heard.empty()
        peer.say("will/mortal", b"", retain=True)


def test_jobs_run_in_the_turn_and_a_hearers_error_ends_it(broker: Server, subject: Subject) -> None:
    ran: list[int] = []
    subject.client.call(lambda: ran.append(threading.get_ident()))
    subject.client.subscribe(["bad"], lambda *_: 1 // 0)
    subject.connected()
    assert ran == [threading.get_ident()]
    with Peer(broker.port) as peer:
        peer.say("bad", b"")
    with pytest.raises(ZeroDivisionError):
        subject.until(lambda: False)
    subject.until(lambda: subject.client.link.connected)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_connection_needs_nobody_to_wake_it(broker: Server, protocol: str) -> None:
    links: list[bool] = []
    told = Broker("127.0.0.1", broker.port, f"sleeper-{protocol}", protocol=protocol, clean=True)  # type: ignore[arg-type]
    client = MqttClient(told, SystemClock(), on_link=lambda link: links.append(link.connected))
    client.turn(60_000)  # connects, and its wait ends with the broker's answer, not with the patience for it
    for _ in range(3):
        if not links:
            client.turn(60_000)
    assert links == [True]
    client.close()
