"""From the wall clock back to engine time, over corrections and restarts; what raised an alarm, from a journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.asking.history import Plans, engine_at, life_of, t_of
from agent.asking.past import past_of
from agent.engine.calendar import WallTimes
from agent.engine.engine import Engine
from agent.engine.explain import explain
from agent.engine.snapshot import snapshot
from agent.io.clock import boot_id
from agent.io.journal_past import PastReader
from agent.io.memory import MemoryClock
from agent.io.sqlite_journal import SqliteJournal
from agent.model.events import Instruction, Offset, Reading, Reload
from agent.runtime.pump import Pump
from agent.settings.load import load_texts, revision_of
from agent.settings.plan import plan_of

ROWS = WallTimes(
    [
        Offset(1, 0, 1_000_000, trusted=False),
        Offset(1, 5000, 9_000_000, trusted=True),  # the right time comes: it holds backwards too
        Offset(1, 20_000, 9_001_000, trusted=True),  # set forward by a second
        Offset(2, 50_000, 9_600_000, trusted=True),  # away for ten minutes that engine time knows nothing of
    ]
)


@pytest.mark.parametrize("t", [0, 4000, 5000, 19_999, 20_000, 30_000, 49_999, 50_000, 99_000])
def test_back_from_the_wall_is_where_one_came_from(t: int) -> None:
    assert t_of(ROWS.wall(t)[0], ROWS) == t


def test_of_a_time_away_it_is_the_end_before_it() -> None:
    assert t_of(9_400_000, ROWS) == 49_999


def test_before_the_beginning_nothing_is_known() -> None:
    with pytest.raises(ValueError, match=r"the journal begins at 1970-01-01T02:30:00\.000Z"):
        t_of(8_999_999, ROWS)


SITE = "site: greenhill\nnode: pi-017\n"
LINES = "lines: {bin: {port: /dev/serial/by-id/usb-1}}\n"
DEVICES = """
devices:
  bin:
    driver: a02yyuw
    line: bin
    interval: 1s
    place: {zone: yard}
    derive: {fill_level: {empty_mm: 1000, full_mm: 200}}
"""
RULES = """
rules:
  full:
    kind: threshold
    select: {devices: [bin]}
    quantity: fill_level
    when: {op: ">=", value: 80}
    on_delay: 3s
    priority: 4
"""
TEXTS = {"site.yaml": SITE, "lines.yaml": LINES, "devices.yaml": DEVICES, "rules.yaml": RULES}
STRICT = TEXTS | {"rules.yaml": RULES.replace("value: 80", "value: 90")}


class Site:
    """A journal that a pump wrote: filled twice, acknowledged once, with stricter settings in between."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "j.db"
        revisions = {revision_of(texts): texts for texts in (TEXTS, STRICT)}
        plans = {name: plan_of(load_texts(texts, folder)) for name, texts in revisions.items()}
        first, second = revisions
        self.clock = MemoryClock(now=1000, wall=1_700_000_000_000)
        self.journal = SqliteJournal(str(self.path))
        for name, texts in revisions.items():
            self.journal.save_settings(name, texts)
        boot = self.journal.start_boot(boot_id(), 1000, 0)
        self.pump = Pump(Engine(plans[first], plans.__getitem__), self.journal, self.clock)
        self.pump.put([self.clock.offset(boot)])
        for value in (10.0, 85.0, 86.0, 87.0, 88.0, 89.0):
            self.say(value)
        self.pump.put([Instruction("alarm-ack", "c1", self.clock.t, "li", via="local", args='{"alarm": "full-bin"}')])
        self.say(20.0)
        self.pump.put([Reload(second, self.clock.t)])
        for value in (85.0, 85.0, 85.0, 85.0, 95.0, 95.0, 95.0, 95.0):
            self.say(value)
        self.state = snapshot(self.pump.engine)
        self.journal.close()

    def say(self, value: float) -> None:
        self.clock.advance(1000)
        self.pump.put([Reading("bin", "fill_level", value, self.clock.t)])
        self.pump.turn(0)
        self.pump.commit()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site"))


@pytest.fixture
def reader(site: Site) -> PastReader:
    return PastReader(str(site.path))


def test_the_engine_at_the_end_is_the_one_that_ran(site: Site, reader: PastReader) -> None:
    engine = engine_at(reader, Plans(reader, site.path.parent), reader.end(), lambda _count: None)
    assert snapshot(engine) == site.state


@pytest.mark.parametrize(
    ("t", "verdict"),
    [
        (2500, "fill_level >= 80.0 % (now 10) is false"),
        (4500, "does not fire yet: its condition is true, on_delay: 1.5 s left"),
        (7500, "fires"),
        (12_500, "fill_level >= 90.0 % (now 85) is false"),
    ],
)
def test_it_is_explained_as_it_was_then(site: Site, reader: PastReader, t: int, verdict: str) -> None:
    engine = engine_at(reader, Plans(reader, site.path.parent), t, lambda _count: None)
    (point,) = explain(engine, "full", t)["points"]
    assert point["verdict"].endswith(verdict)


def test_what_raised_an_alarm_is_shown_with_its_settings_and_each_turn_with_its_cause(
    site: Site, reader: PastReader
) -> None:
    plans = Plans(reader, site.path.parent)
    life = life_of(reader, plans, "full-bin", 9000)
    assert life is not None
    (raised,) = life["raised_by"]
    assert raised["revision"] == revision_of(TEXTS)[:12]
    assert raised["delays_s"] == {"on": 3.0, "off": 0.0}
    assert [one["value"] for one in raised["said"]] == [10, 85, 86, 87, 88]
    assert raised["clauses"][0].items() >= {"holds": True, "value": 88, "limit": 80}.items()
    turns = [(one["transition"], one["by"], one["cmd"], one["cmd_id"], one["via"]) for one in life["transitions"]]
    assert ("raised", "", "", "", "") in turns
    assert ("acknowledged", "li", "alarm-ack", "c1", "local") in turns
    later = life_of(reader, plans, "full-bin", reader.end())
    assert later is not None
    assert later["raised_by"][-1]["revision"] == revision_of(STRICT)[:12]
    assert later["raised_by"][-1]["clauses"][0]["limit"] == 90


def test_an_occurrence_is_found_by_its_id_and_what_never_was_is_none(site: Site, reader: PastReader) -> None:
    plans = Plans(reader, site.path.parent)
    found = life_of(reader, plans, "full-bin", 9000)
    assert found is not None
    again = life_of(reader, plans, found["occurrence"], reader.end())
    assert again is not None
    assert again["occurrence"] == found["occurrence"]
    assert life_of(reader, plans, "empty-bin", reader.end()) is None


def test_a_past_begins_where_it_is_asked_for(site: Site) -> None:
    past = past_of(site.path, 5000)
    assert [cause.t for cause in past.causes] == [
        cause.t for cause in past_of(site.path).causes if cause.t >= past.start
    ]
    assert (past.start, past.end) == (past.end - 5000, site.clock.t)
    assert len(past.offsets) == 1
    assert past.texts == STRICT
