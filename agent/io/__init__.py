"""One door per wire: clock, serial port, MQTT client, store, journal, service manager; and stand-ins in memory."""
