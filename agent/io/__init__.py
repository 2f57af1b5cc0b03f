"""One door per wire: clock, serial port, MQTT client, store, journal, service manager, and their stand-ins in memory."""
