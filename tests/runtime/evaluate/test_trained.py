"""From the example specs' own trainers through the Job: what they train keeps the limits that they set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ryaml
from example_data import splits

from mlgitops.contract.run import RunInputs
from mlgitops.runtime.frameworks.built_in import train_built_in
from mlgitops.runtime.frameworks.prepared import prepared
from mlgitops.runtime.train.data import training_data
from mlgitops.spec.documents.model import Model
from tests.runtime.evaluate.world import ROOT, World, csv_of


def trained(world: World, **inputs: Any) -> None:
    """Train in this process what `inputs` say."""
    config = world.configuration()
    run = RunInputs.model_validate(
        {
            "model": world.model,
            "task": world.task,
            "framework": world.framework,
            "columns": world.columns,
            "data": [one.model_dump(exclude_none=True) for one in config.data],
            **inputs,
        }
    )
    data = training_data(run, config.training)
    world.artifact.rmdir()
    train_built_in(run, prepared(run, data.whole(), data.features), world.artifact)
    world.record(artifactDigest=world.digest())


@pytest.mark.parametrize("name", ["breast-cancer", "diabetes"])
def test_the_examples_keep_their_limits(tmp_path: Path, name: str) -> None:
    spec = Model.model_validate(ryaml.loads((ROOT / "specs" / name / "model.yaml").read_text())).spec
    assert spec.validation is not None
    assert spec.serving is not None
    files = splits(name)
    world = World(
        tmp_path,
        name,
        spec.task,
        spec.training.framework,
        metrics=[metric.model_dump(exclude_none=True) for metric in spec.validation.metrics],
        slices=[part.model_dump(exclude_none=True) for part in spec.validation.slices],
        predictor={
            "threshold": spec.serving.threshold,
            "inputs": [one.model_dump(exclude_none=True) for one in spec.serving.inputs],
        },
    )
    world.data(files["training.csv"], files["validation.csv"])
    trained(
        world,
        estimator=spec.training.estimator,
        hyperparameters=spec.training.hyperparameters,
        seed=spec.training.seed,
    )
    done = world.run()
    assert (done.stderr, done.code) == ("", 0)
    assert (world.evaluation().failures, world.evaluation().verdict) == ([], "passed")


@pytest.mark.parametrize("framework", ["sklearn", "xgboost", "lightgbm"])
def test_categories_gaps_times_and_codes(tmp_path: Path, evaluated: Any, framework: str) -> None:
    """Text, missing values, times, booleans, and codes that are all numbers in the holdout by chance."""
    random = np.random.default_rng(4)
    size = 400
    plan, code = random.choice(["basic", "plus", "pro"], size), random.choice(["007", "1.50", "950"], size)
    age = random.integers(18, 80, size)
    churned = (age > 50) & (plan != "pro") | (code == "007")
    days = [
        f"2026-{month:02}-{day:02}"
        for month, day in zip(random.integers(1, 13, size), random.integers(1, 29, size), strict=True)
    ]
    columns: dict[str, list[Any]] = {
        "id": list(range(size)),
        "age": [None if place % 9 == 0 else int(value) for place, value in enumerate(age)],
        "plan": [None if place % 11 == 0 else str(value) for place, value in enumerate(plan)],
        "code": [str(value) for value in code],
        "since": days,
        "member": [str(value).lower() for value in random.random(size) > 0.5],
        "target": ["yes" if value else "no" for value in churned],
    }
    parts = [{name: column[:300] for name, column in columns.items()}]
    kept = [place for place in range(300, size) if columns["code"][place] != "007"]
    parts.append({name: [column[place] for place in kept] for name, column in columns.items()})
    estimator = {"estimator": "ensemble.RandomForestClassifier"} if framework == "sklearn" else {}
    world = World(
        tmp_path,
        "churn",
        "binaryClassification",
        framework,
        columns={"target": "target", "id": "id"},
        metrics=[{"name": "auc", "min": 0.8}],
        slices=[{"name": "pro", "column": "plan", "equals": "pro", "metrics": [{"name": "accuracy", "min": 0.8}]}],
    )
    world.data(*(csv_of(part) for part in parts))
    trained(world, hyperparameters={}, **estimator)
    evaluation = evaluated(world)
    assert (evaluation.failures, evaluation.rows) == ([], len(kept))
    pro = next(score for score in evaluation.scores if score.slice == "pro")
    assert pro.rows == parts[1]["plan"].count("pro")
