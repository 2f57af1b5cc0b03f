"""The MQTT client when something is wrong: each fault has its code, and the connection comes back where it can."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.io.mqtt_broker import ProtocolChoice
from agent.model.faults import sentence
from simulator.brokers import Broker as AnyBroker
from simulator.brokers import free_port
from tests.io.mqtt_peer import Peer, RawBroker, Subject
from tests.servers import Tap, binary, mosquitto

CONNACK_311 = b"\x20\x02\x00\x00"
CONNACK_5 = b"\x20\x03\x00\x00\x00"


def why(subject: Subject) -> str:
    """Turn until the connection has failed; give the code, after seeing that its sentence is whole."""
    subject.until(lambda: subject.client.link.code)
    link = subject.client.link
    assert "?" not in sentence(link.code, **link.words)
    subject.client.close()
    return link.code


@pytest.fixture
def guarded(tmp_path: Path) -> tuple[str, ...]:
    passwords, rights = tmp_path / "passwords", tmp_path / "rights"
    passwords.touch()
    for user in ("node", "centre"):
        subprocess.run([binary("mosquitto_passwd"), "-b", str(passwords), user, "right"], check=True)
    rights.write_text("user node\ntopic write own/#\ntopic read own/#\nuser centre\ntopic readwrite #\n")
    for file in (passwords, rights):
        file.chmod(0o644)
    return ("allow_anonymous false", f"password_file {passwords}", f"acl_file {rights}")


@pytest.mark.server
@pytest.mark.parametrize("protocol", ["auto", "3.1.1"])
def test_a_wrong_password_is_named(tmp_path: Path, guarded: tuple[str, ...], protocol: str) -> None:
    with mosquitto(tmp_path, *guarded) as server:
        assert why(Subject(server.port, user="node", password="wrong", protocol=protocol)) in ("CT302", "CT303")
        assert why(Subject(server.port, protocol=protocol)) in ("CT302", "CT303")
        Subject(server.port, user="node", password="right", protocol=protocol).connected().client.close()


@pytest.mark.server
def test_a_topic_that_is_not_allowed_is_told_by_the_answer(tmp_path: Path, guarded: tuple[str, ...]) -> None:
    with mosquitto(tmp_path, *guarded) as server, Peer(server.port, "#", user="centre", password="right"):
        subject = Subject(server.port, user="node", password="right").connected()
        assert subject.answer(subject.client.publish("own/x", b"")) == 0
        assert subject.answer(subject.client.publish("foreign/x", b"")) == 0x87
        subject.client.close()


def test_nobody_listens_and_no_such_name() -> None:
    assert why(Subject(free_port())) == "CT301"
    unknown = Subject(1883, host="no-such-broker.invalid")
    assert why(unknown) == "CT301"
    assert "name" in unknown.links[0].words["detail"]


@pytest.mark.server
def test_tls_with_the_right_the_wrong_and_no_authority(tmp_path: Path) -> None:
    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], check=True, cwd=tmp_path, capture_output=True)

    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt",
                "-days", "2", "-subj", f"/CN={name}")  # fmt: skip
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "broker.key", "-out", "broker.csr", "-subj", "/CN=broker"
    )
    (tmp_path / "names").write_text("subjectAltName=IP:127.0.0.1")
    openssl("x509", "-req", "-in", "broker.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "broker.crt")  # fmt: skip
    with mosquitto(
        tmp_path, f"certfile {tmp_path}/broker.crt", f"keyfile {tmp_path}/broker.key", f"cafile {tmp_path}/ca.crt"
    ) as server:
        with_tls = Subject(server.port, ca_file=str(tmp_path / "ca.crt")).connected()
        for n in range(300):
            with_tls.client.publish("tls", bytes(n))
        with_tls.settle()
        assert {code for _, code in with_tls.answers} == {0x10}
        with_tls.client.close()
        assert why(Subject(server.port, ca_file=str(tmp_path / "other.crt"))) == "CT304"
        assert why(Subject(server.port, ca_file=str(tmp_path / "none.crt"))) == "CT304"
        assert why(Subject(server.port)) == "CT308"


@pytest.mark.server
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_broker_that_was_away_is_found_again_with_all_subscriptions(tmp_path: Path, protocol: str) -> None:
    with mosquitto(tmp_path) as server:
        subject = Subject(server.port, protocol=protocol)
        subject.hear("back/#")
        subject.connected()
        server.stop()
        subject.until(lambda: not subject.client.link.connected)
        assert subject.client.link.code == "CT308"
        server.start()
        subject.connected()
        with Peer(server.port) as peer:
            peer.say("back/x", b"again")
        subject.until(lambda: subject.heard)
        assert [link.connected for link in subject.links] == [True, False, True]
        subject.client.close()


@pytest.mark.server
def test_a_broker_that_is_frozen_is_noticed_and_left(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as server:
        subject = Subject(server.port, keepalive_ms=1000).connected()
        server.freeze()
        subject.until(lambda: subject.client.link.code)
        assert subject.client.link.code == "CT307"
        subject.client.close()


@pytest.mark.server
def test_garbage_on_the_line_makes_nobody_deaf_for_long(tmp_path: Path) -> None:
    with mosquitto(tmp_path) as server:
        tap = Tap(server.port)
        subject = Subject(tap.port, keepalive_ms=1000)
        subject.hear("clear/#")
        subject.connected()
        # The head of a message of 250 MB: everything that follows is swallowed as its body.
        tap.garbage = b"\x30\xff\xff\xff\x7f\x00\x01x"
        with Peer(server.port) as peer:
            peer.say("clear/x", b"swallowed")
            subject.until(lambda: tap.connections == 2 and subject.client.link.connected)
            subject.settle()
            peer.say("clear/x", b"heard")
        subject.until(lambda: (b"heard") in [payload for _, payload, _ in subject.heard])
        assert [link.code for link in subject.links] == ["", "CT307", ""]
        subject.client.close()
        tap.close()


def test_amqtt_is_spoken_to_in_its_own_version_and_its_strays_are_ignored() -> None:
    with AnyBroker(kind="amqtt") as server, Peer(server.port, "theirs/#", v5=False) as peer:
        peer.say("theirs/x", b"kept", retain=True)
        subject = Subject(server.port, manual_ack=True, client_id="alone")
        subject.hear("ours/#")
        subject.connected()
        peer.say("ours/x", b"1")
        subject.until(lambda: subject.heard)
        subject.client.ack(subject.tokens)
        subject.settle()
        assert subject.heard == [("ours/x", b"1", False)]
        assert (subject.client.link.protocol, subject.client.window) == ("3.1.1", 10)
        assert [code for code, _ in subject.troubles] == ["CT306"]
        assert [link.connected for link in subject.links] == [True]
        subject.client.close()


def served(play: Callable[[socket.socket, int], None]) -> Subject:
    return Subject(RawBroker(play).port, keepalive_ms=1000)


def test_a_broker_that_hangs_up_on_mqtt_5_is_tried_in_the_old_version() -> None:
    versions: list[int] = []

    def play(opened: socket.socket, _number: int) -> None:
        asked = opened.recv(1000)
        versions.append(asked[8])
        if asked[8] == 4:
            opened.sendall(CONNACK_311)
            opened.recv(1000)

    subject = served(play)
    subject.until(lambda: subject.client.link.connected)
    assert versions == [5, 4]
    assert subject.client.link.protocol == "3.1.1"
    subject.client.close()


@pytest.mark.parametrize(("reason", "code"), [(0x8E, "CT309"), (0x87, "CT303"), (0x89, "CT308"), (0x9C, "CT308")])
def test_a_broker_that_sends_us_away_says_why(reason: int, code: str) -> None:
    def play(opened: socket.socket, _number: int) -> None:
        opened.recv(1000)
        opened.sendall(CONNACK_5 + bytes((0xE0, 2, reason, 0)))
        opened.recv(1000)

    assert why(served(play)) == code


def test_a_filter_that_is_denied_is_reported() -> None:
    def play(opened: socket.socket, _number: int) -> None:
        opened.recv(1000)
        opened.sendall(CONNACK_5)
        asked = opened.recv(1000)
        opened.sendall(b"\x90\x04" + asked[2:4] + b"\x00\x87")
        opened.recv(1000)

    subject = served(play)
    subject.hear("secret/#")
    subject.until(lambda: subject.troubles)
    assert subject.troubles == [("CT305", {"topic": "secret/#", "detail": "Not authorized"})]
    subject.client.close()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(range(256)), b"\x20\x00", b"\xff" * 9]
)
def test_what_is_no_broker_harms_nobody(answer: bytes) -> None:
    def play(opened: socket.socket, _number: int) -> None:
        opened.recv(1000)
        opened.sendall(answer)

    assert why(served(play)) in ("CT307", "CT308")


def test_the_old_version_is_not_kept_for_a_mere_hang_up() -> None:
    choice = ProtocolChoice("auto")
    assert choice.ended(0, "CT308", connected=False)
    assert not choice.ended(0, "CT307", connected=False)
    assert choice.ended(0, "CT307", connected=False)
    assert not choice.established()
    assert not choice.ended(0, "CT308", connected=True)
    assert choice.established()
    assert not choice.ended(0, "CT308", connected=False)
    assert choice.v5


def test_the_old_version_is_kept_for_a_refusal_in_words() -> None:
    choice = ProtocolChoice("auto")
    assert choice.ended(0x84, "CT308", connected=False)
    choice.established()
    assert not choice.ended(0, "CT308", connected=True)
    assert not choice.ended(0, "CT307", connected=False)
    assert not choice.v5


def test_a_version_that_was_set_is_never_changed() -> None:
    choice = ProtocolChoice("5")
    assert not choice.ended(0x84, "CT308", connected=False)
    assert choice.v5
