"""What training and the evaluate Job really leave, the sign Job takes; what it registers, a predictor loads."""

from __future__ import annotations

import json

import numpy as np
import pytest
import ryaml
from example_data import splits

from mlgitops.contract import places
from mlgitops.contract.outcome import RunRecord
from mlgitops.contract.parts import ArtifactReference, Predictor
from mlgitops.contract.registered import version_name
from mlgitops.contract.serve import SignatureReference
from mlgitops.registry.opened import open_registry
from mlgitops.registry.verified import verified_artifact
from mlgitops.runtime.evaluate import job as evaluate
from mlgitops.runtime.predict.load import load_model
from mlgitops.runtime.sign.job import main
from mlgitops.spec.documents.model import Model
from tests.runtime.evaluate.test_trained import trained
from tests.runtime.evaluate.world import ROOT, RUN
from tests.runtime.evaluate.world import World as Evaluated
from tests.runtime.sign.world import NOON


@pytest.mark.parametrize(
    ("framework", "estimator", "format_"),
    [
        ("sklearn", "linear_model.LogisticRegression", "onnx"),
        ("xgboost", None, "xgboost"),
        ("lightgbm", None, "lightgbm"),
    ],
)
def test_from_data_to_a_version_that_answers(tmp_path, key, monkeypatch, framework, estimator, format_):
    spec = Model.model_validate(ryaml.loads((ROOT / "specs" / "breast-cancer" / "model.yaml").read_text())).spec
    files = splits("breast-cancer")
    metrics = [{"name": "auc", "min": 0.9, "maxGap": 0.2}]
    world = Evaluated(tmp_path, "breast-cancer", spec.task, framework, metrics=metrics)
    world.data(files["training.csv"], files["validation.csv"])
    trained(world, estimator=estimator, seed=3)
    record = RunRecord.model_validate_json((world.artifact.parent / "run.json").read_bytes())
    config = world.configuration()
    inputs = {**record.inputs.model_dump(exclude_defaults=True), "columns": world.columns}
    inputs["data"] = [one.model_dump(exclude_none=True) for one in config.data]
    world.record(artifactDigest=world.digest(), inputs=inputs)
    (world.code / places.EVALUATE_CONFIG).write_text(config.model_dump_json(exclude_defaults=True))
    monkeypatch.setenv(places.CODE_VARIABLE, str(world.code))
    monkeypatch.setenv(places.RUN_VARIABLE, RUN)
    evaluate.main(sleep=None)
    sign = {
        "contract": 1,
        "model": "breast-cancer",
        "environment": "dev",
        "team": "diagnostics",
        "inputs": inputs,
        "codeDigest": record.codeDigest,
        "image": "registry.example.com/ml/ray:2.60.0",
        "holdout": config.holdoutIdentity.model_dump(exclude_none=True),
        "metrics": metrics,
        "key": key.private.name,
        "signer": "ml-platform",
        "stores": config.stores.model_dump(),
    }
    (world.code / places.SIGN_CONFIG).write_text(json.dumps(sign))
    monkeypatch.setenv(places.SIGNING_KEY_VARIABLE, str(key.private.parent))
    main(sleep=None, clock=lambda: NOON)
    registry = open_registry("directory", config.stores.registry)
    version = registry.find("breast-cancer", version_name(RUN))
    assert (version.format, version.scores) == (format_, world.evaluation().scores)
    artifact = verified_artifact(
        registry,
        "breast-cancer",
        ArtifactReference(version=version.version, uri="s3://registry/x", digest=world.digest()),
        SignatureReference(
            uri="s3://registry/x", digest=version.signature.digest, signer="ml-platform", publicKey=key.public
        ),
        tmp_path / "served",
    )
    columns = {feature.name: [1.0, None] for feature in load_model(artifact, Predictor()).inputs}
    answers = load_model(artifact, Predictor()).answers(columns)
    assert len(answers) == 2
    assert all(np.isfinite(answer["probability"]) for answer in answers)
