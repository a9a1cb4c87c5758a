"""People's YAML files as data: read safely, once, with a position for every value.

    >>> document = read("kind: Model\\nspec: {workers: 2}\\n", "specs/churn/model.yaml")
    >>> document.data
    {'kind': 'Model', 'spec': {'workers': 2}}
    >>> str(document.locate(("spec", "workers")))
    'specs/churn/model.yaml:2:17'

The steps: decode; refuse characters nobody can see; then either the fast reading, for texts of a form that every
reader takes alike, or the exact one, which decides all else and says where.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from mlgitops.findings import Finding
from mlgitops.source import Location, Pointer
from mlgitops.spec import yaml_fast
from mlgitops.spec.yaml_characters import FORBIDDEN, described
from mlgitops.spec.yaml_exact import MAX_FINDINGS, compose
from mlgitops.spec.yaml_places import Place, find

MAX_BYTES = 256 * 1024
"""Of a file in UTF-8. A spec of 115 lines has 4 KiB; etcd takes 1.5 MiB for a whole object."""


class Document:
    """A file that was read: `data` is what it says, in JSON's types."""

    __slots__ = ("_root", "data", "path", "text")

    def __init__(self, path: str, text: str, data: dict[str, Any], root: Place | None = None) -> None:
        self.path = path
        self.text = text
        self.data = data
        self._root = root

    def locate(self, pointer: Pointer, *, key: bool = False) -> Location:
        """Where the value at `pointer` is written, or its key.

        For what is not in the document: the key of its nearest ancestor that is (of a list's item, the item).
        """
        if self._root is None:
            self._root = _composed(self.text, self.path)
        return Location(self.path, *find(self._root, pointer, key=key))

    def __repr__(self) -> str:
        return f"Document({self.path!r}, {len(self.text)} characters)"


@lru_cache(maxsize=8)
def _composed(text: str, path: str) -> Place:
    """The places of a text without errors, made once for all who read it."""
    return compose(text, path).root


def read(content: bytes | str, path: str) -> Document | list[Finding]:
    """Read one file; `path` is only named in what is reported.

    Returns all findings that can be found, in the order of the file, where there is any: codes `yaml/…`.
    """
    if len(content) > MAX_BYTES:
        return [_too_large(path)]
    decoded = _decoded(content, path)
    if isinstance(decoded, list):
        return decoded
    text = decoded.replace("\r\n", "\n")
    if not text.endswith("\n"):
        text += "\n"  # Readers differ on block scalars that end with the file.
    if forbidden := _forbidden(text, path):
        return forbidden
    data = yaml_fast.data(text)
    if data is not None:
        return Document(path, text, data)
    composed = compose(text, path)
    if composed.findings or not isinstance(composed.data, dict):
        return composed.findings
    return Document(path, text, composed.data, composed.root)


def plain_text(content: bytes, path: str) -> str | list[Finding]:
    """A file that is no YAML, such as Rego: UTF-8 of at most `MAX_BYTES`, of characters that a reviewer sees.

    Line breaks stay as they are; the findings have the codes that `read` gives.
    """
    if len(content) > MAX_BYTES:
        return [_too_large(path)]
    text = _decoded(content, path)
    return text if isinstance(text, list) else unseen_characters(text, path) or text


def unseen_characters(text: str, path: str) -> list[Finding]:
    """A finding for each character of a file that is no YAML which a reviewer would not see (code `yaml/character`)."""
    return _forbidden(text.replace("\r\n", "\n").replace("\f", " "), path)


def _too_large(path: str) -> Finding:
    message = f"expected at most {MAX_BYTES // 1024} KiB in a file, got more"
    return Finding(Location(path), "yaml/too-large", "error", message, "split the file, or keep the data elsewhere")


def _decoded(content: bytes | str, path: str) -> str | list[Finding]:
    """The text of a file in UTF-8 without a byte order mark."""
    if isinstance(content, str):
        text = content
        if not text.isascii() and len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            return [_too_large(path)]
    else:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4]:
            return [_encoding(path, "UTF-16, UTF-32 or binary data")]
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            before = content[: error.start].decode("utf-8")
            byte = f"the byte 0x{content[error.start]:02X}"
            return [_encoding(path, byte, before.count("\n") + 1, _column_after(before))]
    if text.startswith("\ufeff"):
        return [_encoding(path, "a byte order mark")]
    return text


def _column_after(before: str) -> int:
    """The 1-based column that follows a text."""
    return len(before) - (before.rfind("\n") + 1) + 1


def _encoding(path: str, got: str, line: int = 1, column: int = 1) -> Finding:
    message = f"expected UTF-8 without a byte order mark, got {got}"
    return Finding(Location(path, line, column), "yaml/encoding", "error", message, "save the file as plain UTF-8")


def _forbidden(text: str, path: str) -> list[Finding]:
    """A finding for each character that no file may contain, up to `MAX_FINDINGS`."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return []
    findings: list[Finding] = []
    line, line_start = 1, 0
    for found in FORBIDDEN.finditer(text):
        index = found.start()
        line += text.count("\n", line_start, index)
        line_start = max(line_start, text.rfind("\n", line_start, index) + 1)
        message = f"expected visible characters, got {described(found.group())}"
        findings.append(
            Finding(Location(path, line, index - line_start + 1), "yaml/character", "error", message, "remove it")
        )
        if len(findings) == MAX_FINDINGS:
            break
    return findings
