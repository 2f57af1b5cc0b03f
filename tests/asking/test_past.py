"""Other rules in the place of those that run: a file, a folder of some files, a whole settings folder, a pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.asking.past import plan_with
from agent.engine.plan import Plan
from agent.settings.complaints import SettingsError
from tests.asking.test_history import RULES, TEXTS

OTHER = RULES.replace("full:", "fuller:")
PACK = """
packs: [own]
"""
OWN = """
rules:
  brim:
    kind: threshold
    select: {role: bin}
    quantity: fill_level
    when: {op: ">=", value: 95}
    on_delay: 1m
    priority: 3
    basis: {type: practice, note: what the cleaners say}
    advice: {zh: 清空, en: Empty it}
    title: {zh: 满, en: Full}
"""


def written(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Give the rules that were written, without those that every site has."""
    return {name: devices for name, (_, devices) in plan.rules.items() if name in ("full", "fuller", "brim")}


def test_a_file_takes_the_place_of_the_rules(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(OTHER, encoding="utf-8")
    assert written(plan_with(file, TEXTS, tmp_path)) == {"fuller": ("bin",)}


def test_of_a_folder_what_is_there_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(OTHER, encoding="utf-8")
    assert written(plan_with(tmp_path, TEXTS, tmp_path)) == {"fuller": ("bin",)}
    (tmp_path / "site.yaml").write_text("site: elsewhere\nnode: b\n", encoding="utf-8")
    with pytest.raises(SettingsError):  # a whole folder of its own: its rule names a device that it does not have
        plan_with(tmp_path, TEXTS, tmp_path)


def test_an_urgent_rule_that_is_only_rehearsed_needs_no_runbook(tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(RULES.replace("priority: 4", "priority: 1"), encoding="utf-8")
    (rule, devices) = plan_with(file, TEXTS, tmp_path).rules["full"]
    assert (rule.priority, devices) == (1, ("bin",))


def test_packs_that_only_the_other_rules_name_are_found(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text(OWN, encoding="utf-8")
    file = tmp_path / "new.yaml"
    file.write_text(PACK, encoding="utf-8")
    base = TEXTS | {"devices.yaml": TEXTS["devices.yaml"].replace("line: bin", "line: bin\n    roles: [bin]")}
    assert written(plan_with(file, base, tmp_path)) == {"brim": ("bin",)}
