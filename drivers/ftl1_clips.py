"""FTL/1 recordings: pulled by the host in the background, one at a time, into memory alone. It writes no file.

    EVENT CLIP stored ─▶ CLIP_REQ offset, 200 ─▶ CLIP_CHUNK … whole ─▶ CRC-32 ─▶ clip_ready ─▶ taken ─▶ CLIP_DONE 0
                         no chunk in 500 ms: again       CRC wrong: CLIP_DONE 1, from 0 again

Presses go first: for 100 ms behind an event nothing is asked for. At most one recording of at most 64 KiB is held, for
at most ten minutes; while it is held the next one waits in the terminal. The terminal is told to erase it when
somebody has taken it, and not before; a recording that nobody takes stays where it was. Source: serial.md §D.5 rule 8.
"""

from __future__ import annotations

import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from agent.model.events import Event, Fault, Item, Outcome
from drivers.ftl1_messages import ClipChunk, ClipDone, ClipReq
from drivers.ftl1_records import Clip

CHUNK: Final = 200
LONGEST_CLIP: Final = 64 * 1024
ANSWER_MS: Final = 500
PAUSE_MS: Final = 5
AFTER_EVENT_MS: Final = 100
AWAY_MS: Final = 30_000
TRIES: Final = 5
"""So many requests go unanswered, then there is a pause of `AWAY_MS`."""
ROUNDS: Final = 3
"""So many pauses without a piece between them, or wrong sums, and the recording is left where it is."""
HOLD_MS: Final = 600_000
MOST_WAITING: Final = 16
STORED, CRC_BAD = 0, 1


class Held(NamedTuple):
    """A whole recording whose sum is right. `native` names the event that announced it."""

    native: str
    clip_id: int
    codec: int
    data: bytes


@dataclass(slots=True)
class _Pulled:
    native: str
    clip: Clip
    data: bytearray = field(default_factory=bytearray)
    tries: int = 0
    pauses: int = 0
    wrong: int = 0


class Clips:
    """The recordings of one terminal, the host's side. With `wanted` false it does nothing."""

    def __init__(self, device: str, *, wanted: bool) -> None:
        self.held: Held | None = None
        self.done: list[ClipDone] = []
        """What the terminal is to be told of them."""
        self._device, self._wanted = device, wanted
        self._told: dict[str, Clip] = {}
        self._known: deque[str] = deque(maxlen=2 * MOST_WAITING)
        self._waiting: deque[_Pulled] = deque(maxlen=MOST_WAITING)
        self._pulled: _Pulled | None = None
        self._next_at = self._free_at = self._held_until = 0

    @property
    def again(self) -> bool:
        """Whether the last request was a repetition."""
        return self._pulled is not None and self._pulled.tries > 1

    def event(self, native: str, body: object, now: int) -> list[Item]:
        """An event came, a recording's or another: it goes first. Give what is wrong with the recording."""
        self._free_at = now + AFTER_EVENT_MS
        if not self._wanted or not isinstance(body, Clip) or native in self._known:
            return []
        if not 0 < body.size <= LONGEST_CLIP:
            detail = f"clip {body.clip_id} of {body.size} bytes is not pulled: 1 to {LONGEST_CLIP} can be held"
            return [Fault(self._device, "insane", detail, t=now)]
        self._told[native] = body
        while len(self._told) > MOST_WAITING:
            del self._told[next(iter(self._told))]
        return []

    def settled(self, native: str, outcome: Outcome) -> None:
        """The journal decided on an event: if it has it, its recording may be pulled."""
        clip = self._told.pop(native, None)
        if clip is None or outcome not in ("stored", "existed"):
            return
        self._known.append(native)
        self._waiting.append(_Pulled(native, clip))
        self._begin()

    def due(self) -> int | None:
        """Give when there is something to ask, or to let go of."""
        if self.held is not None:
            return self._held_until
        return None if self._pulled is None else max(self._next_at, self._free_at)

    def request(self, now: int) -> ClipReq | None:
        """Give the next request; let go of what nobody has taken. Called when due."""
        if self.held is not None and now >= self._held_until:
            self.held = None
            self._begin()
        pulled = self._pulled
        if pulled is None or now < max(self._next_at, self._free_at):
            return None
        pulled.tries += 1
        self._next_at = now + ANSWER_MS
        offset = len(pulled.data)
        return ClipReq(pulled.clip.clip_id, offset, min(CHUNK, pulled.clip.size - offset))

    def overdue(self, now: int) -> list[Item]:
        """Say that the terminal has stopped answering; pause, and in the end leave it. Called before `request`."""
        pulled = self._pulled
        if pulled is None or now < self._next_at or pulled.tries < TRIES:
            return []
        pulled.tries, pulled.pauses, self._next_at = 0, pulled.pauses + 1, now + AWAY_MS
        if pulled.pauses >= ROUNDS:
            self._begin(left=True)
        return [Fault(self._device, "silent", f"no answer for clip {pulled.clip.clip_id}", t=now)]

    def chunk(self, told: ClipChunk, now: int) -> list[Item]:
        """Take a piece; one that was not asked for next is ignored. Give `clip_ready` when the recording is whole."""
        pulled = self._pulled
        if pulled is None or (told.clip_id, told.offset) != (pulled.clip.clip_id, len(pulled.data)):
            return []
        if not 0 < len(told.data) <= min(CHUNK, pulled.clip.size - told.offset):
            return []
        pulled.data += told.data
        pulled.tries = pulled.pauses = 0
        self._next_at = now + PAUSE_MS
        return self._whole(pulled, now) if len(pulled.data) == pulled.clip.size else []

    def taken(self) -> Held | None:
        """Give the recording to somebody who keeps it from here on: the terminal will be told to erase its own."""
        held, self.held = self.held, None
        if held is not None:
            self.done.append(ClipDone(held.clip_id, STORED))
            self._begin()
        return held

    def forget(self) -> None:
        """Another terminal speaks, or a wiped one: a clip's number may mean another recording from here on."""
        self.held = self._pulled = None
        self._told.clear()
        self._waiting.clear()

    def _whole(self, pulled: _Pulled, now: int) -> list[Item]:
        clip, data = pulled.clip, bytes(pulled.data)
        if zlib.crc32(data) == clip.crc32:
            self._pulled, self._held_until = None, now + HOLD_MS
            self.held = Held(pulled.native, clip.clip_id, clip.codec, data)
            detail = f"clip={clip.clip_id},codec={clip.codec},bytes={clip.size},crc=ok"
            return [Event(self._device, "clip_ready", str(clip.clip_id), now, detail=detail)]
        pulled.data.clear()
        pulled.wrong += 1
        if pulled.wrong >= ROUNDS:
            self._begin(left=True)
        else:
            self.done.append(ClipDone(clip.clip_id, CRC_BAD))
        return [Fault(self._device, "checksum", f"the CRC-32 of clip {clip.clip_id} is wrong", t=now)]

    def _begin(self, *, left: bool = False) -> None:
        if left:
            self._pulled = None
        if self._pulled is None and self.held is None and self._waiting:
            self._pulled = self._waiting.popleft()


class Recordings:
    """The terminal's own side: recordings by id, until the host lets it erase them."""

    def __init__(self) -> None:
        self.clips: dict[int, bytes] = {}

    def told(self, told: ClipReq | ClipDone) -> ClipChunk | None:
        """Give the piece that is asked for, if there is one; erase a recording that is stored or not wanted."""
        if isinstance(told, ClipReq):
            piece = self.clips.get(told.clip_id, b"")[told.offset :][: min(told.most, CHUNK)]
            return ClipChunk(told.clip_id, told.offset, piece) if piece else None
        if told.status != CRC_BAD:
            self.clips.pop(told.clip_id, None)
        return None
