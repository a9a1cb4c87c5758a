"""The state of checking one kustomization: what was found, and what shape its values have."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from mlgitops.findings import Finding
from mlgitops.render.kustomization.paths import BadPath, environment_file
from mlgitops.render.kustomization.values import Locate
from mlgitops.source import Location, Pointer, dotted, pointer_text
from mlgitops.spec.reader import Document, read
from mlgitops.spec.yaml_characters import excerpt

RESERVED = ("config.kubernetes.io/", "internal.config.kubernetes.io/", "mlgitops.dev/")
"""Prefixes of labels and annotations by which kustomize runs functions and drops objects, and of our own."""

_LABEL_KEY = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")


class Part(NamedTuple):
    """One YAML document of a file, and where its values are."""

    data: Any
    locate: Locate


class Reading:
    """Collects findings about one kustomization and the files it names."""

    def __init__(
        self, document: Document, directory: str, files: Mapping[str, str | bytes], links: Collection[str]
    ) -> None:
        self.document = document
        self.data = document.data
        self.directory = directory
        self.files = files
        self.links = links
        self.findings: list[Finding] = []
        self.used = {document.path}

    def report(self, code: str, pointer: Pointer, message: str, hint: str, *, key: bool = False) -> None:
        """A finding at a value of the kustomization, or at its key."""
        location = self.document.locate(pointer, key=key)
        self.findings.append(
            Finding(location, f"kustomize/{code}", "error", message, hint, pointer=pointer_text(pointer))
        )

    def report_at(self, code: str, location: Location, message: str, hint: str) -> None:
        """A finding in another file."""
        self.findings.append(Finding(location, f"kustomize/{code}", "error", message, hint))

    def typed(self, pointer: Pointer, value: Any, kind: type, words: str) -> bool:
        """Whether a value has a type; a finding where not. A bool is no int."""
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return True
        hint = 'put it in quotes: "…"' if kind is str and isinstance(value, (bool, int, float)) else ""
        self.report("type", pointer, f"{dotted(pointer)}: expected {words}, got {_kind(value)}", hint)
        return False

    def items(self, pointer: Pointer, value: Any, kind: type, words: str) -> Iterable[tuple[Pointer, Any]]:
        """The well-typed items of a list, with their pointers."""
        if not self.typed(pointer, value, list, "a list"):
            return
        for index, item in enumerate(value):
            if self.typed((*pointer, index), item, kind, words):
                yield (*pointer, index), item

    def keys(self, pointer: Pointer, value: Mapping[str, Any], known: Collection[str]) -> bool:
        """Whether a mapping has known keys alone; a finding for each other, with the nearest known."""
        unknown = [key for key in value if key not in known]
        for key in unknown:
            self.unknown_key((*pointer, key), known)
        return not unknown

    def unknown_key(self, pointer: Pointer, known: Collection[str]) -> None:
        """A finding for a key that nothing understands."""
        import difflib  # here, since only mistakes pay for it

        near = difflib.get_close_matches(str(pointer[-1])[:80], sorted(known), n=1, cutoff=0.6)
        hint = f"did you mean `{near[0]}`?" if near else f"remove it; known here: {', '.join(sorted(known))}"
        self.report("unknown-key", pointer, f"expected a known key, got {excerpt(str(pointer[-1]))}", hint, key=True)

    def text_map(self, pointer: Pointer, value: Any, *, values_are_labels: bool) -> dict[str, str]:
        """Labels or annotations: text to text, none of them reserved."""
        if not self.typed(pointer, value, dict, "a mapping"):
            return {}
        found: dict[str, str] = {}
        for key, text in value.items():
            at = (*pointer, key)
            if not _LABEL_KEY.fullmatch(key):
                message = f"expected a label's name such as team or example.com/team, got {excerpt(key)}"
                self.report("type", at, message, "use letters, digits, - _ . and at most one /", key=True)
            elif key.startswith(RESERVED):
                self.reserved(self.document.locate(at, key=True), key)
            elif self.typed(at, text, str, "text"):
                if values_are_labels and not _LABEL_VALUE.fullmatch(text):
                    message = f"expected a label's value of at most 63 letters, digits, - _ ., got {excerpt(text)}"
                    self.report("type", at, message, "make it shorter, or use commonAnnotations")
                found[key] = text
        return found

    def reserved(self, location: Location, key: str) -> None:
        """A finding for a label or annotation with a meaning that people must not give it."""
        message = f"expected no name under {', '.join(RESERVED)}, got {excerpt(key)}"
        hint = "remove it: such names run functions, hide objects, or are set by mlgitops"
        self.report_at("reserved-key", location, message, hint)

    def path(self, pointer: Pointer, text: str) -> str | None:
        """The file of this environment that a path names; a finding where it names anything else."""
        found = environment_file(text, self.directory, self.files, self.links)
        if isinstance(found, BadPath):
            code = found.code.removeprefix("kustomize/")
            expected = "a file of this environment's folder"
            self.report(code, pointer, f"expected {expected}, got {found.got}: {excerpt(text)}", found.hint)
            return None
        self.used.add(found)
        return found

    def parts(self, path: str) -> list[Part]:
        """The YAML documents of a file; findings where it cannot be read."""
        return self.parsed(self.files[path], path, lambda location: location)

    def parsed(self, content: str | bytes, path: str, place: Callable[[Location], Location]) -> list[Part]:
        """The YAML documents of a text, mappings or lists; `place` says where in `path` a place of the text is."""
        text = content if isinstance(content, str) else _decoded(content)
        if text is None:
            found = read(content, path)
            self.findings.extend(found if isinstance(found, list) else ())
            return []
        parts: list[Part] = []
        for before, piece in _documents(text.replace("\r\n", "\n")):
            listed = bool(_LIST.match(piece))
            source = "items:\n" + _indented(piece) if listed else piece
            shift = _shift(before - 1 if listed else before, 1 if listed else 0, place)
            document = read(source, path)
            if isinstance(document, list):
                self.findings.extend(
                    found._replace(location=shift(found.location), pointer="", related=()) for found in document
                )
            else:
                parts.append(_part(document, listed, shift))
        return parts


_LIST = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*(?:-[ \n]|\[)")
_DIVIDER = re.compile(r"^---(?=[ \t\n]|\Z)", re.MULTILINE)
_BLANK = re.compile(r"(?:[ \t]*(?:#[^\n]*)?(?:\n|\Z))*\Z")


def _documents(text: str) -> Iterable[tuple[int, str]]:
    """The documents of a stream that hold anything, each with the number of lines before it."""
    start = 0
    for divider in (*_DIVIDER.finditer(text), None):
        end = divider.start() if divider else len(text)
        piece = text[start:end]
        if not _BLANK.match(piece):
            yield text.count("\n", 0, start), piece
        start = divider.end() if divider else end


def _indented(text: str) -> str:
    """A text moved one column to the right, so that it can stand under a key."""
    return "".join(f" {line}" if line.strip() else line for line in text.splitlines(keepends=True))


def _shift(lines: int, columns: int, place: Callable[[Location], Location]) -> Callable[[Location], Location]:
    def shifted(location: Location) -> Location:
        line, column = max(1, location.line + lines), max(1, location.column - columns)
        return place(location._replace(line=line, column=column))

    return shifted


def _part(document: Document, listed: bool, shift: Callable[[Location], Location]) -> Part:
    prefix: Pointer = ("items",) if listed else ()
    data = document.data["items"] if listed else document.data
    return Part(data, lambda pointer: shift(document.locate((*prefix, *pointer))))


def _decoded(content: bytes) -> str | None:
    if content.startswith(b"\xef\xbb\xbf"):
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else excerpt(str(value)) if isinstance(value, str) else f"{value!r}"[:80]
