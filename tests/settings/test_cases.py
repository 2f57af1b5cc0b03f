"""Wrong files and what is said about them: one folder each under cases/, laid over the good settings of base/.

`expected.txt` is the whole message. A new fault becomes a new folder; `CARETAKER_REWRITE=1` writes the messages anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.settings.complaints import SettingsError
from agent.settings.load import load_texts, texts

HERE = Path(__file__).parent
CASES = sorted(path.name for path in (HERE / "cases").iterdir() if path.is_dir())


def overlaid(case: str) -> dict[str, str]:
    """Give the good settings with the files of a case in their place."""
    return texts(HERE / "base") | texts(HERE / "cases" / case)


def test_the_good_settings_are_good() -> None:
    assert load_texts(texts(HERE / "base"), HERE / "base").site.site == "greenhill"


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 30


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_file_is_explained(case: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_texts(overlaid(case), HERE)
    said = f"{caught.value}\n"
    expected = HERE / "cases" / case / "expected.txt"
    if os.environ.get("CARETAKER_REWRITE"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_every_complaint_has_its_place(case: str) -> None:
    """Only what concerns a file as a whole has no line."""
    with pytest.raises(SettingsError) as caught:
        load_texts(overlaid(case), HERE)
    for complaint in caught.value.complaints:
        lines = overlaid(case).get(complaint.file, "").split("\n")
        assert complaint.line <= len(lines)
        assert (complaint.line == 0) == (case == "strange-file")
        assert complaint.column <= len(lines[complaint.line - 1]) + 1
