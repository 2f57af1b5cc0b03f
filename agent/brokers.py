"""From broker settings to a connection whose troubles are said by their codes. Shared by both brokers' wiring."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.io.mqtt_broker import Broker, Link
from agent.io.mqtt_client import MqttClient
from agent.ports import Clock
from agent.runtime.fault_log import FaultLog
from agent.settings.secrets import secret
from agent.settings.types import BrokerSettings


def broker_of(settings: BrokerSettings, folder: str, client_id: str, **more: Any) -> Broker:
    """Give the broker that the settings name; raise `SettingsError` when its secret cannot be read."""
    password = secret(settings.password_file, folder, "password_file") if settings.password_file else ""
    ca_file = str(Path(folder, settings.ca_file)) if settings.ca_file else ""
    return Broker(
        settings.host, settings.port, client_id, settings.user, password, ca_file, settings.keepalive,
        protocol=settings.protocol, **more,
    )  # fmt: skip


def connection(
    broker: Broker,
    subject: str,
    *,
    clock: Clock,
    faults: FaultLog,
    on_link: Callable[[Link], None] = lambda _link: None,
    **more: Any,
) -> MqttClient:
    """Give the connection; what is wrong with it is a fault of `subject` until it stands again."""
    down: set[str] = set()

    def told(link: Link) -> None:
        if link.connected:
            for code in down:
                faults.cleared(code, subject)
            down.clear()
        elif link.code:
            faults.report(link.code, subject, **link.words)
            down.add(link.code)
        on_link(link)

    def trouble(code: str, words: dict[str, str]) -> None:
        faults.report(code, subject, **words)

    return MqttClient(broker, clock, on_link=told, on_trouble=trouble, **more)
