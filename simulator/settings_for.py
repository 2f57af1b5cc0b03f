"""Writes the five settings files of a demo for a community: what `caretaker run -c FOLDER` reads. It starts nothing.

South and north are one broker here. Rules come from simulator/rules.yaml; those that no device matches are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from simulator.community import Actor, Community

RULES: Final = Path(__file__).parent / "rules.yaml"
COMMIT_INTERVAL: Final = "2s"


def write_settings(folder: Path, community: Community, links: Path, broker: Mapping[str, Any]) -> None:
    """Write site, lines, devices, rules and uplinks to `folder`.

    `links` is the folder of the ports, `broker` the words of both brokers (host, port, protocol).
    """
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, Mapping[str, Any]] = {
        "site": {**community.site, "journal": {"path": "journal.db", "commit_interval": COMMIT_INTERVAL}},
        "lines": {
            "lines": {name: {"port": str(links / name), **line} for name, line in community.lines.items()},
            "south": {**broker, "ecosystems": dict(community.ecosystems)},
        },
        "devices": {"devices": {name: dict(actor.written) for name, actor in community.devices.items()}},
        "rules": {"rules": dict(rules_for(community, datetime.now(ZoneInfo(community.site["timezone"]))))},
        "uplinks": {"uplinks": {"mqtt": broker}},
    }
    for name, content in files.items():
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def rules_for(community: Community, now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the rules that some device matches. Daily hours go from an hour before `now` to three hours after."""
    written = yaml.load(RULES.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["rules"]
    for name, rule in written.items():
        if not any(matches(rule["select"], actor) for actor in community.devices.values()):
            continue
        if rule["kind"] == "within_hours":
            rule["hours"] |= {"from": _clock(now - timedelta(hours=1)), "to": _clock(now + timedelta(hours=3))}
        yield name, rule


def matches(select: Mapping[str, Any], actor: Actor) -> bool:
    """Tell whether a rule's `select` finds this device (by driver and tags, which is all the demo's rules use)."""
    driver = select.get("driver", actor.settings.driver)
    wanted: Mapping[str, str] = select.get("tags", {})
    return bool(driver == actor.settings.driver) and wanted.items() <= actor.settings.tags.items()


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M")
