"""Edits of a few values in a person's document: all else stays as it was, or nothing is done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlgitops.errors import MlgitopsError
from mlgitops.source import Pointer
from mlgitops.spec.edit import with_values
from mlgitops.spec.reader import Document, read
from tests.spec.example_documents import DIGEST, FULL_MODEL, MODEL

NEW = DIGEST["9"]


def document(text: str) -> Document:
    result = read(text, "specs/churn/model.yaml")
    assert isinstance(result, Document), result
    return result


def pinned(text: str, index: int = 0, **values: str) -> str:
    changes: dict[Pointer, str] = {("spec", "data", index, key): value for key, value in values.items()}
    return with_values(document(text), changes, after="uri")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    - {name: a, uri: s3://a}\n", f"    - {{name: a, uri: s3://a, digest: {NEW}}}\n"),
        ("    - { name: a , uri: s3://a } # c\n", f"    - {{ name: a , uri: s3://a, digest: {NEW} }} # c\n"),
        ("    - {name: a, uri: s3://a, digest: old}\n", f"    - {{name: a, uri: s3://a, digest: {NEW}}}\n"),
        ("    - {digest: 'old', uri: \"s3://a\"}   # c\n", f'    - {{digest: {NEW}, uri: "s3://a"}}   # c\n'),
        (
            "    - uri: s3://a # c\n      # d\n      name: a\n",
            f"    - uri: s3://a # c\n      digest: {NEW}\n      # d\n      name: a\n",
        ),
        (
            "    - name: a\n      uri: s3://a\n\n  x: 1\n",
            f"    - name: a\n      uri: s3://a\n      digest: {NEW}\n\n  x: 1\n",
        ),
        ("    - digest: old   # c\n      uri: s3://a\n", f"    - digest: {NEW}   # c\n      uri: s3://a\n"),
        ("    -   uri: s3://a,b{c}\n", f"    -   uri: s3://a,b{{c}}\n        digest: {NEW}\n"),
        ("    - uri: 's3://it''s # no comment'\n", f"    - uri: 's3://it''s # no comment'\n      digest: {NEW}\n"),
        (
            '    - uri: "s3://\\"a\\" # no comment" # c\n',
            f'    - uri: "s3://\\"a\\" # no comment" # c\n      digest: {NEW}\n',
        ),
        ("    - {name: a, uri: 's3://a, b}'}\n", f"    - {{name: a, uri: 's3://a, b}}', digest: {NEW}}}\n"),
        (
            "    - {\n      uri: s3://a, # c\n      name: a\n    }\n",
            f"    - {{\n      uri: s3://a, digest: {NEW}, # c\n      name: a\n    }}\n",
        ),
    ],
)
def test_only_the_value_changes(before: str, after: str) -> None:
    start = "# first\nkind: Model\nspec:\n  data: # here\n"
    assert pinned(start + before, digest=NEW) == start + after


def test_several_values_at_once() -> None:
    changes: dict[Pointer, str] = {
        ("spec", "data", 0, "digest"): NEW,
        ("spec", "data", 0, "version"): "v8",
        ("spec", "data", 1, "uri"): "s3://holdout/customers/v4",
        ("spec", "data", 2, "digest"): NEW,
    }
    text = with_values(document(FULL_MODEL), changes, after="uri")
    different = [(a, b) for a, b in zip(FULL_MODEL.splitlines(), text.splitlines(), strict=True) if a != b]
    assert [b.strip() for _, b in different] == [
        "version: v8",
        f"digest: {NEW}",
        f'- {{name: holdout, role: validation, uri: s3://holdout/customers/v4, digest: "{DIGEST["2"]}"}}',
        f'- {{name: reference, role: reference, uri: "s3://features/customers/v6", digest: {NEW}}}',
    ]


def test_the_same_again_changes_nothing() -> None:
    once = pinned(MODEL, digest=NEW, version="v7")
    assert pinned(once, digest=NEW, version="v7") == once


FLOW = "spec:\n  data:\n    - {name: a, uri: s3://a, version: v7} # c\n"
BLOCK = "spec:\n  data:\n    - name: a\n      uri: s3://a # c\n      version: v7\n"
WORDS = st.one_of(
    st.sampled_from(
        [
            "true",
            "null",
            "no",
            "1e3",
            "012",
            "1_000",
            "~",
            "-",
            "a: b",
            "a #b",
            "{x}",
            "[y]",
            "",
            " ",
            "'",
            '"',
            "\\",
            "*a",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
        ]
    ),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20),
)


@given(WORDS, st.sampled_from([FLOW, BLOCK]), st.sampled_from(["version", "digest", "uri"]))
def test_any_text_reads_back_as_itself(value: str, text: str, key: str) -> None:
    try:
        result = pinned(text, **{key: value})
    except MlgitopsError:
        # Only what no document may hold is refused: text that is not in Unicode's normal form, or invisible.
        assert not isinstance(read(f"a: {json.dumps(value, ensure_ascii=False)}\n", "x"), Document)
        return
    assert document(result).data["spec"]["data"][0][key] == value


STYLES = st.sampled_from(
    ["{v}", "'{v}'", '"{v}"', "{v} # c", "{v}   ", "\n        {v}", "|\n        {v}", ">-\n        {v}\n        {v}"]
)


@given(STYLES, STYLES, st.sampled_from(["name: a", "name: a # b", "x: [1, 2]", "x: {y: z}"]), st.booleans())
def test_however_it_is_written_nothing_else_changes(uri: str, digest: str, other: str, present: bool) -> None:
    lines = [f"uri: {uri.format(v='s3://a')}", *([f"digest: {digest.format(v='old')}"] if present else []), other]
    text = "# c\nspec:\n  data:\n    - " + "\n      ".join(lines) + "\n    - {name: b, uri: s3://b} # d\n"
    assume(isinstance(read(text, "x"), Document))
    try:
        result = pinned(text, digest=NEW)
    except MlgitopsError:
        return
    before, after = document(text), document(result)
    expected: Any = json.loads(json.dumps(before.data))
    expected["spec"]["data"][0]["digest"] = NEW
    assert after.data == expected
    kept = [line for line in text.splitlines() if "digest" not in line and "old" not in line]
    assert [line for line in result.splitlines() if line in kept] == kept
    assert result.count("#") == text.count("#")


def test_a_long_document_is_edited_soon() -> None:
    items = "".join(f"    - {{name: d{i}, uri: s3://d/{i}}}\n" for i in range(1_500))
    text = "spec:\n  data:\n" + items
    changes: dict[Pointer, str] = {("spec", "data", i, "digest"): NEW for i in range(50)}
    assert with_values(document(text), changes, after="uri").count(NEW) == 50
