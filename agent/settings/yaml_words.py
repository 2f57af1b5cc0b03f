"""What the YAML parser complains about, in the words of somebody who did not read its standard.

Both parsers are covered: libyaml and the one written in Python, which word the same faults differently.
"""

from __future__ import annotations

from typing import Final

import yaml

from agent.settings.complaints import Complaint

_TAB: Final = (
    "a tab stands where YAML wants spaces",
    "spaces only, two for each level: let the editor replace tabs",
)

# (part of the parser's problem, what is wrong, what was expected, whether the start of the construct is the place)
_FAULTS: Final[tuple[tuple[str, str, str, bool], ...]] = (
    ("tab character", *_TAB, False),
    (
        "apping values are not allowed",
        "a ':' stands where no word can begin",
        'the indentation of the lines above, or quotes around text that holds ": "',
        False,
    ),
    (
        "equence entries are not allowed",
        "a list ('- ') begins where none can stand",
        "the first '- ' on a line of its own, or quotes around the text",
        False,
    ),
    ("find expected ':'", "a line without ':' stands where 'word: value' must stand", "word: value", True),
    ("expected ':'", "a line without ':' stands where 'word: value' must stand", "word: value", True),
    ("or ']'", "a '[' is not closed, or a ',' is missing in the list", "[one, two]", True),
    ("or '}'", "a '{' is not closed, or a ',' is missing between its words", "{word: value, word: value}", True),
    ("unexpected end of stream", "a quote is not closed", "the same quote at the end of the text", True),
    ("unexpected document indicator", "a quote is not closed", "the same quote at the end of the text", True),
    (
        "unknown escape character",
        "this \\ escape is unknown between double quotes",
        "single quotes around text that holds a \\",
        False,
    ),
    (
        "hexadecimal",
        "this \\ escape needs hexadecimal digits",
        "single quotes around text that holds a \\",
        False,
    ),
    (
        "hexdecimal",
        "this \\ escape needs hexadecimal digits",
        "single quotes around text that holds a \\",
        False,
    ),
    (
        "comment or",
        "text stands behind the '|' or '>'",
        "the text on the next lines, indented; or quotes around text that begins with | or >",
        False,
    ),
    (
        "chomping",
        "text stands behind the '|' or '>'",
        "the text on the next lines, indented; or quotes around text that begins with | or >",
        False,
    ),
    ("directive", "a line that begins with '%' is a directive, and none is used", "'word: value'", False),
    ("incompatible YAML", "another YAML version is asked for", "no %YAML line: these files are YAML 1.2", False),
    ("expected key", "this line does not fit the lines above", "the indentation of its neighbours", False),
    ("'-' indicator", "this line does not fit the list above", "'- ' in front, or another indentation", False),
    ("<block end>", "this line does not fit the lines above", "the indentation of its neighbours", False),
    ("node content", "a bracket, comma or mark stands where a value must stand", "a value, or quotes around it", False),
    ("<document start>", "something follows where the file must end", "one document per file, without '...'", False),
    ("or numeric character", "a name is missing after & or *", "quotes around text that begins with & or *", False),
)


def in_plain_words(error: Exception, text: str, file: str) -> Complaint:
    """Translate an error of the YAML parser."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return Complaint(file, 0, 0, "", f"this is not YAML: {error}", "text such as 'word: value'")
    problem = error.problem or ""
    mark = error.problem_mark or error.context_mark
    message, expected = f"this is not YAML: {problem}", "text such as 'word: value'"
    if "cannot start any token" in problem and mark is not None:
        message, expected = _odd_character(text, mark.line, mark.column)
    else:
        for part, said, wanted, at_start in _FAULTS:
            if part in problem:
                message, expected = said, wanted
                mark = (error.context_mark or mark) if at_start else mark
                break
    if mark is None:
        return Complaint(file, 0, 0, "", message, expected)
    return Complaint(file, mark.line + 1, mark.column + 1, "", message, expected)


def _odd_character(text: str, line: int, column: int) -> tuple[str, str]:
    lines = text.splitlines()
    found = lines[line][column : column + 1] if line < len(lines) else ""
    if found == "\t":
        return _TAB
    return f"no value can begin with '{found}'", f'quotes around it: "{found}…"'
