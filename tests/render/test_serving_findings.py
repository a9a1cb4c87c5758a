"""Why a release cannot be served in an environment: each finding at the line of who can mend it."""

from __future__ import annotations

import pytest

from mlgitops.findings import Finding
from mlgitops.render.serving import render_serving
from mlgitops.source import Location
from tests.render.serving_models import CODE, ENVIRONMENT, MINIMAL_VERSION, MODEL, VERSION, released

SPEC, RECORD = "specs/churn/model.yaml", "specs/churn/versions/v1/version.yaml"


def findings(model: str = MODEL, environment: str = ENVIRONMENT, version: str = VERSION, code=None) -> list[Finding]:
    result = render_serving(released(model, environment, version, code))
    assert isinstance(result, list), result
    return result


def place(path: str, text: str, fragment: str) -> Location:
    """Where a fragment stands that is there once."""
    assert text.count(fragment) == 1, fragment
    before = text[: text.index(fragment)]
    return Location(path, before.count("\n") + 1, len(before) - before.rfind("\n"))


def changed(text: str, change: tuple[str, str]) -> str:
    assert text.count(change[0]) == 1, change
    return text.replace(*change)


@pytest.mark.parametrize(
    ("change", "fragment", "code", "message", "hint", "pointer"),
    [
        (
            ("type: T4", "type: H200"),
            "H200",
            "render/no-accelerator",
            "serving.accelerators.type must be a type that prod offers: T4, got H200",
            "choose one of these, or ask the platform team to declare it under accelerators",
            "/spec/serving/accelerators/type",
        ),
        (
            ("max: 6}", "max: 9}"),
            "9}\n    accelerators",
            "render/too-many-replicas",
            "serving.replicas.max must be at most 8, the ceiling of prod, got 9",
            "ask for fewer, or ask the platform team to raise autoscaling.maxWorkers",
            "/spec/serving/replicas/max",
        ),
        (
            ("{min: 2, max: 6}", "{min: 12}"),
            "12}\n    accelerators",
            "render/too-many-replicas",
            "serving.replicas.min must be at most 8, the ceiling of prod, got 12",
            "ask for fewer, or ask the platform team to raise autoscaling.maxWorkers",
            "/spec/serving/replicas/min",
        ),
        (
            ("labels: {example.com/cost-centre: growth-3}", "labels: {ray.io/serve: 'true'}"),
            "ray.io/serve",
            "render/reserved-label",
            "metadata.labels must stay out of Kubernetes', Ray's, Argo CD's and mlgitops' domains, got ray.io/serve",
            "take a domain of your own: example.com/serve",
            "/metadata/labels/ray.io~1serve",
        ),
    ],
)
def test_at_the_line_of_the_model(change, fragment, code, message, hint, pointer):
    model = changed(MODEL, change)
    found = findings(model)
    assert found == [Finding(place(SPEC, model, fragment), code, "error", message, hint, pointer, "churn@prod")]


@pytest.mark.parametrize(
    ("change", "fragment", "code", "message", "hint", "pointer"),
    [
        (
            ("key: token", "key: admin"),
            "feature-store",
            "render/secret-not-allowed",
            "serving.env must refer to Secrets that prod allows team growth: feature-store/token, "
            "got feature-store/admin",
            "ask the platform team to allow it under secrets in environment.yaml",
            "/spec/serving/env/1/secret/name",
        ),
        (
            ("name: LOCALE", "name: RAY_SERVE_ENABLE_HA_PROXY"),
            "RAY_SERVE_ENABLE_HA_PROXY",
            "render/reserved-variable",
            "serving.env must not set what mlgitops or the operator sets, got RAY_SERVE_ENABLE_HA_PROXY",
            "take another name",
            "/spec/serving/env/0/name",
        ),
    ],
)
def test_at_the_line_of_the_version(change, fragment, code, message, hint, pointer):
    version = changed(VERSION, change)
    found = findings(version=version)
    assert found == [Finding(place(RECORD, version, fragment), code, "error", message, hint, pointer, "churn@prod")]


def test_no_image_for_the_version_s_framework():
    """The spec may say torch by now: the version was made with scikit-learn."""
    found = findings(version=MINIMAL_VERSION)
    assert found == [
        Finding(
            place(RECORD, MINIMAL_VERSION, "{route: /churn}"),
            "render/no-image",
            "error",
            "a version must say serving.image where the environment has no image for its framework: "
            "prod has serving images for none, got sklearn",
            "ask the platform team for images.serving.sklearn, or release a version that has an image",
            "/spec/serving",
            "churn@prod",
        )
    ]


def test_code_that_a_config_map_cannot_hold():
    found = findings(code={**CODE, "a b.py": ""})
    assert found == [
        Finding(
            Location("specs/churn/versions/v14/a b.py"),
            "render/code-file-name",
            "error",
            "a code file's name must be letters, digits, '-', '_' and '.', at most 253, to be mounted, got 'a b.py'",
            "rename it",
            "",
            "churn@prod",
        )
    ]


def test_every_reason_is_told_at_once():
    model = changed(changed(MODEL, ("type: T4", "type: H200")), ("max: 6}", "max: 9}"))
    version = changed(VERSION, ("key: token", "key: admin"))
    assert [one.code for one in findings(model, version=version)] == [
        "render/no-accelerator",
        "render/too-many-replicas",
        "render/secret-not-allowed",
    ]


def test_an_environment_without_an_autoscaler_has_no_ceiling():
    environment = changed(ENVIRONMENT, ("enabled: true", "enabled: false"))
    assert isinstance(render_serving(released(changed(MODEL, ("max: 6}", "max: 9}")), environment)), tuple)


def test_what_needs_a_log_where_there_is_none():
    version = changed(VERSION, ("test: psi", "test: ks"))
    environment = changed(ENVIRONMENT, (', predictions: "s3://predictions"', ""))
    drift, labels = findings(environment=environment, version=version)
    assert (drift.code, labels.code) == ("render/no-prediction-log", "render/no-prediction-log")
    path = "specs/churn/versions/v1/version.yaml"
    assert drift.location == place(path, version, "ks, threshold")
    assert drift.message == (
        "monitoring.drift.test must be one that needs no log of predictions, which prod has not, got ks"
    )
    assert labels.location == place(path, version, "{labelDelay: 7d}")
    assert labels.message == (
        "monitoring.groundTruth needs a log of predictions to join labels with, and prod keeps none"
    )
    assert isinstance(render_serving(released(version=version)), tuple)
