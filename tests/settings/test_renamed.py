"""`replaces`: rules, history and topics go on under the old name, whatever the device is called and is now."""

from __future__ import annotations

from pathlib import Path

from agent.settings.load import load_texts, texts
from agent.settings.plan import alarms_of, labels_of, plan_of
from agent.settings.types import Settings

BASE = Path(__file__).parent / "base"
RULE = """
rules:
  hot:
    kind: threshold
    select: {devices: [%s]}
    quantity: temperature
    when: {op: '>', value: 45, unit: degC}
"""


def loaded(name: str, *, said: str) -> Settings:
    files = texts(BASE)
    table = "{registers: [{address: 1, fc: 4, type: s16, scale: 0.1, quantity: temperature}]}"
    swapped = f"{name}:\n    driver: modbus-generic\n    replaces: boiler-climate\n    options: {table}"
    files["devices.yaml"] = files["devices.yaml"].replace("boiler-climate:\n    driver: xy-md02", swapped)
    files["rules.yaml"] = RULE % said
    return load_texts(files, BASE)


def test_a_swapped_and_renamed_device_is_known_by_its_old_name_to_everything_that_remembers() -> None:
    before = texts(BASE) | {"rules.yaml": RULE % "boiler-climate"}
    was = load_texts(before, BASE)
    for said in ("boiler-climate", "boiler-meter"):  # rules may say either
        now = loaded("boiler-meter", said=said)
        assert list(now.devices) == list(was.devices)
        assert now.devices["boiler-climate"].driver == "modbus-generic"
        assert alarms_of(now) == alarms_of(was)
        assert alarms_of(was)[0] == "hot-boiler-climate"
        assert plan_of(now).rules["hot"][1] == ("boiler-climate",)
        assert labels_of(now)["boiler-climate"].driver == "modbus-generic"
