"""Files that the settings name beside themselves: rule packs and runbooks, of the site or of the package.

`rules/NAME.yaml` and `plans/NAME.yaml` of the settings folder come before those that are installed with the agent. They
become part of the settings' texts, so that the journal keeps them and a replay next year reads the same rules.
It judges nothing: what is missing is told by the cross checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from agent.settings.yaml12 import compose

RULES: Final = "rules.yaml"
RISKS: Final = "risks.yaml"
PACKS, PLANS = "rules/", "plans/"
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")


def catalogue() -> Path:
    """Give the folder with rules/, plans/, standards/: in the installed package, else the repository's config/."""
    packaged = Path(__file__).parent / "packaged"
    return packaged if (packaged / "rules").is_dir() else Path(__file__).parents[2] / "config"


def known(folder: Path, kind: str) -> dict[str, Path]:
    """Give the files of a kind (PACKS or PLANS) by name; those of the settings folder take the others' place."""
    found: dict[str, Path] = {}
    for root in (catalogue(), folder):
        if (root / kind).is_dir():
            found |= {path.stem: path for path in sorted((root / kind).glob("*.yaml"))}
    return found


def companions(texts: Mapping[str, str], folder: Path) -> dict[str, Path]:
    """Give the packs that rules.yaml names and the runbooks that rules and risks name, as far as they are there."""
    rules = _data(texts, RULES)
    packs = known(folder, PACKS)
    named = {name: packs[name] for name in _words(rules.get("packs")) if name in packs}
    found = {f"{PACKS}{name}.yaml": path for name, path in named.items()}
    if not named and RISKS not in texts and "plan" not in texts.get(RULES, ""):
        return found
    plans = known(folder, PLANS)
    wanted = {*_plans(rules), *_plans(_data(texts, RISKS))}
    for path in named.values():
        wanted |= _in_text(path)
    return found | {f"{PLANS}{name}.yaml": plans[name] for name in sorted(wanted) if name in plans}


def _data(texts: Mapping[str, str], name: str) -> dict[str, Any]:
    data = compose(texts.get(name, ""), name).data
    return data if isinstance(data, dict) else {}


def _words(value: object) -> list[str]:
    found = value if isinstance(value, list) else []
    return [word for word in found if isinstance(word, str) and _NAME.fullmatch(word)]


def _plans(data: object) -> Iterator[str]:
    """Give every word that stands as `plan: NAME` of a rule, an override or a risk."""
    for table in data.values() if isinstance(data, dict) else ():
        for entry in table.values() if isinstance(table, dict) else ():
            if isinstance(entry, dict) and isinstance(entry.get("plan"), str):
                yield entry["plan"]


def _in_text(path: Path) -> set[str]:
    """Give the plans that a pack names; a pack that cannot be read is complained about where all files are read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return set()
    return set(re.findall(r"^    plan: ([a-z0-9-]{1,64})\s*(?:#.*)?$", text, re.MULTILINE))
