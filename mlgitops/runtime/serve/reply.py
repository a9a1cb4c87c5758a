"""`Reply`: what is answered over HTTP, before any framework knows of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

JSON = "application/json"
BINARY = "application/octet-stream"


class Reply(NamedTuple):
    """A status, a body, and headers beside its content type."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    content_type: str = JSON


def encoded(value: object) -> str:
    """A value as JSON. Raises ValueError for a number that is not finite."""
    return _ENCODER.encode(value)


def json_reply(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A value as JSON."""
    return Reply(status, encoded(value).encode(), headers or {})


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
