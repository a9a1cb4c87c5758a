"""The join job: where it is rendered, and that the runtime reads its configuration."""

from __future__ import annotations

import pytest

from mlgitops.contract import places
from mlgitops.contract.join import JoinConfig
from mlgitops.contract.reading import read_config
from mlgitops.render.serving import render_serving
from tests.render.serving_models import ENVIRONMENT, VERSION, released

MONITORING = VERSION[VERSION.index("    monitoring:") :]
WITHOUT_LOG = ENVIRONMENT.replace(', predictions: "s3://predictions"', "")
FILES = {"configmap-join.yaml", "cronjob-join.yaml", "networkpolicy-join.yaml", "serviceaccount-join.yaml"}


def objects(monitoring: str, environment: str = ENVIRONMENT):
    version = VERSION.replace(MONITORING, f"    monitoring: {monitoring}\n")
    return {one.file: one.data for one in render_serving(released(version=version, environment=environment))}


def config(monitoring: str) -> JoinConfig:
    (text,) = objects(monitoring)["configmap-join.yaml"]["data"].values()
    return read_config(JoinConfig, text, places.JOIN_CONFIG)


@pytest.mark.parametrize(
    ("monitoring", "environment", "joined"),
    [
        ("{groundTruth: {labelDelay: 7d}}", ENVIRONMENT, True),
        ("{drift: {test: ks, threshold: 0.1}}", ENVIRONMENT, True),
        ("{drift: {test: psi, threshold: 0.1}}", ENVIRONMENT, False),
        ("{objectives: {availability: 99}}", ENVIRONMENT, False),
        ("{drift: {test: psi, threshold: 0.1}}", WITHOUT_LOG, False),
    ],
)
def test_it_is_rendered_where_labels_come_and_are_kept(monitoring, environment, joined):
    assert FILES & set(objects(monitoring, environment)) == (FILES if joined else set())


def test_its_configuration():
    found = config("{groundTruth: {labelDelay: 7d}, drift: {threshold: 0.2}}")
    assert (found.labelDelay, found.metrics, found.predictions) == ("7d", ["auc"], "s3://predictions")
    assert (found.registry, found.registryKind) == ("https://registry.example.com", "mlflow")
    assert found.reference == []


def test_kolmogorov_smirnov_gets_the_version_s_own_training_data():
    found = config("{drift: {test: ks, threshold: 0.1}}")
    assert [(one.name, one.uri) for one in found.reference] == [("customers", "s3://features/customers/v6")]
    assert [one.name for one in found.data] == ["customers"]


def test_its_pods_are_no_replicas():
    found = objects("{groundTruth: {labelDelay: 7d}}")
    (labels,) = [found["cronjob-join.yaml"]["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]]
    assert not found["service.yaml"]["spec"]["selector"].items() <= labels.items()
    assert not found["networkpolicy.yaml"]["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert found["networkpolicy-join.yaml"]["spec"]["podSelector"]["matchLabels"].items() <= labels.items()


def test_who_sends_labels_shows_a_token_that_replicas_know():
    for environment, known in ((ENVIRONMENT, True), (WITHOUT_LOG, False)):
        cluster = objects("{}", environment)["rayservice.yaml"]["spec"]["rayClusterConfig"]
        (container,) = cluster["workerGroupSpecs"][0]["template"]["spec"]["containers"]
        tokens = [one for one in container["env"] if one["name"] == places.FEEDBACK_TOKEN_VARIABLE]
        reference = {"secretKeyRef": {"name": "feedback", "key": "token"}}
        assert tokens == ([{"name": places.FEEDBACK_TOKEN_VARIABLE, "valueFrom": reference}] if known else [])
