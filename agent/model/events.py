"""The values that flow through the agent. Frozen, flat, cheap to build; no behaviour, no I/O, no clock.

Times named `t` are engine time: whole milliseconds, monotonic, continued over restarts (DESIGN law 6). Wall time is
looked up outside, from the table of `Offset` rows, and never stored in a record. The one exception is `said_at`, which
is what a device's own clock claims.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Value = float | bool | str
Quality = Literal["good", "stale", "suspect", "substituted"]
FaultKind = Literal["junk", "checksum", "silent", "refused", "insane", "unplugged"]
FAULT_KINDS: Final[tuple[FaultKind, ...]] = ("junk", "checksum", "silent", "refused", "insane", "unplugged")
Scope = Literal["device", "gateway", "line"]
Presence = Literal["online", "offline", "unknown"]
TimeQuality = Literal["exact", "derived", "estimated", "bounded"]
Outcome = Literal["stored", "existed", "conflict", "failed"]
Service = Literal["security", "cleaning", "maintenance", "other"]
SERVICES: Final[tuple[Service, ...]] = ("security", "cleaning", "maintenance", "other")
Sentiment = Literal["positive", "neutral", "negative"]
Urgency = Literal["emergency", "high", "normal", "low"]


class Record(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True):
    """Base of everything a device says. `device` is the name in the settings, or the device's own id if unbound."""

    device: str


class Reading(Record, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="r"):
    """One quantity of one device at one instant.

    `value` is in the one unit of `quantity` (agent/model/quantities.py). `part` names which part of the device spoke,
    as `word=value` (`phase=1`, `line=2`, `source_key=DHT11`), or is empty. `said_at` is the device's own wall time in
    Unix milliseconds (0: none); `historical` marks a value that the device kept and sends late: it is stored and
    forwarded, and never fires a rule.
    """

    quantity: str
    value: Value
    t: int = 0
    quality: Quality = "good"
    part: str = ""
    said_at: int = 0
    historical: bool = False


class Event(Record, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="e"):
    """A fact without a number: button, card, unlock, tamper, mains, clip ready, reboot.

    `quantity` is the kind of fact (EVENT_KINDS in quantities.py), `value` its word. `native` is the device's own
    lasting identity of this fact ("<uid>:<event id>"), empty when it has none: two records with one `native` are one
    fact (at-least-once links). `age_ms` is how long before `t` it happened, with `time_quality` saying how we know.
    """

    quantity: str
    value: Value
    t: int = 0
    part: str = ""
    native: str = ""
    age_ms: int = 0
    time_quality: TimeQuality = "exact"
    said_at: int = 0
    historical: bool = False
    detail: str = ""


class Availability(Record, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="a"):
    """A device, gateway or line came or went."""

    value: Presence
    scope: Scope = "device"
    t: int = 0
    reason: str = ""


class Fault(Record, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="f"):
    """A frame that was refused, and why: counted per device, never stored as a row of its own.

    junk: bytes that are no frame; checksum: a frame that fails its check; silent: no answer in time; refused: the
    device said no (Modbus exception); insane: well-formed but impossible; unplugged: the port went away.
    """

    fault: FaultKind
    detail: str = ""
    size: int = 0
    t: int = 0


class Undecoded(Record, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="u"):
    """A payload that arrived whole and valid, but that no table of ours explains. Counted; shown by `decode`."""

    data_hex: str
    fport: int = 0
    detail: str = ""
    t: int = 0


class Stranger(Record, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="s"):
    """A device of a known ecosystem spoke that the settings do not bind: dropped, counted, said once an hour."""

    t: int = 0


Item = Reading | Event | Availability | Fault | Undecoded | Stranger
"""What a driver returns."""


class Feedback(Record, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="F"):
    """A person pressed or spoke: made from an `Event` by the terminal's own table of keys and phrases.

    `score` is 0..100 (smiley index, reference domain.md §3.2) or -1 for a call that is not a rating.
    """

    t: int
    feedback: str
    channel: Literal["button", "voice"]
    key: str
    service: Service
    sentiment: Sentiment
    urgency: Urgency
    score: float = -1.0
    age_ms: int = 0
    time_quality: TimeQuality = "exact"


class Instruction(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="I"):
    """The centre or the local socket asked for something. `args` is the JSON text of the arguments, already bounded.

    `verdict` is a reject code that was decided at the door, before the engine (EXPIRED, BAD_ARGS, CONFIG_INVALID, …),
    with `note` as its words; empty: the engine decides.
    """

    cmd: str
    cmd_id: str
    t: int = 0
    user: str = ""
    role: str = ""
    via: str = ""
    args: str = "{}"
    reply_to: str = ""
    verdict: str = ""
    note: str = ""


class Offset(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="O"):
    """One row of the table of offsets: wall milliseconds = engine milliseconds + `wall` from `since` on, in `boot`.

    `tz_min` is the site's UTC offset in minutes at that time, so that replay reads the same calendar anywhere.
    """

    boot: int
    since: int
    wall: int
    trusted: bool
    tz_min: int = 0
    t: int = 0


class Gap(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="G"):
    """The agent was not there from `since` to `t`. `measured`: the length is known, not assumed to be zero."""

    since: int
    t: int
    boot: int
    measured: bool = True


class Reload(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="R"):
    """From here on the settings with this `revision` (SHA-256 of the files) apply."""

    revision: str
    t: int = 0


Cause = Reading | Event | Availability | Instruction | Offset | Gap | Reload
"""What the engine is told. Everything else follows from these, in this order."""
