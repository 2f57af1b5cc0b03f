"""YAML text to plain data, with the line and column of everything in it. One mapping per file, keys are always text.

It never raises on a text: what is wrong comes back as complaints, and reading goes on where that is possible. It builds
nothing but dict, list, str, int, float, bool and None; tags, merge keys and further documents are refused; depth, size
and what aliases blow up to are bounded.

libyaml's events are used rather than its `compose()`: composing recurses in C, so that a file of brackets could end
the process, while events let the depth be bounded and tell a written tag from a guessed one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import yaml

from agent.settings.complaints import Complaint, Where, path_text
from agent.settings.document import Document, Mark
from agent.settings.scalars import plain_value
from agent.settings.yaml_words import in_plain_words

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 24
MAX_NODES: Final = 200_000
"""Values in one file, aliases counted as often as they are used."""
_UNPRINTABLE: Final = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StopError(Exception):
    """Reading this file cannot go on; the complaint is already written down."""


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet."""

    data: dict[str, Any] | list[Any]
    path: Where
    anchor: str | None
    began: int
    key: str | None = None
    expects_key: bool = False


@dataclass(slots=True)
class _Anchor:
    """What an alias stands for. `size` is None while it is still open: an alias to it would contain itself."""

    data: Any = None
    size: int | None = None


class _Builder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.open: list[_Open] = []
        self.anchors: dict[str, _Anchor] = {}
        self.nodes = 0
        self.documents = 0

    def take(self, event: Any) -> None:
        """Take one event of the parser."""
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._end()
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self._stop(event, "a second document begins here ('---')", "one document per file")

    def _say(self, event: Any, message: str, expected: str = "", path: Where | None = None) -> None:
        mark = event.start_mark
        shown = path_text(self._here() if path is None else path)
        complaint = Complaint(self.document.file, mark.line + 1, mark.column + 1, shown, message, expected)
        self.document.complaints.append(complaint)

    def _stop(self, event: Any, message: str, expected: str = "") -> None:
        self._say(event, message, expected)
        raise _StopError

    def _here(self) -> Where:
        """Give the path of the value that comes next."""
        if not self.open:
            return ()
        top = self.open[-1]
        if isinstance(top.data, list):
            return (*top.path, len(top.data))
        return top.path if top.key is None else (*top.path, top.key)

    def _count(self, event: Any, size: int) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            self._stop(
                event, "the file holds too much, counting what its aliases stand for", f"at most {MAX_NODES} values"
            )

    def _scalar(self, event: Any) -> None:
        self._count(event, 1)
        if bad := _UNPRINTABLE.search(event.value):
            self._say(event, f"an escape stands for the character U+{ord(bad[0]):04X}, which cannot be shown", "text")
        if self.open and self.open[-1].expects_key:
            self._key(event)
            return
        value: Any = event.value
        if event.tag is None and event.implicit[0]:
            try:
                value = plain_value(event.value)
            except ValueError as error:
                message, _, expected = str(error).partition("; expected ")
                self._say(event, message, expected)
                self.document.refused.add(self._here())
        self._check_tag(event)
        self._place(event, value, event.value if event.implicit[0] else None)
        if event.anchor:
            self.anchors[event.anchor] = _Anchor(value, 1)

    def _check_tag(self, event: Any) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._say(event, f"the tag {tag} stands here; tags are not used", "the value alone")

    def _key(self, event: Any) -> None:
        top = self.open[-1]
        assert isinstance(top.data, dict)
        key = event.value
        path = (*top.path, key)
        self._check_tag(event)
        if event.implicit[0] and key == "<<":
            message = "merge keys ('<<') are not YAML 1.2"
            self._say(event, message, "the words themselves, or an alias for a whole value", path)
        if key in top.data:
            first = self.document.keys[path]
            twice = f"the word '{key}' stands here twice: first at line {first.line}, column {first.column}"
            self._say(event, twice, "each word once", path)
        mark = event.start_mark
        self.document.keys.setdefault(path, Mark(mark.line + 1, mark.column + 1, key))
        top.key, top.expects_key = key, False
        if event.anchor:
            self.anchors[event.anchor] = _Anchor(key, 1)

    def _place(self, event: Any, value: Any, raw: str | None) -> None:
        """Put a value where it belongs; of a word that stands twice the first counts."""
        mark = event.start_mark
        self.document.values.setdefault(self._here(), Mark(mark.line + 1, mark.column + 1, raw))
        if not self.open:
            self.document.data = value
            return
        top = self.open[-1]
        if isinstance(top.data, list):
            top.data.append(value)
        elif top.key is not None:
            top.data.setdefault(top.key, value)
            top.key, top.expects_key = None, True

    def _begin(self, event: Any) -> None:
        self._count(event, 1)
        if len(self.open) >= MAX_DEPTH:
            self._say(event, "this is nested too deeply", f"at most {MAX_DEPTH} levels", self._here()[:3])
            raise _StopError
        if self.open and self.open[-1].expects_key:
            self._stop(event, "a list or mapping stands where a word must stand", "word: value")
        self._check_tag(event)
        mapping = isinstance(event, yaml.MappingStartEvent)
        opened = _Open({} if mapping else [], self._here(), event.anchor, self.nodes, expects_key=mapping)
        self._place(event, opened.data, None)
        self.open.append(opened)
        if event.anchor:
            self.anchors[event.anchor] = _Anchor()

    def _end(self) -> None:
        closed = self.open.pop()
        if closed.anchor:
            self.anchors[closed.anchor] = _Anchor(closed.data, self.nodes - closed.began + 1)

    def _alias(self, event: Any) -> None:
        known = self.anchors.get(event.anchor)
        if known is None:
            self._stop(event, f"the alias *{event.anchor} stands for nothing", f"&{event.anchor} before it")
        elif known.size is None:
            self._stop(event, f"the alias *{event.anchor} contains itself", "an alias of something complete")
        elif self.open and self.open[-1].expects_key:
            self._stop(event, "an alias stands where a word must stand", "word: value")
        else:
            self._count(event, known.size)
            self._place(event, known.data, None)


def compose(text: str, file: str) -> Document:
    """Read the text of one file. Everything that is wrong is in the document's `complaints`; nothing is raised."""
    document = Document(file)
    text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        document.complaints.append(Complaint(file, 0, 0, "", "the file is too large", f"at most {MAX_BYTES >> 20} MiB"))
        return document
    if bad := _UNPRINTABLE.search(text):
        line, column = text.count("\n", 0, bad.start()) + 1, bad.start() - text.rfind("\n", 0, bad.start())
        message = f"the character U+{ord(bad[0]):04X} cannot stand in a text file"
        document.complaints.append(Complaint(file, line, column, "", message, "UTF-8 text"))
        return document
    builder = _Builder(document)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except _StopError:
        document.data = None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: chr() of an escape, in the loader without C
        document.data = None
        document.complaints.append(in_plain_words(error, text, file))
    else:
        if document.data is None:
            document.data = {}
    return document
