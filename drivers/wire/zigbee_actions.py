"""What the `action` words of Zigbee2MQTT mean: presses, movements, presence. A table, not a parser of new words.

It will not guess: a word that is in no table means nothing and is counted. Source: mqtt.md §1.1 "`action` values by
model". Some remotes send several words for one press (Hue, SOMRIG); with the model known, only the one that counts
is taken.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

Meaning = tuple[str, str, str]
"""Event kind, its word, and the part ("channel=3" or ""). `NOTHING`: a known word that says nothing new."""

NOTHING: Final[Meaning] = ("", "", "")

PRESSES: Final = {
    "single": "single",
    "double": "double",
    "triple": "triple",
    "quadruple": "quad",
    "quad": "quad",
    "quintuple": "penta",
    "many": "penta",
    "hold": "long",
    "long": "long",
    "press": "press",
    "emergency": "emergency",
    "initial_press": "press",
    "short_release": "single",
    "double_press": "double",
    "long_press": "long",
    "press_release": "single",
}
_MOVEMENTS: Final = frozenset(("vibration", "tilt", "drop", "shake", "triple_strike", "movement"))
_SILENT: Final = frozenset(("", "release", "hold_release", "long_release", "brightness_stop"))

_PLAIN: Final[dict[str, Meaning]] = {
    **{word: ("button", value, "") for word, value in PRESSES.items()},
    **dict.fromkeys(_SILENT, NOTHING),
    **{word: ("vibration_event", word, "") for word in _MOVEMENTS},
    # IKEA shortcut buttons: the word of a light switch stands for a press.
    "on": ("button", "single", ""),
    "off": ("button", "double", ""),
    "brightness_move_up": ("button", "long", ""),
    "brightness_move_down": ("button", "long", ""),
}

_NUMBERED: Final = re.compile(r"(\d{1,2})_(.+)", re.ASCII)
_NAMED: Final = re.compile(r"(on|off|up|down)_(.+)")
_SIDED: Final = re.compile(r"(.+)_(left|right|both)")


def _hue() -> dict[str, Meaning]:
    counted = {"press_release": "single", "hold": "long"}
    return {
        f"{key}_{word}": ("button", value, f"channel={key}")
        for key in ("on", "up", "down", "off")
        for word, value in counted.items()
    }


def _somrig() -> dict[str, Meaning]:
    counted = {"short_release": "single", "double_press": "double", "long_press": "long"}
    return {f"{n}_{word}": ("button", value, f"channel={n}") for n in (1, 2) for word, value in counted.items()}


MODELS: Final[dict[str, dict[str, Meaning]]] = {
    "E1743": {
        "on": ("button", "single", "channel=on"),
        "off": ("button", "single", "channel=off"),
        "brightness_move_up": ("button", "long", "channel=on"),
        "brightness_move_down": ("button", "long", "channel=off"),
    },
    "E2213": _somrig(),
    "324131092621": _hue(),
    "ROM001": {"press": ("button", "single", ""), "hold": ("button", "long", "")},
}
"""For these models the listed words count and all others are silent."""


def _press(word: str, part: str) -> Meaning | None:
    if word in PRESSES:
        return "button", PRESSES[word], part
    return NOTHING if word in _SILENT else None


@lru_cache(maxsize=512)
def meaning(action: str, model: str = "") -> Meaning | None:
    """Give what an action word means for a model (""; unknown), `NOTHING` if it says nothing, None if unknown."""
    if model in MODELS:
        return MODELS[model].get(action, NOTHING)
    if action.startswith("region_"):
        return "presence_event", action, ""
    return _PLAIN.get(action) or _with_channel(action)


def _with_channel(action: str) -> Meaning | None:
    for pattern in (_NUMBERED, _NAMED):
        if match := pattern.fullmatch(action):
            return _press(match[2], f"channel={match[1]}")
    match = _SIDED.fullmatch(action)
    return _press(match[1], f"channel={match[2]}") if match else None
