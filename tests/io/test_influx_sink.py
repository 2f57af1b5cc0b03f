"""The store: rows read back from a real VictoriaMetrics, and every refusal of a server that is told to refuse."""

from __future__ import annotations

import gzip
import http.server
import json
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.io.influx_lines import Lines
from agent.io.influx_sink import InfluxSink, retry_after
from agent.model.effects import Prompt
from agent.model.events import Event, Reading
from agent.model.place import Label, Place
from agent.ports import NotAllowedError, NotConnectedError, RefusedError, Row
from simulator.brokers import free_port
from tests.servers import Server, victoria_metrics

WALL = 1_767_225_600_000
ROWS = [
    Row("reading", n, n, WALL + n * 1000, WALL, False, Reading("pump-1", "temperature", 20.0 + n, n)) for n in range(10)
]


def label(device: str) -> Label:
    return Label(device, Place(zone="cellar"))


def sink_for(url: str, **more: Any) -> InfluxSink:
    return InfluxSink(url, site="acme", node="pi-1", label=label, **more)


# --- a real store ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with victoria_metrics(tmp_path_factory.mktemp("store")) as server:
        yield server


def stored(store: Server, selector: str) -> list[dict[str, Any]]:
    """Read series back through the store's own interface."""
    base = f"http://{store.host}:{store.port}"
    urllib.request.urlopen(f"{base}/internal/force_flush").read()
    query = urllib.parse.urlencode({"match[]": selector})
    answer = urllib.request.urlopen(f"{base}/api/v1/export?{query}").read()
    return [json.loads(line) for line in answer.splitlines()]


@pytest.mark.server
def test_rows_are_read_back_with_value_time_and_tags(store: Server) -> None:
    sink = sink_for(f"http://{store.host}:{store.port}")
    sink.write([*ROWS, Row("event", 1, 1, WALL, WALL, False, Event("门厅 1", "card", "A=1, B\\2", 1))])
    (series,) = stored(store, "temperature_value")
    own = {"__name__": "temperature_value", "device": "pump-1", "node": "pi-1", "site": "acme", "zone": "cellar"}
    assert {name: value for name, value in series["metric"].items() if name != "db"} == own
    assert series["values"] == [20.0 + n for n in range(10)]
    assert series["timestamps"] == [WALL + n * 1000 for n in range(10)]
    (event,) = stored(store, "event_value")
    assert (event["metric"]["device"], event["metric"]["text"]) == ("门厅 1", "A=1, B/2")
    sink.close()


@pytest.mark.server
def test_rows_without_a_use_for_the_store_count_as_delivered(store: Server) -> None:
    sink = sink_for(f"http://{store.host}:{store.port}")
    sink.write([Row("rsp", 1, 1, WALL, WALL, False, Prompt("pump-1", 1, "thank-you"))])
    sink.write([])
    sink.close()


@pytest.mark.server
def test_a_store_that_was_away_takes_rows_again(tmp_path: Path) -> None:
    with victoria_metrics(tmp_path) as server:
        sink = sink_for(f"http://{server.host}:{server.port}")
        sink.write(ROWS[:5])
        server.stop()
        with pytest.raises(NotConnectedError):
            sink.write(ROWS[5:])
        server.start()
        sink.write(ROWS[5:])
        (series,) = stored(server, "temperature_value")
        assert len(series["values"]) == 10
        sink.close()


# --- a server that refuses ------------------------------------------------------------------------------------------


class Refusing(http.server.ThreadingHTTPServer):
    """Answers every write as it is told and keeps what it was sent. `hangs`: it never answers at all."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status, self.headers, self.words = 204, {}, b""
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.hangs = threading.Event()
        self.released = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    status: int
    headers: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Refusing)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        if server.hangs.is_set():
            server.released.wait()
        self.send_response(server.status)
        for name, value in server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(server.words)))
        self.end_headers()
        self.wfile.write(server.words)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[Refusing]:
    server = Refusing()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def sink(server: Refusing) -> Iterator[InfluxSink]:
    sink = sink_for(server.url, org="acme", bucket="home", token="secret", timeout_ms=2000)
    yield sink
    sink.close()


def test_one_write_is_one_request_with_token_bucket_and_gzip(server: Refusing, sink: InfluxSink) -> None:
    sink.write(ROWS)
    ((path, headers, body),) = server.requests
    assert urllib.parse.parse_qs(urllib.parse.urlsplit(path).query) == {
        "org": ["acme"], "bucket": ["home"], "precision": ["ns"],
    }  # fmt: skip
    assert (headers["authorization"], headers["content-encoding"]) == ("Token secret", "gzip")
    assert gzip.decompress(body) == Lines("acme", "pi-1", label).body(ROWS)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, NotAllowedError, "CT402"),
        (403, NotAllowedError, "CT402"),
        (404, NotAllowedError, "CT403"),
        (400, RefusedError, "CT404"),
        (413, RefusedError, "CT404"),
        (422, RefusedError, "CT404"),
        (429, NotConnectedError, "CT405"),
        (503, NotConnectedError, "CT405"),
        (405, NotConnectedError, "CT401"),
        (500, NotConnectedError, "CT401"),
        (302, NotConnectedError, "CT401"),
    ],
)
def test_a_refusal_says_what_it_is_about_and_is_not_tried_again(
    server: Refusing, sink: InfluxSink, status: int, kind: type[Exception], code: str
) -> None:
    server.status, server.words = status, b'{"message":"no\n such  thing"}'
    with pytest.raises(kind) as caught:
        sink.write(ROWS)
    assert type(caught.value) is kind
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert server.url in str(caught.value)
    assert "secret" not in str(caught.value)
    assert len(server.requests) == 1


def test_the_servers_own_words_are_kept_short_and_on_one_line(server: Refusing, sink: InfluxSink) -> None:
    server.status, server.words = 400, b"unable to parse\n'x': " + b"y" * 10_000
    with pytest.raises(RefusedError) as caught:
        sink.write(ROWS)
    assert "(400): unable to parse 'x': yyy" in str(caught.value)
    assert len(str(caught.value)) < 600
    assert "\n" not in str(caught.value)


def test_the_pause_that_is_asked_for_is_told(server: Refusing, sink: InfluxSink) -> None:
    server.status, server.headers = 429, {"Retry-After": "7"}
    with pytest.raises(NotConnectedError) as caught:
        sink.write(ROWS)
    assert caught.value.retry_after_ms == 7000


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "30"}, 30_000),
        ({"retry-after": " 2 "}, 2000),
        ({"Retry-After": "99999999999999"}, 3_600_000),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:10 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 10_000),
        ({"Retry-After": "Wed, 21 Oct 2026 07:27:00 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:10 GMT"}, 0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:10 -0000", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({}, 0),
    ],
)
def test_retry_after_in_all_its_forms(headers: dict[str, str], expected: int) -> None:
    assert retry_after(headers) == expected


def test_nobody_there_no_such_name_no_answer(server: Refusing, sink: InfluxSink) -> None:
    for url, words in (
        (f"http://127.0.0.1:{free_port()}", "Connection refused"),
        ("http://no-such-store.invalid:8086", "known"),
    ):
        away = sink_for(url)
        with pytest.raises(NotConnectedError) as caught:
            away.write(ROWS)
        assert caught.value.code == "CT401"
        assert words in caught.value.words["detail"]
        away.close()
    server.hangs.set()
    hasty = sink_for(server.url, timeout_ms=50)
    with pytest.raises(NotConnectedError) as caught:
        hasty.write(ROWS)
    assert caught.value.words["detail"] == "timed out"
    hasty.close()


def test_a_store_that_is_not_configured_costs_no_import() -> None:
    code = "import agent.io.influx_sink, sys; sys.exit('influxdb_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
