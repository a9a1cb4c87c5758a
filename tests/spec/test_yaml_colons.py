"""A colon that is missing is told where it is missing, not on the line after."""

from __future__ import annotations

import pytest

from mlgitops.spec.reader import read

COLON, SPACE = (
    "expected a colon after the key '{}', got none",
    "expected a space after the colon of the key '{}', got none",
)

MISSING: dict[str, tuple[str, str, str, str]] = {
    "a key alone": ("kind: Model\nmetadata\nspec: {a: 1}\n", "2:1", COLON, "metadata"),
    "a key above its mapping": ("kind: Model\nspec\n  task: x\n", "2:1", COLON, "spec"),
    "a key above its list": ("kind: Model\ndata\n  - a\n", "2:1", COLON, "data"),
    "a key at the end": ("kind: Model\nspec\n", "2:1", COLON, "spec"),
    "the first line": ("kind Model\nmetadata: {name: a}\n", "1:1", COLON, "kind"),
    "the first key of a mapping": ("metadata:\n  name churn\n  team: x\n", "2:3", COLON, "name"),
    "the last key of a mapping": ("metadata:\n  team: x\n  name churn\n", "3:3", COLON, "name"),
    "a key between others": ("a:\n  b: some text\n  c more\n  d: 1\n", "3:3", COLON, "c"),
    "the first key of an item": ("data:\n  - name train\n    role: training\n", "2:5", COLON, "name"),
    "another key of an item": ("data:\n  - name: train\n    role training\n    uri: x\n", "3:5", COLON, "role"),
    "an item in an item": ("a:\n  - - name train\n      role: x\n", "2:7", COLON, "name"),
    "blank lines between": ("metadata:\n  name churn\n\n  team: x\n", "2:3", COLON, "name"),
    "Windows' line breaks": ("metadata:\r\n  name churn\r\n  team: x\r\n", "2:3", COLON, "name"),
    "a comment behind it": ("metadata:\n  name churn # the name\n  team: x\n", "2:3", COLON, "name"),
    "comments between": ("name churn # a\n\n  # b\n# c\nteam: x\n", "1:1", COLON, "name"),
    "a comment in an item": ("a:\n  - name train # x\n    role: y\n", "2:5", COLON, "name"),
    "no space": ("metadata:\n  name:churn\n  team: x\n", "2:3", SPACE, "name"),
    "no space in the first line": ("kind:Model\nmetadata: {name: a}\n", "1:1", SPACE, "kind"),
}


@pytest.mark.parametrize("case", MISSING)
def test_a_missing_colon(case: str) -> None:
    text, place, message, key = MISSING[case]
    (finding,) = read(text, "model.yaml")
    assert (str(finding.location), finding.code) == (f"model.yaml:{place}", "yaml/syntax")
    assert (finding.message, finding.hint) == (message.format(key), f"write `{key}: …`")


@pytest.mark.parametrize("word", ["c2stbGl2ZS1hYmNkZWZnaGlqa2xtbm9wcXJz", "'quoted'", "{{", "-----BEGIN", "ключ"])
def test_of_what_may_be_no_key_nothing_is_repeated(word: str) -> None:
    (finding,) = read(f"a: 1\n{word} x\nb: 2\n", "model.yaml")
    assert word not in finding.message + finding.hint


OTHERS = {
    "a second colon in a line": ("a: b: c\n", "1:5"),
    "a line too far to the right": ("a: b\n c: d\n", "2:3"),
    "a text of several lines": ("a: some text\n  goes on\n  c: d\n", "3:4"),
    "an item above a mapping": ("a:\n  - b # text\n  c: d\n", "3:3"),
    "a mapping too far to the left": ("a:\n   b: c # text\n  d: e\n", "3:3"),
    "a brace": ("spec: {\n  a: 1,\n  b 2\n  c: 3}\n", "4:4"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_no_missing_colon(case: str) -> None:
    text, place = OTHERS[case]
    (finding,) = read(text, "model.yaml")
    assert (str(finding.location), finding.code) == (f"model.yaml:{place}", "yaml/syntax")
    assert "colon after" not in finding.message
