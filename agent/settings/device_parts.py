"""What may be written under one device beside its address: its terminal, corrections, derived quantities, outputs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agent.model.events import Sentiment, Service, Urgency
from agent.model.units import Duration
from agent.rules.formula import Name
from agent.settings.strict import Bearing, Strict, Word


class KeyMeaning(Strict):
    """What a key or phrase of a terminal means."""

    service: Service = Field(description="whose matter it is")
    sentiment: Sentiment = Field("negative", description="what the resident feels")
    urgency: Urgency = Field("normal", description="how soon somebody must look")
    score: Bearing | None = Field(
        None, ge=0, le=100, description="for the satisfaction index; unset: positive 100, neutral 50, negative 0"
    )
    rating: bool = Field(True, description="false: a call for help, which counts in no satisfaction index")


class Terminal(Strict):
    """How presses and phrases of a feedback terminal are understood."""

    keys: dict[Word, KeyMeaning] = Field(
        {},
        max_length=64,
        description="by key number (1), by press (single) or by both (1_double); the most exact counts",
    )
    phrases: dict[Word, KeyMeaning] = Field(
        {}, max_length=256, description="by the voice module's phrase number or word"
    )
    min_confidence: int = Field(60, ge=0, le=100, description="a phrase below this is kept and not counted (percent)")


class Calibration(Strict):
    """published = measured x scale + offset, in the quantity's own unit."""

    scale: Bearing = Field(1.0, description="factor; not 0")
    offset: Bearing = Field(0.0, description="added after scaling")
    low: Bearing | None = Field(None, description="below this it is doubted: kept as suspect, no rule sees it")
    high: Bearing | None = Field(None, description="above this it is doubted")


class ReportSettings(Strict):
    """Which values of a quantity are kept: changes. Contacts, events and what a rule could act on always are."""

    deadband: float = Field(0.0, ge=0, allow_inf_nan=False, description="smallest change, in the quantity's own unit")
    min_interval: Duration = Field(0, ge=0, le=86_400_000, description="not more often than this")
    max_interval: Duration = Field(
        0, ge=0, le=86_400_000, description="one this old is followed by the next, changed or not"
    )


class CounterSettings(Strict):
    """A total that only rises: where it wraps, and whether it goes on behind a reset or a new meter."""

    wraps_at: float = Field(0.0, ge=0, allow_inf_nan=False, description="the value behind its last one; 0: unknown")
    continue_: bool = Field(False, alias="continue", description="publish one rising total; else as the device says")


class FillLevel(Strict):
    """A bin's or tank's fill level in percent, from the distance between the sensor above and the surface."""

    from_: Literal["distance"] = Field("distance", alias="from", description="the measured quantity")
    empty_mm: Bearing = Field(gt=0, description="distance when empty, in mm")
    full_mm: Bearing = Field(ge=0, description="distance when full, in mm; smaller than empty_mm")


class FormulaInput(Strict):
    """A measured value of the same device."""

    quantity: str = Field(description="what is measured")
    part: str = Field("", description="which part of the device, such as phase=1")


class DerivedFormula(Strict):
    """A quantity made of others of the same device, once all of them were heard anew."""

    formula: str = Field(max_length=200, description="such as 'u * i'; + - * /, comparisons, and or not, min max …")
    of: dict[Name, FormulaInput] = Field(min_length=1, max_length=16, description="the values, by their names in it")
    part: str = Field("", description="the part that the derived quantity is of, such as phase=1")


class Derived(Strict):
    """Quantities that follow from measured ones."""

    fill_level: FillLevel | None = Field(None, description="how full a bin or tank is, in percent")
    formulas: dict[str, DerivedFormula] = Field({}, max_length=32, description="other quantities, by their names")


class OutputSettings(Strict):
    """An output that may be switched. One that is not named here can be switched by nobody."""

    by: list[Literal["rule", "command"]] = Field(min_length=1, max_length=2, description="who may switch it")
    longest_on: Duration = Field(
        0, ge=0, le=7 * 86_400_000, description="it goes off after so long; 0: never by itself"
    )
    after_restart: Literal["off", "on", "resume"] = Field(
        "off", description="its state when the agent starts again; resume: as before"
    )
    read_back: bool = Field(True, description="false: the device cannot tell its state; orders are sent three times")
    at_stop: Literal["off", "keep"] = Field(
        "keep",
        description="when the agent is stopped in order; after a crash the device keeps its state until the start",
    )
