"""Quantities of water, power and plant that the rule catalogue asks for: (name, unit, low, high, Chinese).

They come from meters with a table of their own (modbus-table, json-topic), which may give any quantity. Part of the
closed list in quantities.py, which has the rules for all of them.
"""

from __future__ import annotations

from typing import Final

PLANT: Final = (
    ("free_chlorine", "mg/L", 0, 20, "余氯"),
    ("turbidity", "NTU", 0, 4000, "浊度"),
    ("ph", "", 0, 14, "酸碱度"),
    ("gas_lel", "%LEL", 0, 100, "可燃气体"),
    ("flow", "m3/h", -100_000, 100_000, "流量"),
    ("load", "%", 0, 1000, "负载率"),
    ("residual_current", "mA", 0, 100_000, "剩余电流"),
    ("voltage_unbalance", "%", 0, 100, "电压不平衡度"),
    ("voltage_thd", "%", 0, 1000, "电压谐波畸变率"),
    ("runtime_left", "h", 0, 10_000, "可运行时间"),
    ("retention", "d", 0, 3650, "录像保存天数"),
    ("confidence", "", 0, 1, "识别置信度"),
)
PLANT_STATES: Final = {"mains_present": "有市电", "on_battery": "电池供电"}
