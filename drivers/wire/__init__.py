"""Shapes that several devices share: checks, frames, Modbus RTU, the polled meter table."""
