"""What may be asked of the running agent by the local socket: one entry a request. Who may ask is the socket's group.

    status                      the whole view                         (agent/view.py)
    why       what              why a rule or an alarm fires now, or does not     (agent/engine/explain.py)
    reload                      read the settings again
    order     order, args       an instruction, as the centre gives it; answered when it is on the medium
    lend      line, seconds     let go of a port, for `caretaker scan`, `listen` and `doctor` (agent/runtime/lending.py)
    return    line              take it back before the time is over

A request that nobody knows is answered by what is known. Nothing here touches a wire by itself.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from agent.engine.explain import explain
from agent.model.effects import Effect, Response
from agent.model.events import Instruction
from agent.runtime.commands import local_order
from agent.runtime.lending import Lending
from agent.runtime.rule_health import rows
from agent.view import view

if TYPE_CHECKING:
    from agent.app import App

PATIENCE: Final = 5.0
"""Seconds that an order waits for its answer: a commit takes far less."""
Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


class Requests:
    """Answers requests of the local socket, and keeps those orders that wait for theirs."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._waiting: dict[str, _Waiting] = {}
        lending = Lending(
            app.clock, lines=lambda: app.wiring.inputs.lines, unlocked=self._unlocked,
            order=self._put,
        )  # fmt: skip
        self.known: dict[str, Answer] = {
            "status": self._status, "why": self._why, "reload": self._reload, "order": self._order,
            "lend": lending.lend, "return": lending.back,
        }  # fmt: skip

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one request; what cannot be answered is an object with `error`."""
        known = self.known.get(str(request.get("cmd")))
        if known is None:
            return {"error": f"unknown command {request.get('cmd')!r}; known: {', '.join(self.known)}"}
        return known(request)

    def heard(self, effects: Sequence[Effect]) -> None:
        """These are on the medium: whoever waits for one of the answers gets it. Called by the pump's thread."""
        for effect in effects:
            if isinstance(effect, Response) and (waiting := self._waiting.get(effect.cmd_id)) is not None:
                waiting.response = effect
                waiting.told.set()

    def _status(self, request: Mapping[str, Any]) -> dict[str, Any]:
        return view(self._app) | ({"rules": rows(self._app.pump.engine)} if request.get("rules") else {})

    def _why(self, request: Mapping[str, Any]) -> dict[str, Any]:
        name, app = request.get("what"), self._app
        if not isinstance(name, str):
            return {"error": 'expected {"cmd": "why", "what": RULE or ALARM}'}
        found: list[dict[str, Any]] = []
        done = threading.Event()

        def look() -> None:
            """Look between two turns of the pump: every clause is of the same instant."""
            found.append(explain(app.pump.engine, name, app.clock.now()))
            done.set()

        app.pump.between(look)
        done.wait(PATIENCE)
        return found[0] if found else {"error": "no answer within 5 s: the service is busy; ask again"}

    def _reload(self, request: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        self._app.reloads.ask()
        return {"accepted": True}

    def _put(self, orders: list[Instruction]) -> None:
        self._app.pump.put(orders)

    def _unlocked(self, line: str) -> list[str]:
        held, devices = self._app.pump.engine.locks.held, self._app.settings.devices
        return [name for name, device in devices.items() if device.line == line and f"device {name}" not in held]

    def _order(self, request: Mapping[str, Any]) -> dict[str, Any]:
        order, args, user = request.get("order"), request.get("args", {}), request.get("user", "local")
        if not isinstance(order, str) or not isinstance(args, dict) or not isinstance(user, str):
            return {"error": 'expected {"cmd": "order", "order": NAME, "args": {…}, "user": NAME}'}
        cmd_id, waiting = f"local-{uuid.uuid4()}", _Waiting()
        self._waiting[cmd_id] = waiting
        self._app.pump.put([local_order(order, cmd_id, self._app.clock.now(), user[:64], args)])
        came = waiting.told.wait(PATIENCE)
        del self._waiting[cmd_id]
        if not came or waiting.response is None:
            return {"error": "no answer within 5 s: the journal cannot be written; see `caretaker status`"}
        response = waiting.response
        return {
            "status": response.status, "code": response.code, "message": response.message,
            "result": msgspec.json.decode(response.result),
        }  # fmt: skip


class _Waiting:
    """One order that waits for its answer."""

    def __init__(self) -> None:
        self.told = threading.Event()
        self.response: Response | None = None
