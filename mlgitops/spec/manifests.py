"""Kubernetes manifests from anywhere: several documents in a text, lists taken apart, each object with its places.

objects, findings = read_manifests(content, "manifests.yaml")
objects[0].locate(("spec", "workers"))
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer
from mlgitops.spec.reader import MAX_BYTES, Document, read

MAX_TEXT = 16 * 1024 * 1024
"""Bytes of all documents together; what helm writes for a large chart is a tenth of it."""

_DIVIDER = re.compile(r"^---(?=[ \t\n]|\Z)[^\n]*\n?", re.MULTILINE)
_BLANK = re.compile(r"(?:[ \t]*(?:#[^\n]*)?(?:\n|\Z))*\Z")


class Manifest(NamedTuple):
    """One object, where it is one."""

    data: dict[str, Any]
    document: Document
    prefix: Pointer
    """Where it is within its document: `items` and a number in a list, else nothing."""
    lines: int
    """How many lines of the text are before its document."""

    @property
    def name(self) -> str:
        """`RayJob/churn`, as far as the object says."""
        metadata = self.data.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        return f"{str(self.data.get('kind', ''))[:63]}/{str(name)[:253]}" if name else ""

    def locate(self, pointer: Pointer) -> Location:
        """Where the value at a pointer into the object is written."""
        return _moved(self.document.locate((*self.prefix, *pointer)), self.lines)


def read_manifests(content: bytes, path: str) -> tuple[list[Manifest], list[Finding]]:
    """The objects of a text, and what of it cannot be read (codes `yaml/…`); `path` is only named."""
    if len(content) > MAX_TEXT:
        message = f"expected at most {MAX_TEXT // 1024 // 1024} MiB of manifests, got more"
        return [], [Finding(Location(path), "yaml/too-large", "error", message, "split the file")]
    try:
        text = content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        wrong = read(content[:MAX_BYTES], path)
        return [], wrong if isinstance(wrong, list) else []
    objects: list[Manifest] = []
    findings: list[Finding] = []
    for lines, piece in _documents(text):
        document = read(piece, path)
        if isinstance(document, Document):
            objects += _objects(document, lines)
        else:
            findings += [_moved_finding(finding, lines) for finding in document]
    return objects, findings


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """The documents that hold anything, each with the number of lines before it."""
    start, lines = 0, 0
    for divider in (*_DIVIDER.finditer(text), None):
        end = divider.start() if divider else len(text)
        piece = text[start:end]
        if not _BLANK.match(piece):
            yield lines, piece
        start_of_next = divider.end() if divider else end
        lines += text.count("\n", start, start_of_next)
        start = start_of_next


def _objects(document: Document, lines: int) -> Iterator[Manifest]:
    items = document.data.get("items")
    if not str(document.data.get("kind", "")).endswith("List") or not isinstance(items, list):
        yield Manifest(document.data, document, (), lines)
        return
    for index, item in enumerate(items):
        if isinstance(item, dict):
            yield Manifest(item, document, ("items", index), lines)


def _moved(location: Location, lines: int) -> Location:
    return location._replace(line=location.line + lines)


def _moved_finding(finding: Finding, lines: int) -> Finding:
    related = tuple((_moved(place, lines), words) for place, words in finding.related)
    return finding._replace(location=_moved(finding.location, lines), related=related)
