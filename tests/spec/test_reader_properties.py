"""Whatever the bytes of a file are, reading it gives a document or findings with places in it, never an exception."""

from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mlgitops.findings import Finding
from mlgitops.spec.reader import Document, read

PIECES = (
    "a", "b: ", ": ", "- ", "? ", "\n", "\n  ", "\n    ", " ", "[", "]", "{", "}", ",", "'", '"', "|", ">", "|-\n",
    "# c\n", "&x ", "*x", "!t ", "<<: ", "---\n", "...\n", "%YAML 1.2\n", "\t", "\\", "\\u200b", "\r", "\r\n",
    "\x00", "\x85", "\u2028", "\ufeff", "\u202e", "é", "e\u0301", "\ud7ff", "\U0001f600", "1", "012", "1e400",
    "0x", ".inf", "null", "~", "true", "=", "2026-11-21",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(content=st.one_of(TEXTS.map(str.encode), TEXTS, st.binary(max_size=200), st.text(max_size=200)))
@example(content=b"\xff")
@example(content="a: \ud800")
@settings(max_examples=2000)
def test_any_content(content: str | bytes) -> None:
    result = read(content, "x.yaml")
    if isinstance(result, Document):
        json.dumps(result.data, allow_nan=False).encode()  # what policy gets
        _placed(result.locate(()).line, result.locate(()).column, content)
        return
    assert result
    for finding in result:
        assert isinstance(finding, Finding)
        assert finding.code.startswith("yaml/")
        assert finding.hint
        assert len(finding.message) < 4096
        assert finding.message.isprintable(), ascii(finding.message)
        _placed(finding.location.line, finding.location.column, content)


def _placed(line: int, column: int, content: str | bytes) -> None:
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    breaks = sum(text.count(mark) for mark in "\n\r\x85\u2028\u2029")
    assert 1 <= line <= breaks + 2
    assert 1 <= column <= len(text) + 2
