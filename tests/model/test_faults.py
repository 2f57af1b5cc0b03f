"""The catalogue of faults: unique codes in order, both languages say the same, the document is current."""

import re
import string
from pathlib import Path

import pytest

from agent.model.fault_codes import FaultCode
from agent.model.faults import FAULTS, as_markdown, sentence, sentence_zh
from agent.ports import NotAllowedError, NotConnectedError

ROWS = list(FAULTS.values())


def words(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_a_row_says_what_and_what_to_do_in_both_languages(row: FaultCode) -> None:
    assert re.fullmatch(r"CT[1-7]\d\d", row.code)
    assert re.fullmatch(r"[a-z0-9-]+", row.name)
    assert words(row.en) | words(row.cure_en) == words(row.zh) | words(row.cure_zh)
    assert all((row.en, row.cure_en, row.zh, row.cure_zh))
    assert row.cure_en.endswith((".", ":"))


def test_codes_and_names_are_unique_and_codes_rise() -> None:
    codes = [row.code for row in ROWS]
    assert codes == sorted(set(codes))
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_words_fill_the_sentence_and_are_never_read_as_a_template() -> None:
    said = sentence("CT201", port="/dev/ttyUSB0", names="usb-{0}-if00")
    assert said.startswith("The port /dev/ttyUSB0 does not exist; under /dev/serial/by-id there is: usb-{0}-if00.")
    assert "?" in sentence("CT201")
    assert sentence_zh("CT202", port="/dev/ttyS9").startswith("串口 /dev/ttyS9 被其他程序占用。")


def test_an_error_made_from_the_catalogue_carries_code_and_words() -> None:
    error = NotAllowedError.because("CT402", url="http://store:8086", status="401")
    assert isinstance(error, NotConnectedError)
    assert (error.code, error.words["status"], error.retry_after_ms) == ("CT402", "401", 0)
    assert "refuses the token (401)" in str(error)


def test_the_document_is_made_from_the_catalogue() -> None:
    document = Path(__file__).parents[2] / "docs" / "faults.md"
    assert document.read_text(encoding="utf-8") == as_markdown()


def test_every_code_is_met_somewhere() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in Path("agent").rglob("*.py") if path.name != "fault_codes.py"
    )
    assert [code for code in FAULTS if f'"{code}"' not in sources] == []
