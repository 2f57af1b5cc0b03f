"""`caretaker test`: the examples of rules and packs, what is printed, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agent.cli import main

ROOT = Path(__file__).parents[2]
SITE = "site: s\nnode: n\n"
RULES = """\
rules:
  full:
    kind: threshold
    select: {devices: [bin]}
    quantity: fill_level
    when: {op: ">=", value: 80, unit: "%%"}
    on_delay: 10s
    priority: 4
    examples:
      - name: full
        given: [{at: 0s, value: 10}, {at: 5s, value: 90}, {at: 60s, value: 20}]
        expect: [{at: %s, alarm: raised}, {at: 60s, alarm: cleared}]
  plain:
    kind: absent
    select: {devices: [bin]}
"""
LINES = "lines: {bin: {port: /dev/serial/by-id/bin}}\n"
DEVICES = """\
devices:
  bin:
    driver: a02yyuw
    line: bin
    derive: {fill_level: {empty_mm: 1100, full_mm: 250}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"site": SITE, "lines": LINES, "devices": DEVICES, "rules": RULES % "15s"}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def told(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["test", "-c", str(folder), *words])


def as_data(folder: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told(folder, "--json", *words).stdout)
    return found


def test_all_pass(folder: Path) -> None:
    result = told(folder)
    assert result.exit_code == 0, result.output
    assert "none written" in next(line for line in result.stdout.splitlines() if "plain" in line)
    assert "examples passed" in result.stdout


def test_a_failure_shows_what_was_expected_and_what_came(folder: Path) -> None:
    (folder / "rules.yaml").write_text(RULES % "14s", encoding="utf-8")
    result = told(folder, "full")
    assert result.exit_code == 1
    assert "0 of 1" in result.stdout
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert {"- 14s raised P4", "+ 15s raised P4", "1m cleared P4"} <= set(lines)
    data = as_data(folder, "full")
    assert data["ok"] is False
    assert data["examples"][0]["found"][0] == {"at": 15_000, "alarm": "raised", "priority": 4, "device": "device"}


def test_only_some_rules(folder: Path) -> None:
    assert {row["rule"] for row in as_data(folder, "s01")["examples"]} == {"s01-door-held", "s01-plant-door-held"}
    assert told(folder, "nothing-so-called").exit_code == 2


def test_an_overridden_rule_is_tried_by_the_examples_of_the_override(folder: Path) -> None:
    override = """\
packs: [security]
override:
  s01-door-held:
    on_delay: 20s
    examples:
      - given: [{at: 0s, value: false}, {at: 10s, value: true}]
        expect: [{at: 30s, alarm: raised}]
"""
    (folder / "rules.yaml").write_text(override, encoding="utf-8")
    devices = DEVICES + "  door: {driver: zigbee2mqtt, id: door, roles: [self-closing-door]}\n"
    (folder / "devices.yaml").write_text(devices, encoding="utf-8")
    south = LINES + "south: {ecosystems: {zigbee: {driver: zigbee2mqtt}}}\n"
    (folder / "lines.yaml").write_text(south, encoding="utf-8")
    rows = as_data(folder, "s01-door-held")["examples"]
    assert [(row["file"], row["passed"]) for row in rows] == [
        ("rules.yaml", True), ("rules/security.yaml", True), ("rules/security.yaml", True),
    ]  # fmt: skip


def test_wrong_settings_run_nothing(folder: Path) -> None:
    (folder / "rules.yaml").write_text("rules: {full: {kind: treshold}}\n", encoding="utf-8")
    result = told(folder)
    assert result.exit_code == 1
    assert "rules.yaml:1:22" in result.stderr
    assert told(folder / "nowhere").exit_code == 2


def test_the_example_and_the_packs_pass() -> None:
    result = told(ROOT / "config")
    assert result.exit_code == 0, result.stdout[-2000:]
