"""The closed catalogue of what can go wrong around the agent: a stable code, a sentence and a next step for each.

Who meets a fault names its code and the words that fill its sentence, and nothing else; docs/faults.md is made from the
rows in fault_codes.py. What is wrong with one frame of one device (`Fault` in events.py) is another thing: that is
counted per device.
"""

from __future__ import annotations

from typing import Final

from agent.model.fault_codes import CODES, GROUPS, FaultCode

FAULTS: Final[dict[str, FaultCode]] = {row.code: row for row in CODES}


class _Words(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def sentence(code: str, **words: str) -> str:
    """Give the English sentence and next step of a code; a word that nobody gave shows as "?"."""
    row, filled = FAULTS[code], _Words(words)
    return f"{row.en.format_map(filled)} {row.cure_en.format_map(filled)}"


def sentence_zh(code: str, **words: str) -> str:
    """Give the Chinese sentence and next step of a code."""
    row, filled = FAULTS[code], _Words(words)
    return f"{row.zh.format_map(filled)}{row.cure_zh.format_map(filled)}"


def as_markdown() -> str:
    """Give docs/faults.md."""
    out = [
        "# Faults · 故障代码", "",
        "Made from `agent/model/fault_codes.py`; do not edit. `caretaker status` says which are active, since when and",
        "how often: a repeat raises the count and writes no further log line. `{words}` are filled in when it happens.",
    ]  # fmt: skip
    for prefix, title in GROUPS.items():
        out += ["", f"## {title}", "", "| code | | what | what to do |", "|---|---|---|---|"]
        for row in (row for row in CODES if row.code.startswith(prefix)):
            head = f"| <a id='{row.code.lower()}'></a>{row.code} `{row.name}` | {row.severity} "
            out.append(f"{head}| {row.en}<br>{row.zh} | {row.cure_en}<br>{row.cure_zh} |")
    return "\n".join(out) + "\n"
