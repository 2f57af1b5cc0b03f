"""YAML 1.2 with positions: what words mean, where they stand, and that no text whatever breaks the reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.settings import yaml12
from agent.settings.complaints import Complaint, SettingsError
from agent.settings.draft import FILES
from agent.settings.load import load_texts, texts
from agent.settings.yaml12 import MAX_BYTES, compose

BASE = texts(Path(__file__).parent / "base")
LOADERS = [yaml.SafeLoader, yaml12._LOADER]

MEANINGS: list[tuple[str, Any]] = [
    ("22:00", "22:00"),
    ("12:30:45", "12:30:45"),
    ("no", "no"),
    ("on", "on"),
    ("Yes", "Yes"),
    ("y", "y"),
    ("true", True),
    ("False", False),
    ("null", None),
    ("~", None),
    ("", None),
    ("0", 0),
    ("-5", -5),
    ("+5", 5),
    ("0o17", 15),
    ("0x1F", 31),
    ("1e3", 1000.0),
    (".5", 0.5),
    ("-1.5E-3", -0.0015),
    ("12_34", "12_34"),
    ("0b11", "0b11"),
    ("1.2.3", "1.2.3"),
    ("2026-11-25", "2026-11-25"),
    ("2026-11-25T10:00:00Z", "2026-11-25T10:00:00Z"),
    ("24e124136b502217", "24e124136b502217"),
    ("00:11:22:33:44:55", "00:11:22:33:44:55"),
    ("=", "="),
    ("'1e3'", "1e3"),
    ('"true"', "true"),
    ("[1, no, 22:00]", [1, "no", "22:00"]),
    ("{no: 1}", {"no": 1}),
    ("{1: a, true: b, 0x11: c}", {"1": "a", "true": "b", "0x11": "c"}),
    ("|\n  two\n  lines\n", "two\nlines\n"),
]
REFUSED = ["010", "-01", "00.5", "01e3", ".inf", "-.INF", ".nan", "24e1241365022170", "9007199254740993", "9" * 5000]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(("written", "meant"), MEANINGS)
def test_a_word_means_what_yaml_1_2_says(
    written: str, meant: object, loader: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml12, "_LOADER", loader)
    document = compose(f"word: {written}", "a.yaml")
    assert not document.complaints
    assert document.data == {"word": meant}
    assert type(document.data["word"]) is type(meant)


@pytest.mark.parametrize("written", REFUSED)
def test_a_treacherous_number_is_refused(written: str) -> None:
    document = compose(f"a: 1\nword: {written}", "a.yaml")
    assert [(c.line, c.column, c.path) for c in document.complaints] == [(2, 7, "word")]
    assert document.refused == {("word",)}


def test_everything_has_a_place() -> None:
    document = compose(
        "rules:\n  hot:\n    when: {op: '>=',  value: 40}\n    tags:\n      - 楼\n      - two\n", "a.yaml"
    )
    assert {path: (mark.line, mark.column) for path, mark in document.values.items()} == {
        (): (1, 1),
        ("rules",): (2, 3),
        ("rules", "hot"): (3, 5),
        ("rules", "hot", "when"): (3, 11),
        ("rules", "hot", "when", "op"): (3, 16),
        ("rules", "hot", "when", "value"): (3, 30),
        ("rules", "hot", "tags"): (5, 7),
        ("rules", "hot", "tags", 0): (5, 9),
        ("rules", "hot", "tags", 1): (6, 9),
    }
    assert document.keys["rules", "hot", "when", "value"] == yaml12.Mark(3, 23, "value")
    assert document.complaint(("rules", "hot", "when", "unit"), "missing").column == 11
    assert document.complaint(("rules", "hot", "when"), "bad", key=True).column == 5


def test_an_alias_is_the_same_value_again() -> None:
    document = compose("a: &place {zone: lobby}\nb: *place\n", "a.yaml")
    assert document.data == {"a": {"zone": "lobby"}, "b": {"zone": "lobby"}}
    assert document.complaint(("b", "zone"), "bad").line == 2


def test_of_a_word_that_stands_twice_the_first_counts() -> None:
    document = compose("a: 1\nb: 2\na: {c: 3}\n", "a.yaml")
    assert document.data == {"a": 1, "b": 2}
    assert document.complaints[0].line == 3
    assert "line 1, column 1" in document.complaints[0].message
    assert document.values["a",].line == 1


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "\ufeff# a mark at the beginning\n"])
def test_an_empty_file_is_empty(text: str) -> None:
    document = compose(text, "a.yaml")
    assert (document.data, document.complaints) == ({}, [])


def test_a_large_file_is_refused() -> None:
    document = compose("# " + "x" * MAX_BYTES, "a.yaml")
    assert "too large" in document.complaints[0].message


@pytest.mark.parametrize("text", ["a: \x00", "a: \x1b[0m", b"a: '\\ud800'".decode("unicode_escape"), "\ufffe"])
def test_what_is_no_text_is_refused(text: str) -> None:
    document = compose(text, "a.yaml")
    assert document.data is None
    assert "cannot stand in a text file" in document.complaints[0].message


@pytest.mark.parametrize("loader", LOADERS)
def test_depth_costs_nothing(loader: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte of brackets would end a process that composes recursively."""
    monkeypatch.setattr(yaml12, "_LOADER", loader)
    for bracket in ("[", "{", "- ", "? ", "{a: "):
        document = compose(bracket * (MAX_BYTES // 8), "a.yaml")
        assert document.data is None
        assert document.complaints


LIKELY = """
site: node: lines: devices: rules: south: driver: select: kind: threshold when: {op: value: & * &a *a ! !! <<: - [ ] { }
, : ? | > ' # % @ ` ~ null true no 22:00 010 .inf 1e999 -- --- ... xy-md02 bus1 greenhill
"""
WORDS = st.sampled_from([*LIKELY.split(), '"', "\n", "\n\n", "\n  ", "\t", "\ufeff", "\u2028", "楼"])
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join))


@pytest.mark.parametrize("loader", LOADERS)
@given(text=TEXTS)
@example(text="\ud800")
@example(text='a: "\\ud800"')
@example(text='a: "\\U00110000"')
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_reader(text: str, loader: object) -> None:
    was = yaml12._LOADER
    yaml12._LOADER = loader  # type: ignore[misc]
    try:
        document = compose(text, "a.yaml")
    finally:
        yaml12._LOADER = was  # type: ignore[misc]
    assert document.complaints or document.data is not None


def told(files: dict[str, str]) -> list[Complaint] | None:
    """Give the complaints about these files, None if they are good."""
    try:
        load_texts(files, Path())
    except SettingsError as error:
        return error.complaints
    return None


@given(file=st.sampled_from(FILES), text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_loading(file: str, text: str) -> None:
    """Whatever stands in a file, the answer is settings or `SettingsError` with complaints."""
    assert told(BASE | {file: text}) != []


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, str]:
    """Good settings with one stretch of a file replaced by another stretch of any file, or by a word."""
    file, other = draw(st.sampled_from(sorted(BASE))), draw(st.sampled_from(sorted(BASE)))
    text, donor = BASE[file], BASE[other]
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 40)))
    cut = draw(st.integers(0, len(donor)))
    new = draw(st.one_of(WORDS, st.just(donor[cut : cut + draw(st.integers(0, 60))])))
    return BASE | {file: text[:start] + new + text[end:]}


@given(mutated())
@settings(max_examples=300, deadline=None)
def test_no_slip_of_the_keyboard_breaks_loading(files: dict[str, str]) -> None:
    for complaint in told(files) or []:
        assert complaint.message
        assert complaint.line <= files[complaint.file].count("\n") + 2
