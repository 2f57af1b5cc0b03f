"""FTL/1 event records: the bodies that a terminal keeps in flash, and the facts that they are. It knows no time.

    kind 1 KEY  2 RATING  3 VOICE  4 CLIP  5 TAMPER  6 CARD  7 STUCK  8 LOST  9 POWER

Source: serial.md §D.3 (EVENT bodies). The details are `word=value` and the same at every resend, so that two copies of
one record are equal.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from drivers.ftl1_frame import Message, Shape, pack, parse, shape

LONG_MS: Final = 1500
STILL_HELD: Final = 0xFFFF
CONFIDENCE_UNTOLD: Final = 255


class Key(Message, frozen=True):
    """Record 1: a key; `hold_ms` FFFF: still held."""

    key: int
    hold_ms: int
    clicks: int


class Rating(Message, frozen=True):
    """Record 2: a score out of `scale`."""

    topic: int
    score: int
    scale: int


class Voice(Message, frozen=True):
    """Record 3: a phrase was recognised; `confidence` 255: not told; `clip_id` 0: no recording."""

    phrase_id: int
    confidence: int
    lang: int
    clip_id: int


class Clip(Message, frozen=True):
    """Record 4: a recording is ready. codec: 1 IMA-ADPCM 8 kHz, 2 Opus 16 kHz, 3 PCM16 16 kHz; CRC-32 (IEEE)."""

    clip_id: int
    codec: int
    duration_ds: int
    size: int
    crc32: int


class Tamper(Message, frozen=True):
    """Record 5: the case was opened or closed."""

    open: int


class Card(Message, frozen=True):
    """Record 6: a card. tech: 1 125 kHz, 2 ISO 14443A."""

    tech: int
    uid: bytes


class Stuck(Message, frozen=True):
    """Record 7: a key is held for so many seconds that it counts as stuck."""

    key: int
    seconds: int


class Lost(Message, frozen=True):
    """Record 8: records had to be overwritten. reason: 1 storage full, 2 flash error."""

    first_id: int
    count: int
    reason: int


class Power(Message, frozen=True):
    """Record 9: 1 mains lost, 2 back, 3 battery low."""

    state: int


_SHAPES: Final[dict[type[Message], Shape]] = {
    Key: shape(1, "BHB"),
    Rating: shape(2, "BBB"),
    Voice: shape(3, "HBBH"),
    Clip: shape(4, "HBHII"),
    Tamper: shape(5, "B"),
    Card: shape(6, "BB", "counted"),
    Stuck: shape(7, "BH"),
    Lost: shape(8, "IIB"),
    Power: shape(9, "B"),
}

CLICKS: Final = ("press", "single", "double", "triple", "quad", "penta")
"""Words by number of clicks; more than five count as five."""
_POWER: Final = ("lost", "back", "battery_low")
_LOST_REASONS: Final = {1: "storage_full", 2: "flash_error"}


class Fact(NamedTuple):
    """What a record says in the agent's words: event kind, value, part and detail of an `Event`."""

    quantity: str
    value: str
    part: str = ""
    detail: str = ""


def record_of(kind: int, body: bytes) -> Message | None:
    """Give the body of a record, or None if the kind is unknown or the body too short for it."""
    found = parse(kind, body, _SHAPES)
    return found if isinstance(found, Message) else None


def body_of(record: Message) -> tuple[int, bytes]:
    """Give kind and bytes of a record's body; raise struct.error if a number does not fit its field."""
    return _SHAPES[type(record)].code, pack(record, _SHAPES)


def fact_of(record: Message | None) -> Fact | None:
    """Give what a record says, or None if it says nothing believable."""
    fact: Fact | None = None
    match record:
        case Key(key, hold_ms, clicks):
            word = "long" if hold_ms >= LONG_MS else CLICKS[min(clicks, len(CLICKS) - 1)]
            held = "held" if hold_ms == STILL_HELD else str(hold_ms)
            fact = Fact("button", word, f"channel={key}", f"hold_ms={held}")
        case Rating(topic, score, scale) if score <= scale > 0:
            fact = Fact("rating", f"{score}/{scale}", f"topic={topic}")
        case Voice(phrase_id, confidence, lang, clip_id):
            words = [] if confidence == CONFIDENCE_UNTOLD else [f"confidence={confidence}"]
            words += [f"lang={lang}"] + ([f"clip={clip_id}"] if clip_id else [])
            fact = Fact("voice", str(phrase_id), detail=" ".join(words))
        case Clip(clip_id, codec, duration_ds, size, crc32):
            detail = f"codec={codec} duration_ms={duration_ds * 100} bytes={size} crc32={crc32:08x}"
            fact = Fact("clip_ready", str(clip_id), detail=detail)
        case Tamper(is_open):
            fact = Fact("tamper", "open" if is_open else "closed")
        case Card(tech, uid) if uid:
            fact = Fact("card", uid.hex(), detail=f"tech={tech}")
        case Stuck(key, seconds):
            fact = Fact("key_stuck", "stuck", f"channel={key}", f"seconds={seconds}")
        case Lost(first_id, count, reason):
            why = _LOST_REASONS.get(reason, str(reason))
            fact = Fact("events_lost", str(count), detail=f"first_id={first_id} reason={why}")
        case Power(state) if 1 <= state <= len(_POWER):
            fact = Fact("mains", _POWER[state - 1])
    return fact


def record_for(quantity: str, value: str, part: str = "") -> Message:
    """Give the record of a fact, as a terminal would keep it; raise ValueError if it has none for such a fact."""
    number = int(part.partition("=")[2] or "0")
    record: Message | None = None
    match quantity:
        case "button" if value == "long":
            record = Key(number, STILL_HELD, 1)
        case "button" if value in CLICKS:
            record = Key(number, 120, CLICKS.index(value))
        case "rating":
            score, _, scale = value.partition("/")
            record = Rating(number, int(score), int(scale or "5"))
        case "voice":
            record = Voice(int(value), CONFIDENCE_UNTOLD, 0, 0)
        case "tamper":
            record = Tamper(int(value == "open"))
        case "card":
            record = Card(2, bytes.fromhex(value))
        case "key_stuck":
            record = Stuck(number, 20)
        case "mains" if value in _POWER:
            record = Power(_POWER.index(value) + 1)
    if record is None:
        raise ValueError(f"an FTL/1 terminal keeps no record of {quantity} '{value}'")
    return record
