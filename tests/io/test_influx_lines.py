"""Line protocol: examples of every kind of row, and escaping against an independent parser and influxdb-client."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from influxdb_client import Point

from agent.io.influx_lines import SERIES_MOST, TEXT_MOST, Lines, series
from agent.model.effects import Alarm, Kpi, KpiValue, Prompt
from agent.model.events import Availability, Event, Feedback, Reading
from agent.model.place import Label, Place
from agent.ports import Row

WALL = 1_767_225_600_000
LOBBY = Label("lobby-1", Place("B1", "F1", "lobby", "north wall"), {"risk": "high", "time": "always"})
TAGS = "building=B1,device=lobby-1,floor=F1,node=pi-1"
REST = "point=north\\ wall,risk=high,site=acme"
FULL = f"{TAGS},{REST},time_=always,zone=lobby"


def lines() -> Lines:
    return Lines("acme", "pi-1", lambda device: LOBBY if device == "lobby-1" else None)


def row(body: object, *, seq: int = 42, estimated: bool = False) -> Row:
    return Row("reading", seq, 5, WALL, WALL, estimated, body)  # type: ignore[arg-type]


def alarm(state: str) -> Alarm:
    return Alarm(
        "full-bin", "u", 1, 5, "raise", "limit", state, "UNACK", False, "bins", "cleaning", 3, "lobby-1",  # type: ignore[arg-type]
        "fill_level", 91.0, "fill_level >= 90", 5,
    )  # fmt: skip


KPI = Kpi("lobby", "hourly", 5, WALL - 3_600_000, WALL, (KpiValue("csat", 75.5, "%", 4), KpiValue("tta", None, "s", 0)))
PRESS = Feedback("lobby-1", 5, "f1", "button", "1", "cleaning", "negative", "normal", 0.0, 1500)
CALL = Feedback("lobby-1", 5, "f2", "voice", "sos", "security", "negative", "emergency", -1.0)
WHERE = "device=lobby-1,floor=F1"
AT = "point=north\\ wall"
FEEDBACK = (
    f"feedback,building=B1,channel=button,{WHERE},key=1,node=pi-1,{AT},risk=high,"
    "sentiment=negative,service=cleaning,site=acme,time_=always,urgency=normal,zone=lobby"
)
CALLED = (
    f"feedback,building=B1,channel=voice,{WHERE},key=sos,node=pi-1,{AT},risk=high,"
    "sentiment=negative,service=security,site=acme,time_=always,urgency=emergency,zone=lobby"
)
PRESSED = "event,category=feedback,device=x,event=button"
ALARM = f"alarm,alarm=full-bin,building=B1,category=cleaning,{WHERE},node=pi-1,{AT}"
REST_OF_ALARM = "risk=high,rule=bins,site=acme,state=active,text=raise,time_=always,zone=lobby"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (Reading("lobby-1", "temperature", 21.5, 5), f"temperature,{FULL} value=21.5 1767225600000000042"),
        (Reading("lobby-1", "co2", 400, 5), f"co2,{FULL} value=400.0 1767225600000000042"),
        (Reading("lobby-1", "motion", True, 5), f"motion,{FULL} value=1.0 1767225600000000042"),
        (
            Reading("x", "voltage", 230.0, 5, part="phase=1"),
            "voltage,device=x,node=pi-1,part=phase\\=1,site=acme value=230.0 1767225600000000042",
        ),
        (
            Reading("x", "energy_total", 1e16, 5, "stale"),
            "energy_total,device=x,node=pi-1,quality=stale,site=acme value=1e+16 1767225600000000042",
        ),
        (
            Reading("x", "temperature", 3.0, 5, said_at=WALL - 9, historical=True),
            "temperature,device=x,node=pi-1,site=acme value=3.0 1767225599991000042",
        ),
        (
            Event("x", "button", "double", 5, age_ms=2000),
            f"{PRESSED},node=pi-1,site=acme,text=double value=1.0 1767225598000000042",
        ),
        (
            Event("x", "mains", False, 5),
            "event,category=maintenance,device=x,event=mains,node=pi-1,site=acme value=0.0 1767225600000000042",
        ),
        (
            Availability("x", "offline"),
            "availability,device=x,node=pi-1,scope=device,site=acme,text=offline value=0.0 1767225600000000042",
        ),
        (alarm("active"), f"{ALARM},priority=3,{REST_OF_ALARM} value=1.0,level=0.0 1767225600000000042"),
        (PRESS, f"{FEEDBACK} count=1.0,value=0.0 1767225598500000042"),
        (CALL, f"{CALLED} count=1.0 1767225600000000042"),
        (KPI, "kpi,kpi=csat,node=pi-1,period=hourly,site=acme,unit=%,zone=lobby value=75.5,n=4.0 1767225600000000042"),
        (Reading("x", "temperature", float("nan"), 5), ""),
        (Reading("x", "temperature", float("inf"), 5, "suspect"), ""),
        (Prompt("x", 5, "thank-you"), ""),
    ],
)
def test_a_row_becomes_this_line(body: object, expected: str) -> None:
    assert lines().line(row(body)) == expected


def test_an_alarm_that_is_no_longer_active_is_zero() -> None:
    _, tags, fields, _ = parsed(lines().line(row(alarm("cleared"))))
    assert (tags["state"], fields) == ("cleared", {"value": "0.0", "level": "0.0"})


def test_a_time_that_is_not_trusted_is_marked() -> None:
    made = lines().line(row(Reading("x", "temperature", 3.0, 5), estimated=True))
    assert made == "temperature,device=x,estimated=true,node=pi-1,site=acme value=3.0 1767225600000000042"


def test_two_presses_in_one_millisecond_are_two_points_and_the_same_row_is_one() -> None:
    maker, press = lines(), Event("x", "button", "single", 5)
    first, second = (maker.line(row(press, seq=seq)) for seq in (999_999, 1_000_000))
    assert first.rpartition(" ")[0] == second.rpartition(" ")[0]
    assert first != second
    assert maker.line(row(press, seq=999_999)) == first


def test_a_batch_is_one_body_without_empty_lines() -> None:
    maker = lines()
    rows = [
        row(Prompt("x", 5, "thank-you")),
        row(Reading("x", "co2", 1.0, 5)),
        row(KPI),
        row(Reading("x", "co2", 2.0, 5)),
    ]
    assert [line.partition(b",")[0] for line in maker.body(rows).split(b"\n")] == [b"co2", b"kpi", b"co2"]
    assert maker.body(rows[:1]) == b""


def test_half_a_character_from_a_json_device_stops_nothing() -> None:
    body = lines().body([row(Reading("x", "card", "a\ud800", 5))])
    assert b",text=a? value=1.0" in body


def test_what_is_remembered_is_bounded() -> None:
    maker = lines()
    for n in range(SERIES_MOST + 10):
        maker.line(row(Reading("x", "card", str(n), 5)))
    assert len(maker._known) <= SERIES_MOST


# --- escaping -------------------------------------------------------------------------------------------------------


def parsed(line: str) -> tuple[str, dict[str, str], dict[str, str], int]:
    """Read one line as the specification says, without a regular expression or our own tables."""
    parts, word, at = [[""]], "", 0
    while at < len(line):
        char = line[at]
        if char == "\\" and at + 1 < len(line) and line[at + 1] in ",= ":
            word += line[at + 1]
            at += 2
            continue
        if char in ", ":
            parts[-1][-1] = word
            word = ""
            parts.append([""]) if char == " " else parts[-1].append("")
        elif char == "=":
            word += "\0"
        else:
            word += char
        at += 1
    parts[-1][-1] = word
    (measurement, *tags), fields, (time,) = parts
    split = [pair.split("\0") for pair in (*tags, *fields)]
    assert all(len(pair) == 2 for pair in split), line
    assert [pair[0] for pair in split[: len(tags)]] == sorted(pair[0] for pair in split[: len(tags)])
    return measurement, dict(split[: len(tags)]), dict(split[len(tags) :]), int(time)


printable = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\\")
word = st.text(printable, min_size=1, max_size=TEXT_MOST).filter(lambda text: text.strip())
names = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\\#"), min_size=1, max_size=20
).filter(lambda name: name.strip() and name not in ("time", "_field", "_measurement"))


@given(names, st.dictionaries(names, word, max_size=6))
def test_every_word_comes_back_from_an_independent_parser(measurement: str, tags: dict[str, str]) -> None:
    assert parsed(f"{series(measurement, tags)} value=1.0 7") == (
        measurement.replace("=", "\0"), tags, {"value": "1.0"}, 7,
    )  # fmt: skip


@given(names, st.dictionaries(names, word, max_size=6))
def test_the_text_is_that_of_influxdb_client(measurement: str, tags: dict[str, str]) -> None:
    point = Point(measurement).field("value", 1.5).time(7)
    for name, value in tags.items():
        point.tag(name, value)
    assert f"{series(measurement, tags)} value=1.5 7" == point.to_line_protocol()


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_whatever_a_device_says_is_one_line_and_one_point(device: str, part: str, text: str) -> None:
    made = Lines("acme", "pi-1", lambda _device: None).line(row(Reading(device, "card", text, 5, part=part)))
    assert "\n" not in made
    assert "\r" not in made
    measurement, tags, fields, time = parsed(made)
    assert (measurement, fields, time) == ("card", {"value": "1.0"}, 1_767_225_600_000_000_042)
    assert set(tags) <= {"device", "part", "text", "site", "node"}
    assert all(0 < len(value) <= TEXT_MOST for value in tags.values())
