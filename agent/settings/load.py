"""From a folder of YAML files to `Settings`, or to everything that is wrong with them at once.

`load_texts` opens nothing: settings are also loaded from the texts that the journal kept. No port, no socket and no
secret is touched here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from agent.settings.companions import PACKS, PLANS, companions, known
from agent.settings.complaints import Complaint, SettingsError, listed, nearest
from agent.settings.cross import cross_check
from agent.settings.cross_packs import awake
from agent.settings.draft import FILES, SITE, Draft, draft_of
from agent.settings.packs import join
from agent.settings.renamed import under_old_names
from agent.settings.standards import DEFAULT, FOLDER, is_profile, packaged, revised
from agent.settings.types import Settings, SiteFile
from agent.settings.yaml12 import MAX_BYTES


def load(folder: Path) -> Settings:
    """Load a settings folder; raise `SettingsError` with all complaints about all of its files."""
    found, complaints = _read(folder)
    return _settings(found, folder, complaints)


def load_texts(texts: Mapping[str, str], folder: Path, *, kept: bool = False) -> Settings:
    """Load settings from the texts of the files by name; relative paths in them start at `folder`.

    Those that a journal `kept` may be from before rules of priority 1 and 2 needed a runbook.
    """
    return _settings(texts, folder, [], kept=kept)


def texts(folder: Path) -> dict[str, str]:
    """Give the texts of a settings folder by file name; raise `SettingsError` if one cannot be read."""
    found, complaints = _read(folder)
    if complaints:
        raise SettingsError(complaints)
    return found


def revision_of(texts: Mapping[str, str]) -> str:
    """Give the SHA-256 over names and texts, in hex."""
    digest = hashlib.sha256()
    for name in sorted(texts):
        for part in (name.encode(), texts[name].encode("utf-8", "surrogatepass")):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def journal_path(settings: Settings) -> Path:
    """Give the journal file as an absolute path."""
    return Path(settings.folder).resolve() / settings.site.journal.path


def socket_path(settings: Settings) -> Path:
    """Give the control socket as an absolute path."""
    return Path(settings.folder).resolve() / settings.site.control_socket


def _settings(texts: Mapping[str, str], folder: Path, complaints: list[Complaint], *, kept: bool = False) -> Settings:
    unreadable = {complaint.file for complaint in complaints}
    draft = draft_of({name: text for name, text in texts.items() if _is_ours(name)})
    for name in unreadable & set(FILES):
        draft.drop(name, ())
    complaints = [*complaints, *_strange_files(texts, unreadable)]
    draft.known_plans = {name[len(PLANS) : -len(".yaml")] for name in texts if name.startswith(PLANS)}
    if not kept:
        draft.known_plans |= known(folder, PLANS).keys()
    join(draft, folder)
    cross_check(draft, kept=kept)
    complaints += draft.complaints
    if complaints or draft.site is None:
        raise SettingsError(complaints)
    return _assembled(draft, draft.site, folder, texts)


def _assembled(draft: Draft, site: SiteFile, folder: Path, texts: Mapping[str, str]) -> Settings:
    devices, rules = under_old_names(draft.devices, awake(draft))
    standard = draft.texts[f"{FOLDER}{site.standards}.yaml"]
    return Settings.model_validate(
        {
            "site": site,
            "lines": draft.lines,
            "devices": devices,
            "rules": rules,
            "uplinks": draft.uplinks,
            "runbooks": draft.runbooks,
            "risks": draft.risks,
            "standard": draft.standards[site.standards],
            "standard_name": revised(site.standards, standard),
            "revision": revision_of(texts),
            "folder": str(folder.resolve()),
        }
    )


def _strange_files(texts: Mapping[str, str], unreadable: set[str]) -> list[Complaint]:
    expected = listed(FILES)
    found = [
        Complaint(name, 0, 0, "", "this file is not one of the settings", expected, _nearest_file(name))
        for name in texts
        if not _is_ours(name)
    ]
    if SITE not in texts and SITE not in unreadable:
        found.append(Complaint(SITE, 0, 0, "", "this file is missing", "at least 'site: …' and 'node: …' in it"))
    return found


def _is_ours(name: str) -> bool:
    return name in FILES or is_profile(name) or name.startswith((PACKS, PLANS))


def _nearest_file(name: str) -> str:
    stem = nearest(name.partition(".")[0], [file.partition(".")[0] for file in FILES])
    return f"{stem}.yaml" if stem else ""


def _read(folder: Path) -> tuple[dict[str, str], list[Complaint]]:
    """Give the texts that could be read, and complaints about those that could not."""
    if not folder.is_dir():
        expected = f"a folder with {listed(FILES)}"
        raise SettingsError([Complaint(str(folder), 0, 0, "", "there is no such folder", expected)])
    found: dict[str, str] = {}
    complaints: list[Complaint] = []
    for path in [*sorted(folder.iterdir()), *sorted((folder / FOLDER).glob("*.yaml"))]:
        if path.suffix not in (".yaml", ".yml") or path.name.startswith("."):
            continue
        name = path.relative_to(folder).as_posix()
        text = _text(path, name)
        if isinstance(text, str):
            found[name] = text
        else:
            complaints.append(text)
    for name, path in companions(found, folder).items():
        text = _text(path, name)
        if isinstance(text, str):
            found[name] = text
        else:
            complaints.append(text)
    found.setdefault(f"{FOLDER}{DEFAULT}.yaml", packaged())
    return found, complaints


def _text(path: Path, name: str) -> str | Complaint:
    if not path.is_file():
        return Complaint(name, 0, 0, "", "this is not a file", "a text file")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return Complaint(name, 0, 0, "", f"this file cannot be read: {error.strerror}", "a file that we may read")
    if len(data) > MAX_BYTES:
        return Complaint(name, 0, 0, "", "the file is too large", f"at most {MAX_BYTES >> 20} MiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8")) + 1
        return Complaint(name, line, column, "", f"byte 0x{data[error.start]:02X} is not UTF-8", "UTF-8 text")
