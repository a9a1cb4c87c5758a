"""What a check of a spec says, before anybody knows where in which file it stands."""

from __future__ import annotations

from mlgitops.source import Pointer

Problem = tuple[Pointer, str, str, str]
"""(pointer into the spec, code, message, hint)."""
