"""The service on a real systemd, from an empty Debian to its removal. Each test goes on where the one before ended."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.systemd.machine import Machine, machine

pytestmark = pytest.mark.long
INSTALL = "/src/systemd/install.sh"
NOTHING = "Nothing to do: everything is as it should be."
ADJTIMEX = "import ctypes; print(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))"


@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def box(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp(request.param) / "root"
    yield from machine(folder, request.param)
    shutil.rmtree(folder, ignore_errors=True)


def test_the_second_installation_changes_nothing(box: Machine) -> None:
    first = box.run(INSTALL)
    assert "install python3-venv with apt" in first
    assert "Next: edit /etc/caretaker" in first
    assert box.run(INSTALL) == NOTHING
    assert box.service("UnitFileState") == "enabled"
    assert box.service("ActiveState") == "inactive"


def test_udev_has_nothing_to_say_about_the_rules(box: Machine) -> None:
    if "verify" not in box.ask("udevadm", "--help"):
        pytest.skip("udevadm verify came with systemd 254")
    assert "Fail:    0" in box.run("udevadm", "verify", "/etc/udev/rules.d/99-caretaker.rules")


def test_it_is_ready_without_network_ports_and_secrets(box: Machine) -> None:
    box.run("systemctl", "start", "caretaker")  # returns when the service has said READY
    assert re.fullmatch(r"\d+ devices, \d+ alarm points", box.service("StatusText"))
    assert "CT105 south" in box.log()


def test_the_group_may_ask_and_nobody_else(box: Machine) -> None:
    ask = ["caretaker", "status", "-c", "/etc/caretaker", "--json"]
    told = json.loads(box.run("setpriv", "--reuid=nobody", "--regid=caretaker", "--clear-groups", *ask))
    assert told["site"] == "greenhill"
    box.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *ask, good=False)


def test_a_credential_reaches_the_part_that_wants_it(box: Machine) -> None:
    box.run("install", "-d", "-m", "700", "/etc/credstore")
    box.run("sh", "-c", "umask 077; echo secret > /etc/credstore/caretaker.south-password")
    box.run("systemctl", "restart", "caretaker")
    told = json.loads(box.run("caretaker", "status", "-c", "/etc/caretaker", "--json"))
    without = {fault["subject"] for fault in told["faults"] if fault["code"] == "CT105"}
    assert without == {"uplinks.mqtt", "uplinks.influx"}


def test_settings_are_taken_or_refused_while_it_runs(box: Machine) -> None:
    before, file = box.service("MainPID"), box.folder / "etc/caretaker/site.yaml"
    good = file.read_text(encoding="utf-8")
    for text, said in ((good + "sit: x\n", "settings refused"), (good, "settings taken")):
        file.write_text(text, encoding="utf-8")
        box.run("systemctl", "reload", "caretaker")
        box.until(lambda said=said: box.service("StatusText").startswith(said))
    assert (box.service("MainPID"), box.service("ActiveState")) == (before, "active")


def test_it_comes_back_when_it_is_killed(box: Machine) -> None:
    before = box.service("MainPID")
    box.run("systemctl", "kill", "-s", "KILL", "caretaker")
    box.until(lambda: box.service("NRestarts") == "1" and box.service("ActiveState") == "active")
    assert box.service("MainPID") != before
    assert "recovered:" in box.log()


def test_it_comes_back_when_it_hangs_and_says_where(box: Machine) -> None:
    path = box.folder / "etc/systemd/system/caretaker.service.d/test.conf"
    path.parent.mkdir()
    path.write_text("[Service]\nWatchdogSec=3s\nRestartSec=1s\n", encoding="utf-8")
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "restart", "caretaker")
    box.run("sleep", "6")
    assert box.service("NRestarts") == "0"  # the pump's progress feeds the watchdog
    box.run("systemctl", "kill", "-s", "STOP", "caretaker")
    box.until(lambda: box.service("NRestarts") == "1" and box.service("ActiveState") == "active")
    log = box.log()
    assert "Failed with result 'watchdog'" in log
    assert "most recent call first" in log
    path.unlink()
    box.run("systemctl", "daemon-reload")


def test_the_sandbox_holds_and_leaves_open_what_is_needed(box: Machine) -> None:
    unit = (box.folder / "etc/systemd/system/caretaker.service").read_text(encoding="utf-8")
    for line, other in (
        (r"ExecStart=.*", "ExecStart=/usr/bin/python3 /opt/probe.py"),
        (r"Type=.*", "Type=oneshot"),
        (r"(WatchdogSec|Restart|ExecReload)=.*", ""),
    ):
        unit = re.sub(f"^{line}$", other, unit, flags=re.MULTILINE)
    (box.folder / "etc/systemd/system/probe.service").write_text(unit, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("probe.py"), box.folder / "opt/probe.py")
    box.run("systemctl", "stop", "caretaker")  # /run/caretaker belongs to one unit at a time
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "start", "probe")
    said = box.run("journalctl", "-u", "probe", "-o", "cat", "--no-pager")
    found = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    assert found.pop("clock_state") == int(box.run("python3", "-c", ADJTIMEX))
    assert re.fullmatch(r"[0-9a-f-]{36}", found.pop("boot_id"))
    dialout = int(box.run("getent", "group", "dialout").split(":")[2])
    assert dialout in found.pop("groups")
    refused = {name for name, what in found.items() if str(what).startswith("refused")}
    assert refused == {"clock_set", "settings", "program", "home", "root", "raw_socket"}
    box.run("systemctl", "start", "caretaker")


def test_an_upgrade_is_switched_to_when_it_is_complete(box: Machine) -> None:
    before, settings = box.run("readlink", "/opt/caretaker/current"), box.folder / "etc/caretaker/site.yaml"
    changed = box.folder / "src/agent/__init__.py"
    changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    good = settings.read_text(encoding="utf-8")
    settings.write_text(good + "sit: x\n", encoding="utf-8")
    assert "the new version refuses the settings" in box.run(INSTALL, good=False)
    assert box.run("readlink", "/opt/caretaker/current") == before
    settings.write_text(good, encoding="utf-8")
    assert "restart the service" in box.run(INSTALL)
    after = box.run("readlink", "/opt/caretaker/current")
    assert after != before
    assert after in box.run("cat", f"/proc/{box.service('MainPID')}/cmdline")
    assert box.run(INSTALL) == NOTHING


def test_removing_leaves_settings_and_journal(box: Machine) -> None:
    assert "Kept:" in box.run(INSTALL, "--uninstall")
    assert box.run(INSTALL, "--uninstall") == NOTHING
    assert box.service("LoadState") == "not-found"
    assert (box.folder / "etc/caretaker/site.yaml").exists()
    assert (box.folder / "var/lib/caretaker/journal.db").exists()
    assert not (box.folder / "opt/caretaker").exists()
