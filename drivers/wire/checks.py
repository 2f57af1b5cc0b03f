"""Checksums, each named as its protocol names it. Pure functions over bytes."""

from __future__ import annotations

from typing import Final


def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        rows.append(crc)
    return tuple(rows)


_CRC16: Final = _table()


def crc16_modbus(data: bytes) -> int:
    """CRC-16/MODBUS: init 0xFFFF, reflected 0xA001; sent low byte first; over data and CRC it is 0. Check 0x4B37."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC16[(crc ^ byte) & 0xFF]
    return crc


def sum8(data: bytes) -> int:
    """Sum of all bytes, low 8 bits."""
    return sum(data) & 0xFF


def twos8(data: bytes) -> int:
    """Two's complement of the sum of all bytes, low 8 bits: over data and check the sum is 0."""
    return -sum(data) & 0xFF


def sum16(data: bytes) -> int:
    """Sum of all bytes, low 16 bits."""
    return sum(data) & 0xFFFF


def xor8(data: bytes) -> int:
    """Exclusive or of all bytes."""
    out = 0
    for byte in data:
        out ^= byte
    return out
