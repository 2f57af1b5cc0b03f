"""Documents are executed (law 13): what the READMEs tell people to type works and prints what they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from agent.engine.orders import ORDERS
from agent.settings.load import load_texts
from tests.runtime.test_envelope import BODIES, envelope, row

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")


def snippets() -> list[tuple[str, list[str]]]:
    """Give (command, lines that its output must hold) of every console block."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


@pytest.mark.parametrize(("command", "expected"), snippets(), ids=[command for command, _ in snippets()])
def test_a_command_of_the_readme_prints_what_it_says(command: str, expected: list[str]) -> None:
    program, *words = shlex.split(command)
    assert program == "caretaker"
    ran = subprocess.run(
        [sys.executable, "-m", "agent", *words],
        cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": "200"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    for line in expected:
        assert line in ran.stdout


def test_both_readmes_give_the_same_two_commands() -> None:
    blocks = [re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for text in (README, CHINESE)]
    assert len(blocks[0]) == 2
    assert blocks[0] == blocks[1]


@pytest.mark.parametrize("text", [README, CHINESE], ids=["README.md", "README.zh-CN.md"])
def test_every_link_leads_somewhere(text: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)", text):
        assert (ROOT / target).exists(), target


def test_the_map_names_what_is_there() -> None:
    for name in re.findall(r"`((?:agent|drivers|simulator|io|runtime|engine)/[\w/.]+)`", README):
        assert (ROOT / name).exists() or (ROOT / "agent" / name).exists(), name


def test_the_centre_is_told_of_every_topic_and_command() -> None:
    text = (ROOT / "docs" / "centre.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([a-z-]+)(?:/[^`]*)?` \|", text, re.MULTILINE)
    sent = {envelope().message(row(stream, body), 0).topic.split("/")[4] for stream, body in BODIES.values()}
    assert sent | {"status", "info", "health", "metrics", "reading", "rsp"} | set(ORDERS) == set(told)


def test_the_settings_of_the_commissioning_guide_are_good() -> None:
    text = (ROOT / "docs" / "commissioning.md").read_text(encoding="utf-8")
    files = dict(re.findall(r"<!-- settings: (\w+\.yaml) -->\n```yaml\n(.*?)```", text, re.DOTALL))
    assert set(files) == {"lines.yaml", "devices.yaml", "rules.yaml"}
    settings = load_texts(files | {"site.yaml": "site: greenhill\nnode: pi-017\n"}, ROOT)
    assert settings.devices["plant-relay"].outputs["relay_1"].longest_on == 600_000
