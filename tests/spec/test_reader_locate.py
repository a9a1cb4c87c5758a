"""Where values and keys are written, for every style of YAML."""

from __future__ import annotations

import pytest

from mlgitops.source import Location, Pointer
from mlgitops.spec import reader, yaml_fast
from mlgitops.spec.reader import Document, read

TEXT = """\
# The churn model.
kind: Model
metadata: {name: churn, "team": growth, labels: {a/b: c}}
spec:
  data:
    - {name: customers, uri: 's3://é'}
    - name: holdout   # below its dash
      uri: "s3://holdout"
    -
      name: late
  metrics: [auc, [0.5, x]]
  hyperparameters:
  - 1
  -  - deep
     - {x: 1}
  "quoted key" : 'v'
  'single': |
    text
    more
  empty:
  none: ~
  42a: {}
  ünï: é, 😀, {x}
  "7": {"0": x}
last: [
    1,   2,
    {a:
       b}
  ]
"""
TABLE: list[tuple[Pointer, tuple[int, int], tuple[int, int]]] = [
    # pointer, the value's line and column, the key's
    ((), (2, 1), (2, 1)),
    (("kind",), (2, 7), (2, 1)),
    (("metadata",), (3, 11), (3, 1)),
    (("metadata", "name"), (3, 18), (3, 12)),
    (("metadata", "team"), (3, 33), (3, 25)),
    (("metadata", "labels", "a/b"), (3, 55), (3, 50)),
    (("spec",), (5, 3), (4, 1)),
    (("spec", "data"), (6, 5), (5, 3)),
    (("spec", "data", 0), (6, 7), (6, 7)),
    (("spec", "data", 0, "uri"), (6, 30), (6, 25)),
    (("spec", "data", 1), (7, 7), (7, 7)),
    (("spec", "data", 1, "name"), (7, 13), (7, 7)),
    (("spec", "data", 1, "uri"), (8, 12), (8, 7)),
    (("spec", "data", 2), (10, 7), (10, 7)),
    (("spec", "data", 2, "name"), (10, 13), (10, 7)),
    (("spec", "metrics", 1), (11, 18), (11, 18)),
    (("spec", "metrics", 1, 1), (11, 24), (11, 24)),
    (("spec", "hyperparameters"), (13, 3), (12, 3)),
    (("spec", "hyperparameters", 0), (13, 5), (13, 5)),
    (("spec", "hyperparameters", 1, 0), (14, 8), (14, 8)),
    (("spec", "hyperparameters", 1, 1, "x"), (15, 12), (15, 9)),
    (("spec", "quoted key"), (16, 18), (16, 3)),
    (("spec", "single"), (17, 13), (17, 3)),
    (("spec", "empty"), (20, 9), (20, 3)),
    (("spec", "none"), (21, 9), (21, 3)),
    (("spec", "42a"), (22, 8), (22, 3)),
    (("spec", "ünï"), (23, 8), (23, 3)),
    (("spec", "7", "0"), (24, 14), (24, 9)),
    (("last", 1), (26, 10), (26, 10)),
    (("last", 2, "a"), (28, 8), (27, 6)),
    # A pointer read from text has numbers for keys of digits.
    (("spec", 7, 0), (24, 14), (24, 9)),
    # What is absent is shown at the key of its nearest ancestor, or at the list's item.
    (("absent",), (2, 1), (2, 1)),
    (("spec", "absent"), (4, 1), (4, 1)),
    (("spec", "absent", "further", 3), (4, 1), (4, 1)),
    (("spec", "data", 1, "digest"), (7, 7), (7, 7)),
    (("spec", "data", 9), (5, 3), (5, 3)),
    (("kind", "x"), (2, 1), (2, 1)),
]


@pytest.fixture(scope="module")
def document() -> Document:
    result = read(TEXT, "m.yaml")
    assert isinstance(result, Document)
    return result


@pytest.mark.parametrize(("pointer", "value", "key"), TABLE)
def test_locate(document: Document, pointer: Pointer, value: tuple[int, int], key: tuple[int, int]) -> None:
    assert document.locate(pointer) == Location("m.yaml", *value)
    assert document.locate(pointer, key=True) == Location("m.yaml", *key)


def test_every_value_that_is_a_word_stands_where_it_is_said_to(document: Document) -> None:
    lines = TEXT.split("\n")
    seen = 0

    def walk(value: object, pointer: Pointer) -> None:
        nonlocal seen
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, (*pointer, key))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                walk(inner, (*pointer, index))
        elif isinstance(value, str) and "\n" not in value:
            at = document.locate(pointer)
            assert lines[at.line - 1][at.column - 1 :].lstrip("\"'").startswith(value)
            seen += 1

    walk(document.data, ())
    assert seen == 16


def test_places_are_composed_once_and_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    composed: list[str] = []
    original = reader.compose
    monkeypatch.setattr(reader, "compose", lambda text, path: composed.append(path) or original(text, path))
    text = "a: 1\nb: [2]\n"
    assert yaml_fast.data(text) is not None
    result = read(text, "x")
    assert isinstance(result, Document)
    assert composed == []
    assert str(result.locate(("b", 0))) == "x:2:5"
    assert str(result.locate(("a",))) == "x:1:4"
    assert composed == ["x"]
