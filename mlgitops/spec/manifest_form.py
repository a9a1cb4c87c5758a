"""Whether data is an object of Kubernetes: what tells one from any other mapping.

>>> wrong_form({"apiVersion": "v1", "kind": "Pod", "metadata": {}})
[((), 'expected an object of Kubernetes, got one without metadata.name')]
"""

from __future__ import annotations

from typing import Any

from mlgitops.source import Pointer, dotted

Json = Any


def wrong_form(data: Json) -> list[tuple[Pointer, str]]:
    """What keeps data from being an object: where, and in words."""
    if not isinstance(data, dict):
        return [((), f"expected an object of Kubernetes, got {_called(data)}")]
    metadata = data.get("metadata")
    named = isinstance(metadata, dict) and metadata.get("name") is None and metadata.get("generateName") is not None
    needed: list[tuple[Pointer, Json]] = [(("apiVersion",), data.get("apiVersion")), (("kind",), data.get("kind"))]
    if metadata is not None and not isinstance(metadata, dict):
        wrong: list[tuple[Pointer, str]] = [(("metadata",), f"metadata must be a mapping, got {_called(metadata)}")]
    else:
        key = "generateName" if named else "name"
        needed.append((("metadata", key), (metadata or {}).get(key)))
        wrong = []
    missing = [dotted(pointer) for pointer, value in needed if value is None or value == ""]
    if missing:
        listed = " and ".join(part for part in (", ".join(missing[:-1]), missing[-1]) if part)
        wrong.append(((), f"expected an object of Kubernetes, got one without {listed}"))
    for pointer, value in needed:
        if value is not None and not isinstance(value, str):
            wrong.append((pointer, f"{dotted(pointer)} must be text, got {_called(value)}"))
    return wrong


def _called(value: Json) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "a number" if isinstance(value, int | float) else "a single value"
