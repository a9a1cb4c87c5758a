"""Documents that commands write: in the examples' style to the byte, and read as they were meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlgitops.deliver.document_text import document_text, leading_comments
from mlgitops.errors import MlgitopsError
from mlgitops.spec.reader import Document, read
from mlgitops.spec.yaml_characters import FORBIDDEN

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("environments/*/releases/*.yaml", "specs/*/versions/*/version.yaml")
    for path in ROOT.glob(pattern)
)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 12


@pytest.mark.parametrize("path", EXAMPLES)
def test_the_examples_are_written_as_people_wrote_them(path: str) -> None:
    text = (ROOT / path).read_text()
    document = read(text, path)
    assert isinstance(document, Document)
    assert document_text(document.data, path) == text


def test_the_styles() -> None:
    data = {
        "kind": "Release",
        "metadata": {"name": "a", "uri": "s3://a/b", "words": "one, two"},
        "spec": {
            "uri": "s3://a/b",
            "words": "One, two: no key.",
            "prose": "One, two.",
            "times": ["2026-11-02T10:00:00Z", "no", "5s", "7", "", "x" * 5],
            "numbers": [1, 0.5, 1e-05, True, None],
            "approvals": [{"role": "lead", "by": "@a/b"}],
            "data": [{"name": "a", "range": [0, 1]}, {"name": "b"}],
            "long": {"first": "y" * 60, "second": {"third": "z" * 60}},
            "empty": {},
        },
    }
    assert document_text(data, "a/b.yaml") == (
        "# yaml-language-server: $schema=../schemas/release.json\n"
        "kind: Release\n"
        'metadata: {name: a, uri: "s3://a/b", words: "one, two"}\n'
        "spec:\n"
        "  uri: s3://a/b\n"
        '  words: "One, two: no key."\n'
        "  prose: One, two.\n"
        '  times: ["2026-11-02T10:00:00Z", "no", 5s, "7", "", xxxxx]\n'
        "  numbers: [1, 0.5, 1e-05, true, null]\n"
        "  approvals:\n"
        '    - {role: lead, by: "@a/b"}\n'
        "  data:\n"
        "    - name: a\n"
        "      range: [0, 1]\n"
        "    - name: b\n"
        "  long:\n"
        f"    first: {'y' * 60}\n"
        f"    second: {{third: {'z' * 60}}}\n"
        "  empty: {}\n"
    )


TEXTS = st.text(max_size=30).filter(lambda text: not FORBIDDEN.search(text))
KEYS = TEXTS.filter(str.isprintable)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    LEAVES | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(data=st.dictionaries(st.sampled_from(("spec", "data", "code", "a")), VALUES, max_size=3))
def test_whatever_is_in_it_reads_back(data: dict[str, Any]) -> None:
    whole = {"kind": "Version", **data}
    document = read(document_text(whole, "a.yaml"), "a.yaml")
    assert isinstance(document, Document)
    assert document.data == whole


def test_what_cannot_be_written_is_no_file() -> None:
    with pytest.raises(MlgitopsError, match=r"^a\.yaml cannot be written so that it reads as it is meant$"):
        document_text({"kind": "Release", "spec": {"reason": "a\u200bb"}}, "a.yaml")


def test_comments_that_a_file_opens_with() -> None:
    assert leading_comments("# a\n\n  # b\nkind: A # c\n# d\n") == "# a\n\n  # b\n"
    assert leading_comments("kind: A\n# a\n") == ""
