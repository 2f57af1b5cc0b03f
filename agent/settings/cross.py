"""What one file alone cannot show: the cross checks, in the order in which a fault would hide another.

They run on whatever the types let through, so that all complaints come at once.
"""

from __future__ import annotations

import zoneinfo

from agent.settings.complaints import nearest
from agent.settings.cross_alarms import check_alarms
from agent.settings.cross_composite import check_composites
from agent.settings.cross_derived import check_derived
from agent.settings.cross_devices import check_devices, check_ecosystems
from agent.settings.cross_examples import check_examples
from agent.settings.cross_inhibition import check_inhibition
from agent.settings.cross_lines import check_buses, check_ports
from agent.settings.cross_outputs import check_outputs
from agent.settings.cross_packs import check_risks, check_roles, check_runbooks
from agent.settings.cross_rules import check_rules
from agent.settings.cross_tending import check_tending
from agent.settings.draft import SITE, Draft
from agent.settings.renamed import check_renamed


def cross_check(draft: Draft, *, kept: bool = False) -> None:
    """Add every complaint to the draft, and convert the limits of rules to the quantities' units.

    Of settings that a journal `kept` no runbooks are demanded: they may be older than that demand.
    """
    _time_zone(draft)
    check_ports(draft)
    check_ecosystems(draft)
    check_devices(draft)
    check_derived(draft)
    check_buses(draft)
    check_renamed(draft)
    check_rules(draft)
    check_composites(draft)
    check_alarms(draft)
    check_runbooks(draft, demanded=not kept)
    check_inhibition(draft)
    check_roles(draft)
    check_examples(draft)
    check_risks(draft)
    check_outputs(draft)
    check_tending(draft)


def _time_zone(draft: Draft) -> None:
    if draft.site is None:
        return
    name = draft.site.timezone
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        hint = nearest(name, zoneinfo.available_timezones())
        draft.say(SITE, ("timezone",), f"there is no time zone '{name}'", "an IANA name such as Asia/Shanghai", hint)
