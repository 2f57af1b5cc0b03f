"""The way to the time-series store: InfluxDB's write API of 2.x and 3.x, which VictoriaMetrics understands too.

It keeps nothing and tries nothing twice: one call, one request, and then the store has it or the caller knows why not.
influxdb-client is imported when a store is configured and not before: it costs 28 MiB and 190 ms. Its batching writer
loses what it could not send (limits.md §0.5), so writes are synchronous and its own retries are off.
"""

from __future__ import annotations

import email.utils
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from agent.io.influx_lines import Lines
from agent.model.place import Label
from agent.ports import FarEndError, NotAllowedError, NotConnectedError, RefusedError, Row

if TYPE_CHECKING:
    from influxdb_client.rest import ApiException

WORDS_MOST: Final = 300
"""Of a server's own words so much is shown."""
RETRY_MOST: Final = 3_600_000
ROWS_REFUSED: Final = (400, 413, 422)
"""The rows are wrong or too many: half of them may pass. Any other refusal is about us or the server, not the rows."""


class InfluxSink:
    """A store (a `Sink`). `bucket`, `org` and `token` may be empty where the server knows none (VictoriaMetrics).

    `label` gives place and tags of a device, None for one that the settings do not name; they are remembered, so after
    a reload make a new sink.

    Raises at `write`: `NotConnectedError` (CT401, CT405 with the pause that was asked for), `NotAllowedError` (CT402,
    CT403: everything is kept until somebody mends it), `RefusedError` (CT404: halve the rows to find the bad one).
    """

    def __init__(
        self,
        url: str,
        *,
        site: str,
        node: str,
        label: Callable[[str], Label | None],
        org: str = "",
        bucket: str = "",
        token: str = "",
        timeout_ms: int = 10_000,
    ) -> None:
        from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415 - only where it is needed
        from influxdb_client.client.write_api import SYNCHRONOUS  # noqa: PLC0415
        from influxdb_client.rest import ApiException  # noqa: PLC0415
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        self._url, self._org, self._bucket = url, org, bucket
        self._lines = Lines(site, node, label)
        self._answered, self._unreachable = ApiException, (HTTPError, OSError, ssl.SSLError)
        self._client = InfluxDBClient(url, token, org=org, timeout=timeout_ms, enable_gzip=True, retries=False)
        self._api = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, rows: Sequence[Row]) -> None:
        """Deliver all rows or raise. Rows that a store has no use for count as delivered."""
        body = self._lines.body(rows)
        if not body:
            return
        try:
            self._api.write(self._bucket, self._org, body)
        except self._answered as error:
            raise self._refusal(error) from error
        except self._unreachable as error:
            raise NotConnectedError.because("CT401", url=self._url, detail=_words(error)) from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()  # type: ignore[no-untyped-call]

    def _refusal(self, error: ApiException) -> FarEndError:
        url, number = self._url, int(error.status or 0)
        status = str(number)
        if number in (401, 403):
            return NotAllowedError.because("CT402", url=url, status=status)
        if number == 404:
            bucket, org = self._bucket or "(none)", self._org or "(none)"
            return NotAllowedError.because("CT403", url=url, bucket=bucket, org=org)
        if number in (429, 503):
            pause = retry_after(error.headers or {})
            return NotConnectedError.because("CT405", retry_after_ms=pause, url=url, status=status)
        said = " ".join(str(error.body or error.reason or "").split())[:WORDS_MOST]
        if number in ROWS_REFUSED:
            return RefusedError.because("CT404", url=url, status=status, detail=said or "no reason given")
        return NotConnectedError.because("CT401", url=url, detail=f"it answers {status} {said}" if number else said)


def retry_after(headers: Mapping[str, str]) -> int:
    """Give the pause in ms that a server asks for, at most an hour; 0 if it names none.

    A date (RFC 9110 §10.2.3) is measured against the server's own `Date`: ours may be wrong.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    asked = lower.get("retry-after", "").strip()
    if asked.isdigit():
        return min(int(asked[:9]) * 1000, RETRY_MOST)
    try:
        until, now = (email.utils.parsedate_to_datetime(lower.get(name, "")) for name in ("retry-after", "date"))
        return max(0, min(int((until - now).total_seconds() * 1000), RETRY_MOST))
    except (ValueError, TypeError):
        return 0


def _words(error: BaseException) -> str:
    """Give the innermost reason without urllib3's wrapping: "Connection refused" rather than the pool and its port."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:WORDS_MOST] or type(error).__name__
