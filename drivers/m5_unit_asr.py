"""M5Stack Unit ASR: the AA 55 family's ready-made unit, always five bytes. Frame and checks are in aa55_voice.py.

AA 55 CC 55 AA         C: command (serial.md §C2)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pydantic import Field

from agent.driver import SerialSettings, Setup
from drivers.aa55_voice import DRIVER as AA55_VOICE
from drivers.aa55_voice import Device, Model, Player, VoiceOptions


class M5Options(VoiceOptions):
    """The unit's options under its own name."""

    model: Model = Field("m5-unit-asr", description="m5-unit-asr: every message is five bytes")


def _own(setup: Setup) -> Setup:
    return setup if isinstance(setup.options, VoiceOptions) else replace(setup, options=M5Options())


DRIVER: Final = replace(
    AA55_VOICE,
    name="m5-unit-asr",
    summary="M5Stack Unit ASR voice module, UART",
    build=lambda setup: Device(_own(setup)),
    player=lambda setup: Player(_own(setup)),
    options=M5Options,
    serial=SerialSettings(115_200),
)
