"""Stripping our own request: whatever the cut, whatever the mode, and the dead slave that looks obedient."""

from __future__ import annotations

import pytest

from agent.runtime.echo import Echo

ASK = bytes.fromhex("01 04 00 01 00 02 20 0B")
ANSWER = bytes.fromhex("01 04 04 01 31 02 22 2A CE")
WRITE = bytes.fromhex("01 06 00 01 00 03 98 0B")


def exchange(echo: Echo, request: bytes, *pieces: bytes) -> bytes:
    """Give what a device is given of one exchange."""
    echo.sent(request)
    return b"".join([echo.take(piece) for piece in pieces] + [echo.silence()])


@pytest.mark.parametrize("size", range(1, 18))
@pytest.mark.parametrize("mode", ["auto", "on"])
def test_an_echo_is_stripped_however_the_bytes_are_cut(mode: str, size: int) -> None:
    echo = Echo(mode)  # type: ignore[arg-type]
    wire = ASK + ANSWER
    assert exchange(echo, ASK, *(wire[at : at + size] for at in range(0, len(wire), size))) == ANSWER
    assert echo.known


@pytest.mark.parametrize("size", range(1, 10))
@pytest.mark.parametrize("mode", ["auto", "on", "off"])
def test_an_answer_without_echo_passes_unchanged(mode: str, size: int) -> None:
    echo = Echo(mode)  # type: ignore[arg-type]
    assert exchange(echo, ASK, *(ANSWER[at : at + size] for at in range(0, len(ANSWER), size))) == ANSWER


def test_off_strips_nothing() -> None:
    assert exchange(Echo("off"), ASK, ASK, ANSWER) == ASK + ANSWER


def test_what_was_not_asked_passes() -> None:
    assert Echo("auto").take(b"banner") == b"banner"


def test_a_copy_is_an_answer_until_the_adapter_is_known_to_echo() -> None:
    echo = Echo("auto")
    assert exchange(echo, WRITE, WRITE) == WRITE
    assert exchange(echo, ASK, ASK, ANSWER) == ANSWER
    assert exchange(echo, WRITE, WRITE) == b""
    assert exchange(echo, WRITE, WRITE, WRITE) == WRITE


def test_on_a_plain_adapter_a_copy_is_given_at_once() -> None:
    echo = Echo("auto")
    exchange(echo, ASK, ANSWER)
    echo.sent(WRITE)
    assert echo.take(WRITE) == WRITE
    assert echo.silence() == b""


def test_noise_before_an_echo_misleads_for_one_exchange_only() -> None:
    echo = Echo("auto")
    assert exchange(echo, ASK, b"\xff" + ASK + ANSWER) == b"\xff" + ASK + ANSWER
    exchange(echo, ASK, ASK, ANSWER)
    assert exchange(echo, ASK, ASK, ANSWER) == ANSWER


def test_half_an_echo_and_silence_is_given_to_the_device() -> None:
    assert exchange(Echo("auto"), ASK, ASK[:3]) == ASK[:3]
    assert exchange(Echo("on"), ASK) == b""
