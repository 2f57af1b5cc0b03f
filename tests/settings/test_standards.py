"""Service standards: the default is what domain.md §1.5.2 says, every value has its source, a site may have its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agent.engine.plan import spec_of
from agent.settings.complaints import SettingsError
from agent.settings.load import load, load_texts, texts
from agent.settings.plan import plan_of
from agent.settings.standards import default, packaged

BASE = Path(__file__).parent / "base"
S, M, H, D = 1_000, 60_000, 3_600_000, 86_400_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "settings"))


def own(folder: Path, name: str, text: str) -> None:
    (folder / "standards").mkdir(exist_ok=True)
    (folder / "standards" / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_the_default_is_among_the_texts_that_the_journal_keeps(folder: Path) -> None:
    assert texts(folder)["standards/default.yaml"] == packaged()
    kept = {name: text for name, text in texts(folder).items() if not name.startswith("standards/")}
    assert load_texts(kept, folder).standard_name == default().name, "a journal of before there were standards"


def test_the_default_is_that_of_the_reference() -> None:
    """Columns: ack, start, resolve, re-ack, repeat, shelve, top level, second person."""
    clocks = default().clocks
    assert [(c.ack, c.start, c.resolve, c.reack, c.repeat, c.shelve, c.top, c.second) for c in clocks] == [
        (1 * M, 5 * M, 30 * M, 10 * M, 5 * M, 0, 4, True),
        (5 * M, 15 * M, 2 * H, 30 * M, 15 * M, 1 * H, 4, True),
        (15 * M, 30 * M, 24 * H, 4 * H, 4 * H, 8 * H, 3, False),
        (4 * H, 24 * H, 72 * H, 24 * H, 24 * H, 7 * D, 1, False),
    ]
    assert [(c.verify, c.hold, c.reopen) for c in clocks[2:]] == [(24 * H, 72 * H, 72 * H)] * 2
    assert [c.reopen for c in clocks[:2]] == [24 * H] * 2


def test_a_site_without_profiles_runs_by_the_default(folder: Path) -> None:
    settings = load(folder)
    assert settings.standard_name == default().name
    assert plan_of(settings).standard == default()


def test_a_site_has_its_own_and_another_text_is_another_revision(folder: Path) -> None:
    own(folder, "gold", packaged().replace("ack: {value: 15m", "ack: {value: 10m"))
    site = (folder / "site.yaml").read_text(encoding="utf-8")
    (folder / "site.yaml").write_text(site + "standards: gold\n", encoding="utf-8")
    plan = plan_of(load(folder))
    assert plan.standard.name.startswith("gold@")
    assert plan.standard.clocks[2].ack == 10 * M
    before = load(folder)
    own(folder, "gold", packaged())
    after = load(folder)
    assert before.revision != after.revision
    assert before.standard_name != after.standard_name
    assert load_texts(texts(folder), folder) == after


def test_a_rule_says_its_own_clocks(folder: Path) -> None:
    rules = (folder / "rules.yaml").read_text(encoding="utf-8")
    name = next(iter(load(folder).rules))
    head = f"  {name}:\n"
    assert head in rules
    more = "    sla: {ack: 2m, resolve: 1h}\n    reopen_window: 1d\n"
    (folder / "rules.yaml").write_text(rules.replace(head, head + more), encoding="utf-8")
    plan = plan_of(load(folder))
    spec = spec_of(plan, name, plan.rules[name][1][0])
    for own_clocks, standard in zip(spec.clocks, plan.standard.clocks, strict=True):
        assert (own_clocks.ack, own_clocks.resolve, own_clocks.reopen) == (2 * M, H, D)
        assert (own_clocks.start, own_clocks.repeat) == (standard.start, standard.repeat)


WRONG = {
    "no such profile": (None, "standards: silver", "there is no file standards/silver.yaml"),
    "near to one": (None, "standards: defautl", "did you mean: default"),
    "no source": (packaged().replace(", source: practice}", "}", 1), "", "source"),
    "no unit": (packaged().replace("value: 1m", "value: 60", 1), "", "'60' is no duration"),
    "a fifth level": (packaged().replace("top: {value: 4", "top: {value: 5", 1), "", "standards/default.yaml:"),
    "a word too many": (packaged() + "dance: 1\n", "", "'dance' is not known here"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_profile_is_refused_with_its_place(folder: Path, name: str) -> None:
    text, site, expected = WRONG[name]
    if text is not None:
        own(folder, "default", text)
    with (folder / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(f"{site}\n")
    with pytest.raises(SettingsError) as caught:
        load(folder)
    assert expected in str(caught.value)
    assert all(complaint.line > 0 for complaint in caught.value.complaints)
