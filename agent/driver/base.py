"""What every driver has: options that refuse what they do not know, and what has been shown for it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Tick = Literal["encoder", "vectors", "any-cut", "hostile", "capture", "bench"]
"""What has been shown for a driver. capture: at least one vector was seen on real hardware; bench: we held one."""


class Options(BaseModel):
    """Base of every driver's options in the YAML files: unknown words are refused, values are not guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


JsonObject = dict[str, Any]
