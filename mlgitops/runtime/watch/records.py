"""Lines of the log: what of a prediction and of a label is stored, and nothing else.

    {"id": "…", "time": 1763740800.1, "version": "r3f2a91bc4d", "inputs": {"tenure": 3}, "answer": {"label": 1, …}}
    {"id": "…", "time": 1763827200.0, "truth": 1}
    {"time": 1763827200.0, "version": "r3f2a91bc4d", "inputs": {"tenure": 3}, "answer": {"label": 1, …}, "truth": 1}

A caller's id may be a customer's number, so what is stored is its SHA-256: enough to find a label's prediction. Of the
inputs only those stand here that the model declares, without the sensitive ones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Columns = Mapping[str, Sequence[object]]
Answers = Sequence[Mapping[str, object]]
Ids = str | Sequence[str | None] | None


def stored_id(identifier: str) -> str:
    """What stands in the log for a caller's id.

    >>> stored_id("order-17")
    '72a90ea3da8b5dd01bde2f27314e02e2'
    """
    return hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def record_ids(ids: Ids, records: int) -> list[str | None]:
    """An id a record. A request's own id is that of its one record; of several the n-th has `<id>/<n>`, from 0."""
    if ids is None:
        return [None] * records
    if isinstance(ids, str):
        return [ids] if records == 1 else [f"{ids}/{number}" for number in range(records)]
    return list(ids)


def prediction_lines(
    ids: Ids, columns: Columns, answers: Answers, names: Sequence[str], version: str, time: float
) -> Iterator[bytes]:
    """A line a record; `names` are the inputs that may be stored."""
    for number, (identifier, answer) in enumerate(zip(record_ids(ids, len(answers)), answers, strict=True)):
        record: dict[str, Any] = {"time": round(time, 3), "version": version}
        if identifier is not None:
            record["id"] = stored_id(identifier)
        record["inputs"] = {name: columns[name][number] for name in names if name in columns}
        record["answer"] = dict(answer)
        yield line(record)


def line(record: Mapping[str, Any]) -> bytes:
    """One line of JSON; what is no number is null."""
    try:
        text = _ENCODER.encode(record)
    except ValueError:
        text = _ENCODER.encode(_finite(record))
    return text.encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    """NumPy's values as Python's; what JSON does not know as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"), default=_plain
)
"""Made once: `json.dumps` makes one for each call that is not its default."""


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None
    return _finite(_plain(value))
