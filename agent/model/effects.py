"""What the engine answers: alarms, prompts, indicators, responses; and the agent's word about itself. Values only.

Times named `t` are engine milliseconds, as in events.py. Every effect is stored in one transaction with its cause.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from agent.model.events import Event, Feedback, Service, Value


class Alarm(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="A"):
    """One transition of one alarm occurrence: the full state after it, and the reason for it.

    Times are engine ms, -1 for none. `level` is that of the escalation, `notify` the level that is told now (-1:
    nobody), `breach` the clocks that ran out, `due_*` when the running ones will. `work` is "" in records of before
    there was a work region. `suppressed` says that nobody is told, for whatever reason. `late`: it was due while the
    agent was away.
    """

    alarm: str
    occurrence: str
    rev: int
    t: int
    transition: str
    reason: str
    state: Literal["active", "cleared", "resolved", "closed"]
    isa: Literal["NORM", "UNACK", "ACKED", "RTNUN", "SHLVD", "DSUPR", "OOSRV"]
    acked: bool
    rule: str
    category: Service
    priority: int
    device: str
    quantity: str
    value: Value
    condition: str
    raised_at: int
    acked_at: int = -1
    acked_by: str = ""
    cleared_at: int = -1
    closed_at: int = -1
    activations: int = 1
    causation: str = ""
    feedback: str = ""
    ticket: int = 0
    work: Literal["", "OPEN", "ACKED", "IN_PROGRESS", "ON_HOLD", "RESOLVED", "CLOSED"] = ""
    quality: Literal["GOOD", "NODATA", "ERROR"] = "GOOD"
    latched: bool = False
    suppressed: bool = False
    shelved_until: int = -1
    oos_until: int = -1
    level: int = 0
    breach: tuple[str, ...] = ()
    due_ack: int = -1
    due_start: int = -1
    due_resolve: int = -1
    assignee: str = ""
    reopen_of: str = ""
    reopened: int = 0
    resolved_at: int = -1
    resolved_by: str = ""
    code: str = ""
    comment: str = ""
    evidence: tuple[str, ...] = ()
    standard: str = ""
    notify: int = -1
    by: str = ""
    drill: bool = False
    late: bool = False


class Prompt(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="P"):
    """What a terminal shall say or show. `code` is one of PROMPT_CODES; `ref` the event's native id, if it has one."""

    device: str
    t: int
    code: str
    text: str = ""
    ticket: int = 0
    ref: str = ""
    seconds: int = 4


class Switch(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="W"):
    """An output shall be on or off. `output` is the state quantity that the device reads back (relay_1, lamp_red).

    `ref` says who wants it: a rule's alarm, a command's id, or "start". That it is so is known when the device's own
    reading says so, and not before (serial.md §1.4: a write's normal reply may be an echo).
    """

    device: str
    t: int
    output: str
    on: bool
    ref: str = ""


class Configure(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="C"):
    """A device shall keep a setting of its own: `key` is one of its driver's `keys`, `value` the word for it."""

    device: str
    t: int
    key: str
    value: str
    ref: str = ""


Order = Prompt | Switch | Configure
ORDERS: Final = (Prompt, Switch, Configure)
"""What a device can be told."""

PROMPT_CODES: Final = (
    "thank-you",
    "ticket-opened",
    "already-open",
    "resolved",
    "saved-offline",
    "not-understood",
    "emergency-forwarded",
    "staff-arrived",
)


class KpiValue(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True):
    """One indicator of a closed window: `value` is None when n is 0."""

    kpi: str
    value: float | None
    unit: str
    n: int


class Kpi(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True, tag="K"):
    """A closed window of indicators for one scope (a zone). Bounds are wall milliseconds: people read the hour."""

    scope: str
    period: Literal["hourly"]
    t: int
    start: int
    end: int
    values: tuple[KpiValue, ...] = ()


class Response(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, array_like=True, tag="S"):
    """The answer to an `Instruction`. `code` is empty when the status is ok; `result` is JSON text."""

    cmd: str
    cmd_id: str
    t: int
    status: Literal["ok", "accepted", "rejected", "error", "expired", "duplicate"]
    code: str = ""
    message: str = ""
    result: str = "{}"
    reply_to: str = ""


class Health(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True, tag="H"):
    """The agent about itself: a fault with its stable code (docs/faults.md) came, repeats, or went."""

    code: str
    t: int
    subject: str
    detail: str = ""
    count: int = 1
    active: bool = True


Effect = Alarm | Feedback | Event | Prompt | Switch | Configure | Kpi | Response
"""What the engine answers. Stored with its cause in one transaction (orders are not: they follow), then told."""
