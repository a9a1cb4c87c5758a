"""Every kind of document: the shortest and the fullest are accepted, and say again what they said."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import Model, Replicas
from mlgitops.spec.documents.types import DESCRIPTIONS
from mlgitops.spec.reader import Document, read
from tests.spec.example_documents import ALL, FULL_ENVIRONMENT, FULL_MODEL, MODEL, PATHS, written

KINDS = {kind.__name__: kind for kind, _ in ALL.values()}


@pytest.mark.parametrize("name", ALL)
def test_a_document_says_again_what_it_said(name: str) -> None:
    kind, text = ALL[name]
    value = written(kind, text).value
    again = kind.model_validate(json.loads(value.model_dump_json()))
    assert again == value
    assert set(value.model_dump(exclude_unset=True)) == {"apiVersion", "kind", "metadata", "spec"}


@pytest.mark.parametrize("name", ALL)
def test_what_was_written_is_kept_as_it_was_written(name: str) -> None:
    kind, text = ALL[name]
    document = written(kind, text)
    assert document.value.model_dump(exclude_unset=True) == document.document.data


def test_a_minimal_model_has_fifteen_lines() -> None:
    assert MODEL.count("\n") == 15


def test_the_full_documents_leave_no_field_unsaid() -> None:
    assert _unsaid(written(Model, FULL_MODEL).value) == {"training.estimator"}
    assert _unsaid(written(Environment, FULL_ENVIRONMENT).value) == {
        "serviceAccounts.evaluate",
        "serviceAccounts.score",
        "serviceAccounts.serve",
        "serviceAccounts.sign",
    }


def _unsaid(value: Any, name: str = "") -> set[str]:
    """Optional sections that an example does not write; of list items and small values any one is enough."""
    missing: set[str] = set()
    for field in type(value).model_fields:
        here = f"{name}.{field}".removeprefix(".").removeprefix("spec.").removeprefix("metadata.")
        if field not in value.model_fields_set:
            missing.add(here)
        elif isinstance(getattr(value, field), BaseModel):
            missing |= _unsaid(getattr(value, field), here)
    return missing


def test_defaults_of_a_minimal_model() -> None:
    training = written(Model, MODEL).value.spec.training
    assert training.model_dump() == {
        "framework": "sklearn",
        "entrypoint": None,
        "estimator": "linear_model.LogisticRegression",
        "hyperparameters": {},
        "seed": 0,
        "workers": 1,
        "accelerators": None,
        "resources": {"cpu": None, "memory": None, "storage": None},
        "image": None,
        "env": [],
        "maxFailures": 0,
        "checkpoint": None,
        "deadline": None,
        "onSupersede": "finish",
        "priority": None,
    }


@pytest.mark.parametrize("name", KINDS)
def test_every_pattern_is_described(name: str) -> None:
    patterns = {part["pattern"] for part in _parts(KINDS[name].model_json_schema()) if "pattern" in part}
    assert patterns
    assert patterns <= set(DESCRIPTIONS)
    texts = {
        pattern for part in _parts(KINDS[name].model_json_schema()) for pattern in part.get("patternProperties", ())
    }
    assert texts <= set(DESCRIPTIONS)


def _parts(schema: Any) -> Any:
    if isinstance(schema, dict):
        yield schema
        for part in schema.values():
            yield from _parts(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _parts(part)


def test_no_description_is_left_over() -> None:
    used: set[str] = set()
    for kind in KINDS.values():
        for part in _parts(kind.model_json_schema()):
            used |= {part["pattern"]} if isinstance(part.get("pattern"), str) else set()
            used |= set(part.get("patternProperties", ()))
    assert used == set(DESCRIPTIONS)


def test_values_are_frozen() -> None:
    replicas = Replicas(min=1)
    with pytest.raises(ValidationError, match="frozen"):
        replicas.min = 2


@pytest.mark.parametrize("name", ALL)
def test_no_number_is_infinite(name: str) -> None:
    """YAML's readers refuse `.inf` before; values that come another way are refused here."""
    kind, text = ALL[name]
    document = read(text, PATHS[kind])
    assert isinstance(document, Document)
    found = 0
    for holder, key in list(_numbers(document.data)):
        before, holder[key] = holder[key], float("inf")
        with pytest.raises(ValidationError):
            kind.model_validate(document.data)
        holder[key] = before
        found += 1
    assert found == sum(1 for _ in _numbers(document.data))


def _numbers(data: Any) -> Any:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        if type(value) is float:
            yield data, key
        if key not in ("hyperparameters", "defaults", "overrides"):
            yield from _numbers(value)


def test_each_kind_has_its_literal() -> None:
    for name, kind in KINDS.items():
        assert get_args(kind.model_fields["kind"].annotation) == (name,)
        assert get_args(kind.model_fields["apiVersion"].annotation) == ("mlgitops.dev/v1alpha1",)
