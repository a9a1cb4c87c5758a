"""Documents written by a command, in the style in which people write theirs: short mappings on one line, no needless
quotes, the schema's name in the first line.

    document_text({"apiVersion": …, "metadata": {"name": "churn", "environment": "dev"}, …}, "environments/…")
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlgitops.errors import MlgitopsError
from mlgitops.source import Pointer
from mlgitops.spec.reader import Document, read
from mlgitops.spec.yaml_scalars import resolve

Json = Any

WIDTH = 120
"""Columns within which a mapping or a list stays on one line."""

_BLOCKS = frozenset(
    ("spec", "artifact", "signature", "run", "code", "recipe", "rollout", "snapshot", "serving", "monitoring")
)
"""Keys of mappings that take a line for each entry, however short."""

_BLOCK_ITEMS = frozenset(("data",))
"""Keys of lists whose items do."""

_WORD = re.compile(r"/?[A-Za-z_](?:[A-Za-z0-9_./@+-]|:(?=[A-Za-z0-9_/]))*")
_PROSE = re.compile(r"[A-Za-z][A-Za-z0-9_./()',;%+-]*(?: [A-Za-z0-9(][A-Za-z0-9_./()',;%+-]*)*")
_MEASURE = re.compile(r"[0-9]{1,7}(?:ms|s|m|h|d|Ki|Mi|Gi|Ti)")
_GIT_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_YAML_1_1 = frozenset(("y", "n", "yes", "no", "on", "off"))
"""Words that older readers take for truth values."""


def modeline(path: str, kind: str) -> str:
    """The comment that tells editors the schema of the document at a path."""
    return f"# yaml-language-server: $schema={'../' * path.count('/')}schemas/{kind.lower()}.json\n"


def leading_comments(text: str) -> str:
    """The comments that a document opens with: the schema's name, and what people say about the file as a whole."""
    found = re.match(r"(?:[ \t]*(?:#[^\n]*)?\n)*", text)
    return found[0] if found else ""


def document_text(data: Mapping[str, Json], path: str, head: str = "") -> str:
    """The text of a document; `head` are the comments that it opens with, the modeline where there are none.

    Raises MlgitopsError where the text would not be read as the data: nothing is then written.
    """
    lines = "".join(f"{line}\n" for line in _entries(data, ""))
    text = (head or modeline(path, str(data["kind"]))) + lines
    again = read(text, path)
    if not isinstance(again, Document) or again.data != data:
        raise MlgitopsError(f"{path} cannot be written so that it reads as it is meant", "please report this")
    return text


def with_entry(document: Document, pointer: Pointer, value: Json) -> str:
    """A document's text with another mapping or list at a pointer, or one more at its end; all else stays as it was.

    What people laid out otherwise is written anew as a whole, without the comments within it. Raises MlgitopsError
    where even that would not be read as it is meant.
    """
    *outer, key = pointer
    indent = "  " * len(outer)
    wanted = json.loads(json.dumps(document.data))
    parent = wanted
    for token in outer:
        parent = parent[token]
    parent[str(key)] = value
    lines = "".join(f"{line}\n" for line in _entries({str(key): value}, indent))
    name = re.escape(str(key))
    block = re.compile(rf"^{indent}{name}:[^\n]*\n(?:{indent}  [^\n]*\n|{indent}- [^\n]*\n)*", re.MULTILINE)
    attempts = [document.text + lines]
    if len(block.findall(document.text)) == 1:
        attempts = [block.sub(lambda _: lines, document.text, count=1)]
    for text in attempts:
        again = read(text, document.path)
        if isinstance(again, Document) and again.data == wanted:
            return text
    return document_text(wanted, document.path, leading_comments(document.text))


def _entries(mapping: Mapping[str, Json], indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        name = f"{indent}{_scalar(key, flow=True)}:"
        inline = f"{name} {_flow(value) if isinstance(value, (dict, list)) else _scalar(value, flow=False)}"
        if isinstance(value, dict) and value and (key in _BLOCKS or len(inline) > WIDTH):
            yield name
            yield from _entries(value, indent + "  ")
        elif isinstance(value, list) and value and (len(inline) > WIDTH or any(isinstance(v, dict) for v in value)):
            yield name
            for item in value:
                yield from _item(item, indent + "  ", block=key in _BLOCK_ITEMS)
        else:
            yield inline


def _item(item: Json, indent: str, *, block: bool) -> Iterator[str]:
    inline = f"{indent}- {_flow(item)}"
    if isinstance(item, dict) and item and (block or len(inline) > WIDTH):
        lines = list(_entries(item, indent + "  "))
        yield f"{indent}- {lines[0][len(indent) + 2 :]}"
        yield from lines[1:]
    else:
        yield inline


def _flow(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key, flow=True)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return _scalar(value, flow=True)


def _scalar(value: Json, *, flow: bool) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return repr(value)
    return value if _is_plain(value, flow=flow) else json.dumps(value, ensure_ascii=False)


def _is_plain(text: str, *, flow: bool) -> bool:
    """Whether a text needs no quotes; in a flow mapping, what might end it or hold a key does."""
    if text.lower() in _YAML_1_1 or not text or not isinstance(resolve(text), str):
        return False
    if flow and (":" in text or "," in text):
        return False
    return any(pattern.fullmatch(text) for pattern in (_WORD, _PROSE, _MEASURE, _GIT_OBJECT))
