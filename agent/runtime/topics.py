"""The south broker's side: each message to the driver of its ecosystem, what it means to the pump, in order of arrival.

It decodes nothing, and keeps nothing of what it hears. Drivers are touched by the connection's own thread alone. A
message is acknowledged to the broker when the pump has stored what it means, also if it means nothing: order is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from agent.driver import MqttDevices
from agent.model.effects import Order
from agent.model.events import Event, Item, Outcome, Stranger
from agent.ports import Clock, Messages
from agent.runtime.counters import Counters
from agent.runtime.fault_log import FaultLog

SAID_AGAIN: Final = 3_600_000
STRANGERS_MOST: Final = 1000

Deliver = Callable[[list[Item], int], None]
"""Takes what a message means, and its token (0: the broker waits for no acknowledgement)."""


class South:
    """All ecosystems on one broker. A `Source` and `Sayer` of the pump; subscribes at construction.

    Where the filters of two ecosystems meet, the first has the message.
    """

    def __init__(
        self,
        client: Messages,
        ecosystems: Sequence[tuple[str, MqttDevices]],
        *,
        clock: Clock,
        deliver: Deliver,
        counters: Counters,
        faults: FaultLog,
    ) -> None:
        self._client, self._clock, self._deliver = client, clock, deliver
        self._counters, self._faults = counters, faults
        self._ecosystems = tuple(devices for _, devices in ecosystems)
        self._strangers: dict[tuple[str, str], int] = {}
        for name, devices in ecosystems:
            self._listen(name, devices)

    @property
    def window(self) -> int:
        """How many unacknowledged messages may be held before a commit is due."""
        return self._client.window

    def acknowledge(self, tokens: list[int]) -> None:
        """These messages are on the medium. From any thread."""
        self._client.ack(tokens)

    def settle(self, event: Event, outcome: Outcome) -> None:
        """Do nothing: the broker's devices know no outcome but the acknowledgement."""

    def say(self, order: Order) -> None:
        """Bring an order to its device, in the connection's next turn. From any thread."""
        self._client.call(lambda: self._command(order))

    def _command(self, order: Order) -> None:
        """Publish it now or never: "thank you" must not come when the broker does, an hour late."""
        if not self._client.connected:
            return
        now = self._clock.now()
        for devices in self._ecosystems:
            for message in devices.command(order, now):
                self._client.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)

    def _listen(self, ecosystem: str, devices: MqttDevices) -> None:
        receive, now, count, deliver = devices.receive, self._clock.now, self._counters.count, self._deliver
        tally = self._counters.of(ecosystem)

        def hear(topic: str, payload: bytes, retained: bool, token: int) -> None:
            t = now()
            items = receive(topic, payload, retained=retained, now=t)
            if strangers := count(items, t):
                tally.stray += strangers
                self._meet(ecosystem, items, t)
            if items or token:
                deliver(items, token)

        self._client.subscribe(devices.topics(), hear)

    def _meet(self, ecosystem: str, items: Sequence[Item], now: int) -> None:
        """Say once an hour that a device is not in the settings. The counters have each of its messages."""
        for item in items:
            who = (ecosystem, item.device)
            if type(item) is not Stranger or now - self._strangers.get(who, -SAID_AGAIN) < SAID_AGAIN:
                continue
            self._strangers.pop(who, None)
            if len(self._strangers) >= STRANGERS_MOST:
                del self._strangers[next(iter(self._strangers))]
            self._strangers[who] = now
            self._faults.report("CT214", item.device, ecosystem=ecosystem)
