"""Values of tables: units and bounds of numbers, also of text with a unit of its own; complaints of wrong rows."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from drivers.wire import json_values as js
from drivers.wire.json_readers import reader
from drivers.wire.table_value import TableValue


@pytest.mark.parametrize(
    ("row", "raw", "value"),
    [
        ({"quantity": "temperature", "scale": 0.1}, 215, 21.5),
        ({"quantity": "temperature", "unit": "degF"}, 212, 100.0),
        ({"quantity": "temperature", "low": -40, "high": 80}, 81, js.INSANE),
        ({"quantity": "temperature", "low": -40, "high": 80}, "81 degC", js.INSANE),
        ({"quantity": "temperature", "low": -40, "high": 80}, "60 degC", 60.0),
        ({"quantity": "temperature", "sentinels": [-999]}, -999, js.ABSENT),
        ({"quantity": "door_open", "words": {"auf": True}}, "AUF", True),
        ({"event": "button", "words": {"1": "single"}}, 1, "single"),
    ],
)
def test_values(row: dict[str, Any], raw: Any, value: Any) -> None:
    assert reader(TableValue.model_validate(row))(raw) == value


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({}, "a value is neither a quantity nor an event"),
        ({"quantity": "humidty"}, "did you mean|expected 'humidity'"),
        ({"quantity": "door_open", "high": 1}, "no unit, scale, offset or bounds"),
        ({"quantity": "humidity", "low": 2, "high": 1}, "the other way round"),
        ({"quantity": "humidity", "unit": "V"}, "no unit of this"),
    ],
)
def test_complaints(row: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TableValue.model_validate(row)
