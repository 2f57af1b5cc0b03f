"""Finding out what hangs on a serial port, and what is wrong with it: scan, listen, doctor.

wire.py asks and listens; scan.py finds slaves, guess.py says what they are, listen.py says who is talking, doctor.py
what is wrong and what to do next. Nothing here writes to a device, and the service may run meanwhile: lending.py.
"""
