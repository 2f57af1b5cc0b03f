"""Times for people: what is written in UTC is shown in the time of the site. Nothing is read or asked here."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)


def in_site_time(text: str, zone: ZoneInfo) -> str:
    """Give a text with every ISO 8601 stamp in UTC in it as the time of a zone, to the second."""
    return _STAMP.sub(lambda stamp: f"{datetime.fromisoformat(stamp[0]).astimezone(zone):%Y-%m-%d %H:%M:%S}", text)
