"""The driver contract: what a device file offers, and what the core promises it.

A driver is a state machine over bytes that is told the time (DESIGN law 1). It opens nothing, waits for nothing, logs
nothing and never raises on bytes: whatever arrives, it returns items, and what it refuses comes back as a `Fault`.
All times are engine milliseconds. Bytes may be cut anywhere.

    base.py    options and ticks        serial.py  over a serial line
    mqtt.py    behind a broker          probe.py   asked whether it is there
"""

from agent.driver.base import JsonObject, Options, Tick
from agent.driver.mqtt import Binding, Found, Message, MqttDevices, MqttDriver, MqttPlayer, MqttSetup, ToldPlayer
from agent.driver.probe import Answer, Probe, ProbeDriver
from agent.driver.serial import Seek, SerialDevice, SerialDriver, SerialPlayer, SerialSettings, Setup

Driver = SerialDriver | MqttDriver | ProbeDriver

__all__ = [
    "Answer",
    "Binding",
    "Driver",
    "Found",
    "JsonObject",
    "Message",
    "MqttDevices",
    "MqttDriver",
    "MqttPlayer",
    "MqttSetup",
    "Options",
    "Probe",
    "ProbeDriver",
    "Seek",
    "SerialDevice",
    "SerialDriver",
    "SerialPlayer",
    "SerialSettings",
    "Setup",
    "Tick",
    "ToldPlayer",
]
