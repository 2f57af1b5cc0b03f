"""What is said of frame tables that cannot be meant."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from drivers.wire.frame_fields import FrameTableOptions

ONE = {"at": 1, "quantity": "battery"}


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        ({"start": "AA"}, "said nowhere; expected length, or lengths"),
        ({"start": "AA", "length": 4, "lengths": [{"at": 1}]}, "both always the same and in the frame"),
        ({"start": "A", "length": 4}, "are no bytes; expected pairs"),
        ({"start": "AA55", "length": 4}, "are no bytes"),
        ({"start": "??", "length": 4}, "without start bytes and check"),
        ({"start": "AA 55", "end": "55 AA", "length": 3}, "do not fit in 3 bytes"),
        ({"start": "AA", "length": 4, "checks": [{"kind": "crc32", "at": 2}]}, "stands outside of the frame"),
        ({"start": "AA", "length": 4, "checks": [{"kind": "crc"}]}, "'sum8'"),
        ({"start": "AA", "length": 4, "fields": [ONE | {"at": 4}]}, "stands outside of the frame"),
        ({"start": "AA", "length": 4, "fields": [ONE | {"at": -1, "type": "u16be"}]}, "expected -2 or before"),
        ({"start": "AA", "lengths": [{"at": 1}], "longest": 8, "fields": [ONE | {"at": 8}]}, "longest: greater"),
        ({"start": "AA", "lengths": [{"at": 1}], "longest": 600, "fields": [ONE | {"at": 400}]}, "a longer type"),
        ({"start": "AA", "length": 4, "fields": [ONE | {"mask": 0x100}]}, "does not fit u8"),
        ({"start": "AA", "length": 4, "fields": [ONE | {"mask": 1, "shift": 1}]}, "leaves nothing of the mask"),
        ({"start": "AA", "length": 4, "fields": [ONE | {"type": "text"}]}, "type text and length belong together"),
        ({"start": "AA", "length": 4, "fields": [ONE | {"value": "on"}]}, "are for events"),
        ({"start": "AA", "length": 4, "fields": [ONE | {"unit": "V"}]}, "no unit of this"),
        ({"start": "AA", "length": 4, "fields": [{"at": 1, "event": "button", "value": "tap"}]}, "no way to press"),
        ({"start": "AA", "length": 4, "fields": [{"at": 1}]}, "neither a quantity nor an event"),
        ({"start": "AA", "length": 4, "offset": 1}, "Extra inputs"),
    ],
)  # fmt: skip
def test_wrong_tables_are_refused(frame: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        FrameTableOptions.model_validate({"frames": [frame]})
