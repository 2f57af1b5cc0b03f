"""Who may do what: a role has a rank and the matters that it looks after. Guard G1 and the supervisor's rows.

Site teams, cards and shifts are settings and not known here: an order that names no role counts as one of the staff.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from agent.model.events import SERVICES, Service

FRONTLINE, LEADER, SUPERVISOR, MANAGER = 0, 1, 2, 3


class Role(NamedTuple):
    """`rank` as in the chain of escalation (L0 to L3), `services` whose alarms it may touch."""

    rank: int
    services: tuple[Service, ...] = SERVICES


ROLES: Final[dict[str, Role]] = {
    "": Role(FRONTLINE),
    "staff": Role(FRONTLINE),
    "cleaner": Role(FRONTLINE, ("cleaning", "other")),
    "guard": Role(FRONTLINE, ("security", "other")),
    "technician": Role(FRONTLINE, ("maintenance", "other")),
    "team-leader": Role(LEADER),
    "supervisor": Role(SUPERVISOR),
    "duty-manager": Role(SUPERVISOR),
    "project-manager": Role(MANAGER),
    "manager": Role(MANAGER),
    "admin": Role(MANAGER),
}

NEEDED: Final[dict[str, int]] = {
    "shelve": LEADER, "unshelve": LEADER, "cancel": SUPERVISOR, "resolve_override": SUPERVISOR, "oos_on": SUPERVISOR,
    "oos_off": SUPERVISOR,
}  # fmt: skip
"""The rank that an event needs; the others are everybody's."""


def forbidden(role: str, event: str, service: Service) -> str:
    """Give why this role may not do this to an alarm of this service, "" if it may."""
    known = ROLES.get(role)
    if known is None:
        return f"'{role}' is no role; known: {', '.join(name for name in ROLES if name)}"
    if service not in known.services:
        return f"a {role} does not look after {service}"
    needed = NEEDED.get(event, FRONTLINE)
    if known.rank < needed:
        return f"this needs a {('', 'team leader', 'supervisor', 'manager')[needed]}"
    return ""


def rank(role: str) -> int:
    """Give the rank of a role; an unknown one has none of the rights that need one."""
    return ROLES.get(role, Role(FRONTLINE)).rank
