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
from mlgitops.spec.manifest_form import wrong_form
from mlgitops.spec.reader import MAX_BYTES, Document, read

MAX_TEXT = 16 * 1024 * 1024
"""Bytes of all documents together; what helm writes for a large chart is a tenth of it."""

HINT = "write apiVersion, kind and metadata.name, or take the document out"

_DIVIDER = re.compile(r"^---(?=[ \t\n]|\Z)[^\n]*\n?", re.MULTILINE)
_BLANK = re.compile(r"(?:[ \t]*(?:#[^\n]*)?(?:\n|\Z))*\Z")


class Manifest(NamedTuple):
    """One object, where it is one."""

    data: Any
    """A mapping with apiVersion, kind and metadata.name, where `read_manifests` gives it."""
    document: Document
    prefix: Pointer
    """Where it is within its document: `items` and a number in a list, else nothing."""
    lines: int
    """How many lines of the text are before its document."""

    @property
    def name(self) -> str:
        """`RayJob/churn`, as far as the object says."""
        if not isinstance(self.data, dict):
            return ""
        metadata = self.data.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        return f"{str(self.data.get('kind', ''))[:63]}/{str(name)[:253]}" if name else ""

    def locate(self, pointer: Pointer) -> Location:
        """Where the value at a pointer into the object is written."""
        return _moved(self.document.locate((*self.prefix, *pointer)), self.lines)


def read_manifests(content: bytes, path: str) -> tuple[list[Manifest], list[Finding]]:
    """The objects of a text, and what of it cannot be read or is no object (codes `yaml/…`); `path` is only named."""
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
            for manifest in _manifests(document, document.data, (), lines):
                problems = _problems(manifest)
                findings += problems
                objects += [manifest] if not problems else []
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


def _manifests(document: Document, data: Any, prefix: Pointer, lines: int) -> Iterator[Manifest]:
    """The objects at a place of a document, lists taken apart; whether they are objects is not looked at."""
    items = data.get("items") if isinstance(data, dict) else None
    kind = str(data.get("kind", "")) if isinstance(data, dict) else ""
    if kind != "List" and not (kind.endswith("List") and isinstance(items, list)):
        yield Manifest(data, document, prefix, lines)
        return
    if not isinstance(items, list):
        yield from () if items is None else (Manifest(items, document, (*prefix, "items"), lines),)
        return
    # The API server's own lists (a PodList) say once what all their items are.
    shared = {} if kind == "List" else {"apiVersion": data.get("apiVersion"), "kind": kind.removesuffix("List")}
    for index, item in enumerate(items):
        whole = {**shared, **item} if isinstance(item, dict) else item
        yield from _manifests(document, whole, (*prefix, "items", index), lines)


def _problems(manifest: Manifest) -> list[Finding]:
    return [
        Finding(manifest.locate(pointer), "yaml/not-an-object", "error", message, HINT)
        for pointer, message in wrong_form(manifest.data)
    ]


def _moved(location: Location, lines: int) -> Location:
    return location._replace(line=location.line + lines)


def _moved_finding(finding: Finding, lines: int) -> Finding:
    related = tuple((_moved(place, lines), words) for place, words in finding.related)
    return finding._replace(location=_moved(finding.location, lines), related=related)
