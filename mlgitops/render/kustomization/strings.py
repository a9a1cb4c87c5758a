"""Strings that kustomize need not see: they are put away before it runs and put back after.

Code in ConfigMaps is large, and kustomize copies every byte several times; and it refuses control characters that
Kubernetes takes. A token stands in for such a string. A patch can replace or remove it like any other value.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

LIMIT = 1024
"""Characters; shorter strings cost less to carry than to put away."""

_TOKEN = "mlgitops-string-"
_REFUSED = re.compile("[\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
"""What go-yaml does not read although JSON has it."""


class Strings:
    """The strings put away for one build, by their tokens."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def put_away(self, value: Any) -> Any:
        """A value with tokens in the place of such strings; the value itself is left alone."""
        if isinstance(value, dict):
            return {key: self.put_away(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.put_away(item) for item in value]
        if isinstance(value, str) and (len(value) > LIMIT or value.startswith(_TOKEN) or _REFUSED.search(value)):
            token = _TOKEN + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
            self._kept[token] = value
            return token
        return value

    def put_back(self, value: Any) -> Any:
        """A value with the strings again; lists and mappings are changed in place."""
        if not self._kept:
            return value
        if isinstance(value, dict):
            for key, item in value.items():
                value[key] = self.put_back(item)
        elif isinstance(value, list):
            value[:] = [self.put_back(item) for item in value]
        elif isinstance(value, str):
            return self._kept.get(value, value)
        return value


def with_marks(before: Any, after: Any) -> Any:
    """`after`, with every leaf that equals the one at its place in `before` replaced by that one.

    Leaves may be subclasses of `str`, `int` and `float` that know where they come from; text that went through
    kustomize has lost that. Items of lists are paired by `name`, or else by their place.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        return {key: with_marks(before.get(key), item) for key, item in after.items()}
    if isinstance(before, list) and isinstance(after, list):
        named = {_name(item): item for item in before if _name(item)}
        places = before + [None] * (len(after) - len(before))
        return [
            with_marks(named.get(_name(item)) if _name(item) else places[index], item)
            for index, item in enumerate(after)
        ]
    same = isinstance(before, type(after)) and not isinstance(before, bool) and before == after
    return before if same else after


def _name(item: Any) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return str(name) if isinstance(name, str) else ""
