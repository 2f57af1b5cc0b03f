"""The catalogue itself: every rule of every pack is whole, holds at a site that has all roles, and does as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from agent.rules import Rule
from agent.rules.base import RuleBase
from agent.settings.examples import Case, rules_of_packs, run
from agent.settings.load import load
from agent.settings.plan import plan_of
from agent.settings.types import Settings

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
CATALOGUE = [
    *(f"S{n:02}" for n in range(1, 16)), *(f"C{n:02}" for n in range(1, 14)), *(f"M{n:02}" for n in range(1, 36)),
    *(f"A{n:02}" for n in range(1, 11)),
]  # fmt: skip
PACKED = rules_of_packs(CONFIG)
RULES: dict[str, Rule] = {name: rule for name, (_, rule) in PACKED.items()}
NAMES = list(RULES)
PLAN = plan_of(load(CONFIG))


def whole_site(folder: Path) -> Settings:
    """Write a site that has a device for each role that the packs ask for, and load it."""
    roles = {rule.select.role for rule in RULES.values() if rule.select.role}
    roles |= {need.whom.role for rule in RULES.values() for need in rule.needs() if need.whom}
    keys = {"1": {"service": "security", "urgency": "emergency"}, "2": {"service": "cleaning"}}
    terminal = {"driver": "json-topic", "id": "t", "terminal": {"keys": keys}}
    devices = {f"d-{role}"[:40]: {"driver": "json-topic", "id": f"d/{role}", "roles": [role]} for role in sorted(roles)}
    entries = [{"topic": "site/+/up", "levels": ["device"], "values": [{"path": "t", "quantity": "temperature"}]}]
    packs = sorted({file.removeprefix("rules/").removesuffix(".yaml") for file, _ in PACKED.values()})
    files = {
        "site": {"site": "s", "node": "n"},
        "lines": {"south": {"ecosystems": {"json": {"driver": "json-topic", "options": {"entries": entries}}}}},
        "devices": {"devices": {**devices, "terminal": terminal}},
        "rules": {"packs": packs},
    }
    for name, content in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return load(folder)


def test_a_site_with_all_roles_has_all_rules_awake(tmp_path: Path) -> None:
    settings = whole_site(tmp_path)
    assert set(settings.rules) == set(RULES)
    assert len(settings.rules) >= 100


def test_a_rule_without_company_sleeps(tmp_path: Path) -> None:
    """A standby supply that is not there cannot fail to start."""
    whole_site(tmp_path)
    written = tmp_path / "devices.yaml"
    devices = yaml.safe_load(written.read_text(encoding="utf-8"))
    del devices["devices"]["d-standby-supply"]
    written.write_text(yaml.safe_dump(devices), encoding="utf-8")
    assert set(RULES) - set(load(tmp_path).rules) == {"m27-standby-missing"}


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_whole(name: str) -> None:
    rule: RuleBase = RULES[name]
    assert rule.title.zh
    assert rule.title.en
    assert rule.advice.zh
    assert rule.advice.en
    assert rule.basis is not None
    assert rule.basis.ref or rule.basis.note
    assert rule.basis.type == ("standard" if rule.basis.ref else "practice")
    assert rule.examples
    assert any(example.expect for example in rule.examples), "an example in which it raises"
    assert not rule.select.devices
    assert re.fullmatch(r"[scma]\d\d-[a-z0-9-]+", name)


@pytest.mark.parametrize("name", NAMES)
def test_the_pack_is_that_of_the_id(name: str) -> None:
    packs = {"s": "security", "c": "cleaning", "m": "maintenance", "a": "health"}
    assert PACKED[name][0] == f"rules/{packs[name[0]]}.yaml"


def test_each_item_of_the_catalogue_is_here_or_told_why_not() -> None:
    readme = (CONFIG / "rules" / "README.md").read_text(encoding="utf-8")
    missing = set(re.findall(r"\b[SCMA]\d\d\b", readme.split("## Not here, and why")[1]))
    for first, last in re.findall(r"\b([SCMA]\d\d) to ([SCMA]\d\d)\b", readme):
        missing |= {item for item in CATALOGUE if first <= item <= last}
    here = {name[:3].upper() for name in NAMES}
    assert not set(CATALOGUE) - here - missing


def test_the_readme_names_every_role() -> None:
    readme = (CONFIG / "rules" / "README.md").read_text(encoding="utf-8")
    for name, rule in RULES.items():
        company = {need.whom.role for need in rule.needs() if need.whom}
        for role in {rule.select.role, *company} - {None}:
            assert re.search(rf"\| `{role}` \|.*\b{name}\b", readme), name


CERTIFIED = {"s13": "fire-alarm", "s15": "gas-detection", "c02": "fire-alarm", "m13": "lift", "m14": "lift",
             "m19": "lift", "m30": "fire-water", "m31": "fire-water"}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in NAMES if name[:3] in CERTIFIED])
def test_rules_beside_certified_systems_say_so(name: str) -> None:
    rule = RULES[name]
    assert rule.basis is not None
    assert rule.basis.mirrors == CERTIFIED[name[:3]]
    assert "为准" in rule.advice.zh
    assert "decide" in rule.advice.en
    assert "never replace" in rule.basis.note


@pytest.mark.parametrize(
    ("case"),
    [Case(file, name, rule, example) for name, (file, rule) in PACKED.items() for example in rule.examples],
    ids=lambda case: f"{case.name}: {case.example.name}",
)
def test_the_example_comes_out(case: Case) -> None:
    result = run(case, PLAN, RULES)
    assert result.passed, "\n".join(result.diff())
