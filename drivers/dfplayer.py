"""DFPlayer Mini (FN-M16P and clones): says prompts from a memory card, the host's side.

It records nothing and plays no music; what is still playing only the module's own BUSY pin tells surely.

    host                      module                             frame: dfplayer_frame.py
    source, volume ─────────▶                                    at the start, and whenever it has started again (3F)
    folder/track ───────────▶ 41 ack (if wanted) … 3D finished   one at a time; a clone may say it twice, or 4C
    status 42 ──────────────▶ 42                                 every interval: it is there
    volume 06, 43 ──────────▶ 43                                 read back after it was set

A track that is not said to be finished 2 s after the prompt's `seconds` is given up and told. Commands are 200 ms
apart. An answer that repeats the question is an echo. Source: serial.md §C6.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Final, NamedTuple

from agent.driver import SerialDriver, SerialSettings, Setup
from agent.model.effects import Configure, Order, Prompt
from agent.model.events import Event, Fault, Item, Reading, Undecoded
from drivers.dfplayer_frame import (
    ACK,
    ASK_VOLUME,
    ERROR,
    ERRORS,
    FINISHED,
    LOUDEST,
    MEDIUM_IN,
    MEDIUM_OUT,
    ONLINE,
    SD,
    SHAPE,
    SOURCE,
    STATES,
    STATUS,
    USB,
    VOLUME,
    Command,
    DfPlayerOptions,
    Player,
    decode,
    encode,
    media,
    track_command,
)
from drivers.wire.asking import Asking

GRACE_MS: Final = 2000
TWICE_MS: Final = 500
"""The same track cannot finish twice within so short a time: it was said twice."""
GAP_MS: Final = 200
MOST_WAITING: Final = 24
SOURCES: Final = {"usb": USB, "sd": SD}
FIRST_QUERY, FIRST_UP = 0x42, 0x3A
WITH_TICKET: Final = ("ticket-opened", "already-open", "resolved")


class Wanted(NamedTuple):
    """A track that waits to be played, and for how many ms it may go on."""

    command: Command
    most_ms: int


class Device(Asking):
    """The host's side."""

    timeout_ms = 1000
    pause_ms: ClassVar[int] = GAP_MS

    def __init__(self, setup: Setup) -> None:
        options = setup.options if isinstance(setup.options, DfPlayerOptions) else DfPlayerOptions()
        self._options, self._volume = options, options.volume
        super().__init__(setup, SHAPE, request=self._bytes(Command(STATUS)), begin=self._setting_up())
        self._waiting_tracks: deque[Wanted] = deque()
        self._until: int | None = None
        """When what is playing is given up, None while nothing is playing."""
        self._finished = (-1, -TWICE_MS)
        self._state = -1
        self._news: list[Item] = []
        self._meanings: dict[int, Callable[[int, int], list[Item]]] = {
            MEDIUM_IN: partial(self._medium, "inserted"),
            MEDIUM_OUT: partial(self._medium, "removed"),
            ONLINE: self._started,
            ERROR: self._error,
            ACK: self._acknowledged,
            STATUS: self._status,
            ASK_VOLUME: self._volume_is,
        }

    def due(self) -> int | None:
        """Give when there is something to send; what plays is waited for."""
        times = [] if self.waiting else [super().due()]
        if not self.waiting and self._until is not None:
            times.append(max(self._until, self._free_at))
        elif not self.waiting and self._waiting_tracks:
            times.append(self._free_at)
        return min((time for time in times if time is not None), default=None)

    def ask(self, now: int) -> bytes:
        """Give the next command, track or question."""
        if self._until is not None and now >= self._until:
            self._news.append(Event(self.device, "prompt_result", "unfinished", now))
            self._until = None
        if self._until is not None or self._todo or not self._waiting_tracks:
            return super().ask(now)
        wanted = self._waiting_tracks.popleft()
        self._until, self._free_at = now + wanted.most_ms, now + GAP_MS
        data = self._bytes(wanted.command)
        return self._sent(data, now) if self.replies(data) else data

    def receive(self, data: bytes, now: int) -> list[Item]:
        """Take bytes as they came, give what they mean."""
        return self._told() + super().receive(data, now)

    def quiet(self, now: int) -> list[Item]:
        """Say what could not be said before, and that nothing came for an answer."""
        return self._told() + super().quiet(now)

    def command(self, order: Order, now: int) -> bytes:
        """Keep a prompt or a volume until its turn; what cannot be done is refused with the next answer."""
        if isinstance(order, Prompt):
            self._prompt(order, now)
        elif isinstance(order, Configure):
            self._configure(order, now)
        return b""

    def is_answer(self, frame: bytes, asked: bytes) -> bool:
        """Tell whether a frame answers: the acknowledgement, the same number, or an error."""
        code, wanted = decode(frame).code, asked[3]
        return frame != asked and code in (ERROR, ACK if wanted < FIRST_QUERY else wanted)

    def replies(self, command: bytes) -> bool:
        """Tell whether a command is answered: questions are, and what asks for an acknowledgement."""
        return command[3] >= FIRST_QUERY or command[4] == 1

    def meaning(self, frame: bytes, now: int) -> list[Item]:
        """Give `prompt_result`, `device_alarm`, `reboot`, `sensor_status`, `reachable`."""
        code, par, _ = decode(frame)
        if code < FIRST_UP or frame in (self._request, self._bytes(Command(ASK_VOLUME))):
            return []
        if code in FINISHED:
            return self._over(code, par, now)
        known = self._meanings.get(code)
        if known is None:
            return [Undecoded(self.device, frame.hex(), detail=f"answer {code:02X}, parameter {par}", t=now)]
        return known(par, now)

    def _medium(self, word: str, par: int, now: int) -> list[Item]:
        return [Event(self.device, "sensor_status", word, now, detail=f"medium={media(par)}")]

    def _started(self, par: int, now: int) -> list[Item]:
        self._todo, self._until, self._free_at = deque(self._begin), None, now + GAP_MS
        return [Event(self.device, "reboot", "power_on", now, detail=f"devices={media(par)}")]

    def _acknowledged(self, par: int, now: int) -> list[Item]:  # noqa: ARG002 - it says nothing but that
        return [Event(self.device, "prompt_result", "acknowledged", now)]

    def _over(self, code: int, track: int, now: int) -> list[Item]:
        before, self._finished = self._finished, (track, now)
        if before[0] == track and now - before[1] < TWICE_MS:
            return []
        self._until, self._free_at = None, max(self._free_at, now + GAP_MS)
        detail = f"track={track},medium={FINISHED[code]}"
        return [Event(self.device, "prompt_result", "done", now, detail=detail)]

    def _error(self, code: int, now: int) -> list[Item]:
        word = ERRORS.get(code, f"error_{code}")
        items: list[Item] = [Event(self.device, "device_alarm", word, now, detail=f"code={code}")]
        if self._until is not None:
            self._until, self._free_at = None, max(self._free_at, now + GAP_MS)
            items.append(Event(self.device, "prompt_result", "failed", now, detail=f"reason={word}"))
        return items

    def _status(self, par: int, now: int) -> list[Item]:
        state = par & 0xFF
        items: list[Item] = [Reading(self.device, "reachable", True, now)]
        if state != self._state:
            self._state = state
            word = STATES[state] if state < len(STATES) else str(state)
            items.append(Event(self.device, "sensor_status", word, now, detail=f"medium={media(par >> 8)}"))
        return items

    def _volume_is(self, par: int, now: int) -> list[Item]:
        if par != self._volume:
            return [Fault(self.device, "refused", f"the volume is {par}, not {self._volume}", t=now)]
        return [Event(self.device, "sensor_status", "volume", now, detail=f"volume={par}")]

    def _prompt(self, order: Prompt, now: int) -> None:
        track = self._options.tracks.get(order.code)
        if track is None:
            return
        tracks = [track_command(track)]
        if self._options.digits and order.ticket > 0 and order.code in WITH_TICKET:
            tracks += [track_command(f"{self._options.digits}/{digit}") for digit in str(order.ticket)]
        if len(self._waiting_tracks) + len(tracks) > MOST_WAITING:
            self._refuse(f"{order.code}: too many prompts are waiting", now)
            return
        most = max(0, order.seconds) * 1000 + GRACE_MS
        self._waiting_tracks += [Wanted(one._replace(fb=self._options.acknowledge), most) for one in tracks]

    def _configure(self, order: Configure, now: int) -> None:
        value = int(order.value) if order.value.isascii() and order.value.isdecimal() else -1
        if order.key != "volume":
            self._refuse(f"it keeps no setting '{order.key[:32]}'; there is: volume", now)
        elif not 0 <= value <= LOUDEST:
            self._refuse(f"volume '{order.value[:16]}' is not 0 to {LOUDEST}", now)
        else:
            self._volume = value
            self._begin = self._setting_up()
            self._todo.append(self._bytes(Command(VOLUME, value)))
            if value:  # That it is 0 would look like the question.
                self._todo.append(self._bytes(Command(ASK_VOLUME)))

    def _refuse(self, why: str, now: int) -> None:
        self._news.append(Fault(self.device, "refused", why, t=now))
        if self._request not in self._todo:
            self._todo.append(self._request)

    def _setting_up(self) -> tuple[bytes, ...]:
        return self._bytes(Command(SOURCE, SOURCES[self._options.source])), self._bytes(Command(VOLUME, self._volume))

    def _bytes(self, command: Command) -> bytes:
        return encode(command, checked=self._options.form == "checked")

    def _told(self) -> list[Item]:
        told, self._news = self._news, []
        return told


DRIVER: Final = SerialDriver(
    name="dfplayer",
    summary="DFPlayer Mini: says prompts from a memory card, UART",
    build=Device,
    player=Player,
    quantities=("reachable",),
    events=("prompt_result", "device_alarm", "sensor_status", "reboot"),
    options=DfPlayerOptions,
    serial=SerialSettings(9600),
    keys=("volume",),
    ticks=("encoder", "vectors", "any-cut", "hostile"),
)
