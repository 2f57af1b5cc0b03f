"""A connection to an MQTT broker, kept up: what it hears goes to hearers, what it is given goes out, in one thread.

It queues nothing that matters: `publish` is answered exactly once, with the broker's word or, when the connection or
the next try to connect fails, with LOST. Only `ack` acknowledges. Other threads leave wishes in queues and wake it.

    closed --- connect ---> asked --- CONNACK ---> connected: silence for 2/3 keep-alive: is somebody there?
      ^                       |                        |      as much again: no
      +--- back-off 1-60 s ---+------------------------+

Whether the broker still listens is asked by an UNSUBSCRIBE: paho alone can stay "connected" and deaf (rigs.md §5).
"""

from __future__ import annotations

import itertools
import select
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from agent.backoff import Backoff
from agent.io.mqtt_broker import Broker, Link, ProtocolChoice, Trouble, cannot_connect, where
from agent.io.mqtt_connection import LOST, Connection, Outgoing
from agent.io.mqtt_routes import Routes
from agent.io.wakeup import Wakeup
from agent.ports import Clock, Hearer

LONGEST: Final = 60_000
STABLE: Final = 30_000  # a connection that stood so long has proved itself: the next back-off begins small


class MqttClient:
    """The way to one broker (a `Messages` of agent/ports.py).

    `on_link` is told of every change, `on_trouble` what is wrong again (a try like the last) or beside (a topic that is
    not allowed, an old protocol), `on_published` the answer to each handle: 0 accepted, 0x10 nobody subscribed, 0x80
    and above refused, LOST. All three are called from the thread of `turn`.
    """

    def __init__(
        self,
        broker: Broker,
        clock: Clock,
        *,
        on_link: Callable[[Link], None] = lambda _link: None,
        on_published: Callable[[int, int], None] = lambda _handle, _code: None,
        on_trouble: Callable[[str, dict[str, str]], None] = lambda _code, _words: None,
    ) -> None:
        self.broker = broker
        self.link = Link(connected=False, since=clock.now())
        self._clock = clock
        self._on_link, self._on_published, self._on_trouble = on_link, on_published, on_trouble
        self._protocol = ProtocolChoice(broker.protocol)
        self._routes = Routes()
        self._acks: deque[int] = deque()
        self._outgoing: deque[Outgoing] = deque()
        self._jobs: deque[Callable[[], None]] = deque()
        self._handles = itertools.count(1)
        self._connection: Connection | None = None
        self._epoch = 0
        self._heard_at = self._probed_at = self._retry_at = 0
        self._backoff = Backoff(1000, broker.retry_most_ms)
        self._wakeup = Wakeup()
        self._poll = select.poll()
        self._poll.register(self._wakeup.fileno(), select.POLLIN)

    @property
    def window(self) -> int:
        """How many unacknowledged messages may be held before the broker sends no more (half of it, to be early)."""
        return self.broker.receive_maximum // 2 if self._protocol.v5 else 10

    @property
    def connected(self) -> bool:
        """Tell whether the broker is there."""
        return self.link.connected

    @property
    def unwanted(self) -> int:
        """How many messages came on topics that nobody subscribed to (amqtt sends other clients' retained ones)."""
        return self._routes.unwanted

    # --- from any thread ---------------------------------------------------------------------------------------------

    def subscribe(self, filters: Sequence[str], hearer: Hearer) -> None:
        """Let `hearer` have what matches, from the connection's own thread; of several, the first takes a topic."""
        self.call(lambda: self._subscribe(tuple(filters), hearer))

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        expiry_s: int = 0,
        content_type: str = "",
        reply_to: str = "",
        correlation: bytes = b"",
        user: tuple[tuple[str, str], ...] = (),
    ) -> int:
        """Send one message; give its handle. What MQTT 5 has beside (expiry and so on) is left out on 3.1.1."""
        handle = next(self._handles)
        extras = (expiry_s, content_type, reply_to, correlation, user)
        self._outgoing.append(Outgoing(handle, topic, payload, qos, retain, extras))
        self.wake()
        return handle

    def ack(self, tokens: Iterable[int]) -> None:
        """Acknowledge messages to the broker; tokens of an earlier connection are left alone: those come again."""
        self._acks.extend(tokens)
        self.wake()

    def call(self, job: Callable[[], None]) -> None:
        """Let `job` run in the connection's own thread, in its next turn, connected or not."""
        self._jobs.append(job)
        self.wake()

    def wake(self) -> None:
        """End the wait of a turn."""
        self._wakeup.wake()

    # --- the connection's own thread ---------------------------------------------------------------------------------

    def turn(self, limit_ms: int = LONGEST) -> None:
        """Do one turn: one wait of at most `limit_ms`, ended early by the broker, by `wake` or by something due."""
        now = self._clock.now()
        if self._connection is None and now >= self._retry_at:
            self._connect(now)
        busy = self._connection is not None and self._connection.more
        ready = [fd for fd, _ in self._poll.poll(0 if busy else max(0, min(limit_ms, self._patience(now))))]
        if self._wakeup.fileno() in ready:
            self._wakeup.clear()
        while self._jobs:
            self._jobs.popleft()()
        connection = self._connection
        if connection is None:
            return
        try:
            self._serve(connection, readable=busy or connection.fileno in ready)
        except BaseException:
            self._connection = None  # a hearer's error ends this thread: begin anew when it is started again
            connection.drop()
            raise

    def close(self) -> None:
        """Take leave of the broker (no will is published) and answer all that is open with LOST."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.leave()
            connection.drop()
        self._give_up_messages()
        self._tell(Link(connected=False, since=self._clock.now()))

    def _connect(self, now: int) -> None:
        self._epoch += 1
        try:
            self._connection = Connection(
                self.broker, self._epoch << 16, self._poll, self._routes, self._on_published, v5=self._protocol.v5
            )
        except (OSError, ValueError) as error:
            self._failed(now, cannot_connect(self.broker, error))
        self._heard_at, self._probed_at = self._clock.now(), 0

    def _serve(self, connection: Connection, *, readable: bool) -> None:
        seen = connection.seen
        if readable:
            connection.read()
        now = self._clock.now()
        if connection.seen != seen:
            self._heard_at, self._probed_at = now, 0
        if connection.connected and not self.link.connected and connection.ended is None:
            self._established(now)
        if connection.ended is None:
            self._send(connection)
            self._look_after(connection, now)
            connection.write()
        while connection.denied:
            topic, detail = connection.denied.pop()
            self._on_trouble("CT305", {"topic": topic, "detail": detail})
        if connection.ended is not None:
            self._lost(connection, connection.ended, now)

    def _send(self, connection: Connection) -> None:
        acks = self._acks
        for _ in range(len(acks)):
            connection.ack(acks.popleft())
        while self._outgoing and connection.connected and connection.free:
            connection.publish(self._outgoing.popleft())

    def _look_after(self, connection: Connection, now: int) -> None:
        if not connection.connected:
            overdue = now >= self._heard_at + self._protocol.patience_ms
        elif self._probed_at:
            overdue = now >= self._probed_at + self._span
        else:
            overdue = False
            if now >= self._heard_at + self._span:
                connection.probe()
                self._probed_at = now
        if overdue:
            connection.ended = Trouble("CT307", where(self.broker))

    def _patience(self, now: int) -> int:
        if self._connection is None:
            return self._retry_at - now
        if not self._connection.connected:
            return self._heard_at + self._protocol.patience_ms - now
        return max(self._heard_at, self._probed_at) + self._span - now

    @property
    def _span(self) -> int:
        """Silence after which the broker is asked, and after as much again given up: 1.33 x keep-alive together."""
        return self.broker.keepalive_ms * 2 // 3

    def _established(self, now: int) -> None:
        v5 = self._protocol.established()
        self._tell(Link(connected=True, since=now, protocol="5" if v5 else "3.1.1"))
        if not v5:
            self._on_trouble("CT306", where(self.broker))

    def _lost(self, connection: Connection, why: Trouble, now: int) -> None:
        self._connection = None
        if self.link.connected and now - self.link.since >= STABLE:
            self._backoff.reset()
        connection.drop()
        if self._protocol.ended(connection.refusal, why.code, connected=connection.connected):
            self._retry_at = now
        else:
            self._failed(now, why)

    def _failed(self, now: int, why: Trouble) -> None:
        self._retry_at = now + self._backoff.next_ms()
        self._give_up_messages()
        self._tell(Link(False, now, "", why.code, why.words))

    def _tell(self, link: Link) -> None:
        if (link.connected, link.code) != (self.link.connected, self.link.code):
            self.link = link
            self._on_link(link)
        elif link.code:
            self._on_trouble(link.code, link.words)

    def _give_up_messages(self) -> None:
        for _ in range(len(self._outgoing)):  # whoever is told may publish again: that waits for the next try
            self._on_published(self._outgoing.popleft().handle, LOST)

    def _subscribe(self, filters: Sequence[str], hearer: Hearer) -> None:
        self._routes.add([(wanted, hearer) for wanted in filters])
        if self._connection is not None and self._connection.connected:
            self._connection.subscribe(filters)
