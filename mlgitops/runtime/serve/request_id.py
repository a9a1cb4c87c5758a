"""A request's id: the caller's, so that pairs of mirrored requests match, or a new one.

    >>> request_id("order-4711")
    'order-4711'
    >>> len(request_id("no spaces, please"))
    32

It stands in logs, answers and headers, so that only plain characters are taken.
"""

from __future__ import annotations

import os
import re

HEADER = "x-request-id"
PATTERN = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}", re.ASCII)


def request_id(given: str | None) -> str:
    """The caller's id where it is one, else 32 random digits."""
    if given and PATTERN.fullmatch(given):
        return given
    return os.urandom(16).hex()


def record_ids(request: str, records: int, *, many: bool) -> list[str]:
    """An id a record: the request's, and in a list of records its place too.

    >>> record_ids("a", 2, many=True)
    ['a-0', 'a-1']
    """
    return [f"{request}-{place}" for place in range(records)] if many else [request]
