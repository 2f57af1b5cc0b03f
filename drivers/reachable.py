"""Whether a camera, recorder, switch or server answers: a TCP connect, an HTTP status, or an ICMP echo.

It logs in nowhere and fetches no picture. Give exactly one of `tcp`, `http` and `icmp`:

    options: {tcp: "192.168.1.20:554"}                        a camera's RTSP port takes connections
    options: {http: "http://192.168.1.30/", expect: [200, 401]}   the server answers, also with "log in first"
    options: {icmp: "192.168.1.1"}                            a switch answers an echo

Readings: `reachable` (true or false, after three tries) and, when it answers, `round_trip` in ms. Source of rule S11
(domain.md §2.1: camera or NVR offline after 3 failed polls).
"""

from __future__ import annotations

import re
from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from agent.driver import Answer, Options, Probe, ProbeDriver
from agent.model.events import Item, Reading
from agent.model.units import Duration

HTTP_PORTS: Final = {"http": 80, "https": 443}
HOST: Final = re.compile(r"^(?!-)[A-Za-z0-9.:_-]{1,253}$")
"""A name or an address; nothing that a shell or a log would read otherwise."""


class ReachableOptions(Options):
    """What is asked."""

    tcp: str | None = Field(None, description="host:port that must take a connection, such as 192.168.1.20:554")
    http: str | None = Field(
        None, description="http:// or https:// address that must answer; certificates are not judged"
    )
    icmp: str | None = Field(None, description="host that must answer an echo")
    expect: list[int] = Field(
        [200, 204, 301, 302, 401, 403],
        min_length=1,
        max_length=20,
        description="http: statuses that count",
    )
    timeout: Duration = Field(2000, ge=100, le=10_000, description="of one try")
    tries: int = Field(3, ge=1, le=10, description="tries that must fail before it counts as gone")

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [word for word in ("tcp", "http", "icmp") if getattr(self, word) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of tcp, http and icmp is needed, not {' and '.join(given) or 'none'}")
        probe_of(self)
        return self


def probe_of(options: ReachableOptions) -> Probe:
    """Give the question; raise ValueError naming the form that was expected."""
    timeout, tries = options.timeout, options.tries
    if options.tcp is not None:
        host, colon, port = options.tcp.rpartition(":")
        if not colon or not port.isdecimal() or not 0 < int(port) < 65_536:
            raise ValueError(f"'{options.tcp}' is no host:port, such as 192.168.1.20:554")
        return Probe("tcp", _host(host.strip("[]")), int(port), timeout_ms=timeout, tries=tries)
    if options.http is not None:
        parts = urlsplit(options.http)
        if parts.scheme not in HTTP_PORTS or not parts.hostname:
            raise ValueError(f"'{options.http[:60]}' is no http:// or https:// address")
        number = parts.port or HTTP_PORTS[parts.scheme]
        expect = tuple(options.expect)
        return Probe("http", _host(parts.hostname), number, options.http, expect, timeout, tries)
    return Probe("icmp", _host(options.icmp or ""), timeout_ms=timeout, tries=tries)


def _host(text: str) -> str:
    if not HOST.fullmatch(text):
        raise ValueError(f"'{text[:60]}' is no host name or address")
    return text


def meaning(device: str, answer: Answer, now: int) -> list[Item]:
    """Give what an answer means."""
    items: list[Item] = [Reading(device, "reachable", answer.there, now)]
    if answer.there:
        items.append(Reading(device, "round_trip", round(answer.ms, 1), now))
    return items


DRIVER: Final = ProbeDriver(
    name="reachable",
    summary="Camera, recorder, switch or server: does it answer (TCP, HTTP, ICMP)?",
    probe=probe_of,
    meaning=meaning,
    quantities=("reachable", "round_trip"),
    options=ReachableOptions,
    ticks=(),
)
