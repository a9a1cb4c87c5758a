"""`Request`: what is asked over HTTP, before any framework is known to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mlgitops.runtime.serve.refusal import Refusal


class Request(NamedTuple):
    """A request below the route; names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


def only(request: Request, *methods: str) -> None:
    """Raises Refusal for another method."""
    if request.method not in methods:
        raise Refusal(405, "request/method", f"the method must be {' or '.join(methods)}")
