"""Reachable: what may be asked, what an answer means, and real sockets: TCP, HTTP, ICMP, nobody there."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from agent.driver import Answer, Probe
from agent.io.probes import ask
from agent.model.events import Availability, Reading
from agent.ports import NotAllowedError
from agent.runtime.counters import Counters
from agent.runtime.probing import Asked, Probing
from drivers.reachable import DRIVER, ReachableOptions, meaning, probe_of


def options(**given: Any) -> ReachableOptions:
    return ReachableOptions.model_validate(given)


@pytest.mark.parametrize(
    ("given", "host", "port"),
    [
        ({"tcp": "192.168.1.20:554"}, "192.168.1.20", 554),
        ({"tcp": "[fe80::1]:22"}, "fe80::1", 22),
        ({"http": "https://nvr.local/login?x=1"}, "nvr.local", 443),
        ({"http": "http://10.0.0.1:8080"}, "10.0.0.1", 8080),
        ({"icmp": "core-switch"}, "core-switch", 0),
    ],
)
def test_a_question(given: dict[str, Any], host: str, port: int) -> None:
    probe = probe_of(options(**given))
    assert (probe.kind, probe.host, probe.port) == (next(iter(given)), host, port)


@pytest.mark.parametrize(
    "given",
    [
        {}, {"tcp": "a:1", "icmp": "a"}, {"tcp": "a"}, {"tcp": "a:0"}, {"tcp": "a:99999"}, {"tcp": "$(reboot):80"},
        {"http": "ftp://a/"}, {"http": "http://"}, {"icmp": "-c 5 host"}, {"icmp": "a b"}, {"tries": 0, "icmp": "a"},
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        options(**given)


def test_what_answers_mean() -> None:
    assert meaning("cam", Answer(there=True, ms=3.14), 5) == [
        Reading("cam", "reachable", True, 5), Reading("cam", "round_trip", 3.1, 5),
    ]  # fmt: skip
    assert meaning("cam", Answer(there=False, words="no answer in time"), 5) == [Reading("cam", "reachable", False, 5)]


@pytest.fixture
def web() -> Iterator[int]:
    """Give the port of a web server that wants a login everywhere but at /open."""

    class Login(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/open" else 401)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Login)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        return int(line.getsockname()[1])


def test_real_answers(web: int) -> None:
    there = [
        options(tcp=f"127.0.0.1:{web}"),
        options(http=f"http://127.0.0.1:{web}/open"),
        options(http=f"http://127.0.0.1:{web}/private"),
    ]
    assert [ask(probe_of(one)).there for one in there] == [True, True, True]
    wrong = ask(probe_of(options(http=f"http://127.0.0.1:{web}/private", expect=[200], tries=1)))
    assert (wrong.there, wrong.words) == (False, "status 401, expected one of 200")


def test_nobody_there() -> None:
    port = closed_port()
    for one in (options(tcp=f"127.0.0.1:{port}"), options(http=f"http://127.0.0.1:{port}/")):
        answer = ask(probe_of(one))
        assert (answer.there, answer.words) == (False, "Connection refused")
    nowhere = ask(probe_of(options(tcp="no-such-host.invalid:80", tries=1)))
    assert not nowhere.there
    assert nowhere.words


def test_a_server_that_talks_rubbish_is_no_web_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as line:

        def babble() -> None:
            peer, _ = line.accept()
            with peer:
                peer.recv(1024)
                peer.sendall(b"\x00\xff garbage\r\n\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        answer = ask(probe_of(options(http=f"http://127.0.0.1:{line.getsockname()[1]}/", tries=1)))
        thread.join()
    assert not answer.there
    assert answer.words


def test_an_echo_or_the_word_that_it_is_not_permitted() -> None:
    probe = probe_of(options(icmp="127.0.0.1"))
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP):
            permitted = True
    except PermissionError:
        permitted = False
    if permitted:
        assert ask(probe).there
    else:
        with pytest.raises(NotAllowedError, match="ping_group_range"):
            ask(probe)


class Clock:
    """Told time."""

    def __init__(self) -> None:
        self.t = 0

    def now(self) -> int:
        return self.t


class Faults:
    """Keeps what was reported."""

    def caught(self, error: NotAllowedError, subject: str) -> str:  # noqa: ARG002
        raise AssertionError(error)

    def cleared(self, code: str, subject: str) -> None: ...


def test_each_is_asked_in_its_turn_and_a_change_is_told_once() -> None:
    answers = {"a": [True, False, False, True], "b": [True] * 4}
    told: list[Any] = []
    clock = Clock()

    def asked(probe: Probe) -> Answer:
        return Answer(answers[probe.host].pop(0), 1.0, "gone")

    devices = [Asked(name, probe_of(options(icmp=name)), 60_000, DRIVER.meaning) for name in ("a", "b")]
    counters = Counters()
    probing = Probing(devices, asked, clock=clock, deliver=told.extend, counters=counters, faults=Faults())  # type: ignore[arg-type]
    for clock.t in (0, 0, 60_000, 60_000, 120_000, 120_000, 180_000, 180_000):
        probing.turn(0)
    changes = [(one.device, one.value, one.t) for one in told if isinstance(one, Availability)]
    assert changes == [("a", "online", 0), ("b", "online", 0), ("a", "offline", 60_000), ("a", "online", 180_000)]
    tally = counters.of("a")
    assert (tally.polls, tally.answers, tally.timeouts, tally.last_error) == (4, 2, 2, "gone")
