"""The agent as `status` shows it: a plain object, built on demand from what the parts know. Changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent import VERSION
from agent.alarms.life import Life
from agent.model.outside import iso_ms, plain

if TYPE_CHECKING:
    from agent.app import App


def view(app: App) -> dict[str, Any]:
    """Give devices, lines, alarms, indicators, journal, uplinks and faults. Times are ISO 8601 in UTC."""
    engine = app.pump.engine
    wall = engine.wall.wall
    settings = app.settings
    counts = app.counters.snapshot(app.clock.now())
    return {
        "site": settings.site.site,
        "node": settings.site.node,
        "version": VERSION,
        "settings": settings.revision[:12],
        "at": iso_ms(wall(app.clock.now())[0]),
        "clock_trusted": wall(app.clock.now())[1],
        "lines": {
            name: {"presence": line.presence} | counts.get(name, {}) | ({"presence": "lent"} if line.lent else {})
            for name, line in app.wiring.inputs.lines.items()
        },
        "devices": {
            name: {"driver": fields.driver, "zone": fields.place.zone, "presence": engine.presence.get(name, "unknown")}
            | _seen(app, counts.get(name, {}))
            | ({"presence": "lent"} if _lent(app, fields.line) else {})
            for name, fields in settings.devices.items()
        },
        "alarms": [_alarm(app, life) for life in list(engine.lives()) if life.work != "IDLE"],
        "outputs": _outputs(app),
        "locks": _locks(app),
        "points": len(engine.points),
        "alarm_metrics": engine.metrics.report(app.clock.now()),
        "indicators": {
            zone: [{"kpi": v.kpi, "value": v.value, "unit": v.unit, "n": v.n} for v in hour.values()]
            for zone, hour in list(engine.residents.indicators.zones.items())
        },
        "journal": {"path": app.journal.path, "stored": app.pump.stored, "failing": app.pump.failing,
                    "dropped": app.pump.dropped, "positions": app.journal.positions()},
        "uplinks": _uplinks(app),
        "faults": [
            {"code": row.code, "subject": row.subject, "text": row.detail, "count": row.count, "active": row.active}
            for row in app.faults.snapshot()
        ],
        "parts": {part.name: {"deaths": part.deaths} for part in app.parts()},
    }  # fmt: skip


def _outputs(app: App) -> list[dict[str, Any]]:
    return [
        {"device": device, "output": name, "wanted": out.wanted, "state": out.state, "confirmed": out.confirmed,
         "by": out.by, "override": out.override_until != -1}
        for (device, name), out in list(app.pump.engine.outputs.known.items())
    ]  # fmt: skip


def _locks(app: App) -> dict[str, Any]:
    wall = app.pump.engine.wall.wall
    return {
        key: {"since": iso_ms(wall(lock.since)[0]), "until": iso_ms(wall(lock.until)[0]), "who": lock.who}
        for key, lock in list(app.pump.engine.locks.held.items())
    }


def _lent(app: App, name: str | None) -> bool:
    line = app.wiring.inputs.lines.get(name or "")
    return line is not None and line.lent


def _seen(app: App, counts: dict[str, Any]) -> dict[str, Any]:
    """Give the counts of a device with the time at which it was last heard."""
    last = counts.get("last_seen", -1)
    presence = {"presence": counts["presence"]} if counts.get("presence", "unknown") != "unknown" else {}
    return counts | presence | {"last_seen": iso_ms(app.pump.engine.wall.wall(last)[0]) if last >= 0 else None}


def _alarm(app: App, life: Life) -> dict[str, Any]:
    now, spec, engine = life.occurrence, life.spec, app.pump.engine
    point = engine.points.get(spec.alarm)
    return {
        "alarm": spec.alarm, "priority": life.priority, "category": spec.category, "isa": life.isa(),
        "work": life.work, "quality": life.quality, "latched": life.latched, "suppressed": life.silent,
        "level": now.level, "breach": list(now.breach), "assignee": now.assignee,
        "device": spec.device, "title": point.rule.title.model_dump() if point else {}, "value": plain(now.value),
        "condition": now.condition, "raised_at": iso_ms(engine.wall.wall(now.raised_at)[0]),
        "acked_by": now.acked_by, "ticket": now.ticket, "occurrence": life.id(), "standard": now.standard,
    }  # fmt: skip


def _uplinks(app: App) -> dict[str, Any]:
    wiring, found = app.wiring.outputs, {}
    for name, client in (("south", app.wiring.inputs.south), ("mqtt", wiring.north)):
        if client is not None:
            found[name] = {
                "connected": client.link.connected,
                "protocol": client.link.protocol,
                "why": client.link.code,
            }
    if wiring.northbound is not None:
        found["mqtt"] |= {
            "published": wiring.northbound.published,
            "unanswered": wiring.northbound.unanswered,
            "delivered": wiring.northbound.positions(),
        }
    if wiring.store is not None:
        store = wiring.store
        found["influx"] = {
            "connected": not store.trouble, "why": store.trouble, "rows": store.delivered, "refused": store.refused,
            "delivered": store.positions(),
        }  # fmt: skip
    return found
