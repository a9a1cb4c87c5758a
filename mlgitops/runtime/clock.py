"""The time as records have it."""

from __future__ import annotations

import time


def timestamp(seconds: float | None = None) -> str:
    """A moment in seconds since 1970, now without one, in UTC.

    >>> timestamp(0)
    '1970-01-01T00:00:00Z'
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
