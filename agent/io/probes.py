"""The door to things that are only asked whether they are there: TCP connect, HTTP status, ICMP echo.

It judges nothing beyond yes and no, follows no redirect, sends no credentials. ICMP uses the kernel's unprivileged echo
sockets (sysctl net.ipv4.ping_group_range, icmp(7)): where those are closed it says so.
"""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import ssl
import struct
import time
from typing import Final
from urllib.parse import urlsplit

from agent.driver import Answer, Probe
from agent.ports import NotAllowedError

ECHO_REQUEST: Final = {socket.AF_INET: 8, socket.AF_INET6: 128}
ECHO_REPLY: Final = {socket.AF_INET: 0, socket.AF_INET6: 129}


def ask(probe: Probe) -> Answer:
    """Ask until one try succeeds; raise `NotAllowedError` where the machine does not let us ask."""
    answer = Answer(there=False)
    for _ in range(probe.tries):
        begun = time.monotonic()
        try:
            words = _WAYS[probe.kind](probe)
        except PermissionError as error:
            raise NotAllowedError.because("CT208", detail=str(error)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            words = _words(error)
        answer = Answer(not words, (time.monotonic() - begun) * 1000, words)
        if answer.there:
            break
    return answer


def _tcp(probe: Probe) -> str:
    with socket.create_connection((probe.host, probe.port), probe.timeout_ms / 1000):
        return ""


def _http(probe: Probe) -> str:
    parts = urlsplit(probe.url)
    seconds = probe.timeout_ms / 1000
    line: http.client.HTTPConnection
    if parts.scheme == "https":
        # Cameras sign their own certificates: the question is whether somebody answers, nothing secret is said.
        context = ssl._create_unverified_context()  # noqa: S323
        line = http.client.HTTPSConnection(probe.host, probe.port, timeout=seconds, context=context)
    else:
        line = http.client.HTTPConnection(probe.host, probe.port, timeout=seconds)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        line.request("GET", path, headers={"User-Agent": "caretaker", "Connection": "close"})
        status = line.getresponse().status
    finally:
        line.close()
    return "" if status in probe.expect else f"status {status}, expected one of {', '.join(map(str, probe.expect))}"


def _icmp(probe: Probe) -> str:
    family, _, _, _, address = socket.getaddrinfo(probe.host, None, type=socket.SOCK_DGRAM)[0]
    protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
    mark = secrets.token_bytes(16)
    with socket.socket(family, socket.SOCK_DGRAM, protocol) as line:
        deadline = time.monotonic() + probe.timeout_ms / 1000
        head = struct.pack(">BBHHH", ECHO_REQUEST[family], 0, 0, 0, os.getpid() & 0xFFFF)
        line.sendto(_summed(head + mark), address)
        while (left := deadline - time.monotonic()) > 0:
            line.settimeout(left)
            packet, _ = line.recvfrom(1500)
            if packet[0] == ECHO_REPLY[family] and packet[8:24] == mark:
                return ""
    return "no echo"


def _summed(packet: bytes) -> bytes:
    """Put the Internet checksum (RFC 1071) into an ICMP packet."""
    total = sum(struct.unpack(f">{len(packet) // 2}H", packet))
    total = (total & 0xFFFF) + (total >> 16)
    total += total >> 16
    return packet[:2] + struct.pack(">H", ~total & 0xFFFF) + packet[4:]


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    number = getattr(error, "errno", None)
    return os.strerror(number) if isinstance(number, int) and number > 0 else " ".join(str(error).split())


_WAYS: Final = {"tcp": _tcp, "http": _http, "icmp": _icmp}
