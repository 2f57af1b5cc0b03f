"""`caretaker decode`: what bytes of a serial device, or one MQTT message, mean. It opens no port and no socket.

Exit status: 0 if anything but faults came out, 1 if only faults or nothing, 2 for a command that makes no sense.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
from typing import IO, Any

import click
from pydantic import ValidationError

from agent.driver import Driver, MqttDriver, MqttSetup, Options, ProbeDriver, SerialDevice, SerialDriver, Setup
from agent.model.events import Fault, Item, Stranger
from agent.model.outside import described
from agent.registry import DriverError, driver, names

EXAMPLES = """\b
caretaker decode xy-md02 "01 04 04 01 31 02 22 2A CE"
caretaker decode zigbee2mqtt --topic zigbee2mqtt/lobby/feedback --payload message.json --json
caretaker decode chirpstack 017510FF2E01 --option model=ws101
"""
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


@click.command(epilog=EXAMPLES)
@click.argument("name", metavar="DRIVER")
@click.argument("chunks", metavar="[HEX]...", nargs=-1)
@click.option("--request", metavar="HEX", help="Serial: the request that these bytes answer; else the driver's own.")
@click.option("--topic", help="MQTT: the topic.")
@click.option("--payload", type=click.File("rb"), help="MQTT: a file with the payload, - for standard input.")
@click.option("--retained", is_flag=True, help="MQTT: the broker repeated it from its memory.")
@click.option(
    "--option", "options", metavar="KEY=VALUE", multiple=True, help="An option of the driver; may be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def command(  # noqa: PLR0917 - click gives every option by its name
    context: click.Context, name: str, chunks: tuple[str, ...], request: str | None, topic: str | None,
    payload: IO[bytes] | None, retained: bool, options: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Say what bytes (in hex; several HEX are chunks as they came) or a message of a device mean."""
    found = _driver(name)
    if isinstance(found, ProbeDriver):
        raise click.UsageError(f"{name} is asked over the network whether it is there: there is nothing to decode")
    if isinstance(found, MqttDriver):
        if request:
            raise click.UsageError(f"{name} speaks MQTT: nothing is asked by --request")
        if chunks and topic is None and payload is None:
            items = _frame(found, options, chunks)
        elif chunks or topic is None or payload is None:
            raise click.UsageError(f"{name} speaks MQTT: give --topic TOPIC --payload FILE (- for standard input)")
        else:
            setup = _mqtt_setup(found, options)
            items = found.build(setup).receive(topic, payload.read(), retained=retained, now=0)
    elif isinstance(found, SerialDriver):
        if topic is not None or payload is not None or retained:
            raise click.UsageError(f"{name} speaks serial: give its bytes as HEX, not --topic, --payload or --retained")
        if not chunks:
            raise click.UsageError(f"{name} speaks serial: give its bytes as HEX, such as 01 04 02 01 31 79 74")
        asked = None if request is None else _bytes(request)
        given = _options(found.name, found.options, _pairs(options))
        items = _serial(found, given, [_bytes(chunk) for chunk in chunks], asked)
    else:
        raise click.UsageError(f"{name} says nothing by itself: there is nothing to decode")
    _print(items, as_json=as_json)
    context.exit(0 if any(not isinstance(item, Fault | Stranger) for item in items) else 1)


def _driver(name: str) -> Driver:
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, 1, 0.5)
        hint = f"; did you mean '{near[0]}'?" if near else "."
        raise click.UsageError(f"no driver '{name}'{hint} Installed: {', '.join(known)}")
    try:
        return driver(name)
    except DriverError as error:
        raise click.UsageError(str(error)) from error


def _pairs(given: tuple[str, ...]) -> dict[str, Any]:
    """Read KEY=VALUE pairs; a value is JSON, or else text."""
    values: dict[str, Any] = {}
    for pair in given:
        key, equals, text = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--option {pair}: expected KEY=VALUE")
        try:
            values[key] = json.loads(text)
        except ValueError:
            values[key] = text
    return values


def _options(name: str, model: type[Options], values: dict[str, Any]) -> Options:
    """Give the values as the driver's options; UsageError saying which there are."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        if not values:
            return Options()  # A driver whose options have no defaults explains what it can without them.
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        known = ", ".join(model.model_fields) or "none"
        raise click.UsageError(f"--option {told}. Options of {name}: {known}") from error


def _mqtt_setup(found: MqttDriver, given: tuple[str, ...]) -> MqttSetup:
    """Give the setup in which every device has the options that are the device's, and the family the others."""
    values = _pairs(given)
    own = {key: value for key, value in values.items() if key in found.device_options.model_fields}
    rest = {key: value for key, value in values.items() if key not in own}
    device = _options(found.name, found.device_options, own) if own else None
    return MqttSetup(options=_options(found.name, found.options, rest), unbound=device)


def _frame(found: MqttDriver, given: tuple[str, ...], chunks: tuple[str, ...]) -> list[Item]:
    """Explain bare bytes, such as the payload of a radio frame."""
    if found.frame is None:
        raise click.UsageError(f"{found.name} speaks MQTT: give --topic TOPIC --payload FILE, not HEX")
    data = b"".join(_bytes(chunk) for chunk in chunks)
    return found.frame(_options(found.name, found.frame_options, _pairs(given)), data)


def _bytes(text: str) -> bytes:
    """Read hex as people paste it: with spaces, colons, dashes, commas or 0x; UsageError saying what was expected."""
    digits = re.sub(r"0[xX]|[\s:,\-]", "", text)
    if not _HEX.fullmatch(digits):
        raise click.UsageError(f"'{text[:60]}' is no hex; expected pairs of 0-9 A-F, such as 01 04 02 01 31 79 74")
    return bytes.fromhex(digits)


def _serial(found: SerialDriver, options: Options, chunks: list[bytes], request: bytes | None) -> list[Item]:
    setup = Setup(found.name, options=options)
    device: SerialDevice = (found.decoder or found.build)(setup)
    if request is None and found.request_for is not None:
        request = found.request_for(setup, b"".join(chunks))
    expect = getattr(device, "expect", None)
    if request is not None:
        if expect is None:
            raise click.UsageError(f"{found.name} talks by itself: there is no --request to its bytes")
        try:
            expect(request, 0)
        except ValueError as error:
            raise click.UsageError(f"--request: {error}") from error
    items = [item for chunk in chunks for item in device.receive(chunk, 0)]
    # Then silence: a half frame may hide a whole one.
    return items + device.quiet(max(device.timeout_ms, device.quiet_ms) + 1)


def _print(items: list[Item], *, as_json: bool) -> None:
    rows = [fields for item in items if (fields := described(item))]
    if as_json:
        for fields in rows:
            click.echo(json.dumps(fields, ensure_ascii=False))
    elif rows:
        _show(rows)
    else:
        click.echo("nothing to say about it")


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = ("kind", "quantity", "value", "unit", "device")
    table = Table("what", "quantity", "value", "unit", "device", "more")
    for fields in rows:
        words = {**fields, "quantity": fields.get("quantity", fields.get("scope", fields.get("fault", "")))}
        words.setdefault("value", fields.get("data_hex", fields.get("detail", "")))
        # What stands in a column already is not said again.
        more = " ".join(f"{key}={value}" for key, value in fields.items() if key not in (*shown, "scope", "fault"))
        table.add_row(*(str(words.get(key, "")) for key in shown), more if fields["kind"] != "fault" else "")
    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 140)
    console.print(table)
