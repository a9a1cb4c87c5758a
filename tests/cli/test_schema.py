"""The schemas: valid draft 7, accepting what the types accept, refusing what they refuse, and kept fresh."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mlgitops.cli.json_schemas import KINDS, draft7, schema_files
from mlgitops.cli.scaffold import filled
from mlgitops.spec.reader import Document, read
from tests.cli.conftest import Answer, Call

FILES = schema_files()


def test_one_for_each_kind_and_scope() -> None:
    kinds = {f"schemas/{kind.__name__.lower()}.json" for kind in KINDS}
    scopes = {f"schemas/policy/{scope}.json" for scope in ("model", "objects", "fleet")}
    assert set(FILES) == kinds | scopes | {f"schemas/report/{name}.json" for name in ("plan", "policy-diff", "report")}


@pytest.mark.parametrize("path", FILES)
def test_they_are_draft_7(path: str) -> None:
    schema = json.loads(FILES[path])
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(schema)
    for word in ("$defs", "prefixItems", "discriminator", "unevaluatedProperties"):
        assert f'"{word}"' not in FILES[path]


def errors(path: str, text: str) -> list[str]:
    document = read(text, path)
    assert isinstance(document, Document)
    validator = jsonschema.Draft7Validator(json.loads(FILES[path]))
    return sorted(error.message for error in validator.iter_errors(document.data))


MODEL = filled("model/model.yaml", {"NAME": "churn", "TEAM": "growth"})


def test_a_scaffold_is_accepted() -> None:
    assert errors("schemas/model.json", MODEL) == []
    assert errors("schemas/environment.json", filled("environment/environment.yaml", {"NAME": "dev"})) == []
    assert errors("schemas/repository.json", filled("repository/mlgitops.yaml", {"NAME": "models"})) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("deadline: 2h", "deadlin: 2h", "'deadlin' was unexpected"),
        ("deadline: 2h", "deadline: 2 hours", "'2 hours' is not valid under any of the given schemas"),
        ("hyperparameters: {maxDepth: 4, eta: 0.1}", "seed: -1", "-1 is less than the minimum of 0"),
        ("target: label", "target: 3", "3 is not valid under any of the given schemas"),
        ("kind: Model", "kind: Modell", "'Model' was expected"),
    ],
)
def test_mistakes_are_refused(old: str, new: str, says: str) -> None:
    assert old in MODEL
    assert any(says in error for error in errors("schemas/model.json", MODEL.replace(old, new)))


def test_comments_under_fields_are_shown_while_typing() -> None:
    digest: Any = json.loads(FILES["schemas/model.json"])["definitions"]["DataSet"]["properties"]["digest"]
    assert digest["description"] == "Written by `mlgitops data pin`."


def test_translation() -> None:
    assert draft7(
        {
            "title": "X",
            "$defs": {"A": {"prefixItems": [{"$ref": "#/$defs/B"}], "title": "A"}},
            "properties": {"title": {"$ref": "#/$defs/A", "default": 1}},
        }
    ) == {
        "definitions": {"A": {"items": [{"$ref": "#/definitions/B"}], "additionalItems": False}},
        "properties": {"title": {"default": 1, "allOf": [{"$ref": "#/definitions/A"}]}},
    }


def test_writing_and_checking(call: Call, repository: Path) -> None:
    count = len(FILES)
    closing = f"{count} schemas checked, 0 failed, 0 skipped, 0 waived"
    assert call("schema") == Answer(0, f"{closing}; {count} files written, 0 unchanged, 0 removed\n", "")
    assert call("schema") == Answer(0, f"{closing}; 0 files written, {count} unchanged, 0 removed\n", "")
    assert call("schema", "--check") == Answer(0, f"{closing}\n", "")
    (repository / "schemas" / "run.json").write_text("{}")
    (repository / "schemas" / "model.json").unlink()
    answer = call("schema", "--check")
    assert answer.code == 1
    for name in ("run", "model"):
        assert f"schemas/{name}.json:1:1: error[schema/stale]" in answer.out
    assert f"{count} schemas checked, 2 failed" in answer.out
    assert call("schema").out == f"{closing}; 2 files written, {count - 2} unchanged, 0 removed\n"
