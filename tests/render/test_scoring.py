"""Batch scoring as it is rendered: whole objects, what they follow, and what keeps them apart from serving."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlgitops.contract.reading import read_config
from mlgitops.contract.score import ScoreConfig
from mlgitops.render.emit import emit
from mlgitops.render.objects import Object
from mlgitops.render.preflight.check import preflight
from mlgitops.render.scoring import name_job, render_scoring, scoring_findings
from tests.render.pod_security import violations
from tests.render.serving_models import CODE, ENVIRONMENT, MODEL, VERSION, released

EXPECTED = Path(__file__).parent / "expected"

ONCE = MODEL + '  batchScoring: {input: {uri: "s3://features/customers/all"}, output: "s3://answers/churn"}\n'
NIGHTLY = (
    MODEL
    + """\
  batchScoring:
    input:
      uri: s3://features/customers/nightly.csv
      digest: sha256:3333333333333333333333333333333333333333333333333333333333333333
      format: csv
      expect: [{column: tenure, nullable: false}]
    output: s3://answers/churn
    format: csv
    schedule: "30 4 * * *"
    resources: {cpu: 2, memory: 8Gi, storage: 20Gi}
    deadline: 90m
"""
)


def rendered(model: str = ONCE, **changes: object) -> dict[str, Object]:
    objects = render_scoring(released(model, **changes))  # type: ignore[arg-type]
    assert not isinstance(objects, list)
    return dict(objects)


@pytest.mark.parametrize(("name", "model"), [("score-once", ONCE), ("score-nightly", NIGHTLY)])
def test_whole_objects(name: str, model: str) -> None:
    """The expected files were read line by line."""
    assert {file: emit(data) for file, data in rendered(model).items()} == {
        path.name: path.read_text() for path in sorted((EXPECTED / name).iterdir())
    }


def test_without_a_release_or_the_section_nothing_is_scored() -> None:
    assert render_scoring(released(MODEL)) == ()
    assert render_scoring(released(ONCE, ENVIRONMENT.replace("serves: true", "serves: false"))) == ()


@pytest.mark.parametrize("model", [ONCE, NIGHTLY])
def test_pods_are_restricted_and_the_preflight_is_silent(model: str) -> None:
    for file, data in rendered(model).items():
        assert preflight(data) == []
        spec = data.get("spec", {})
        template = (spec.get("jobTemplate", {}).get("spec", {}) or spec).get("template")
        if template is not None:
            assert violations(template["spec"]) == [], file


def test_the_runtime_reads_what_is_rendered() -> None:
    text = rendered(NIGHTLY)["configmap-score.yaml"]["data"]["mlgitops-score.json"]
    config = read_config(ScoreConfig, text, "mlgitops-score.json")
    assert (config.model, config.environment, config.format, config.output) == (
        "churn",
        "prod",
        "csv",
        "s3://answers/churn",
    )
    assert (config.artifact.version, config.artifact.digest) == ("v14", "sha256:" + "5" * 64)
    assert (config.input.name, config.input.uri, config.inputIdentity.digest) == (
        "input",
        "s3://features/customers/nightly.csv",
        "sha256:" + "3" * 64,
    )
    assert (config.predictor.entrypoint, config.predictor.threshold) == ("serve:Churn", 0.4)
    assert config.registryKind == "mlflow"
    assert config.signature.publicKey is not None


def test_what_is_answered_is_the_version_s() -> None:
    """An edit of serving's behaviour in the working tree changes no byte; another version changes name and contents."""
    edited = ONCE.replace("threshold: 0.4", "threshold: 0.9")
    assert edited != ONCE
    assert rendered(edited) == rendered()
    other = rendered(version=VERSION.replace("threshold: 0.4", "threshold: 0.5"))
    before, after = (one["configmap-score.yaml"]["metadata"]["name"] for one in (rendered(), other))
    assert before != after


def test_a_job_is_named_after_its_template() -> None:
    """Kubernetes lets nobody change a Job's template: what changes it must change the name, and nothing else may."""
    job = rendered()["job-score.yaml"]
    name = name_job(job)["metadata"]["name"]
    assert name.startswith("churn-score-")
    assert len(name) == len("churn-score-") + 5
    for change in (ONCE.replace("customers/all", "customers/new"), ONCE.replace('/churn"}', '/other"}')):
        assert change != ONCE
        assert name_job(rendered(change)["job-score.yaml"])["metadata"]["name"] != name
    later = ONCE.replace('answers/churn"}', 'answers/churn", deadline: 12h}')
    assert name_job(rendered(later)["job-score.yaml"])["metadata"]["name"] == name
    patched = json.loads(json.dumps(job))
    patched["spec"]["template"]["spec"]["nodeSelector"] = {"pool": "batch"}
    assert name_job(patched)["metadata"]["name"] != name


def test_the_longest_names_fit() -> None:
    long = "a" * 30
    for model in (ONCE, NIGHTLY):
        objects = rendered(
            model.replace("name: churn,", f"name: {long},"), version=VERSION.replace("model: churn", f"model: {long}")
        )
        for data in objects.values():
            assert len(data["metadata"]["name"]) <= 52, data["metadata"]["name"]  # the API server's bound of a CronJob


def test_pods_have_an_identity_of_their_own_and_nobody_reaches_them() -> None:
    objects = rendered()
    assert objects["serviceaccount-score.yaml"]["metadata"]["name"] == "churn-score"
    assert objects["job-score.yaml"]["spec"]["template"]["spec"]["serviceAccountName"] == "churn-score"
    assert objects["networkpolicy-score.yaml"]["spec"]["ingress"] == []
    assert objects["networkpolicy-score.yaml"]["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == (
        "score"
    )


def test_code_may_not_have_the_configuration_s_name() -> None:
    code = {**CODE, "mlgitops-score.json": "{}"}
    (finding,) = scoring_findings(released(ONCE, code=code))
    assert (finding.code, finding.location.path) == (
        "render/code-file-name",
        "specs/churn/versions/v14/mlgitops-score.json",
    )
    assert render_scoring(released(ONCE, code=code)) == [finding]
