"""`Refusal`: a request that is not answered, and what its caller must change.

Its JSON says what is wrong, of which record and which field, and never repeats a value:

    {"error": {"code": "request/invalid", "message": "2 fields are wrong", "fields": [
        {"record": 0, "field": "age", "message": "must be a number, got a string"}, …]},
     "model": "churn", "version": "r3f2a91bc4d", "id": "5c0e…"}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MOST_FIELDS = 20
"""Wrong fields that are told; their number is told too."""
LONGEST_NAME = 128


class WrongField(NamedTuple):
    """One field of one record; `field` is None where the record itself is wrong."""

    record: int
    field: str | None
    message: str


class Refusal(Exception):
    """`status` is 4xx, `code` stable: `request/invalid`, `request/too-large`, …"""

    def __init__(self, status: int, code: str, message: str, fields: Sequence[WrongField] = ()) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, tuple(fields[:MOST_FIELDS])

    def content(self) -> dict[str, object]:
        """The value of `error` in the answer."""
        result: dict[str, object] = {"code": self.code, "message": self.message}
        if self.fields:
            result["fields"] = [
                {"record": wrong.record, "field": _short(wrong.field), "message": wrong.message}
                for wrong in self.fields
            ]
        return result

    def text(self) -> str:
        """All of it as one line, for protocols whose errors are text."""
        told = [f"record {wrong.record}, {_short(wrong.field)!r}: {wrong.message}" for wrong in self.fields]
        return "; ".join([f"{self.code}: {self.message}", *told])[:2000]


def _short(name: str | None) -> str | None:
    return name if name is None or len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "…"


def invalid(message: str, fields: Sequence[WrongField] = ()) -> Refusal:
    """A body whose content is wrong: 422, so that it differs from one that is no JSON at all (400)."""
    return Refusal(422, "request/invalid", message, fields)
