"""What `POST <route>/feedback` takes: what was right, of a prediction's id or of inputs.

    {"id": "order-17", "truth": 1}
    {"inputs": {"tenure": 3, "plan": "pro"}, "truth": 0}
    {"feedback": [{"id": "order-18", "truth": 0}, …]}

It writes into what versions are judged by, so it asks for a bearer token. Inputs without an id are answered by the
version that serves, so that a label of what nobody asked about counts as well.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

LARGEST = 1 << 20
"""Bytes of a body."""
MOST = 1000
"""Labels in a body."""
LONGEST_ID = 256

Truth = str | int | float | bool


class Label(NamedTuple):
    """One label; either `id` or `inputs` is there."""

    truth: Truth
    id: str | None
    inputs: dict[str, object] | None


class FeedbackRefused(Exception):
    """A request that is refused, with its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def authorised(header: str | None, token: str | None) -> bool:
    """Whether an Authorization header shows the token; compared in constant time."""
    scheme, _, shown = (header or "").partition(" ")
    if not token or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(shown.strip().encode("utf-8", "replace"), token.encode("utf-8", "replace"))


def read_labels(body: bytes) -> list[Label]:
    """The labels of a body. Raises FeedbackRefused."""
    if len(body) > LARGEST:
        raise FeedbackRefused(413, f"a body must be at most {LARGEST} bytes, got {len(body)}")
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise FeedbackRefused(400, 'a body must be JSON, such as {"id": "…", "truth": 1}') from None
    entries = data.get("feedback") if isinstance(data, dict) and set(data) == {"feedback"} else [data]
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST:
        raise FeedbackRefused(400, f"feedback must be a list of 1 to {MOST} labels")
    return [_label(entry, number) for number, entry in enumerate(entries)]


def _label(entry: object, number: int) -> Label:
    where = f"label {number}"
    if not isinstance(entry, dict) or set(entry) not in ({"id", "truth"}, {"inputs", "truth"}):
        raise FeedbackRefused(400, f"{where} must have truth, and either id or inputs, and nothing else")
    truth = entry["truth"]
    if not isinstance(truth, str | int | float) or (isinstance(truth, float) and truth - truth != 0):
        raise FeedbackRefused(400, f"{where}: truth must be text, a finite number or a boolean")
    if isinstance(truth, str) and len(truth) > LONGEST_ID:
        raise FeedbackRefused(400, f"{where}: truth must have at most {LONGEST_ID} characters")
    if "id" in entry:
        identifier = entry["id"]
        if not isinstance(identifier, str) or not 1 <= len(identifier) <= LONGEST_ID:
            raise FeedbackRefused(400, f"{where}: id must be text of 1 to {LONGEST_ID} characters")
        return Label(truth, identifier, None)
    inputs = entry["inputs"]
    if not isinstance(inputs, dict):
        raise FeedbackRefused(400, f"{where}: inputs must be a map of values by name")
    return Label(truth, None, inputs)


def answered_inputs(
    label: Label,
    names: Sequence[str],
    ask: Callable[[Mapping[str, Sequence[object]]], Sequence[Mapping[str, object]]] | None,
) -> Mapping[str, Any]:
    """The answer of the version that serves to a label's inputs. Raises FeedbackRefused."""
    if ask is None:
        raise FeedbackRefused(400, "labels must name a prediction's id here")
    inputs = label.inputs or {}
    unknown = sorted(set(inputs) - set(names))
    if unknown:
        raise FeedbackRefused(400, f"inputs must be the model's, got {unknown[0][:80]!a}")
    try:
        (answer,) = ask({name: [inputs.get(name)] for name in names})
    except Exception as error:
        raise FeedbackRefused(400, f"inputs must be such as the model takes: {str(error)[:200]}") from None
    return answer
