"""The files on their way to being settings: what was understood so far, what was refused, and all complaints.

One wrong device must not hide what is wrong with the others: what pydantic refuses is taken out, the rest goes on to
the cross checks, which may ask what was taken out so as not to complain twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from agent.rules import Rule
from agent.settings.complaints import Complaint, Where
from agent.settings.document import Document
from agent.settings.plain import complaints_of
from agent.settings.runbooks import Risk, RisksFile, RunbookFile
from agent.settings.standards import DEFAULT, FOLDER, StandardFile, named, packaged
from agent.settings.types import DeviceSettings, DevicesFile, LinesFile, RulesFile, SiteFile, Uplinks, UplinksFile
from agent.settings.yaml12 import compose

SITE, LINES, DEVICES, RULES, UPLINKS = "site.yaml", "lines.yaml", "devices.yaml", "rules.yaml", "uplinks.yaml"
RISKS: Final = "risks.yaml"
FILES: Final = (SITE, LINES, DEVICES, RULES, UPLINKS, RISKS)
"""The files of a settings folder, in the order of reading. Only the first must be there."""

_TABLES: Final = {
    ("lines",): 2, ("devices",): 2, ("rules",): 2, ("override",): 2, ("risks",): 2, ("south", "ecosystems"): 3,
}  # fmt: skip
"""Mappings whose entries are taken out one by one -> length of an entry's path."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(slots=True)
class Draft:
    """What is known of the files. `refused` has the paths that were taken out, by file.

    `packed` has the file of every rule that comes from a pack; such rules stand among `rules` as the site changed them.
    """

    texts: Mapping[str, str]
    site: SiteFile | None = None
    lines: LinesFile = field(default_factory=LinesFile)
    devices: dict[str, DeviceSettings] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    packs: list[str] = field(default_factory=list)
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)
    packed: dict[str, str] = field(default_factory=dict)
    runbooks: dict[str, RunbookFile] = field(default_factory=dict)
    known_plans: set[str] = field(default_factory=set)
    risks: dict[str, Risk] = field(default_factory=dict)
    uplinks: Uplinks = field(default_factory=Uplinks)
    standards: dict[str, StandardFile] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    refused: dict[str, set[Where]] = field(default_factory=dict)
    complaints: list[Complaint] = field(default_factory=list)

    def say(
        self, file: str, path: Where, message: str, expected: str = "", hint: str = "", *, key: bool = False
    ) -> None:
        """Complain about what stands at a path of a file; of a pack's rule: in the override, else in the pack."""
        if file == RULES and path[:1] == ("rules",) and path[1] in self.packed:
            name = str(path[1])
            file, path = (RULES, ("override", *path[1:])) if name in self.overrides else (self.packed[name], path)
        self.complaints.append(self.documents[file].complaint(path, message, expected, hint, key=key))

    def was_refused(self, file: str, path: Where) -> bool:
        """Tell whether this, or something that contains it, was there and was taken out."""
        gone = self.refused.get(file, set())
        return any(path[:length] in gone for length in range(len(path) + 1))

    def drop(self, file: str, path: Where) -> None:
        """Take something out of the further checks."""
        self.refused.setdefault(file, set()).add(path)


def draft_of(texts: Mapping[str, str]) -> Draft:
    """Read the texts of the files as types, as far as that goes."""
    draft = Draft({f"{FOLDER}{DEFAULT}.yaml": packaged(), **texts})
    draft.site = read(draft, SITE, SiteFile)
    draft.lines = read(draft, LINES, LinesFile) or LinesFile()
    draft.devices = dict((read(draft, DEVICES, DevicesFile) or DevicesFile()).devices)
    rules = read(draft, RULES, RulesFile) or RulesFile()
    draft.rules, draft.packs, draft.overrides = dict(rules.rules), list(rules.packs), dict(rules.override)
    for file in (name for name in draft.texts if name.startswith(FOLDER)):
        found = read(draft, file, StandardFile)
        if found is not None:
            draft.standards[named(file)] = found
    draft.uplinks = (read(draft, UPLINKS, UplinksFile) or UplinksFile()).uplinks
    draft.risks = dict((read(draft, RISKS, RisksFile) or RisksFile()).risks)
    return draft


def read(draft: Draft, file: str, model: type[Model]) -> Model | None:
    """Read one file as a type; take out what is wrong until the rest is right, or give None."""
    document = compose(draft.texts.get(file, ""), file)
    draft.documents[file] = document
    draft.complaints += document.complaints
    if document.data is None or (file == SITE and file not in draft.texts):
        draft.drop(file, ())
        return None
    data = document.data
    try:
        return model.model_validate(data)
    except ValidationError as error:
        told = complaints_of(error, model, document)
        known = {complaint.path for complaint in document.complaints}
        draft.complaints += [complaint for complaint in told if complaint.path not in known]
        return _rest(draft, file, model, data, error)


def _rest(draft: Draft, file: str, model: type[Model], data: Any, error: ValidationError) -> Model | None:
    paths = {_entry(details["loc"]) for details in error.errors(include_url=False)}
    for path in paths:
        draft.drop(file, path)
    try:
        return model.model_validate(_without(data, paths))
    except ValidationError:
        draft.drop(file, ())
        return None


def _entry(location: tuple[str | int, ...]) -> Where:
    """Give the path of what must be taken out for an error at this location."""
    for table, length in _TABLES.items():
        if location[: len(table)] == table and len(location) >= length:
            return location[:length]
    return location[:1]


def _without(data: Any, paths: Iterable[Where]) -> Any:
    """Give a copy without what stands at the paths; what is not there is no matter."""
    if not isinstance(data, dict):
        return data
    gone = {path[0] for path in paths if len(path) == 1}
    inner: dict[str | int, list[Where]] = {}
    for path in paths:
        if len(path) > 1:
            inner.setdefault(path[0], []).append(path[1:])
    return {
        key: _without(value, inner[key]) if key in inner else value for key, value in data.items() if key not in gone
    }
