"""`plan` tells how risky a change is, for each model and environment that it reaches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit, mlgitops, write
from tests.pipeline.test_plan import committed, document

ALPHA = "specs/alpha/model.yaml"
WAIVER = """\
    apiVersion: mlgitops.dev/v1alpha1
    kind: Waiver
    metadata: {name: alpha-label}
    spec:
      rule: words.label
      model: alpha
      environment: dev
      owner: "@growth"
      reason: Until the next label.
      ticket: ML-1
      issued: "2026-11-20"
      expires: "2026-11-30"
    """


@pytest.fixture
def root(copy: Copy) -> Path:
    place = copy("plain")
    committed(place)
    return place


def risks(root: Path) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """Target, level, strategy, factors with their levels."""
    rows: list[dict[str, Any]] = document(root)["risks"]
    return [
        (
            f"{row['model']}@{row['environment']}",
            row["level"],
            row["strategy"],
            [(one["change"], one["level"]) for one in row["factors"]],
        )
        for row in rows
    ]


@pytest.mark.usefixtures("_words")
def test_where_an_edit_takes_effect(root: Path) -> None:
    edit(root, ALPHA, "rate: 0.5", "rate: 0.6")
    assert risks(root) == [("alpha@dev", "medium", "rolling", [("hyperparameters", "medium")])]
    edit(root, ALPHA, "max: 2", "max: 3")
    assert risks(root) == [
        ("alpha@dev", "medium", "rolling", [("hyperparameters", "medium"), ("serving resources", "low")]),
        ("alpha@prod", "low", "rolling", [("serving resources", "low")]),
    ]


@pytest.mark.usefixtures("_words")
def test_nothing_changes_nothing(root: Path) -> None:
    assert risks(root) == []
    edit(root, ALPHA, "kind: Model", "kind: Model # a comment")
    assert risks(root) == []


@pytest.mark.usefixtures("_words")
def test_an_environment(root: Path) -> None:
    path = root / "environments/prod/environment.yaml"
    path.write_text(path.read_text().rstrip("\n") + "\n  ray: 2.60.1\n")
    assert risks(root) == [("alpha@prod", "medium", "rolling", [("environment", "medium")])]


@pytest.mark.usefixtures("_words")
def test_what_is_withdrawn_and_what_is_new(root: Path) -> None:
    release = root / "environments/prod/releases/alpha.yaml"
    text = release.read_text()
    release.unlink()
    assert risks(root) == [("alpha@prod", "high", "rolling", [("withdrawn", "high")])]
    assert mlgitops(root, "render").code == 0
    committed(root, "withdrawn")
    release.write_text(text)
    assert risks(root) == [("alpha@prod", "medium", "rolling", [("first release", "medium")])]


@pytest.mark.usefixtures("_words")
def test_a_model_that_comes(root: Path) -> None:
    text = (root / ALPHA).read_text().replace("name: alpha", "name: delta").replace("/alpha", "/delta")
    write(root, {"specs/delta/model.yaml": text, "specs/delta/train.py": "def train_loop(config): ...\n"})
    found = [row for row in risks(root) if row[0].startswith("delta@")]
    assert [(target, level, factors) for target, level, _, factors in found] == [
        ("delta@dev", "low", [("new model", "low")]),
        ("delta@prod", "low", [("new model", "low")]),
    ]


def test_a_rule_that_is_waived(root: Path) -> None:
    edit(root, ALPHA, 'forbidden: "no"', "forbidden: model")
    committed(root, "denied")
    write(root, {"policies/waivers/alpha.yaml": WAIVER})
    (row,) = [row for row in risks(root) if ("rule waived", "medium") in row[3]]
    assert row[:2] == ("alpha@dev", "medium")
    (factor,) = [
        one
        for row in document(root)["risks"]
        for one in row["factors"]
        if row["environment"] == "dev" and one["change"] == "rule waived"
    ]
    assert factor["reason"] == "words.label would deny it"
    assert factor["location"]["path"] == ALPHA


def test_a_rule_that_lets_pass_what_it_denied(root: Path) -> None:
    edit(root, ALPHA, 'forbidden: "no"', "forbidden: model")
    committed(root, "denied")
    rule = root / "policies/words/label/label.rego"
    text = rule.read_text()
    condition = 'input.metadata.labels.forbidden == "model"'
    assert text.count(condition) == 1
    rule.write_text(text.replace(condition, f'{condition}\n\tinput.metadata.name != "alpha"'))
    found = {row[0]: row[3] for row in risks(root) if row[0].startswith("alpha@")}
    loosened = [("rule loosened", "medium")]
    assert found == {"alpha@dev": loosened, "alpha@prod": loosened}
