"""What all settings types are made of: ids, short words, and models that refuse what they do not know."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
"""An id: a-z, 0-9 and '-', at most 64: it becomes a topic level and a tag."""
MaybeId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{0,64}$")]
Word = Annotated[str, StringConstraints(max_length=64)]
Bearing = Annotated[float, Field(allow_inf_nan=False)]


class Strict(BaseModel):
    """Unknown words are refused; nothing is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Text(Strict):
    """Words for people, in Chinese and English."""

    zh: str = Field("", max_length=120, description="in Chinese")
    en: str = Field("", max_length=120, description="in English")
