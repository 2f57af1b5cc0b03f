"""The unit as systemd reads it: not a word of complaint, little exposed, nothing that it waits for."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.servers import binary

ROOT = Path(__file__).parents[2]
UNIT = (ROOT / "systemd/caretaker.service").read_text(encoding="utf-8")
EXPOSURE = 20
"""The most that `systemd-analyze security` may say, times ten: 2.0 of 10."""


def values(key: str) -> list[str]:
    """Give the words of every line that sets this key."""
    return [word for line in re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE) for word in line.split()]


def analyze(folder: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze on a unit of this text; its program, which is not installed here, is one that is."""
    unit = folder / "caretaker.service"
    unit.write_text(text.replace("/opt/caretaker/current/bin/caretaker", "/bin/true"), encoding="utf-8")
    command = [binary("systemd-analyze"), *words, str(unit)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.server
def test_systemd_has_nothing_to_say_about_it(tmp_path: Path) -> None:
    ran = analyze(tmp_path, UNIT, "verify")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.server
def test_a_misspelt_word_would_be_noticed(tmp_path: Path) -> None:
    assert "WatchdogSecs" in analyze(tmp_path, UNIT.replace("WatchdogSec=", "WatchdogSecs="), "verify").stderr


@pytest.mark.server
@pytest.mark.parametrize(("text", "good"), [(UNIT, True), (UNIT.replace("ProtectSystem=strict", ""), False)])
def test_little_is_exposed(tmp_path: Path, text: str, good: bool) -> None:
    ran = analyze(tmp_path, text, "security", "--offline=true", f"--threshold={EXPOSURE}")
    assert (ran.returncode == 0) == good, ran.stdout


def test_it_waits_for_no_network_and_no_time_sync() -> None:
    waits = values("After") + values("Wants") + values("Requires") + values("BindsTo")
    assert waits
    assert all(word.startswith("modprobe@") for word in waits)


def test_what_the_agent_reads_stays_readable() -> None:
    assert "ProcSubset" not in re.findall(r"^(\w+)=", UNIT, re.MULTILINE)  # the boot id
    assert "ProtectClock" not in re.findall(r"^(\w+)=", UNIT, re.MULTILINE)  # adjtimex, reading
    assert {"adjtimex", "clock_adjtime"} <= set(values("SystemCallFilter"))
    assert not values("PrivateDevices")  # serial ports


def test_the_credentials_of_the_example_are_handed_over() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "config").glob("*.yaml"))]
    named = {name for text in texts for name in re.findall(r"credential:([\w.-]+)", text)}
    given = dict(word.split(":") for word in values("LoadCredential"))
    assert named
    assert named <= set(given)
    # Names without a folder are looked for in /etc/credstore, and may be missing (systemd.exec(5)).
    assert all(source == f"caretaker.{name}" for name, source in given.items())


def test_the_guide_names_the_places_that_unit_and_installer_name() -> None:
    guide = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    written = UNIT + (ROOT / "systemd/install.sh").read_text(encoding="utf-8")
    places = set(re.findall(r"`(/(?:opt|var|run|etc/systemd/system/caretaker|etc/udev)[\w./-]*)`", guide))
    names = {place.removeprefix("/").split("/")[-1] for place in places}
    assert {"current", "journal.db", "control.sock", "caretaker.service", "99-caretaker.rules"} <= names
    for place in places:
        assert place in written, place


@pytest.mark.parametrize("document", ["docs/install.md", "systemd/README.md"])
def test_every_link_leads_somewhere(document: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)", (ROOT / document).read_text(encoding="utf-8"))
    assert targets
    assert all((ROOT / document).parent.joinpath(target).exists() for target in targets)
