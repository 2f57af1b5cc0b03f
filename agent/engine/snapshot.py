"""The engine's whole state as bytes, and back: an engine of the same plan goes on as if nothing had happened."""

from __future__ import annotations

from typing import Any

import msgspec

from agent.engine import flood
from agent.engine.calendar import WallTimes
from agent.engine.engine import Engine
from agent.model.events import Offset


def snapshot(engine: Engine) -> bytes:
    """Give everything that the engine must remember."""
    fields = {
        "now": engine.now,
        "tickets": engine.tickets,
        "offsets": engine.wall.rows,
        "presence": engine.presence,
        "desk": engine.desk.state(),
        "residents": engine.residents.state(),
        "outputs": engine.outputs.state(),
        "locks": engine.locks.state(),
        "orphans": engine.orphans.state(),
        "inhibition": engine.inhibition.state(),
        "flood": engine.flood.state(),
        "metrics": engine.metrics.state(),
        "unmeasured": engine.unmeasured,
        "points": {point_id: point.state() for point_id, point in engine.points.items()},
    }
    return msgspec.msgpack.encode(fields)


def restore(engine: Engine, state: bytes) -> None:
    """Give a fresh engine what `snapshot` gave; points that its plan does not have are left out."""
    fields: dict[str, Any] = msgspec.msgpack.decode(state)
    engine.now, engine.tickets = fields["now"], fields["tickets"]
    engine.wall = WallTimes(msgspec.convert(fields["offsets"], list[Offset]))
    engine.presence = fields["presence"]
    engine.desk.restore(fields["desk"])
    engine.residents.restore(fields["residents"])
    # A snapshot of before there were outputs, locks and orphans has none.
    engine.outputs.restore(fields.get("outputs", {}))
    engine.locks.restore(fields.get("locks", {}))
    engine.orphans.restore(fields.get("orphans", {}), engine.now)
    flood.revive(engine, fields["points"])
    engine.inhibition.restore(fields.get("inhibition", {}))
    engine.flood.restore(fields.get("flood", {}), engine.points)
    engine.metrics.restore(fields.get("metrics", {"since": engine.now}))
    engine.unmeasured = fields.get("unmeasured", -1)
    for point_id, point_state in fields["points"].items():
        if point_id in engine.points:
            engine.points[point_id].restore(point_state, engine.now)
            engine.watches.refresh(engine.points[point_id])
    engine.arm_all()
