"""The "500 map": captured frames with and without echo, what is fitted, the two scales of the wind, CO2 variants."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from drivers.env_500_map import DRIVER
from drivers.wire.modbus_rtu import Reply, Request
from tests.drivers.modbus_kit import World, faults, readings, vector
from tests.drivers.poll_kit import Poll, alone, check_polled, check_requests, check_vector, given

WIND = {("wind_speed", ""): 0.14, ("wind_force", ""): 1.0, ("wind_sector", ""): 2.0, ("wind_direction", ""): 110.0}
AIR = {("humidity", ""): 45.1, ("temperature", ""): 24.6, ("sound_laf", ""): 51.8}
FROST = {("humidity", ""): 72.0, ("temperature", ""): -2.5, ("sound_laf", ""): 41.0}
DUST = {("pm2_5", ""): 35.0, ("pm10", ""): 42.0, ("pressure", ""): 1013.0}
LIGHT = {("illuminance", ""): 70_000.0}
WORLD = WIND | AIR | DUST | LIGHT
MORE = WORLD | {("rainfall", ""): 1.2, ("heading", ""): 359.5, ("solar_radiation", ""): 812.0}
EVERYTHING = ["wind", "climate", "noise", "dust", "pressure", "light", "rain", "compass", "solar"]


@pytest.mark.parametrize(
    ("number", "request_", "meant"),
    [("02", "01", WIND), ("08", "07", {("illuminance", ""): 50.0}), ("04", "", AIR), ("11", "", FROST)],
)
def test_a_vector_is_decoded(number: str, request_: str, meant: World) -> None:
    check_vector(DRIVER, number, meant)
    check_vector(DRIVER, number, meant, request_)


@pytest.mark.parametrize(
    ("values", "first"),
    [
        ((35, 42, 1013), "pm2_5"),
        ((280, 300, 1009), "pm2_5"),
        ((12, 15, 770), "pm2_5"),  # 2200 m high
        ((451, 246, 518), "humidity"),
        ((201, 300, 755), "humidity"),  # a dry and loud afternoon
        ((820, 0xFFE7, 301), "humidity"),
    ],
)
def test_three_registers_alone_are_what_they_look_like(values: tuple[int, ...], first: str) -> None:
    items = alone(DRIVER, Reply(1, 3, values=values).frame())
    assert next(iter(readings(items))) == (first, "")
    assert faults(items) == []


def test_dust_and_pressure_are_told_from_an_echo_too() -> None:
    reply = Reply(1, 3, values=(35, 42, 1013)).frame()
    assert readings(alone(DRIVER, reply)) == DUST
    echoed = vector("env-500-map", "05") + reply
    assert readings(alone(DRIVER, echoed)) == DUST
    assert faults(alone(DRIVER, echoed)) == []


def test_sixteen_registers_are_the_whole_station() -> None:
    values = (14, 1, 2, 110, 451, 246, 518, 35, 42, 1013, 1, 4464, 700, 12, 35_950, 812)
    reply = Reply(1, 3, values=values).frame()
    assert readings(alone(DRIVER, reply)) == MORE
    assert readings(alone(DRIVER, reply, vector("env-500-map", "10"))) == MORE


def test_what_is_fitted_is_read_at_once() -> None:
    check_polled(DRIVER, given(DRIVER), WORLD, Request(1, 3, 500, 12))
    check_polled(DRIVER, given(DRIVER, measures=EVERYTHING), MORE, Request(1, 3, 500, 16))
    check_requests(DRIVER, given(DRIVER, measures=EVERYTHING), "10")


def test_it_is_read_in_four_parts_as_in_the_log() -> None:
    groups = [(500, 4), (504, 3), (507, 3), (510, 2)]
    requests = [Request(1, 3, *group) for group in groups]
    check_polled(DRIVER, given(DRIVER, short_reads=True), WORLD, *requests)
    poll = Poll(DRIVER, given(DRIVER, short_reads=True))
    poll.run()
    sent = [request.frame() for request in poll.asked]
    assert (sent[0], sent[2], sent[3]) == tuple(vector("env-500-map", number) for number in ("01", "05", "07"))


@pytest.mark.parametrize(
    ("measures", "world", "request_"),
    [
        (["noise"], {("sound_laf", ""): 51.8}, Request(1, 3, 506, 1)),
        (["dust"], {("pm2_5", ""): 35.0, ("pm10", ""): 42.0}, Request(1, 3, 507, 2)),
        (["coarse_light"], {("illuminance", ""): 70_000.0}, Request(1, 3, 512, 1)),
        (["noise", "climate"], AIR, Request(1, 3, 504, 3)),
    ],
)
def test_a_transmitter_of_one_thing_is_asked_for_that(measures: list[str], world: World, request_: Request) -> None:
    check_polled(DRIVER, given(DRIVER, measures=measures), world, request_)


def test_the_player_gives_the_captured_frames() -> None:
    player = DRIVER.player(given(DRIVER))
    for (quantity, part), value in (WIND | AIR | {("illuminance", ""): 50.0}).items():
        player.set(quantity, value, part)
    for request_, number in (("01", "02"), ("07", "08")):
        assert player.receive(vector("env-500-map", request_), 0) == vector("env-500-map", number)
    assert player.receive(Request(1, 3, 504, 3).frame(), 0) == vector("env-500-map", "04")


def test_another_seller_counts_the_wind_in_tenths() -> None:
    assert readings(alone(DRIVER, vector("env-500-map", "02"), wind_scale=0.1))["wind_speed", ""] == 1.4


def test_on_co2_variants_508_is_a_mirror() -> None:
    reply, asked = Reply(1, 3, values=(812, 812, 1013)).frame(), vector("env-500-map", "05")
    items = alone(DRIVER, reply, asked, register_507="co2")
    assert readings(items) == {("co2", ""): 812.0, ("pressure", ""): 1013.0}


def test_a_ninth_sector_of_the_wind_is_impossible() -> None:
    items = alone(DRIVER, Reply(1, 3, values=(14, 1, 8, 110)).frame())
    assert faults(items) == ["insane"]
    assert readings(items) == {key: value for key, value in WIND.items() if key[0] != "wind_sector"}


def test_a_station_that_measures_nothing_is_refused() -> None:
    with pytest.raises(ValidationError):
        DRIVER.options.model_validate({"measures": []})
