"""YAML inside of a field: what the operator and Ray read from `runtimeEnvYAML` and `serveConfigV2`."""

from __future__ import annotations

from typing import Any, NamedTuple


class YamlMap(NamedTuple):
    """A text that was read."""

    content: dict[str, Any]
    refused: str = ""
    """Why the operator cannot read it."""
    ambiguous: str = ""
    """Why it says more than one thing: a key twice, or two documents. The operator takes the last key and the first
    document, other readers do not."""


def read_map(text: str) -> YamlMap:
    """The map that a text holds. Nothing at all is an empty map."""
    if not text.strip():
        return YamlMap({})
    if text.startswith("{"):
        quick = _json(text)
        if quick is not None:
            return quick
    from ryaml import InvalidYamlError, loads  # They are not marked as exported.

    try:
        content = loads(text)
    except InvalidYamlError as error:
        reason = " ".join(str(error).split())[:200]
        if "duplicate entry" in reason or "more than one document" in reason:
            return YamlMap({}, "", reason)
        return YamlMap({}, reason)
    if content is None:
        return YamlMap({})
    if not isinstance(content, dict):
        return YamlMap({}, "it is no map")
    return YamlMap(content)


def _json(text: str) -> YamlMap | None:
    """The quick way for what mlgitops renders; None where it is no JSON."""
    import json

    try:
        content = json.loads(text, object_pairs_hook=_unique)
    except ValueError:
        return None
    return YamlMap(content) if isinstance(content, dict) else None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError
    return content
