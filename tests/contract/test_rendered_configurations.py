"""What rendering writes is what the runtime reads: by the contract's models, and with defaults left out."""

from __future__ import annotations

import json

import pytest

from mlgitops import contract
from mlgitops.contract import places
from mlgitops.contract.evaluate import EvaluateConfig
from mlgitops.contract.run import RunInputs
from mlgitops.contract.sign import SignConfig
from mlgitops.contract.train import TrainConfig
from mlgitops.render.evaluation_config import evaluate_config_text, sign_config_text
from mlgitops.render.training_config import run_inputs_text, train_config_text
from tests.render.resolved_models import (
    FULL_MODEL,
    KEYLESS_ENVIRONMENT,
    MINIMAL_ENVIRONMENT,
    MINIMAL_MODEL,
    resolved_model,
)
from tests.signers import IDENTITY, ISSUER, TRUST

RUN = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Run
metadata: {name: churn, environment: staging}
spec:
  trigger: monitoring
  reason: drift of tenure
  attempt: 2
  requestedAt: "2026-11-02T03:00:00Z"
  requestedBy: "@growth/churn"
"""
ELASTIC = FULL_MODEL.replace("workers: 4", "workers: {min: 2, max: 6}")
VERSION = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Version
metadata: {name: v1, model: churn}
spec:
  artifact:
    uri: s3://registry/churn/v1
    digest: sha256:5555555555555555555555555555555555555555555555555555555555555555
    format: onnx
  signature:
    uri: s3://registry/churn/v1.sig
    digest: sha256:6666666666666666666666666666666666666666666666666666666666666666
    signer: ml-platform
  run:
    identity: sha256:7777777777777777777777777777777777777777777777777777777777777777
    trigger: codeChange
    startedAt: "2026-11-01T03:00:00Z"
    finishedAt: "2026-11-01T04:00:00Z"
  data: [{name: customers, role: training, uri: "s3://features/customers/v6"}]
  code: {tree: a333333333333333333333333333333333333333}
  image: registry.example.com/ml/torch:2.60.0
  metrics: [{name: auc, dataset: customers-holdout, value: 0.84}]
  createdAt: "2026-11-01T05:00:00Z"
  createdBy: "@growth/churn"
  snapshot: {framework: torch, serving: {route: /churn}}
"""


MODELS = {
    "full": resolved_model(run=RUN),
    "elastic": resolved_model(ELASTIC),
    "released": resolved_model(version=VERSION),
    "keyless": resolved_model(environment=KEYLESS_ENVIRONMENT),
    "minimal": resolved_model(MINIMAL_MODEL, MINIMAL_ENVIRONMENT, {}),
}


def texts():
    for name, model in MODELS.items():
        yield name, RunInputs, run_inputs_text(model)
        yield name, TrainConfig, train_config_text(model)
        if model.spec.validation is not None:
            yield name, EvaluateConfig, evaluate_config_text(model, model.spec.validation)
            yield name, SignConfig, sign_config_text(model, model.spec.validation, model.environment.signing)


@pytest.mark.parametrize(("name", "kind", "text"), list(texts()))
def test_a_rendered_configuration_is_the_contracts(name, kind, text):
    value = kind.model_validate_json(text)
    assert json.loads(text) == value.model_dump(mode="json", exclude_defaults=True)


def test_the_version_of_the_contract_is_the_one_that_the_models_accept():
    config = json.loads(train_config_text(MODELS["full"]))
    assert config["contract"] == contract.VERSION == 1
    with pytest.raises(ValueError, match="contract"):
        TrainConfig.model_validate({**config, "contract": 2})


def test_what_the_runtime_does_not_know_it_refuses():
    config = json.loads(run_inputs_text(MODELS["full"]))
    with pytest.raises(ValueError, match="later"):
        RunInputs.model_validate({**config, "later": 1})


def test_a_runs_inputs():
    inputs = RunInputs.model_validate_json(run_inputs_text(MODELS["full"]))
    assert inputs.attempt == 2
    assert [data.model_dump(exclude_defaults=True) for data in inputs.data] == [
        {"name": "customers", "digest": "sha256:" + "1" * 64}
    ]
    assert inputs.hyperparameters == {"epochs": 20, "learningRate": 8e-5}


def test_data_without_a_digest_is_known_by_its_place():
    inputs = RunInputs.model_validate_json(run_inputs_text(MODELS["minimal"]))
    assert inputs.data[0].model_dump() == {
        "name": "customers",
        "digest": None,
        "uri": "s3://features/customers/v7",
        "version": None,
    }


def test_the_version_in_service_is_the_baseline():
    released = MODELS["released"]
    config = EvaluateConfig.model_validate_json(evaluate_config_text(released, released.spec.validation))
    assert config.baseline.model_dump() == {
        "version": "v1",
        "uri": "s3://registry/churn/v1",
        "digest": "sha256:" + "5" * 64,
        "trainedAs": None,
    }
    assert config.predictor.entrypoint == "serve:Churn"


def test_places_are_names_that_a_config_map_holds():
    files = (places.RUN_INPUTS, places.EVALUATE_CONFIG, places.SIGN_CONFIG)
    assert len(set(files)) == 3
    assert all(name.endswith(".json") and "/" not in name for name in files)


def test_the_sign_job_is_told_what_a_training_pod_could_lie_about():
    full = MODELS["full"]
    config = SignConfig.model_validate_json(sign_config_text(full, full.spec.validation, full.environment.signing))
    train = TrainConfig.model_validate_json(train_config_text(full))
    assert config.inputs == RunInputs.model_validate_json(run_inputs_text(full))
    assert (config.codeDigest, config.image, config.request) == (train.codeDigest, train.image, train.request)
    assert config.request.requestedAt == "2026-11-02T03:00:00Z"
    assert (config.signer, config.key, config.keyless) == ("ml-platform", "key.pem", None)


def test_a_sign_job_without_a_key_knows_who_it_must_be():
    model = MODELS["keyless"]
    config = SignConfig.model_validate_json(sign_config_text(model, model.spec.validation, model.environment.signing))
    assert (config.signer, config.key, config.audience) == ("sign-job", "token", "sigstore.example.com")
    assert config.keyless.model_dump() == {"identities": [IDENTITY], "issuer": ISSUER, "trust": TRUST}
