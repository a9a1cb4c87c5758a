"""The emitter: whole texts compared, and what it refuses."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest

from mlgitops.render.emit import emit


def test_an_object_of_everything() -> None:
    data = {
        "spec": {
            "words": ["plain", "s3://bucket/path", "repo/image:v1@sha256:00ff", "/churn", "two words", ""],
            "readAsSomethingElse": ["no", "Yes", "y", "ON", "null", "~", "true", "1", "1.5", "1e3", "012", "0x1F",
                                    "22:22", "2026-01-31", ".inf", "=", "<<", "NaN", "-", "1_000"],
            "signs": ["- a", "a: b", "a #b", "a:", "&a", "*a", "!a", "%a", "@a", "`a", "[a]", "{a}", "'a'", '"a"',
                      "a\\b", "? a", "| a", "> a", ", a", " a ", "#"],
            "numbers": [0, -1, 9223372036854775807, 1.5, -0.0, 1e-05, 1e16, 2.5e-07, 5e-324],
            "others": [None, True, False],
            "nested": [[1, [2, []], {}], [], {"b": {"d": [{"z": 1, "y": [3]}], "c": {}}, "a": None}],
        },
        "kind": "Example",
        "metadata": {"name": "x", "annotations": {"on": "off", "a.b/c": "d", "with space": "", "é": "é"}},
        "apiVersion": "v1",
        "another": "first of the rest",
    }  # fmt: skip
    assert (
        emit(data)
        == """\
apiVersion: v1
kind: Example
metadata:
  annotations:
    a.b/c: d
    "on": "off"
    "with space": ""
    "é": "é"
  name: x
another: "first of the rest"
spec:
  nested:
  - - 1
    - - 2
      - []
    - {}
  - []
  - a: null
    b:
      c: {}
      d:
      - "y":
        - 3
        z: 1
  numbers:
  - 0
  - -1
  - 9223372036854775807
  - 1.5
  - -0.0
  - 1.0e-05
  - 1.0e+16
  - 2.5e-07
  - 5.0e-324
  others:
  - null
  - true
  - false
  readAsSomethingElse:
  - "no"
  - "Yes"
  - "y"
  - "ON"
  - "null"
  - "~"
  - "true"
  - "1"
  - "1.5"
  - "1e3"
  - "012"
  - "0x1F"
  - "22:22"
  - "2026-01-31"
  - ".inf"
  - "="
  - "<<"
  - "NaN"
  - "-"
  - "1_000"
  signs:
  - "- a"
  - "a: b"
  - "a #b"
  - "a:"
  - "&a"
  - "*a"
  - "!a"
  - "%a"
  - "@a"
  - "`a"
  - "[a]"
  - "{a}"
  - "'a'"
  - "\\"a\\""
  - "a\\\\b"
  - "? a"
  - "| a"
  - "> a"
  - ", a"
  - " a "
  - "#"
  words:
  - plain
  - s3://bucket/path
  - repo/image:v1@sha256:00ff
  - /churn
  - "two words"
  - ""
"""
    )


def test_text_of_several_lines() -> None:
    data = {
        "a": "one\ntwo\n",
        "b": "no end\nhere",
        "c": "many ends\n\n\n",
        "d": "  indented\nfirst line\n",
        "e": "\nempty first line\n",
        "f": ["in a list\n", "  there\nas well", {"g": "and\nbelow\n"}],
        "h": "def f(x):\n    # a: b\n\n    return {'x': \"é\"}  \n    \n\nf(1)\n",
        "i": "\n\n",
        "j": "blank end\n  ",
        "k": "  \nblank start",
        "l": "\ttab",
        "m": "a\n\ttab first",
        "n": "bell\x07\nline",
        "o": "bidi \u202e\nline",
        "p": "carriage\r\nreturn\r\n",
        "q": "---\n...\n",
    }
    assert (
        emit(data)
        == r"""a: |
  one
  two
b: |-
  no end
  here
c: |+
  many ends


d: |2
    indented
  first line
e: |2

  empty first line
f:
- |
  in a list
- |2-
    there
  as well
- g: |
    and
    below
h: |
  def f(x):
      # a: b

      return {'x': "é"}··
······

  f(1)
i: "\n\n"
j: "blank end\n  "
k: "  \nblank start"
l: "\ttab"
m: "a\n\ttab first"
"n": "bell\x07\nline"
o: "bidi \u202E\nline"
p: "carriage\r\nreturn\r\n"
q: |
  ---
  ...
""".replace("·", " ")
    )


def test_keys_are_sorted_at_every_level_but_for_the_leading_ones() -> None:
    inner = {"spec": 1, "metadata": {"b": 1, "a": 2, "B": 3}, "kind": 2, "apiVersion": 3, "a": 4}
    assert emit({"z": [inner], **inner}) == (
        "apiVersion: 3\nkind: 2\nmetadata:\n  B: 3\n  a: 2\n  b: 1\na: 4\nspec: 1\n"
        "z:\n- a: 4\n  apiVersion: 3\n  kind: 2\n  metadata:\n    B: 3\n    a: 2\n    b: 1\n  spec: 1\n"
    )


def test_nothing_at_all() -> None:
    assert emit({}) == "{}\n"


def test_what_a_reviewer_cannot_see_is_written_as_an_escape() -> None:
    for number in range(0x110000):
        character = chr(number)
        category = unicodedata.category(character)
        if category in ("Cc", "Cf", "Co", "Zl", "Zp") or (category == "Zs" and character != " "):
            text = emit({"a": f"x{character}"})
            assert text.isascii(), hex(number)
            assert character == "\n" or character not in text


class MarkedText(str):
    """A string that remembers where it came from, and says something else when asked."""

    __slots__ = ("pointer",)

    def __str__(self) -> str:
        return "wrong"

    def __repr__(self) -> str:
        return "wrong"


class MarkedInt(int):
    def __repr__(self) -> str:
        return "wrong"

    __str__ = __repr__


class MarkedFloat(float):
    def __repr__(self) -> str:
        return "wrong"

    __str__ = __repr__


class Mapping(dict[str, Any]):
    pass


class Items(list[Any]):
    pass


def test_subclasses_are_written_as_what_they_are() -> None:
    marked = Mapping(
        {
            MarkedText("key"): Items([MarkedText("no"), MarkedText("a\nb\n"), MarkedText("word"), MarkedInt(7)]),
            "float": MarkedFloat(1e-07),
            "empty": Mapping(),
            "none": Items(),
            "many": MarkedText("a\nb"),
        }
    )
    assert emit(marked) == (
        'empty: {}\nfloat: 1.0e-07\nkey:\n- "no"\n- |\n  a\n  b\n- word\n- 7\nmany: |-\n  a\n  b\nnone: []\n'
    )


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ({"a": [{"b": (1, 2)}]}, TypeError, "expected a value of JSON's types at '/a/0/b', got tuple"),
        ({"a": {1, 2}}, TypeError, "expected a value of JSON's types at '/a', got set"),
        ({"a": b"x"}, TypeError, "expected a value of JSON's types at '/a', got bytes"),
        ({"a": ()}, TypeError, "expected a value of JSON's types at '/a', got tuple"),
        ({"a": {1: 2}}, TypeError, "expected a key that is a string at '/a', got int"),
        ({"a": {"b": 1, None: 2}}, TypeError, "expected a key that is a string at '/a', got NoneType"),
        ({1: 2}, TypeError, "expected a key that is a string at '', got int"),
        ({"a": float("nan")}, ValueError, "expected a finite number at '/a', got nan"),
        ({"a": [1, float("-inf")]}, ValueError, "expected a finite number at '/a/1', got -inf"),
        ({"a": 2**63}, ValueError, "expected an integer of at most 64 bits at '/a'"),
        ({"a": -(2**63) - 1}, ValueError, "expected an integer of at most 64 bits at '/a'"),
        ({"a/b": "\ud800"}, ValueError, "expected text that UTF-8 can hold at '/a~1b', got a lone surrogate"),
        ({"a": "x\n\udfff"}, ValueError, "expected text that UTF-8 can hold at '/a', got a lone surrogate"),
        ({"a": {"\ud800": 1}}, ValueError, "expected text that UTF-8 can hold at '/a', got a lone surrogate"),
        ({"a": {"k" * 1001: 1}}, ValueError, "expected keys of at most 1000 characters at '/a', got 1001"),
    ],
)
def test_what_cannot_be_written(data: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        emit(data)
    assert str(raised.value) == message
