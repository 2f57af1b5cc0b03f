"""Which codec explains the bytes of a LoRaWAN uplink, when the network server has none: by settings, names, or shape.

It does not guess where it cannot be sure: a maker's name in the device profile or a tag, or the settings, decide; a
frame on Milesight's port that is explained to its last byte is theirs. Everything else stays undecoded.
Sources: mqtt.md §1.5 (object missing, tags), §1.6 (version block), §1.7, §1.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import AfterValidator, Field

from agent.driver import Options
from drivers.wire import dragino_frame, milesight_frame

Maker = Literal["", "milesight", "dragino"]


def _model(text: str) -> str:
    found = milesight_frame.model_in(text) or dragino_frame.model_in(text)
    if text and not found:
        known = ", ".join((*milesight_frame.MODELS, *dragino_frame.SIZES))
        raise ValueError(f"'{text}' is no model whose bytes are known; expected one of {known}")
    return found


class LorawanOptions(Options):
    """Options of one LoRaWAN device: they count where the network server sends bytes without a decoded object."""

    codec: Maker = Field("", description="whose bytes these are; empty: as the device profile or its tags say")
    model: Annotated[str, AfterValidator(_model)] = Field(
        "", max_length=64, description="the model, such as ws101 or EM300-MCS; empty: as the device profile says"
    )


class FrameOptions(LorawanOptions):
    """What `caretaker decode` may be told about bare bytes."""

    fport: int = Field(0, ge=0, le=255, description="the LoRaWAN port; 0: not known")


class Codec(NamedTuple):
    """Whose bytes, and of which model: "" where it is not known."""

    maker: Maker
    model: str


class Explained(NamedTuple):
    """A decoded `object`, and the bytes that it does not explain with the reason."""

    said: dict[str, Any]
    rest: bytes = b""
    why: str = ""


_BRANDS: Final = re.compile(r"milesight|dragino")


def codec_of(options: Options | None, hints: Iterable[object]) -> Codec:
    """Choose by the settings, else by names that the network server gives (profile, tags, brand, model)."""
    own = options if isinstance(options, LorawanOptions) else LorawanOptions()
    maker, model = own.codec or _maker_of(own.model), own.model
    for hint in hints:
        text = hint[:128].lower() if isinstance(hint, str) else ""
        brand = _BRANDS.search(text)
        if not maker and brand:
            maker = "milesight" if brand[0] == "milesight" else "dragino"
        model = model or milesight_frame.model_in(text) or dragino_frame.model_in(text)
    theirs = _maker_of(model)
    if maker and theirs != maker:
        model = ""  # A name may look like another maker's model.
    return Codec(maker or theirs, model)


def _maker_of(model: str) -> Maker:
    return "milesight" if model in milesight_frame.MODELS else "dragino" if model else ""


def explain(codec: Codec, data: bytes, port: int) -> Explained | None:
    """Give what the bytes say; None if no codec is sure of them. Port 0: not known."""
    if codec.maker == "dragino":
        said = dragino_frame.decode(data, codec.model, port)
        return None if said is None else Explained(said)
    known = codec.maker == "milesight"
    if not data or not (known or port == milesight_frame.PORT):
        return None
    said, used, doubtful = milesight_frame.decode(data, codec.model)
    if used == 0 or (used < len(data) and not known):
        return None
    if doubtful:
        shown = ", ".join(doubtful[:6])
        return Explained(said, data, f"means one thing or another; give the model: {shown}")
    rest = data[used:]
    return Explained(said, rest, f"unknown channel and type {rest[:2].hex()}" if rest else "")


def guess(data: bytes) -> Explained | None:
    """Explain bytes of which nothing is known, for `caretaker decode`: whole Milesight frames, believable Dragino."""
    said = explain(Codec("", ""), data, milesight_frame.PORT)
    if said is None and (theirs := dragino_frame.decode(data)) and dragino_frame.believable(theirs):
        return Explained(theirs)
    return said
