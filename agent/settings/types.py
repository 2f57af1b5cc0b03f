"""What a technician may write, as types: site, lines, devices, terminals, uplinks. Rules are in agent/rules/.

Every field carries its meaning in `description`: JSON Schema, complaints and docs/settings.md are made from it. Only
what one value alone can show is checked here; what needs two of them is in the cross checks.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from agent.model.events import Service
from agent.model.units import Duration
from agent.rules import Rule
from agent.settings.device_parts import Calibration, CounterSettings, Derived, OutputSettings, ReportSettings, Terminal
from agent.settings.runbooks import Risk, RunbookFile
from agent.settings.standards import StandardFile
from agent.settings.strict import Id, MaybeId, Strict, Text, Word


class PlaceSettings(Strict):
    """Where a device is: it travels on everything the device says, and rules may select by it."""

    building: str = Field("", max_length=64, description="building, such as B2")
    floor: str = Field("", max_length=64, description="floor, such as F1 or B1")
    zone: MaybeId = Field("", description="zone: the level that indicators are counted by")
    point: str = Field("", max_length=64, description="the exact point, such as 'north wall'")


class JournalSettings(Strict):
    """Where and how often to write down."""

    path: str = Field("journal.db", min_length=1, description="the journal file; relative paths start at this folder")
    commit_interval: Duration = Field(
        10_000, ge=100, le=600_000, description="readings are written at least this often"
    )
    keep_readings: Duration = Field(14 * 86_400_000, ge=3_600_000, description="age at which raw readings are deleted")


class SiteFile(Strict):
    """site.yaml: who we are."""

    site: Id = Field(description="the community; first level of every topic")
    node: Id = Field(description="this box; its MQTT user name and client id start with it")
    name: Text = Field(Text(), description="the community's name for people")
    timezone: str = Field("Asia/Shanghai", description="IANA name; hours in rules and indicators are local")
    standards: Id = Field("default", description="the service standard that clocks run by: a file standards/NAME.yaml")
    journal: JournalSettings = Field(JournalSettings(), description="where and how often to write down")
    control_socket: str = Field(
        "control.sock",
        min_length=1,
        description="local socket of `caretaker status` and others; relative paths start at this folder",
    )


class SerialWords(Strict):
    """How the wire is set for one device of a bus, where it differs from the line and from its driver's default."""

    baud: int | None = Field(None, ge=300, le=4_000_000, description="bit/s")
    bits: Literal[7, 8] | None = Field(None, description="data bits")
    parity: Literal["N", "E", "O"] | None = Field(None, description="none, even or odd")
    stop: Literal[1, 2] | None = Field(None, description="stop bits")


class Rs485Settings(Strict):
    """The kernel switches RTS around each sending (UART of the Pi, adapters whose driver can)."""

    rts_on_send: bool = Field(True, description="RTS while sending; false: inverted")
    delay_before: Duration = Field(0, ge=0, le=100, description="between RTS and the first bit")
    delay_after: Duration = Field(0, ge=0, le=100, description="between the last bit and RTS")


class SerialLine(Strict):
    """One serial port with what hangs on it. Unset speed, bits, parity and stop come from the devices' drivers."""

    port: str = Field(
        description="/dev/serial/by-id/…, /dev/serial/by-path/…, /dev/ttyAMA0, usb:VID:PID or usb:VID:PID:SERIAL, "
        "socket://host:port, rfc2217://host:port or modbus-tcp://host:502"
    )
    baud: int | None = Field(None, ge=300, le=4_000_000, description="bit/s; overrules the driver's default")
    bits: Literal[7, 8] | None = Field(None, description="data bits; overrules the driver's default")
    parity: Literal["N", "E", "O"] | None = Field(None, description="none, even or odd; overrules the driver's default")
    stop: Literal[1, 2] | None = Field(None, description="stop bits; overrules the driver's default")
    echo: Literal["auto", "on", "off"] = Field("auto", description="whether the adapter returns what we send")
    rs485: Rs485Settings | None = Field(None, description="the kernel switches the direction; unset: the adapter")
    low_latency: bool = Field(False, description="FTDI: hand bytes on at once, not after 16 ms")
    dtr: Literal["high", "low", "keep"] = Field(
        "high",
        description="DTR while open; keep: up when closed too, so that Arduino boards do not restart at each opening",
    )
    reset_after: int = Field(
        10, ge=3, le=1000, description="polls without anything sound, then: flush, open anew, reset the adapter"
    )


class BrokerSettings(Strict):
    """An MQTT broker."""

    host: str = Field("127.0.0.1", min_length=1, description="host name or address")
    port: int = Field(1883, ge=1, le=65_535, description="TCP port; 8883 is usual with TLS")
    user: str = Field("", description="user name; empty: none")
    password_file: str = Field("", description="file with the password alone; or a systemd credential: credential:NAME")
    ca_file: str = Field("", description="file of CA certificates; turns TLS on")
    keepalive: Duration = Field(
        30_000, ge=5_000, le=600_000, description="a dead connection is noticed after 1.5 of these"
    )
    protocol: Literal["auto", "5", "3.1.1"] = Field("auto", description="MQTT version; auto: 5, else 3.1.1")


class Ecosystem(Strict):
    """One MQTT device family on the south broker."""

    driver: str = Field(description="an MQTT driver: zigbee2mqtt, tasmota, chirpstack; see `caretaker drivers`")
    options: dict[str, Any] = Field(
        {}, description="options of the family, such as its base topic; each driver has its own"
    )


class SouthSettings(BrokerSettings):
    """The broker that devices talk to, and the families on it."""

    ecosystems: dict[Id, Ecosystem] = Field({}, description="the device families on this broker, by a name of your own")


class LinesFile(Strict):
    """lines.yaml: what is plugged in."""

    lines: dict[Id, SerialLine] = Field({}, description="serial lines, by a name of your own")
    south: SouthSettings | None = Field(None, description="the broker that MQTT devices talk to")


class DeviceSettings(Strict):
    """One device: what it is, where it hangs, where it stands."""

    driver: str = Field(description="what it is; see `caretaker drivers`")
    line: Id | None = Field(None, description="serial: the line it hangs on (lines.yaml)")
    address: int = Field(1, ge=1, le=255, description="serial: its address on the bus")
    ecosystem: Id | None = Field(None, description="MQTT: the family under south.ecosystems, if the driver has several")
    id: str | None = Field(
        None, min_length=1, max_length=128, description="MQTT: its own id: friendly name, topic, devEui or MAC"
    )
    serial: SerialWords = Field(SerialWords(), description="serial: how the wire is set for it, if otherwise")
    interval: Duration = Field(
        10_000, ge=100, le=7 * 86_400_000, description="polled: how often; else: how often it is expected to speak"
    )
    place: PlaceSettings = Field(PlaceSettings(), description="where it stands")
    tags: dict[Id, Word] = Field({}, max_length=16, description="free words to select by and to store with every value")
    roles: list[Id] = Field([], max_length=16, description="what it is to the rules of packs, such as supply-pump")
    service: Service = Field("other", description="whose matter this device is by default")
    model: str = Field("", max_length=64, description="maker and model, for people")
    options: dict[str, Any] = Field({}, description="options of the driver; each driver has its own")
    silent_after: Duration | None = Field(
        None,
        ge=1000,
        le=31 * 86_400_000,
        description="offline after this silence; unset: what its driver says",
    )
    replaces: Id | None = Field(
        None, description="the name it has for rules, history and topics: that of the device whose place it took"
    )
    report: dict[str, ReportSettings] = Field({}, description="thin out readings, by quantity")
    counters: dict[str, CounterSettings] = Field({}, description="totals that wrap or go on, by quantity")
    calibration: dict[str, Calibration] = Field({}, description="corrections, by quantity")
    derive: Derived = Field(Derived(), description="quantities that follow from measured ones")
    outputs: dict[str, OutputSettings] = Field({}, max_length=64, description="outputs that may be switched, by name")
    terminal: Terminal | None = Field(None, description="makes it a feedback terminal: what its keys and phrases mean")


class DevicesFile(Strict):
    """devices.yaml: everything that measures, calls or answers."""

    devices: dict[Id, DeviceSettings] = Field({}, description="devices, by a name of your own")


class RulesFile(Strict):
    """rules.yaml: what is a matter for whom."""

    packs: list[Id] = Field(
        [],
        max_length=16,
        description="rule packs in use: security, cleaning, maintenance, health, or rules/NAME.yaml of your own",
    )
    override: dict[Id, dict[str, Any]] = Field(
        {}, description="other numbers for rules of packs: the words that differ, such as when: {value: 80}"
    )
    rules: dict[Id, Rule] = Field({}, description="rules, by a name of your own; an alarm is called `<rule>-<device>`")


class MqttUplink(BrokerSettings):
    """The central system's broker."""

    readings: bool = Field(
        True, description="publish `reading/<device>` too; alarms, events, feedback and kpi always are"
    )


class InfluxUplink(Strict):
    """The time-series store (InfluxDB 2.x / 3.x write API, or VictoriaMetrics)."""

    url: str = Field(pattern=r"^https?://.+$", description="http://host:8086")
    org: str = Field("", description="organisation (InfluxDB 2.x)")
    bucket: str = Field("", description="bucket or database")
    token_file: str = Field("", description="file with the token alone; or a systemd credential: credential:NAME")
    batch: int = Field(5000, ge=1, le=5000, description="rows in one request, at most")
    timeout: Duration = Field(10_000, ge=1000, le=60_000, description="for one request")


class Uplinks(Strict):
    """Where things go. None of them is needed for the agent to work."""

    mqtt: MqttUplink | None = Field(None, description="the central system's broker")
    influx: InfluxUplink | None = Field(None, description="the time-series store")


class UplinksFile(Strict):
    """uplinks.yaml: where things go."""

    uplinks: Uplinks = Field(Uplinks(), description="the central system and the store")


class Settings(Strict):
    """All files together, as loaded. `revision` is the SHA-256 of their texts, `folder` where they came from.

    `rules` are those that watch something: the site's own, and those of packs whose role some device has.
    """

    site: SiteFile
    lines: LinesFile = LinesFile()
    devices: dict[Id, DeviceSettings] = Field({})
    rules: dict[Id, Rule] = Field({})
    runbooks: dict[Id, RunbookFile] = Field({})
    risks: dict[Id, Risk] = Field({})
    uplinks: Uplinks = Uplinks()
    standard: StandardFile
    standard_name: str = ""
    revision: str = ""
    folder: str = "."
