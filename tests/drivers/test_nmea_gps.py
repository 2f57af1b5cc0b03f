"""NMEA receivers: every vector, all sentences, when the time is believed, binary between them, any cut, player."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from agent.driver import Setup
from agent.model.events import Event, Fault, Item, Reading
from drivers.nmea_gps import DRIVER, KMH, Device, instant
from drivers.wire import nmea
from drivers.wire.calendar import unix_ms
from tests import kit
from tests.drivers import uart_kit as uart

VECTORS = kit.serial_vectors("nmea-gps")
UBX = bytes.fromhex("B5 62 05 01 02 00 06 01 0F 38")
GOOD = VECTORS[3]["raw"]


def rmc(time: str, date: str = "150125", status: str = "A") -> bytes:
    return nmea.sentence(f"GNRMC,{time},{status},3112.5000,N,12126.2500,E,0.05,,{date},,,A")


def clocks(items: list[Item]) -> list[str]:
    return [str(item.value) for item in items if isinstance(item, Event)]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["id"])
def test_vectors(vector: dict[str, Any]) -> None:
    said, raw = vector["decoded"], vector["raw"]
    items = uart.decoded(DRIVER, raw)
    if vector.get("expect") == "reject":
        assert items == [Fault("s", "checksum", size=len(raw) - 2)]
        return
    assert nmea.sentence(raw[1:-5].decode()) == raw
    if not said.get("valid", True):
        assert items == [Reading("s", "position_fix", value=False)]
        return
    values = uart.plain(items)
    assert values.pop("position_fix") is True
    assert values.pop("latitude") == pytest.approx(said["lat"], abs=1e-6)
    assert values.pop("longitude") == pytest.approx(said["lon"], abs=1e-6)
    if "sats" in said:
        assert values == {
            "fix_quality": said["quality"], "satellites": said["sats"], "hdop": said["hdop"], "altitude": said["alt_m"]
        }  # fmt: skip
    else:
        assert values["speed"] == pytest.approx(said.get("knots", 0.05) * KMH, abs=1e-3)
        assert values.get("course") == said.get("course")
        assert clocks(items) == ([said["time"]] if "T" in said["time"] else [])


def test_all_vectors_are_covered() -> None:
    assert len(VECTORS) == 5


def test_the_time_is_believed_after_five_good_fixes_and_told_every_ten_minutes() -> None:
    device = DRIVER.build(Setup("s"))
    told = {}
    for second in range(1300):
        time = f"{3 + second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}.00"
        items = device.receive(rmc(time), second * 1000)
        stamps = {item.said_at for item in items if isinstance(item, Reading) and item.quantity == "latitude"}
        assert stamps == {unix_ms(2025, 1, 15, 10_800_000 + second * 1000) if second >= 4 else 0}
        told |= dict.fromkeys(clocks(items), second)
    assert told == {"2025-01-15T03:00:04Z": 4, "2025-01-15T03:10:04Z": 604, "2025-01-15T03:20:04Z": 1204}


@pytest.mark.parametrize(
    "breaking",
    [rmc("031504.00", status="V"), rmc("031507.00"), rmc("031504.00", "150105"), rmc("031504.00", "")],
    ids=["lost", "jump", "week-rolled-over", "no-date"],
)
def test_what_breaks_the_row_makes_it_begin_again(breaking: bytes) -> None:
    device = DRIVER.build(Setup("s"))
    for second in range(4):
        assert clocks(device.receive(rmc(f"03150{second}.00"), second * 1000)) == []
    assert clocks(device.receive(breaking, 4000)) == []
    later = [clocks(device.receive(rmc(f"0315{second:02d}.00"), second * 1000)) for second in range(10, 15)]
    assert later[:3] == [[], [], []]
    assert later[4] == ["2025-01-15T03:15:14Z"]


@pytest.mark.parametrize(
    ("time", "date", "ms"),
    [
        ("031500.00", "150125", unix_ms(2025, 1, 15, 11_700_000)),
        ("235959.999", "311279", unix_ms(2079, 12, 31, 86_399_999)),
        ("225446", "191194", -1),
        ("225446", "191124", -1),
        ("240000", "150125", -1),
        ("031560", "150125", -1),
        ("0315", "150125", -1),
        ("031500", "310225", -1),
        ("031500", "15012", -1),
        ("03150x", "150125", -1),
        ("", "", -1),
    ],
)
def test_instants(time: str, date: str, ms: int) -> None:
    assert instant(time, date) == ms


def test_the_same_position_of_one_second_is_told_once() -> None:
    device = DRIVER.build(Setup("s"))
    gga = nmea.sentence("GNGGA,031500.00,3112.5,N,12126.25,E,2,11,0.8,4.5,M,,M,,")
    gll = nmea.sentence("GNGLL,3112.5,N,12126.25,E,031500.00,A,A")
    items = device.receive(rmc("031500.00") + gga + gll, 0)
    assert [item.quantity for item in items if isinstance(item, Reading)].count("latitude") == 1
    assert uart.plain(items)["satellites"] == 11
    assert "latitude" in uart.plain(device.receive(nmea.sentence("GNGLL,3112.5,N,12126.25,E,031501.00,A,A"), 1000))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("GPGLL,4916.45,N,12311.12,W,225444,V", {}),
        (
            "BDGNS,1,3112.5,N,12126.25,E,AAN,09,1.1,4.5,,,",
            {"position_fix": True, "satellites": 9, "hdop": 1.1, "altitude": 4.5,
             "latitude": 31.2083333, "longitude": 121.4375},
        ),
        ("GNGNS,,,,,,NNN,00,99.99,,,,", {"position_fix": False, "satellites": 0}),
        ("GPGGA,1,,,,,0,00,99.99,,,,,,", {"position_fix": False, "fix_quality": 0, "satellites": 0}),
        ("GPVTG,054.7,T,034.4,M,005.5,N,010.2,K", {"course": 54.7, "speed": 10.2}),
        ("GPRMC,225446,A,,,,,,,191124,,", {"position_fix": True}),
        ("GPGSV,1,1,00", {}),
        ("PUBX,00", {}),
        ("", {}),
    ],
)  # fmt: skip
def test_sentences(text: str, values: dict[str, Any]) -> None:
    items = uart.decoded(DRIVER, nmea.sentence(text))
    assert uart.plain(items) == values
    assert uart.faults(items) == []


def test_where_there_is_rmc_vtg_says_nothing() -> None:
    device = DRIVER.build(Setup("s"))
    vtg = nmea.sentence("GPVTG,054.7,T,034.4,M,005.5,N,010.2,K")
    device.receive(GOOD, 0)
    assert device.receive(vtg, 5000) == []
    assert uart.plain(device.receive(vtg, 5001)) == {"course": 54.7, "speed": 10.2}


@pytest.mark.parametrize(
    "place",
    ["9112.5,N,12126.2,E", "3160.0,N,12126.2,E", "3112.5,X,12126.2,E", "3112.5,E,12126.2,N", "3112.5,N,18112.0,E",
     "x,N,y,E"],
)  # fmt: skip
def test_places_that_are_none_are_insane(place: str) -> None:
    items = uart.decoded(DRIVER, nmea.sentence(f"GPGLL,{place},225444,A"))
    assert [kind for kind, _ in uart.faults(items)] == ["insane"]
    assert uart.plain(items) == {}


def test_binary_noise_and_sentences_without_sum_do_not_hide_the_next() -> None:
    for noise in (
        UBX,
        UBX[:4],
        b"\xb5\x62\x00\x00\xff\xff",
        b"$GPRMC,2254",
        b"$GPRMC,1,A*\r\n",
        b"$" * 200,
        b"\x00\xff",
    ):
        items = uart.decoded(DRIVER, noise + GOOD)
        assert uart.plain(items)["latitude"] == pytest.approx(31.2083333), noise
    assert uart.faults(uart.decoded(DRIVER, UBX + b"\r\n\r\n")) == []
    assert uart.faults(uart.decoded(DRIVER, UBX[:-1] + b"\0")) == [("checksum", "")]


def test_any_cut() -> None:
    stream = b"$GPRM" + UBX + b"".join(v["raw"] for v in VECTORS) + UBX[:5] + GOOD
    items = kit.same_however_cut(lambda: DRIVER.build(Setup("s")), stream + b"\r\n" * 300)
    assert [item.value for item in items if isinstance(item, Reading) and item.quantity == "position_fix"] == [
        True, True, False, True, True
    ]  # fmt: skip


def test_hostile() -> None:
    seconds = count()
    kit.hostile(
        Device(Setup("s")),
        lambda: rmc(f"{next(seconds) % 60 + 31500:06d}.00"),
        lambda items: "latitude" in uart.plain(items),
        uart.HOSTILE,
    )


@pytest.mark.parametrize(("latitude", "longitude"), [(31.2083333, 121.4375), (-33.8567, -0.5), (0.0, -179.9999)])
def test_player_speaks_to_the_decoder(latitude: float, longitude: float) -> None:
    device, player = DRIVER.build(Setup("s")), DRIVER.player(Setup("s"))
    assert uart.plain(uart.converse(device, player, 0, 1000)) == {
        "position_fix": False, "fix_quality": 0, "satellites": 0
    }  # fmt: skip
    world = {"latitude": latitude, "longitude": longitude, "speed": 12.5, "course": 90.0, "satellites": 9, "hdop": 1.2,
             "altitude": 4.5, "fix_quality": 2, "position_fix": True}  # fmt: skip
    for name, value in world.items():
        player.set(name, value)
    items = uart.converse(device, player, 1000, 7000)
    assert uart.plain(items) == pytest.approx(world, abs=2e-3)
    assert clocks(items) == ["2025-01-15T00:00:05Z"]


def test_player_goes_by_the_wall() -> None:
    made = Setup("s", wall=lambda now: unix_ms(2031, 7, 1) + now)
    device, player = Device(made, 1), DRIVER.player(made)
    player.set("latitude", 1.0)
    assert clocks(uart.converse(device, player, 0, 1000)) == ["2031-07-01T00:00:00Z"]
