"""What a technician may write, as types: site, lines, devices, terminals, uplinks. Rules are in agent/rules/.

Every field carries its meaning in `description`: the JSON Schema and the guide are made from it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agent.model.events import Sentiment, Service, Urgency
from agent.model.units import Duration
from agent.rules import Rule

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
"""An id: a-z, 0-9 and '-', at most 64: it becomes a topic level and a tag."""


class Strict(BaseModel):
    """Unknown words are refused; nothing is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Text(Strict):
    """Words for people, in Chinese and English."""

    zh: str = ""
    en: str = ""


class PlaceSettings(Strict):
    """Where a device is. `zone` is the level that indicators are counted by."""

    building: str = Field("", max_length=64, description="building, such as B2")
    floor: str = Field("", max_length=64, description="floor, such as F1 or B1")
    zone: Id | Literal[""] = Field("", description="zone: the level that indicators are counted by")
    point: str = Field("", max_length=64, description="the exact point, such as 'north wall'")


class JournalSettings(Strict):
    """Where and how often to write down."""

    path: str = Field("journal.db", description="the journal file; relative paths start at the settings folder")
    commit_interval: Duration = Field(10_000, ge=100, le=600_000, description="readings are written at least this often")
    keep_readings: Duration = Field(14 * 86_400_000, ge=3_600_000, description="age at which raw readings are deleted")


class SiteFile(Strict):
    """site.yaml: who we are."""

    site: Id = Field(description="the community; first level of every topic")
    node: Id = Field(description="this box; its MQTT user name and client id start with it")
    name: Text = Text()
    timezone: str = Field("Asia/Shanghai", description="IANA name; hours in rules and indicators are local")
    journal: JournalSettings = JournalSettings()
    control_socket: str = Field("control.sock", description="local socket of `caretaker status` and others")


class SerialLine(Strict):
    """One serial port with what hangs on it."""

    port: str = Field(description="/dev/serial/by-id/…, /dev/serial/by-path/…, /dev/ttyAMA0, socket://host:port or rfc2217://host:port")
    baud: int | None = Field(None, ge=300, le=4_000_000, description="overrules the driver's default")
    bits: Literal[7, 8] | None = None
    parity: Literal["N", "E", "O"] | None = None
    stop: Literal[1, 2] | None = None
    echo: Literal["auto", "on", "off"] = Field("auto", description="whether the adapter returns what we send")


class BrokerSettings(Strict):
    """An MQTT broker."""

    host: str = "127.0.0.1"
    port: int = Field(1883, ge=1, le=65_535)
    user: str = ""
    password_file: str = Field("", description="file with the password alone; or a systemd credential: credential:NAME")
    ca_file: str = Field("", description="CA certificates; turns TLS on")
    keepalive: Duration = Field(30_000, ge=5_000, le=600_000)


class Ecosystem(Strict):
    """One MQTT device family on the south broker."""

    driver: str = Field(description="zigbee2mqtt, tasmota, chirpstack, …")
    options: dict[str, Any] = {}


class SouthSettings(BrokerSettings):
    """The broker that devices talk to, and the families on it (the key is only a name)."""

    ecosystems: dict[Id, Ecosystem] = {}


class LinesFile(Strict):
    """lines.yaml: what is plugged in."""

    lines: dict[Id, SerialLine] = {}
    south: SouthSettings | None = None


class KeyMeaning(Strict):
    """What a key or phrase of a terminal means. With `score` unset, positive is 100, neutral 50, negative 0."""

    service: Service
    sentiment: Sentiment = "negative"
    urgency: Urgency = "normal"
    score: float | None = Field(None, ge=0, le=100)
    rating: bool = Field(True, description="false: a call for help, which counts in no satisfaction index")


class Terminal(Strict):
    """How presses and phrases of a feedback terminal are understood."""

    keys: dict[str, KeyMeaning] = Field({}, description="by key number or by word, such as '1', 'single', '1_double'")
    phrases: dict[str, KeyMeaning] = Field({}, description="by phrase id")
    min_confidence: int = Field(60, ge=0, le=100, description="a phrase below this is kept and not counted")


class Calibration(Strict):
    """published = measured x scale + offset."""

    scale: float = 1.0
    offset: float = 0.0


class FillLevel(Strict):
    """A bin's or tank's fill level from the distance to the surface."""

    from_: Literal["distance"] = Field("distance", alias="from")
    empty_mm: float = Field(gt=0)
    full_mm: float = Field(ge=0)


class Derived(Strict):
    """Quantities that follow from measured ones."""

    fill_level: FillLevel | None = None


class DeviceSettings(Strict):
    """One device: what it is, where it hangs, where it stands."""

    driver: str = Field(description="see `caretaker drivers`")
    line: Id | None = Field(None, description="serial: the line it hangs on")
    address: int = Field(1, ge=1, le=255, description="serial: its address on the bus")
    ecosystem: Id | None = Field(None, description="MQTT: the family under south.ecosystems, if the driver has several")
    id: str | None = Field(None, max_length=128, description="MQTT: its own id: friendly name, topic, devEui or MAC")
    interval: Duration = Field(10_000, ge=100, le=7 * 86_400_000, description="polled: how often; else: how often it is expected")
    place: PlaceSettings = PlaceSettings()
    tags: dict[Id, Annotated[str, StringConstraints(max_length=64)]] = Field({}, max_length=16)
    service: Service = Field("other", description="whose matter this device is by default")
    model: str = Field("", max_length=64)
    options: dict[str, Any] = {}
    calibration: dict[str, Calibration] = {}
    derive: Derived = Derived()
    terminal: Terminal | None = None


class DevicesFile(Strict):
    """devices.yaml: everything that measures, calls or answers."""

    devices: dict[Id, DeviceSettings] = {}


class RulesFile(Strict):
    """rules.yaml: what is a matter for whom."""

    rules: dict[Id, Rule] = {}


class MqttUplink(BrokerSettings):
    """The central system's broker."""

    readings: bool = Field(True, description="publish reading/<device> too; alarms, events, feedback and kpi always are")
    protocol: Literal["auto", "5", "3.1.1"] = "auto"


class InfluxUplink(Strict):
    """The time-series store (InfluxDB 2.x / 3.x write API, or VictoriaMetrics)."""

    url: str = Field(description="http://host:8086")
    org: str = ""
    bucket: str = ""
    token_file: str = Field("", description="file with the token alone; or credential:NAME")
    batch: int = Field(5000, ge=1, le=5000)
    timeout: Duration = Field(10_000, ge=1000, le=60_000)


class Uplinks(Strict):
    """Where things go. None of them is needed for the agent to work."""

    mqtt: MqttUplink | None = None
    influx: InfluxUplink | None = None


class UplinksFile(Strict):
    """uplinks.yaml."""

    uplinks: Uplinks = Uplinks()


class Settings(Strict):
    """All five files together, as loaded. `revision` is the SHA-256 of their texts, `folder` where they came from."""

    site: SiteFile
    lines: LinesFile = LinesFile()
    devices: dict[Id, DeviceSettings] = {}
    rules: dict[Id, Rule] = {}
    uplinks: Uplinks = Uplinks()
    revision: str = ""
    folder: str = "."
