"""What a person sees of a run: the live screen, the lines for a log, the tables at the end. It changes nothing.

The agent is known only by its `view` (a plain object, as `caretaker status --json` prints it) and by what it published.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulator.play import Play
from simulator.verdict import Row

View = Mapping[str, Any]
ALARMS: Final = 10
PRESSES: Final = 5
COLOURS: Final = {"raised": "bold red", "acknowledged": "yellow", "cleared": "cyan", "closed": "green"}


def live(play: Play, view: View) -> RenderableType:
    """Give the whole live screen."""
    tables = Columns([_alarms(play, view), _presses(play)])
    return Group(_head(play, view), _store(view), tables, _devices(play, view))


def _head(play: Play, view: View) -> Text:
    at = max(play.seconds, 0.0)
    head = Text(f"{view.get('site', '')}/{view.get('node', '')}  ", style="bold")
    head.append(f"{play.scenario.name} {at:4.1f} of {play.scenario.seconds:.0f} s   ", style="bold cyan")
    return head.append(play.scenario.title, style="dim")


def _devices(play: Play, view: View) -> Columns:
    cells = []
    for name, fields in view.get("devices", {}).items():
        heard = fields.get("last_seen") is not None
        gone = fields.get("presence") == "offline"
        cell = Text("● ", style="red" if gone else "green" if heard else "dim")
        cell.append(name, style="bold" if heard else "dim")
        cells.append(cell.append(f" {_measured(play, name)}"))
    return Columns(cells, equal=True, expand=True)


def _measured(play: Play, device: str) -> str:
    """Give what a device measures first of all, in few words: "21.5 degC", "door_open yes"."""
    values = play.central.values.get(device, {})
    wanted = ("fill_level", *(source.quantity for source in play.community.devices[device].plays))
    found = next((quantity for quantity in wanted if quantity in values), None)
    if found is None:
        return ""
    value, unit = values[found]
    if isinstance(value, bool):
        return f"{found} {'yes' if value else 'no'}"
    return f"{value:.4g} {unit}" if isinstance(value, int | float) else f"{value}"


def _alarms(play: Play, view: View) -> Table:
    title = f"Alarms ({len(view.get('alarms', []))} open)"
    table = Table("at", "alarm", "", "P", "is", title=title, title_justify="left")
    for seen in play.central.transitions[-ALARMS:]:
        title, priority = play.central.titles[seen.alarm]
        at = f"{(seen.t - (play.zero or 0)) / 1000:.1f} s"
        table.add_row(at, seen.alarm, title, str(priority), Text(seen.transition, COLOURS.get(seen.transition, "")))
    return table


def _presses(play: Play) -> Table:
    table = Table("at", "terminal", "key", "means", title="Presses and phrases", title_justify="left")
    for t, said in play.central.feedback[-PRESSES:]:
        at = f"{(t - (play.zero or 0)) / 1000:.1f} s"
        table.add_row(at, said["terminal"], said["key"], f"{said['service']} {said['sentiment']} {said['urgency']}")
    for shown in play.shown[-PRESSES:]:
        table.add_row(f"{(shown.t - (play.zero or 0)) / 1000:.1f} s", shown.device, "", f"[green]says {shown.code}")
    return table


def _store(view: View) -> Text:
    journal, links = view.get("journal", {}), view.get("uplinks", {})
    line = Text(f"store: {journal.get('stored', 0)} records in {journal.get('path', '')}   ")
    for name, link in links.items():
        ok = link.get("connected")
        line.append(f"{name}: {'connected' if ok else 'away ' + str(link.get('why', ''))}", "green" if ok else "red")
        line.append(f", {link['published']} published   " if "published" in link else "   ")
    return line


def news(play: Play, told: dict[str, int]) -> list[str]:
    """Give a line for everything that is new since the last call; `told` remembers how far that was."""
    zero = play.zero or 0
    lines = [(s.t, f"alarm {s.alarm} {s.transition}") for s in play.central.transitions[told.get("alarms", 0) :]]
    lines += [(p.t, f"press {p.device} {p.key}") for p in play.presses[told.get("presses", 0) :]]
    lines += [(p.t, f"answer {p.device} says {p.code}") for p in play.shown[told.get("shown", 0) :]]
    told |= {"alarms": len(play.central.transitions), "presses": len(play.presses), "shown": len(play.shown)}
    return [f"{(t - zero) / 1000:7.1f} s  {words}" for t, words in sorted(lines)]


def expected_table(rows: Iterable[Row]) -> Table:
    """Give the expected-against-seen table."""
    table = Table("expected", "when", "seen", "", title="Expected against seen", title_justify="left")
    for row in rows:
        table.add_row(row.what, row.expected, row.seen, Text(row.mark, "green" if row.good else "bold red"))
    return table


def indicator_table(view: View) -> Table:
    """Give satisfaction and press-to-acknowledgement time per zone, each with its n."""
    table = Table(
        "zone", "satisfaction index", "n", "press to ack, median", "n", title="Indicators", title_justify="left"
    )
    for zone, values in view.get("indicators", {}).items():
        found = {one["kpi"]: one for one in values}
        cells: list[str] = []
        for kpi in ("satisfaction_index", "press_to_ack_median"):
            one = found.get(kpi, {})
            value = one.get("value")
            unit = "of 100" if kpi == "satisfaction_index" else one.get("unit", "")
            cells += ["no data" if value is None else f"{value:.1f} {unit}", str(one.get("n", 0))]
        table.add_row(zone, *cells)
    return table


def counts(play: Play, view: View) -> dict[str, Any]:
    """Give the run in numbers."""
    devices = view.get("devices", {})
    waits = latencies(play)
    return {
        "devices": len(devices),
        "devices_heard": sum(1 for fields in devices.values() if fields.get("last_seen") is not None),
        "readings_published": play.central.readings,
        "events_published": play.central.events,
        "presses_published": len(play.central.feedback),
        "alarm_transitions": len(play.central.transitions),
        "prompts_shown": len(play.shown),
        "store_rows": dict(view.get("journal", {}).get("positions", {})),
        "store_records": view.get("journal", {}).get("stored", 0),
        "unreadable": play.central.unreadable,
        "press_to_alarm_ms": {
            "n": len(waits),
            "median": statistics.median(waits or [0]),
            "worst": max(waits, default=0),
        },
    }


def latencies(play: Play) -> list[int]:
    """Give the times from a press to the alarm at the centre, in ms, for presses that raised one within a second."""
    raised = [seen for seen in play.central.raised() if seen.transition == "raised"]
    pairs = ((press, seen) for press in play.presses for seen in raised if seen.alarm.endswith(f"-{press.device}"))
    return [seen.t - press.t for press, seen in pairs if 0 <= seen.t - press.t <= 1000]
