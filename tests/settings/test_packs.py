"""Rule packs: how a site uses one, what is said when it does so wrongly, and that they are installed with the agent."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from agent.settings.complaints import SettingsError
from agent.settings.load import load, load_texts, texts
from agent.settings.plan import titles_of
from agent.settings.types import Settings

ROOT = Path(__file__).parents[2]
BASE = Path(__file__).parent / "base"


def site(folder: Path, rules: str, *, role: str = "self-closing-door", more: str = "", **files: str) -> Settings:
    """Write a site with one door and load it."""
    for name in ("site.yaml", "lines.yaml"):
        (folder / name).write_text((BASE / name).read_text(encoding="utf-8"), encoding="utf-8")
    lines = "south: {ecosystems: {any: {driver: zigbee2mqtt}}}\n"
    (folder / "lines.yaml").write_text(lines, encoding="utf-8")
    roles = f"roles: [{role}]" if role else "roles: []"
    more = f", {more}" if more else ""
    device = f"devices:\n  lobby-door: {{driver: zigbee2mqtt, id: lobby, {roles}{more}}}\n"
    (folder / "devices.yaml").write_text(device, encoding="utf-8")
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    for name, text in files.items():
        place = folder / name.replace("__", "/")
        place = place.with_name(place.name.replace("_", "-") + ".yaml")
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return load(folder)


def said(folder: Path, rules: str, *, role: str = "self-closing-door", **files: str) -> str:
    """Give what is complained about."""
    with pytest.raises(SettingsError) as caught:
        site(folder, rules, role=role, **files)
    return str(caught.value)


def test_a_rule_of_a_pack_watches_the_devices_of_its_role(tmp_path: Path) -> None:
    found = site(tmp_path, "packs: [security]\n")
    assert list(found.rules) == ["s01-door-held"]
    assert found.rules["s01-door-held"].on_delay == 60_000


def test_rules_whose_role_no_device_has_sleep(tmp_path: Path) -> None:
    assert not site(tmp_path, "packs: [security]\n", role="").rules


def test_a_terminal_whose_keys_mean_something_else_lets_the_rule_sleep(tmp_path: Path) -> None:
    keys = "terminal: {keys: {single: {service: cleaning, sentiment: %s}}}"
    packs = "packs: [security, cleaning]\n"
    assert list(site(tmp_path, packs, role="", more=keys % "positive").rules) == []
    found = site(tmp_path, packs, role="", more="terminal: {keys: {single: {service: security, urgency: emergency}}}")
    assert list(found.rules) == ["s12-sos"]


def test_an_alarm_says_its_runbook_and_what_it_only_mirrors() -> None:
    told = titles_of(load(ROOT / "config"))
    assert (told["c02-bin-fire"]["plan"], told["c02-bin-fire"]["mirrors"]) == ("fire", "fire-alarm")
    assert (told["s01-door-held"]["plan"], told["s01-door-held"]["mirrors"]) == ("", "")


def test_an_override_changes_a_number_and_keeps_the_rest(tmp_path: Path) -> None:
    rule = site(tmp_path, "packs: [security]\noverride: {s01-door-held: {on_delay: 30s, title: {en: Ajar}}}\n").rules[
        "s01-door-held"
    ]
    assert (rule.on_delay, rule.off_delay, rule.title.en, rule.title.zh) == (30_000, 5_000, "Ajar", "门长时间未关")


WRONG = [
    ("packs: [secruity]\n", ["rules.yaml:1:9: packs[0]: there is no rule pack 'secruity'", "did you mean: security"]),
    ("packs: [security]\noverride:\n  s01-door-hold: {on_delay: 30s}\n",
     ["rules.yaml:3:3: override.s01-door-hold: no pack in use has a rule", "did you mean: s01-door-held"]),
    ("override:\n  s01-door-held: {on_delay: 30s}\n",
     ["rules.yaml:2:3: override.s01-door-held: the pack 'security' is not in use", "expected: packs: [security]"]),
    ("packs: [security]\noverride:\n  s01-door-held: {on_delay: 30}\n",
     ["rules.yaml:3:29: override.s01-door-held.on_delay: '30' is no duration"]),
    ("packs: [security]\noverride:\n  s01-door-held:\n    when: {valeu: false}\n",
     ["rules.yaml:4:12: override.s01-door-held.when.valeu: the word 'valeu' is not known", "did you mean: value"]),
    ("packs: [security]\noverride:\n  s01-door-held: {kind: absent}\n",
     ["rules.yaml:3:19: override.s01-door-held.kind: a rule of a pack keeps its kind"]),
    ("packs: [security]\noverride:\n  s01-door-held: {when: {op: '>'}}\n",
     ["rules.yaml:3:30: override.s01-door-held.when.op: door_open is true or false"]),
    ("packs: [security]\noverride:\n  s01-door-held: {priority: 2}\n",
     ["rules.yaml:3:3: override.s01-door-held: a rule of priority 2 has no runbook", "expected: plan: NAME"]),
    ("packs: [security]\noverride:\n  s01-door-held: {priority: 2, plan: intrusoin}\n",
     ["rules.yaml:3:38: override.s01-door-held.plan: there is no runbook plans/intrusoin.yaml",
      "did you mean: intrusion"]),
    ("packs: [security]\noverride:\n  s01-door-held: {plan: lift-fault}\n",
     ["rules.yaml:3:18: override.s01-door-held.basis: its runbook is about a certified system (lift)"]),
    ("packs: [security]\noverride:\n  s01-door-held: {inhibit_by: [fire-mod]}\n",
     ["rules.yaml:3:32: override.s01-door-held.inhibit_by[0]: there is no rule or group", "did you mean: fire-mode"]),
    ("packs: [security]\nrules:\n  s01-door-held: {kind: absent, select: {}}\n",
     ["rules.yaml:3:3: rules.s01-door-held: 's01-door-held' is a rule of rules/security.yaml"]),
    ("rules:\n  mine: {kind: absent, select: {}, priority: 1}\n",
     ["rules.yaml:2:3: rules.mine: a rule of priority 1 has no runbook"]),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "expected"), WRONG, ids=[expected[0] for _, expected in WRONG])
def test_a_wrong_use_is_told_with_its_place_and_a_cure(tmp_path: Path, rules: str, expected: list[str]) -> None:
    role = "self-closing-door" if "packs: [security]" in rules else ""
    told = said(tmp_path, rules, role=role)
    assert all(words in told for words in expected), told


def test_a_role_that_no_rule_asks_for_is_refused(tmp_path: Path) -> None:
    told = said(tmp_path, "packs: [security]\n", role="self-closing-dor")
    assert "devices.yaml:2:56: devices.lobby-door.roles[0]: no rule asks for the role 'self-closing-dor'" in told
    assert "did you mean: self-closing-door" in told


def test_a_pack_and_a_runbook_of_the_site_come_before_those_of_the_agent(tmp_path: Path) -> None:
    pack = """\
rules:
  own-open:
    kind: threshold
    select: {role: own-door}
    quantity: door_open
    when: {op: "==", value: true}
    priority: 1
    plan: sos
"""
    plan = """\
title: {zh: 自定, en: Ours}
first_actions: [{zh: 去看, en: Go}]
contacts: [{who: {zh: 门卫, en: porter}}]
"""
    found = site(tmp_path, "packs: [security]\n", role="own-door", rules__security=pack, plans__sos=plan)
    assert list(found.rules) == ["own-open"]
    assert found.runbooks["sos"].title.en == "Ours"


def test_a_fault_in_a_pack_is_told_there(tmp_path: Path) -> None:
    told = said(
        tmp_path, "packs: [ours]\n", role="", rules__ours="rules:\n  own: {kind: absent, select: {}, afer: 1h}\n"
    )
    assert "rules/ours.yaml:2:35: rules.own.afer: the word 'afer' is not known here" in told


def test_risks_name_rules_and_runbooks_that_are_there(tmp_path: Path) -> None:
    risk = "{title: {zh: 火, en: Fire}, likelihood: 2, severity: 5, rules: [%s], plan: %s}"
    found = site(tmp_path, "packs: [security]\n", risks="risks:\n  fire: " + risk % ("s01-door-held", "fire"))
    assert found.risks["fire"].severity == 5
    assert "fire" in found.runbooks
    told = said(tmp_path, "packs: [security]\n", risks="risks:\n  fire: " + risk % ("s01-door-hold", "fir"))
    assert "risks.fire.rules[0]: there is no rule 's01-door-hold'" in told
    assert "risks.fire.plan: there is no runbook plans/fir.yaml" in told


def test_the_texts_hold_all_that_a_replay_needs(tmp_path: Path) -> None:
    """The journal keeps texts: next year's packs must not change what last year's recording says."""
    found = site(tmp_path, "packs: [security]\noverride: {s01-door-held: {priority: 2, plan: intrusion}}\n")
    kept = texts(tmp_path)
    assert {"rules/security.yaml", "plans/intrusion.yaml"} <= set(kept)
    again = load_texts(kept, tmp_path / "elsewhere", kept=True)
    assert (again.rules, again.revision, again.runbooks) == (found.rules, found.revision, found.runbooks)


def test_settings_kept_from_before_runbooks_can_be_replayed(tmp_path: Path) -> None:
    site(tmp_path, "", role="")
    old = texts(tmp_path) | {"rules.yaml": "rules:\n  mine: {kind: absent, select: {}, priority: 1}\n"}
    assert load_texts(old, tmp_path, kept=True).rules["mine"].priority == 1


def test_packs_and_runbooks_are_in_the_wheel(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        inside = set(file.namelist())
        file.extractall(tmp_path / "installed")
    for kind in ("rules", "plans"):
        for path in (ROOT / "config" / kind).glob("*.yaml"):
            assert f"agent/settings/packaged/{kind}/{path.name}" in inside
    code = (
        "from agent.settings.companions import catalogue, known, PACKS; print(catalogue(), *known(catalogue(), PACKS))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "installed", check=True, capture_output=True, text=True
    )
    assert found.stdout.startswith(str(tmp_path / "installed" / "agent" / "settings" / "packaged"))
    assert "security" in found.stdout
