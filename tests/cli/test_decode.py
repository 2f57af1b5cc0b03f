"""`caretaker decode`: vectors and samples through the command line, and what is said of commands without sense."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from tests import kit
from tests.drivers.mqtt_kit import OURS

CLIMATE = "01 04 04 01 31 02 22 2A CE"


def decode(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["decode", *arguments], input=stdin)


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_reply_is_the_answer_to_the_driver_s_own_request() -> None:
    result = decode("xy-md02", CLIMATE, "--json")
    assert result.exit_code == 0
    assert lines(result) == [
        {"kind": "reading", "quantity": "temperature", "value": 30.5, "unit": "degC", "device": "xy-md02"},
        {"kind": "reading", "quantity": "humidity", "value": 54.6, "unit": "%RH", "device": "xy-md02"},
    ]


def test_a_reply_is_the_answer_to_the_given_request() -> None:
    result = decode("xy-md02", "01 04 02 02 22 38 49", "--request", "01 04 00 02 00 01 90 0A", "--json")
    assert [(one["quantity"], one["value"]) for one in lines(result)] == [("humidity", 54.6)]


@pytest.mark.parametrize(
    "written", [CLIMATE, "010404013102222ACE", "01:04:04:01:31:02:22:2a:ce", "0x01,0x04,0x04,0131 0222 2ace"]
)
def test_hex_as_people_paste_it(written: str) -> None:
    assert len(lines(decode("xy-md02", written, "--json"))) == 2


def test_bytes_may_come_in_chunks() -> None:
    assert len(lines(decode("xy-md02", *CLIMATE.split(), "--json"))) == 2


def test_a_fault_alone_is_exit_status_1() -> None:
    result = decode("xy-md02", "01 04 02 02 22 D1 BA", "--json")
    assert result.exit_code == 1
    assert [(one["kind"], one["fault"]) for one in lines(result)] == [("fault", "checksum")]


def test_nothing_is_exit_status_1() -> None:
    result = decode("zigbee2mqtt", "--topic", "other/topic", "--payload", "-", stdin=b"{}")
    assert (result.exit_code, result.stdout) == (1, "nothing to say about it\n")


@pytest.mark.parametrize("vector", kit.serial_vectors("ftl1"), ids=lambda v: v["id"])
def test_each_terminal_frame_alone(vector: dict[str, Any]) -> None:
    result = decode("ftl1", vector["hex"], "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    if vector["decoded"].get("kind"):
        assert result.exit_code == 0
        assert "event" in {one["kind"] for one in lines(result)}
    if vector["check"] != "no_frame" and not vector["check_ok"]:
        assert result.exit_code == 1
        assert {one["kind"] for one in lines(result)} == {"fault"}


@pytest.mark.parametrize(
    "sample",
    [s for e in ("zigbee2mqtt", "tasmota", "chirpstack", "tts", "shelly", "esphome") for s in kit.mqtt_samples(e)],
    ids=lambda s: s["id"],
)
def test_every_sample(sample: dict[str, Any]) -> None:
    path = str(kit.DATA / "mqtt-samples" / sample["file"])
    # ESPHome publishes events retained; who was there when it happened hears them without the flag.
    retained = ["--retained"] if sample["retain"] and sample["class"] != "event" else []
    result = decode(sample["ecosystem"], "--topic", sample["topic"], "--payload", path, "--json", *retained)
    wanted = [one for one in sample["expect"] if one["kind"] in OURS]
    assert result.exit_code == (0 if wanted else 1)
    left = lines(result)
    for one in wanted:
        left.remove(next(line for line in left if line.items() >= one.items()))
    assert left == []


def test_retained_press_is_not_said_again() -> None:
    arguments = ("zigbee2mqtt", "--topic", "zigbee2mqtt/pad", "--payload", "-", "--json")
    payload = b'{"action":"double","battery":97}'
    assert len(lines(decode(*arguments, stdin=payload))) == 2
    (battery,) = lines(decode(*arguments, "--retained", stdin=payload))
    assert battery["quality"] == "stale"


def test_options_of_the_driver() -> None:
    table = '[{"address":1,"fc":4,"type":"s16","scale":0.1,"quantity":"temperature"}]'
    result = decode("modbus-generic", "01 04 02 01 31 79 74", "--option", f"registers={table}", "--json")
    assert lines(result)[0]["value"] == 30.5
    without = lines(decode("modbus-generic", "01 04 02 01 31 79 74", "--json"))
    assert [(one["kind"], one["data_hex"]) for one in without] == [("undecoded", "0131")]
    other = decode(
        "zigbee2mqtt", "--topic", "b2/pad", "--payload", "-", "--option", "base_topic=b2", stdin=b'{"contact":true}'
    )
    assert other.exit_code == 0


def test_bare_bytes_of_a_radio_payload() -> None:
    pressed = [("battery", 16), ("button", "single")]
    for more in ([], ["--option", "model=WS101"], ["--option", "codec=milesight", "--option", "fport=85"]):
        result = decode("chirpstack", "01 75 10", "FF2E01", "--json", *more)
        assert [(one["quantity"], one["value"]) for one in lines(result)] == pressed
    open_door = decode("tts", "8BB80100000300000200", "--json", "--option", "codec=dragino", "--option", "fport=10")
    assert {"door_open", "open_count"} < {one["quantity"] for one in lines(open_door)}
    assert lines(decode("chirpstack", "AA", "--json"))[0]["kind"] == "undecoded"


def test_options_of_the_device_behind_a_broker() -> None:
    arguments = ("tasmota", "--topic", "a/tele/SENSOR", "--payload", "-", "--json")
    options = ("--option", "switch_1=door_open", "--option", "full_topic=%topic%/%prefix%/")
    (door,) = lines(decode(*arguments, *options, stdin=b'{"Switch1":"ON"}'))
    assert (door["quantity"], door["device"]) == ("door_open", "a")


def test_words_for_people() -> None:
    result = decode("xy-md02", CLIMATE)
    assert all(word in result.stdout for word in ("temperature", "30.5", "degC", "humidity", "54.6"))
    fault = decode("xy-md02", "01 04 02 02 22 D1 BA")
    assert "checksum" in fault.stdout
    assert "CRC" in fault.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["xy-md2", "00"], "did you mean 'xy-md02'?"),
        (["nonsense-at-all", "00"], "Installed: a02yyuw"),
        (["xy-md02"], "give its bytes as HEX"),
        (["xy-md02", "0"], "'0' is no hex; expected pairs"),
        (["xy-md02", "hello"], "'hello' is no hex; expected pairs"),
        (["xy-md02", "00", "--topic", "t"], "xy-md02 speaks serial"),
        (["xy-md02", "00", "--request", "01 04"], "--request: 01 04 is no whole Modbus RTU request"),
        (["rdm6300", "00", "--request", "00"], "rdm6300 talks by itself"),
        (["tasmota", "00"], "tasmota speaks MQTT"),
        (["tasmota", "--topic", "t"], "tasmota speaks MQTT"),
        (["tasmota", "00", "--request", "00"], "nothing is asked"),
        (["chirpstack", "00", "--topic", "t"], "chirpstack speaks MQTT"),
        (["chirpstack", "00", "--option", "model=toaster"], "no model whose bytes are known"),
        (["chirpstack", "00", "--option", "port=2"], "Options of chirpstack: codec, model, fport"),
        (["reachable", "00"], "there is nothing to decode"),
        (["tasmota", "--topic", "t", "--payload", "no-such-file"], "no-such-file"),
        (["tasmota", "--topic", "t", "--payload", "-", "--option", "full_topic"], "expected KEY=VALUE"),
        (["tasmota", "--topic", "t", "--payload", "-", "--option", "fulltopic=x"], "Options of tasmota: full_topic"),
    ],
)
def test_a_command_without_sense_is_exit_status_2(arguments: list[str], said: str) -> None:
    result = decode(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_as_a_program_without_slow_imports(tmp_path: Path) -> None:
    code = """
import sys
from agent.cli import main
try:
    main(["decode", "rdm6300", "00", "--json"])
except SystemExit as end:
    print(end.code, sorted({"rich", "paho", "serial", "influxdb_client"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.splitlines()[-1] == "1 []"
