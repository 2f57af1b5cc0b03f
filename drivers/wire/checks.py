"""Checksums, each named as its protocol names it. Pure functions over bytes."""

from __future__ import annotations

from binascii import crc32, crc_hqx
from typing import Final


def _table() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        rows.append(crc)
    return tuple(rows)


def _table8() -> tuple[int, ...]:
    rows = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
        rows.append(crc)
    return tuple(rows)


_CRC16: Final = _table()
_CRC8: Final = _table8()


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


def crc8(data: bytes) -> int:
    """CRC-8: polynomial 0x07, init 0, not reflected (EnOcean ESP3, SMBus). Check 0xF4."""
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc


def crc16_xmodem(data: bytes) -> int:
    """CRC-16/XMODEM: polynomial 0x1021, init 0, not reflected; sent high byte first. Check 0x31C3."""
    return crc_hqx(data, 0)


def crc16_ccitt(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: as XMODEM, but init 0xFFFF (ASH frames). Check 0x29B1."""
    return crc_hqx(data, 0xFFFF)


def crc32_ieee(data: bytes) -> int:
    """CRC-32 of Ethernet and zip (MIN frames). Check 0xCBF43926."""
    return crc32(data)
