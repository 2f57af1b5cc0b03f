"""`step(cause)` and `advance(time)`: the pure heart. Live, replay, rehearsal and simulation are this one code."""
