"""The input schemas that are shipped, against the models that they are made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgitops.policy import published_schema
from mlgitops.policy.engine import SCOPES, Scope
from mlgitops.policy.input_schema import input_schema


def test_the_file_is_as_the_models_say() -> None:
    path = Path(published_schema.__file__).with_name(published_schema.FILE)
    fresh = path.read_text() == published_schema.text()
    assert fresh, "documents changed: run `python tools/write_input_schemas.py`, and commit what it writes"


@pytest.mark.parametrize("scope", SCOPES)
def test_a_schema_comes_back_as_it_was(scope: Scope) -> None:
    assert published_schema.published_schema(scope) == input_schema(scope)
