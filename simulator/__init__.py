"""A community to play: a seeded world, devices made of the drivers' own encoders, wires, brokers, faults, scenarios."""
