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
