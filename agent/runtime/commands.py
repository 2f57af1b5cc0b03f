"""What the centre asks, from the wire to an `Instruction`. Refuses at the door, with a code, what must not be done.

Accepted only if not retained, within its time, and answered within our own tree (mqtt.md §3.7). Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from agent.model.events import Instruction

LARGEST: Final = 16_384
LOCAL: Final = "local"
"""Where an order came from that was given at the box (`Instruction.via`)."""


class IssuedBy(msgspec.Struct, frozen=True):
    """Who asked."""

    user: str = ""
    role: str = ""
    via: str = ""


class Command(msgspec.Struct, frozen=True):
    """A command as it stands on the wire. Unknown fields are ignored: later contracts may add some."""

    cmd: str
    cmd_id: str
    issued_at: str = ""
    expires_at: str = ""
    issued_by: IssuedBy = IssuedBy()
    reply_to: str = ""
    args: dict[str, Any] = {}


_COMMAND: Final = msgspec.json.Decoder(Command)


def order_of(
    topic: str, payload: bytes, *, retained: bool, root: str, now: int, wall: tuple[int, bool]
) -> Instruction | None:
    """Give the instruction of a message on `cmd/<command>`; None for what must not even be answered (retained)."""
    if retained:
        return None
    named = topic.rpartition("/")[2]
    if len(payload) > LARGEST:
        return _refused(named, f"oversize-{now}", now, "BAD_ARGS", f"a command has at most {LARGEST} bytes")
    try:
        command = _COMMAND.decode(payload)
    except msgspec.DecodeError as error:
        return _refused(named, f"broken-{now}", now, "BAD_ARGS", f"expected a JSON object with cmd and cmd_id: {error}")
    reply_to = command.reply_to if command.reply_to.startswith(f"{root}/rsp/") else ""
    verdict, note = _verdict(command, named, wall)
    return Instruction(
        command.cmd, command.cmd_id, now, command.issued_by.user, command.issued_by.role, command.issued_by.via,
        msgspec.json.encode(command.args).decode(), reply_to, verdict, note,
    )  # fmt: skip


def _refused(cmd: str, cmd_id: str, now: int, code: str, note: str) -> Instruction:
    return Instruction(cmd, cmd_id, now, verdict=code, note=note)


def _verdict(command: Command, named: str, wall: tuple[int, bool]) -> tuple[str, str]:
    if command.cmd != named:
        return "BAD_ARGS", f"the topic says '{named}', the message says '{command.cmd}'"
    if not 1 <= len(command.cmd_id) <= 64:
        return "BAD_ARGS", "cmd_id must have 1 to 64 characters"
    now, trusted = wall
    if command.expires_at:
        expires = _unix_ms(command.expires_at)
        if expires is None:
            return "BAD_ARGS", "expires_at must be an ISO 8601 time with its offset"
        if trusted and now > expires:
            return "EXPIRED", f"it expired at {command.expires_at}"
    return "", ""


def _unix_ms(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round(moment.timestamp() * 1000) if moment.tzinfo else None


def local_order(cmd: str, cmd_id: str, now: int, user: str, args: Mapping[str, Any]) -> Instruction:
    """Give the instruction that somebody at the box gave by the local socket.

    Who may use the socket (its group) can also stop the service: it counts as a supervisor, and is at the local panel.
    """
    return Instruction(cmd, cmd_id, now, user, "supervisor", LOCAL, msgspec.json.encode(dict(args)).decode())
