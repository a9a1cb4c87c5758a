"""What OPA's log says went wrong, without what it says at every start.

>>> errors_of(b'{"level":"warning","msg":"OPA running with uid or gid 0."}\\nerror: no such file\\n')
'error: no such file'
"""

from __future__ import annotations

import json

_NO_FAULT = frozenset({"debug", "info", "warn", "warning"})


def errors_of(log: bytes) -> str:
    """The lines of a log but for those that OPA itself calls no error."""
    lines = log.decode("utf-8", "replace").splitlines()
    return "\n".join(line for line in lines if not _no_fault(line)).strip()


def _no_fault(line: str) -> bool:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(entry, dict) and entry.get("level") in _NO_FAULT
