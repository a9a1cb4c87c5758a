"""Whatever stands in a manifest, rules on objects answer: no value of another type makes them fail, in any place.

A rule that fails ends the whole run with an error, so one odd patch would keep everybody from knowing anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mlgitops.policy.decide import Question, decide
from mlgitops.policy.harness import sources
from mlgitops.policy.input_schema import input_schema
from mlgitops.policy.rules import RuleSet, read_rules
from mlgitops.policy.totality import Shape
from mlgitops.programs.embedded import EmbeddedEngine
from mlgitops.programs.opa import OpaEngine
from mlgitops.programs.process import require
from tests.policy.good import base_document

Json = Any
REPOSITORY = Path(__file__).resolve().parents[2]
ODD: list[Json] = [7, "x", ["x"], {"x": None}]


@cache
def _rules() -> RuleSet:
    paths = [path for path in (REPOSITORY / "policies").rglob("*") if path.is_file()]
    rules, findings = read_rules({p.relative_to(REPOSITORY).as_posix(): p.read_text("utf-8") for p in paths})
    assert findings == []
    return rules


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_rules_answer_about_odd_manifests(odd: Json) -> None:
    shape = Shape(input_schema("objects"))
    base = base_document(_rules(), "objects", shape)
    parts = [(part, variant) for part in ("objects", "pods") for variant in _variants(base[part], odd)]
    variants = [document for part, value in parts if not shape.check(document := {**base, part: value})]
    assert len(variants) > 250
    questions = [Question(str(index), document) for index, document in enumerate(variants)]
    with OpaEngine(sources(_rules()), require("opa"), jobs=1) as engine:
        assert len(decide(engine, _rules(), "objects", questions, shape)) == len(variants)


@pytest.mark.parametrize("odd", [*ODD, [None]], ids=repr)
def test_the_embedded_engine_answers_too(odd: Json) -> None:
    """It works out messages before it is known whether they are needed, so more can fail; every 40th place is tried."""
    shape = Shape(input_schema("objects"))
    base = base_document(_rules(), "objects", shape)
    parts = [(part, variant) for part in ("objects", "pods") for variant in _variants(base[part], odd)]
    documents = [document for part, value in parts[::40] if not shape.check(document := {**base, part: value})]
    questions = [Question(str(index), document) for index, document in enumerate(documents)]
    with EmbeddedEngine(sources(_rules()), jobs=1) as engine:
        found = decide(engine, _rules(), "objects", questions, shape)
    with OpaEngine(sources(_rules()), require("opa"), jobs=1) as opa:
        assert decide(opa, _rules(), "objects", questions, shape) == found


def _variants(value: Json, odd: Json) -> Iterator[Json]:
    """Copies of a value, each with something odd in one place."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        for variant in (*_variants(inner, odd), odd):
            result = value.copy()
            result[key] = variant
            yield result
