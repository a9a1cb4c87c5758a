"""Why a model cannot be trained in an environment: each finding at the line of who can mend it."""

from __future__ import annotations

import pytest

from mlgitops.findings import Finding
from mlgitops.render.training import render_training
from tests.render.resolved_models import FULL_CODE, FULL_ENVIRONMENT, FULL_MODEL, resolved_model

SPEC, ENVIRONMENT = "specs/churn/model.yaml", "environments/env/environment.yaml"


def findings(model: str = FULL_MODEL, environment: str = FULL_ENVIRONMENT, code=None) -> list[Finding]:
    result = render_training(resolved_model(model, environment, code))
    assert isinstance(result, list)
    return result


def place(text: str, fragment: str) -> tuple[int, int]:
    """Line and column, from 1, of a fragment that is there once."""
    assert text.count(fragment) == 1, fragment
    before = text[: text.index(fragment)]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize(
    ("change", "fragment", "code", "message", "hint"),
    [
        (
            ("framework: torch", "framework: xgboost"),
            "xgboost",
            "render/no-image",
            "training.image must be said where the environment has no image for the framework: "
            "staging has training images for torch, got xgboost",
            "write training.image, or ask the platform team for images.training.xgboost",
        ),
        (
            ("type: A100", "type: H200"),
            "H200",
            "render/no-accelerator",
            "training.accelerators.type must be a type that staging offers: A100, T4, got H200",
            "choose one of these, or ask the platform team to declare it under accelerators",
        ),
        (
            ("workers: 4", "workers: {min: 2, max: 11}"),
            "11}",
            "render/too-many-workers",
            "training.workers.max must be at most 10, the ceiling of staging, got 11",
            "ask for fewer, or ask the platform team to raise autoscaling.maxWorkers",
        ),
        (
            ("OMP_NUM_THREADS", "RAY_AUTH_MODE"),
            "RAY_AUTH_MODE",
            "render/reserved-variable",
            "training.env must not set what mlgitops or the operator sets, got RAY_AUTH_MODE",
            "take another name",
        ),
        (
            ("OMP_NUM_THREADS", "PYTHONPATH"),
            "PYTHONPATH",
            "render/reserved-variable",
            "training.env must not set what mlgitops or the operator sets, got PYTHONPATH",
            "take another name",
        ),
        (
            ("{name: feature-store, key: token}", "{name: model-signing, key: key.pem}"),
            "model-signing",
            "render/secret-not-allowed",
            "training.env must refer to Secrets that staging allows team growth: feature-store/token, "
            "got model-signing/key.pem",
            "ask the platform team to allow it under secrets in environment.yaml",
        ),
        (
            ("example.com/cost-centre", "kueue.x-k8s.io/queue-name"),
            "kueue.x-k8s.io/queue-name",
            "render/reserved-label",
            "metadata.labels must stay out of Kubernetes', Ray's, Argo CD's and mlgitops' domains, "
            "got kueue.x-k8s.io/queue-name",
            "take a domain of your own: example.com/queue-name",
        ),
    ],
)
def test_faults_of_a_spec(change, fragment, code, message, hint):
    model = FULL_MODEL.replace(*change)
    (found,) = findings(model)
    line, column = place(model, fragment)
    assert str(found.location) == f"{SPEC}:{line}:{column}"
    assert (found.code, found.severity, found.message, found.hint) == (code, "error", message, hint)
    assert found.subject == "churn@staging"


def test_a_secret_for_another_team_is_not_allowed():
    environment = FULL_ENVIRONMENT.replace("teams: [growth]", "teams: [fraud]")
    (found,) = findings(environment=environment)
    assert found.code == "render/secret-not-allowed"
    assert found.message == (
        "training.env must refer to Secrets that staging allows team growth: none, got feature-store/token"
    )


def test_the_serving_codes_variables_are_checked_for_the_evaluate_job():
    model = FULL_MODEL.replace("{name: LOCALE, value: en}", "{name: MLGITOPS_RUN, value: mine}")
    (found,) = findings(model)
    line, column = place(model, "MLGITOPS_RUN")
    assert (found.code, str(found.location)) == ("render/reserved-variable", f"{SPEC}:{line}:{column}")


def test_a_submitter_that_nothing_hardens_is_refused():
    environment = FULL_ENVIRONMENT + "  submissionMode: SidecarMode\n"
    (found,) = findings(environment=environment)
    line, column = place(environment, "SidecarMode")
    assert (found.code, str(found.location)) == ("render/submission-mode", f"{ENVIRONMENT}:{line}:{column}")
    assert found.message.startswith("submissionMode must be HTTPMode or K8sJobMode, got SidecarMode: ")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("features v2.py", "a code file's name must be letters, digits, '-', '_' and '.', at most 253, to be mounted, "
         "got 'features v2.py'"),
        ("mlgitops-run.json", "a code file's name must not be the name of the configuration that mlgitops mounts "
         "beside it, got 'mlgitops-run.json'"),
    ],
)  # fmt: skip
def test_file_names_that_a_config_map_cannot_hold(name, message):
    found = findings(code={**FULL_CODE, name: ""})[0]
    assert (found.code, str(found.location), found.message) == (
        "render/code-file-name",
        f"specs/churn/{name}:1:1",
        message,
    )


def test_all_faults_are_told_at_once():
    model = FULL_MODEL.replace("type: A100", "type: H200").replace("framework: torch", "framework: lightgbm")
    environment = FULL_ENVIRONMENT + "  submissionMode: SidecarMode\n"
    codes = [found.code for found in findings(model, environment)]
    assert codes == ["render/no-image", "render/no-accelerator", "render/submission-mode"]
