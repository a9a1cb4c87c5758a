"""What else changes in one environment, each kind of it."""

from __future__ import annotations

import pytest

from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.risk.specs import ENVIRONMENT, spec_factors
from tests.render import serving_models
from tests.render.resolved_models import FULL_CODE, resolved_model
from tests.signers import ISSUER, KEYLESS_SIGNERS, SIGNERS
from tests.spec.example_documents import DIGEST, FULL_ENVIRONMENT, FULL_MODEL, IMAGE, changed


def trained(before: str, after: str) -> list[tuple[str, str, str, int]]:
    """What an edit of a spec means where it trains: words, level, reason, line."""
    text = changed(FULL_MODEL, before, after)
    found = spec_factors(resolved_model(FULL_MODEL, FULL_ENVIRONMENT), resolved_model(text, FULL_ENVIRONMENT))
    return [(one.change, one.level, one.reason, one.location.line if one.location else 0) for one in found]


def line(text: str, of: str = FULL_MODEL) -> int:
    return 1 + next(number for number, one in enumerate(of.split("\n")) if text in one)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            DIGEST["1"],
            DIGEST["4"],
            ("training data refreshed", "low", "customers has another digest, at the place where it was", "digest: "),
        ),
        (
            "uri: s3://features/customers/v7/part.parquet",
            "uri: s3://features/people/v7/part.parquet",
            ("training data replaced", "medium", "customers comes from another place", "uri: s3"),
        ),
        (
            "parquet\n      region: eu-central-1\n      classification: confidential",
            "csv\n      region: eu-central-1\n      classification: confidential",
            ("training data restructured", "medium", "customers is csv, and was parquet", "format: parquet"),
        ),
        (
            "column: tenure, type: float32, nullable",
            "column: tenure, type: int64, nullable",
            (
                "training data restructured",
                "medium",
                "what is expected of columns of customers differs",
                "- {column: tenure, type",
            ),
        ),
        (
            "classification: confidential",
            "classification: internal",
            ("data classification", "medium", "customers is internal, and was confidential", "classification: conf"),
        ),
        ("epochs: 20", "epochs: 30", ("hyperparameters", "medium", "hyperparameters differs: epochs", "epochs")),
        ("[tenure, plan, calls]", "[tenure, plan]", ("features", "medium", "features differs: calls", "features")),
        (
            "framework: torch",
            "framework: custom",
            ("model type", "high", "framework is custom, and was torch", "framework"),
        ),
        (
            "auc, min: 0.82",
            "auc, min: 0.7",
            ("validation loosened", "medium", "min of auc is 0.7, and was 0.82", "    dataset: holdout"),
        ),
        (
            "maxRegression: 0.01",
            "maxRegression: 0.02",
            ("validation loosened", "medium", "maxRegression of auc is 0.02, and was 0.01", "    dataset: holdout"),
        ),
        (
            "recall, min: 0.6",
            "recall, min: 0.8",
            ("validation tightened", "low", "min of recall on plus is 0.8, and was 0.6", "    dataset: holdout"),
        ),
        (
            "memory: 32Gi",
            "memory: 64Gi",
            (
                "training resources",
                "low",
                "training.resources differs: a run takes another time and room",
                "memory: 32Gi",
            ),
        ),
        ("seed: 7", "seed: 8", ("seed", "low", "seed differs: the same recipe begins elsewhere", "seed")),
    ],
)
def test_training(before: str, after: str, expected: tuple[str, str, str, str]) -> None:
    change, level, reason, place = expected
    assert trained(before, after) == [(change, level, reason, line(place))]


def test_data_that_comes_and_goes() -> None:
    found = trained("name: customers\n", "name: people\n")
    assert [(change, level, reason) for change, level, reason, _ in found] == [
        ("training data restructured", "medium", "customers is gone"),
        ("training data restructured", "medium", "people is new"),
    ]


def test_training_code() -> None:
    base = resolved_model(FULL_MODEL, FULL_ENVIRONMENT)
    files = {**FULL_CODE, "train.py": FULL_CODE["train.py"] + "\nSTEPS = 3\n"}
    (one,) = spec_factors(base, resolved_model(FULL_MODEL, FULL_ENVIRONMENT, files))
    assert (one.change, one.level) == ("training code", "medium")
    files = {**FULL_CODE, "train.py": FULL_CODE["train.py"] + "\ndef layers(): ...\n"}
    (one,) = spec_factors(base, resolved_model(FULL_MODEL, FULL_ENVIRONMENT, files))
    assert (one.change, one.level) == ("architecture", "high")


def test_edits_that_change_nothing_here() -> None:
    environment = changed(FULL_ENVIRONMENT, "trains: true", "trains: false")
    other = changed(FULL_MODEL, "epochs: 20", "epochs: 30")
    assert spec_factors(resolved_model(FULL_MODEL, environment), resolved_model(other, environment)) == ()
    assert trained("description: Who will leave next month.", "description: Who leaves.") == []
    assert trained("threshold: 0.4", "threshold: 0.5") == []  # a version pins it


def test_hardware_where_a_version_serves() -> None:
    base = serving_models.released()
    edits = {
        "max: 6}": ("max: 5}", "serving resources", "low", "serving.replicas differs: no answer does"),
    }
    for before, (after, change, level, reason) in edits.items():
        edited = serving_models.released(changed(serving_models.MODEL, before, after))
        (one,) = spec_factors(base, edited)
        assert (one.change, one.level, one.reason) == (change, level, reason)


def test_another_accelerator_computes_otherwise() -> None:
    assert serving_models.MODEL.count("type: T4") == 1
    edited = serving_models.released(changed(serving_models.MODEL, "type: T4", "type: A100"))
    (one,) = spec_factors(serving_models.released(), edited)
    assert (one.change, one.level) == ("accelerator type", "medium")
    assert one.reason == "accelerators of type A100, and before T4: speed and rounding differ"


@pytest.mark.parametrize(
    ("before", "after", "field", "level"),
    [
        ("costPerMonth: 12000", "costPerMonth: 13000", "limits", "low"),
        ("ray: 2.60.0", "ray: 2.60.1", "ray", "medium"),
        ("kuberay: 1.6.2", "kuberay: 1.7.0", "kuberay", "medium"),
        ("host: models.example.com", "host: other.example.com", "gateway", "medium"),
        ("keys: [token]", "keys: [token, other]", "secrets", "high"),
        ("cluster: ml-serve", "cluster: ml-other", "destinations", "high"),
        ("medium: canary", "medium: rolling", "strategies", "medium"),
        ("medium: [model-owner]", "medium: []", "approvals", "medium"),
        ("key: key.pem, signer: ml-platform", "key: other.pem, signer: ml-platform", "signing", "high"),
        (SIGNERS, KEYLESS_SIGNERS, "signers", "high"),
    ],
)
def test_environments(before: str, after: str, field: str, level: str) -> None:
    edited = changed(FULL_ENVIRONMENT, before, after)
    (one,) = spec_factors(resolved_model(FULL_MODEL, FULL_ENVIRONMENT), resolved_model(FULL_MODEL, edited))
    assert (one.change, one.level, one.reason) == ("environment", level, f"{field} of prod differs")


@pytest.mark.parametrize(
    ("before", "after"),
    [("{model}-sign", "{model}-train"), (ISSUER, f"{ISSUER}-2"), ('"tlogs": [{}]', '"tlogs": [{}, {}]')],
)
def test_whom_a_keyless_signer_may_be_is_as_grave_as_a_key(before: str, after: str) -> None:
    keyless = changed(FULL_ENVIRONMENT, SIGNERS, KEYLESS_SIGNERS)
    edited = resolved_model(FULL_MODEL, changed(keyless, before, after))
    (one,) = spec_factors(resolved_model(FULL_MODEL, keyless), edited)
    assert (one.change, one.level, one.reason) == ("environment", "high", "signers of prod differs")


def test_levels_are_of_fields_that_there_are() -> None:
    assert ENVIRONMENT.keys() <= EnvironmentSpec.model_fields.keys()
    assert IMAGE in FULL_ENVIRONMENT
