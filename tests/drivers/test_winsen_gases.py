"""ZE03, ZE07, ZPHS01B and MultiGas: every vector both ways, gases, modes, refusals, any cut, hostile bytes, player."""

from __future__ import annotations

from typing import Any

import pytest

from agent.driver import SerialDriver
from agent.model.events import Undecoded, Value
from drivers import dfrobot_multigas as multigas
from drivers import winsen_ze03 as ze03
from drivers import winsen_ze07 as ze07
from drivers import winsen_zphs01b as zphs01b
from drivers.wire.winsen import GASES, MODE, READ, command, frame, reply
from tests import kit
from tests.drivers import uart_kit as uart

COMMANDS = {
    "Q&A mode": command(MODE, ze03.ANSWER),
    "active upload mode": command(MODE, ze03.TALK),
    "active mode": command(MODE, ze07.TALK),
    "read all": zphs01b.READ_ALL,
    "read gas (passive mode)": command(READ),
}
BOARD = {
    "pm1": 12, "pm2_5": 19, "pm10": 27, "co2": 803, "voc_grade": 1, "temperature": 25.6, "humidity": 58,
    "hcho": 0.031, "co": 0.5, "o3": 0.02, "no2": 0.03,
}  # fmt: skip
BOARD_FRAME = kit.serial_vectors("winsen-zphs01b")[1]["raw"]
# vector -> what it means, and the encoder's call that gives its bytes
DATA: dict[str, tuple[dict[str, Value], bytes]] = {
    "winsen-ze03-03": ({"co": 42}, ze03.encode(42)),
    "winsen-ze07-01": ({"co": 0.5}, ze07.talking(ze07.CO, ze07.PPM, 1, 5, ze07.CO_TOP)),
    "winsen-ze07-04": ({"hcho": 0.042}, ze07.answer_ch2o(42, 32)),
    "winsen-zphs01b-02": (BOARD, zphs01b.encode((12, 19, 27, 803, 1, 756, 58, 31, 5, 2, 3))),
    "dfrobot-multigas-03": ({"nh3": 12.3}, multigas.encode(multigas.Sample(123, 2, 1))),
}
DRIVERS = [ze03.DRIVER, ze07.DRIVER, zphs01b.DRIVER, multigas.DRIVER]
VECTORS = [vector for driver in DRIVERS for vector in kit.serial_vectors(driver.name)]
BY_NAME = {driver.name: driver for driver in DRIVERS}
GOOD = {
    "winsen-ze03": (ze03.encode(42), "co"),
    "winsen-ze07": (ze07.talking(ze07.CO, ze07.PPM, 1, 5, ze07.CO_TOP), "co"),
    "winsen-zphs01b": (BOARD_FRAME, "pm10"),
    "dfrobot-multigas": (multigas.encode(multigas.Sample(123, 2, 1, 500)), "nh3"),
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    driver, raw, said = BY_NAME[vector["device"]], vector["raw"], vector["decoded"]
    items = uart.decoded(driver, raw)
    if vector.get("expect") == "reject":
        assert uart.faults(items) == [("checksum", "")]
        assert uart.plain(items) == {}
    elif "op" in said:
        assert (COMMANDS[said["op"]], items) == (raw, [])
    else:
        meant, encoded = DATA[vector["id"]]
        assert uart.plain(items) == meant
        assert uart.qualities(items) == {"good"}
        assert encoded == raw


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 3 + 4 + 2 + 2


@pytest.mark.parametrize(("code", "gas"), GASES.items(), ids=[gas.quantity for gas in GASES.values()])
def test_a_gas_that_is_told_overrules_the_settings(code: int, gas: Any) -> None:
    value = 12 if gas.decimals == 0 else 1.2
    assert uart.plain(uart.decoded(ze03.DRIVER, ze03.encode(12, code))) == {gas.quantity: value}
    sample = multigas.Sample(123, code, 1)
    assert uart.plain(uart.decoded(multigas.DRIVER, multigas.encode(sample))) == {gas.quantity: 12.3}


@pytest.mark.parametrize(
    ("options", "meant"),
    [
        ({"gas": "nh3"}, {"nh3": 42}),
        ({"gas": "o2"}, {"o2": 4.2}),
        ({"gas": "h2s", "decimals": 2}, {"h2s": 0.42}),
        ({"gas": "no2", "decimals": 0}, {"no2": 42}),
    ],
)
def test_ze03_gas_and_decimals_are_settings(options: dict[str, object], meant: dict[str, Value]) -> None:
    assert uart.plain(uart.decoded(ze03.DRIVER, ze03.encode(42), **options)) == meant


@pytest.mark.parametrize(
    ("driver", "data"),
    [
        (ze03.DRIVER, ze03.encode(1, 0x99)),
        (multigas.DRIVER, multigas.encode(multigas.Sample(1, 0x99, 0))),
        (ze07.DRIVER, ze07.talking(ze07.CO, ze07.PPB, 1, 5, 5000)),
        (ze07.DRIVER, ze07.talking(ze07.CO, ze07.PPM, 9, 5, 5000)),
    ],
)
def test_unknown_gases_units_and_decimals_are_no_values(driver: SerialDriver, data: bytes) -> None:
    (item,) = uart.decoded(driver, data)
    assert isinstance(item, Undecoded)
    assert item.data_hex == data.hex().upper()


@pytest.mark.parametrize(
    ("model", "data", "meant"),
    [
        ("ze07-co", ze07.answer_co(123), {"co": 12.3}),
        ("ze07-co", ze07.answer_ch2o(42, 32), {"co": 4.2}),
        ("ze07-ch2o", ze07.answer_ch2o(0, 0), {"hcho": 0}),
        ("ze07-ch2o", ze07.talking(ze07.CH2O, ze07.PPB, 0, 100, 5000), {"hcho": 0.1228}),
        ("ze15-co", reply(READ, 0x60 | 0x01, 0x02), {"co": 25.8}),
        ("ze15-co", reply(READ, 0x81, 0x02), {}),
    ],
)
def test_ze07_models(model: str, data: bytes, meant: dict[str, Value]) -> None:
    items = uart.decoded(ze07.DRIVER, data, model=model)
    assert uart.plain(items) == meant
    assert [fault for fault, _ in uart.faults(items)] == ([] if meant else ["insane"])


def test_an_answer_is_guessed_only_by_the_decoder() -> None:
    assert uart.plain(uart.decoded(ze07.DRIVER, ze07.answer_ch2o(42, 32))) == {"hcho": 0.042}
    assert uart.plain(uart.decoded(ze07.DRIVER, ze07.answer_co(42))) == {"co": 4.2}
    assert uart.plain(uart.build(ze07.DRIVER).receive(ze07.answer_ch2o(42, 32), 0)) == {"co": 4.2}


def test_multigas_temperature_decimals_and_refusals() -> None:
    assert multigas.degrees(512) == 25.0
    assert multigas.degrees(0) is multigas.degrees(1024) is None
    for degrees in (-20, 0, 17.5, 40, 60):
        told = multigas.degrees(multigas.thermistor(degrees))
        assert told is not None
        assert abs(told - degrees) < 0.2
    data = multigas.encode(multigas.Sample(2095, multigas.CODE_OF["o2"], 2, 512))
    assert uart.plain(uart.decoded(multigas.DRIVER, data)) == {"o2": 20.95, "device_temperature": 25}
    all_data = reply(multigas.READ_ALL, *data[2:8])
    assert uart.plain(uart.decoded(multigas.DRIVER, all_data)) == {"o2": 20.95, "device_temperature": 25}
    wrong = multigas.encode(multigas.Sample(1, 2, 3))
    assert uart.faults(uart.decoded(multigas.DRIVER, wrong)) == [("insane", "3 decimals")]
    assert uart.faults(uart.decoded(multigas.DRIVER, reply(MODE, 0)))[0][0] == "refused"
    assert uart.decoded(multigas.DRIVER, reply(MODE, 1)) == []


def test_zphs01b_refuses_what_cannot_be() -> None:
    too_humid = zphs01b.encode((1, 2, 3, 400, 1, 700, 101, 0, 0, 0, 0))
    assert uart.faults(uart.decoded(zphs01b.DRIVER, too_humid)) == [("insane", "humidity 101.0")]
    grade = zphs01b.encode((1, 2, 3, 400, 4, 700, 50, 0, 0, 0, 0))
    assert uart.faults(uart.decoded(zphs01b.DRIVER, grade)) == [("insane", "voc_grade 4.0")]
    cold = zphs01b.encode((1, 2, 3, 400, 1, 450, 50, 0, 0, 0, 0))
    assert uart.plain(uart.decoded(zphs01b.DRIVER, cold))["temperature"] == -5


@pytest.mark.parametrize("name", BY_NAME)
def test_cells_that_warm_up_are_suspect(name: str) -> None:
    device = uart.build(BY_NAME[name], warm_up="5m")
    good, _ = GOOD[name]
    assert "suspect" in uart.qualities(device.receive(good, 1000))
    for now in range(11_000, 301_000, 10_000):
        assert "suspect" in uart.qualities(device.receive(good, now))
    assert uart.qualities(device.receive(good, 301_000)) == {"good"}


def test_zphs01b_dust_and_climate_need_no_warm_up() -> None:
    items = uart.build(zphs01b.DRIVER).receive(BOARD_FRAME, 0)
    good = {item.quantity for item in items if item.quality == "good"}
    assert good == {"pm1", "pm2_5", "pm10", "temperature", "humidity"}


@pytest.mark.parametrize("name", BY_NAME)
def test_any_cut(name: str) -> None:
    raws = b"".join(vector["raw"] for vector in VECTORS if vector["device"] == name)
    good, quantity = GOOD[name]
    items = kit.same_however_cut(lambda: uart.decoder(BY_NAME[name]), b"\xff\xff\x01" + raws + good[:6] + good)
    assert quantity in uart.plain(items)


@pytest.mark.parametrize("name", BY_NAME)
def test_hostile(name: str) -> None:
    good, quantity = GOOD[name]
    uart.hostile(BY_NAME[name], good, quantity)


@pytest.mark.parametrize(
    ("driver", "options", "world", "every"),
    [
        (ze03.DRIVER, {"gas": "h2s"}, {"h2s": 7}, 1000),
        (ze03.DRIVER, {"gas": "o2", "mode": "asked"}, {"o2": 20.9}, 2000),
        (ze07.DRIVER, {}, {"co": 12.5}, 1000),
        (ze07.DRIVER, {"mode": "asked"}, {"co": 12.5}, 2000),
        (ze07.DRIVER, {"model": "ze07-ch2o", "mode": "asked"}, {"hcho": 0.08}, 2000),
        (ze07.DRIVER, {"model": "ze15-co", "mode": "asked"}, {"co": 12.5}, 2000),
        (zphs01b.DRIVER, {}, BOARD, 2000),
        (multigas.DRIVER, {}, {"no2": 1.5}, 2000),
        (multigas.DRIVER, {"mode": "active"}, {"nh3": 3.1}, 1000),
    ],
    ids=lambda value: value.name if isinstance(value, SerialDriver) else None,
)
def test_players_speak_to_the_decoder(
    driver: SerialDriver, options: dict[str, object], world: dict[str, Value], every: int
) -> None:
    made = uart.setup(driver, 2000, warm_up="0s", **options)
    device, player = driver.build(made), driver.player(made)
    for quantity, value in world.items():
        player.set(quantity, value)
    items = uart.converse(device, player, 0, 6000)
    assert uart.faults(items) == []
    assert uart.plain(items) == world
    first = next(iter(world))
    assert len([item for item in items if getattr(item, "quantity", "") == first]) == 6000 // every


def test_ze07_ch2o_talks_in_ppb() -> None:
    made = uart.setup(ze07.DRIVER, model="ze07-ch2o")
    device, player = ze07.DRIVER.build(made), ze07.DRIVER.player(made)
    player.set("hcho", 0.08)
    hcho = uart.plain(uart.converse(device, player, 0, 1000))["hcho"]
    assert hcho == pytest.approx(0.08, abs=0.001)


def test_multigas_player_tells_its_temperature() -> None:
    made = uart.setup(multigas.DRIVER)
    device, player = multigas.DRIVER.build(made), multigas.DRIVER.player(made)
    player.set("device_temperature", 31.0)
    told = uart.plain(uart.converse(device, player, 0, 1000))["device_temperature"]
    assert told == pytest.approx(31, abs=0.2)


def test_a_talker_that_went_quiet_is_told_its_mode_again() -> None:
    device = uart.build(ze03.DRIVER)
    assert device.ask(0) == command(MODE, ze03.TALK)
    device.receive(ze03.encode(1), 1000)
    assert device.due() == 61_000
    assert device.ask(61_000) == command(MODE, ze03.TALK)
    assert device.due() == 121_000
    assert uart.build(ze07.DRIVER).due() is None, "it talks as it left the maker"


def test_a_frame_is_built_of_what_is_given() -> None:
    assert frame(1, 0x86).hex(" ") == "ff 01 86 00 00 00 00 00 79"
