"""From a terminal's event to a resident's feedback, by the terminal's own table of keys and phrases. No guessing."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from agent.model.events import Event, Feedback, Sentiment, Service, Urgency

SCORES: Final[dict[str, float]] = {"positive": 100.0, "neutral": 50.0, "negative": 0.0}
"""Score of a sentiment where the table gives none (domain.md §3.2: equally spaced, 0 to 100)."""

KINDS: Final[dict[str, Literal["button", "voice"]]] = {"button": "button", "rating": "button", "voice": "voice"}


class Meaning(msgspec.Struct, frozen=True):
    """What a key or phrase says. `score` is -1 for a call that is no rating."""

    service: Service
    sentiment: Sentiment
    urgency: Urgency
    score: float


class Table(msgspec.Struct, frozen=True):
    """A terminal's keys and phrases. `min_confidence` is 0..100: a phrase below it is kept and not counted."""

    keys: dict[str, Meaning]
    phrases: dict[str, Meaning]
    min_confidence: int = 0


def key_words(event: Event) -> tuple[str, ...]:
    """Give the words by which a key may stand in the table, the most exact first: `1_double`, `1`, `double`.

    A rating stands by its score, `1_2/5` or `2/5` where 1 is the topic: a topic alone says nothing.
    """
    value = str(event.value)
    _, _, part = event.part.partition("=")
    if not part:
        return (value,)
    return (f"{part}_{value}", value) if event.quantity == "rating" else (f"{part}_{value}", part, value)


def confidence(event: Event) -> int | None:
    """Give the confidence that a voice module reported in `detail` (`confidence=73`), None if it reports none."""
    for word in event.detail.split():
        name, _, number = word.partition("=")
        if name == "confidence" and number.isdigit():
            return int(number)
    return None


def classify(event: Event, table: Table) -> Feedback | None:
    """Give what a person meant by this event, None if it is not theirs or the table does not know it."""
    channel = KINDS.get(event.quantity)
    if channel is None or event.historical:
        return None
    words = key_words(event)
    known = table.phrases if channel == "voice" else table.keys
    found = next((word for word in words if word in known), None)
    if found is None or event.value == "release":
        return None
    sure = confidence(event)
    if channel == "voice" and sure is not None and sure < table.min_confidence:
        return None
    meaning = known[found]
    return Feedback(
        device=event.device, t=event.t, feedback=event.native or f"{event.device}@{event.t}", channel=channel,
        key=found, service=meaning.service, sentiment=meaning.sentiment, urgency=meaning.urgency, score=meaning.score,
        age_ms=event.age_ms, time_quality=event.time_quality,
    )  # fmt: skip
