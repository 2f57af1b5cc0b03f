"""Cross checks of devices and MQTT families: drivers, their options, where a device hangs, corrections, terminals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from agent.driver import Driver, MqttDriver, SerialDriver
from agent.model.quantities import BUTTON_VALUES, QUANTITIES
from agent.registry import DriverError, driver, names
from agent.settings.abilities import (
    FEEDBACK_EVENTS,
    ecosystems_for,
    events_of,
    options_model,
    quantities_of,
    usable_drivers,
)
from agent.settings.complaints import Where, listed, nearest
from agent.settings.draft import DEVICES, LINES, Draft
from agent.settings.plain import complaints_of
from agent.settings.types import DeviceSettings


def check_ecosystems(draft: Draft) -> None:
    """Look at each family on the south broker: an MQTT driver with options that it knows."""
    known = draft.lines.south.ecosystems if draft.lines.south else {}
    for name, ecosystem in known.items():
        path = ("south", "ecosystems", name)
        found = _driver(draft, LINES, path, ecosystem.driver)
        if found is not None and not isinstance(found, MqttDriver):
            message = f"'{found.name}' is no driver of an MQTT family"
            spoken = [one for one, other in usable_drivers().items() if isinstance(other, MqttDriver)]
            draft.say(LINES, (*path, "driver"), message, f"one of {listed(spoken)}")
        elif found is not None:
            _options(draft, LINES, path, found.options, ecosystem.options)


def check_devices(draft: Draft) -> None:
    """Look at each device by itself; one whose driver is unknown is taken out, for nothing more can be said of it."""
    taken: dict[tuple[str, str], str] = {}
    for name, device in list(draft.devices.items()):
        path: Where = ("devices", name)
        found = _driver(draft, DEVICES, path, device.driver)
        if found is None:
            draft.drop(DEVICES, path)
            del draft.devices[name]
            continue
        _options(draft, DEVICES, path, options_model(device), device.options)
        if isinstance(found, SerialDriver):
            _serial(draft, path, device)
        elif isinstance(found, MqttDriver):
            _mqtt(draft, path, device, taken)
        else:
            _probe(draft, path, device)
        _corrections(draft, path, device)
        _terminal(draft, path, device)


def _driver(draft: Draft, file: str, path: Where, name: str) -> Driver | None:
    try:
        return driver(name)
    except DriverError as error:
        if name in names():
            draft.say(file, (*path, "driver"), str(error), "its package installed whole")
        else:
            message, expected = f"there is no driver '{name}'", f"one of {listed(names(), 24)}"
            draft.say(file, (*path, "driver"), message, expected, nearest(name, names()))
        return None


def _options(draft: Draft, file: str, path: Where, model: type[BaseModel], options: Mapping[str, Any]) -> None:
    try:
        model.model_validate(options)
    except ValidationError as error:
        document = draft.documents[file]
        told = complaints_of(error, model, document, (*path, "options"))
        draft.complaints += [complaint for complaint in told if not _refused_text(draft, file, complaint.path)]


def _refused_text(draft: Draft, file: str, path: str) -> bool:
    return any(complaint.path == path for complaint in draft.documents[file].complaints)


def _serial(draft: Draft, path: Where, device: DeviceSettings) -> None:
    for word in ("id", "ecosystem"):
        if getattr(device, word) is not None:
            message = f"'{device.driver}' is a driver of serial devices, which have no '{word}'"
            draft.say(DEVICES, (*path, word), message, "'line' and 'address'", key=True)
    lines = draft.lines.lines
    if device.line is None:
        expected = f"line: one of {listed(lines)}" if lines else "line: the name of a line in lines.yaml"
        draft.say(DEVICES, path, "it does not say on which line it hangs", expected, key=True)
    elif device.line not in lines and not draft.was_refused(LINES, ("lines", device.line)):
        expected = f"one of {listed(lines)}" if lines else "a line in lines.yaml"
        hint = nearest(device.line, lines)
        draft.say(DEVICES, (*path, "line"), f"there is no line '{device.line}'", expected, hint)


def _probe(draft: Draft, path: Where, device: DeviceSettings) -> None:
    for word in ("line", "address", "serial", "id", "ecosystem"):
        if word in device.model_fields_set:
            message = f"'{device.driver}' devices are asked over the network and have no '{word}'"
            draft.say(DEVICES, (*path, word), message, "where it is stands in its 'options'", key=True)


def _mqtt(draft: Draft, path: Where, device: DeviceSettings, taken: dict[tuple[str, str], str]) -> None:
    for word in ("line", "address", "serial"):
        if word in device.model_fields_set:
            message = f"'{device.driver}' is a driver of MQTT devices, which have no '{word}'"
            draft.say(DEVICES, (*path, word), message, "'id' and, if need be, 'ecosystem'", key=True)
    ecosystem = _ecosystem(draft, path, device)
    if device.id is None:
        expected = "id: its friendly name, topic, devEui or MAC, as the family calls it"
        draft.say(DEVICES, path, "it does not say its own id", expected, key=True)
    elif ecosystem:
        if (other := taken.get((ecosystem, device.id))) is not None:
            message = f"the id '{device.id}' belongs to '{other}' already"
            draft.say(DEVICES, (*path, "id"), message, "each device of a family once")
        taken.setdefault((ecosystem, device.id), str(path[-1]))


def _ecosystem(draft: Draft, path: Where, device: DeviceSettings) -> str:
    """Find the family that carries a device; "" (and a complaint) if there is none or more than one."""
    known = draft.lines.south.ecosystems if draft.lines.south else {}
    if draft.was_refused(LINES, ("south",)):
        return ""
    if (named := device.ecosystem) is not None:
        if draft.was_refused(LINES, ("south", "ecosystems", named)):
            return ""
        if named not in known:
            expected = f"one of {listed(known)}" if known else "a family under south.ecosystems in lines.yaml"
            message = f"there is no ecosystem '{named}'"
            draft.say(DEVICES, (*path, "ecosystem"), message, expected, nearest(named, known))
            return ""
        if known[named].driver != device.driver:
            message = f"ecosystem '{named}' has the driver '{known[named].driver}', not '{device.driver}'"
            draft.say(DEVICES, (*path, "ecosystem"), message, "the family that this device belongs to")
            return ""
    carriers = ecosystems_for(device, draft.lines)
    if not carriers:
        message = f"no family on the south broker has the driver '{device.driver}'"
        expected = f"south: {{ecosystems: {{{device.driver}: {{driver: {device.driver}}}}}}} in lines.yaml"
        draft.say(DEVICES, (*path, "driver"), message, expected)
    elif len(carriers) > 1:
        message = f"more than one family has the driver '{device.driver}'"
        draft.say(DEVICES, path, message, f"ecosystem: one of {listed(carriers)}", key=True)
    return carriers[0] if len(carriers) == 1 else ""


def _corrections(draft: Draft, path: Where, device: DeviceSettings) -> None:
    given = [name for name in quantities_of(device) if name != "fill_level" or not device.derive.fill_level]
    for quantity, calibration in device.calibration.items():
        where = (*path, "calibration", quantity)
        if quantity not in given:
            message = f"this device gives no '{quantity}'"
            draft.say(DEVICES, where, message, f"one of {listed(given)}", nearest(quantity, given), key=True)
        elif QUANTITIES[quantity].kind in ("state", "text"):
            draft.say(DEVICES, where, f"'{quantity}' is no number that could be corrected", "a measure", key=True)
        elif calibration.scale == 0:
            draft.say(DEVICES, (*where, "scale"), "0 makes every value the same", "a factor such as 1.02")
    fill = device.derive.fill_level
    where = (*path, "derive", "fill_level")
    if fill is not None and fill.from_ not in given:
        draft.say(DEVICES, where, f"this device gives no '{fill.from_}' to derive it from", listed(given), key=True)
    if fill is not None and fill.empty_mm <= fill.full_mm:
        message = f"full_mm {fill.full_mm:g} is not below empty_mm {fill.empty_mm:g}"
        expected = "distances from the sensor above: far when empty, near when full"
        draft.say(DEVICES, (*where, "full_mm"), message, expected)


def _terminal(draft: Draft, path: Where, device: DeviceSettings) -> None:
    terminal = device.terminal
    if terminal is None:
        return
    where = (*path, "terminal")
    sent = FEEDBACK_EVENTS & set(events_of(device))
    if not terminal.keys and not terminal.phrases:
        draft.say(DEVICES, where, "a terminal without keys and phrases hears nobody", "keys or phrases", key=True)
    if terminal.keys and not sent & {"button", "rating"}:
        draft.say(DEVICES, (*where, "keys"), f"'{device.driver}' devices have no keys", "phrases", key=True)
    if terminal.phrases and "voice" not in sent:
        draft.say(DEVICES, (*where, "phrases"), f"'{device.driver}' devices hear no phrases", "keys", key=True)
    for key in terminal.keys:
        number, _, press = key.rpartition("_")
        if (hint := nearest(press, BUTTON_VALUES)) and hint != press:
            meant = f"{number}_{hint}" if number else hint
            expected = f"a number, one of {listed(BUTTON_VALUES)}, or both, such as 1_double"
            draft.say(DEVICES, (*where, "keys", key), f"'{press}' is no way to press", expected, meant, key=True)
    for phrase in terminal.phrases:
        if phrase.lower().startswith("0x"):
            draft.say(DEVICES, (*where, "phrases", phrase), f"'{phrase}' is written in hex", "decimal", key=True)
