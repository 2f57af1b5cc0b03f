"""A LoRaWAN device as The Things Stack tells of it: the same device as ChirpStack's, in another envelope.

It encodes no bytes, as its ChirpStack twin. Zeros are left out, the EUI is in capitals. Source: mqtt.md §1.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from agent.driver import Message, Options
from drivers.wire.chirpstack_player import ChirpStackPlayer, iso

APPLICATION: Final = "greenhill@ttn"
_WORDS: Final = {"fCnt": "f_cnt", "fPort": "f_port", "object": "decoded_payload", "rxInfo": "rx_metadata"}


class TtsPlayer(ChirpStackPlayer):
    """One LoRaWAN device. With `wall` its uplinks carry the network server's time."""

    def __init__(self, own_id: str, options: Options, wall: Callable[[int], int | None] = lambda _t: None) -> None:
        super().__init__(own_id, options, wall)
        application = str(getattr(options, "application", "+"))
        self._application = APPLICATION if application == "+" else application

    def _message(self, event: str, body: dict[str, Any], now: int) -> Message:
        wall = self._wall(now)
        time = {} if wall is None else {"received_at": iso(wall).replace("+00:00", "Z")}
        eui = self._eui.upper()
        envelope: dict[str, Any] = {
            "end_device_ids": {"device_id": f"eui-{self._eui}", "dev_eui": eui},
            "correlation_ids": [f"as:up:{eui}{event}{now}-{self._count}"],
            **time,
        }
        if event == "up":
            uplink = {_WORDS[key]: value for key, value in body.items() if key in _WORDS and value}
            envelope["uplink_message"] = {**uplink, **time}
        else:
            envelope["join_accept"] = {"session_key_id": "AXBSH1Pk6Z0G166RlH16CQ=="}
        topic = f"v3/{self._application}/devices/eui-{self._eui}/{event}"
        return Message(topic, msgspec.json.encode(envelope))
