"""Codes: each is explained, and the versions that have it are versions."""

from __future__ import annotations

from typing import get_args

import pytest

from mlgitops.render.preflight import SUPPORTED, preflight
from mlgitops.render.preflight.codes import CODES, Explanation
from mlgitops.render.preflight.versions import applies
from mlgitops.spec.documents.environment import KubeRayVersion
from tests.render.preflight.valid import changed, ray_cluster, ray_cron_job, ray_job, ray_service

WORKER = "spec.workerGroupSpecs.0"
INCREMENTAL = "NewClusterWithIncrementalUpgrade"
OPTIONS = {"maxSurgePercent": 50, "stepSizePercent": 10, "intervalSeconds": 5, "gatewayClassName": "istio"}


def service(**options: object) -> dict:  # type: ignore[type-arg]
    """A RayService that is upgraded little by little."""
    strategy = {"type": INCREMENTAL, "clusterUpgradeOptions": OPTIONS | options}
    return changed(ray_service(), ("spec.upgradeStrategy", strategy))


SINCE_1_7 = [
    ("kuberay/cron-name-too-long", changed(ray_cron_job(), ("metadata.name", "a" * 37))),
    ("kuberay/schedule-time-zone", changed(ray_cron_job(), ("spec.schedule", "TZ=UTC 0 3 * * *"))),
    ("kuberay/time-zone-empty", changed(ray_cron_job(), ("spec.timeZone", ""))),
    (
        "kuberay/priority-ray-version",
        changed(
            ray_cluster(),
            (f"{WORKER}.priority", 1),
            ("spec.rayVersion", "2.55.0"),
            ("spec.autoscalerOptions.version", "v2"),
        ),
    ),
    ("kuberay/priority-needs-v2", changed(ray_cluster(), (f"{WORKER}.priority", 1))),
    (
        "kuberay/autoscaler-start-command",
        changed(
            ray_cluster(), ("spec.autoscalerOptions.env", [{"name": "KUBERAY_GEN_AUTOSCALER_START_CMD", "value": "x"}])
        ),
    ),
    ("kuberay/gate-off", changed(ray_cluster(), ("spec.networkPolicy", {"mode": "DenyAll"}))),
    ("kuberay/gate-off", changed(ray_cluster(), ("spec.gcsFaultToleranceOptions", {"backend": "rocksdb"}))),
    (
        "kuberay/storage-without-rocksdb",
        changed(ray_cluster(), ("spec.gcsFaultToleranceOptions", {"redisAddress": "redis:6379", "storage": {}})),
    ),
    (
        "kuberay/incremental-needs-autoscaling",
        changed(service(), ("spec.rayClusterConfig.enableInTreeAutoscaling", False)),
    ),
    ("kuberay/incremental-options", changed(ray_service(), ("spec.upgradeStrategy", {"type": INCREMENTAL}))),
    ("kuberay/incremental-percent", service(stepSizePercent=-1)),
    ("kuberay/incremental-step", service(stepSizePercent=60)),
    ("kuberay/incremental-interval", service(intervalSeconds=0)),
    ("kuberay/incremental-gateway", service(gatewayClassName="")),
]
"""Objects that KubeRay 1.7.0 refuses. Declared from its source; it cannot be asked, as 1.6.2 is."""


@pytest.mark.parametrize(("code", "obj"), SINCE_1_7)
def test_a_rule_of_a_later_version_is_only_that_versions(code: str, obj: dict) -> None:  # type: ignore[type-arg]
    assert code in {problem.code for problem in preflight(obj, kuberay="1.7.0")}
    assert code not in {problem.code for problem in preflight(obj, kuberay="1.6.2")}


def test_every_later_rule_has_a_case() -> None:
    assert {code for code, _ in SINCE_1_7} == {code for code, rule in CODES.items() if rule.since == "1.7.0"}


def test_what_is_valid_stays_so_in_the_later_version_but_for_its_new_default() -> None:
    clean = [ray_cluster(), ray_job(), ray_service(), service(), changed(ray_service(), ("spec.suspend", False))]
    found = [[(problem.code, problem.pointer[-1]) for problem in preflight(obj, kuberay="1.7.0")] for obj in clean]
    assert found == [[("gitops/array-default-missing", "priority")]] * len(clean)
    written = changed(ray_cluster(), (f"{WORKER}.priority", 1), ("spec.autoscalerOptions.version", "v2"))
    assert preflight(written, kuberay="1.7.0") == []


def test_what_has_nothing_wrong_takes_the_quick_way() -> None:
    # What the server fills in outside of lists may be left out, and that is no reason to look closer.
    from mlgitops.render.preflight.schema import load

    schema = load("1.6.2")
    brief = changed(ray_job(), ("spec.backoffLimit", ...), ("spec.submissionMode", ...))
    for obj in (ray_cluster(), ray_job(), ray_service(), brief):
        root = schema.nodes[schema.kinds[f"ray.io/v1/{obj['kind']}"]]
        assert schema.test(root["properties"]["spec"], False)(obj["spec"])


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"KubeRay '1\.5\.0' is not known; preflight has the rules of 1\.6\.2 and 1\.7\.0"
    ):
        preflight(ray_job(), kuberay="1.5.0")


@pytest.mark.parametrize("api", ["ray.io/v1beta1", "ray.io/v1"])
def test_an_unknown_kind_is_refused(api: str) -> None:
    [problem] = preflight({"apiVersion": api, "kind": "RayJobs", "metadata": {"name": "x"}})
    assert (problem.code, problem.pointer) == ("kuberay/unknown-kind", ("kind",))


def test_a_text_that_is_too_long_is_found() -> None:
    # Only the status has such limits in the CRDs, and it is not checked; so the walk is asked itself.
    from mlgitops.render.preflight.schema import Schema
    from mlgitops.render.preflight.structure import explain

    schema = Schema({}, [{"type": "string", "minLength": 1, "maxLength": 3}], {})
    assert [problem.code for problem in explain(schema, 0, "abcd", ("x",))] == ["kuberay/length"]
    assert [problem.code for problem in explain(schema, 0, "", ("x",))] == ["kuberay/length"]
    assert explain(schema, 0, "abc", ("x",)) == []


@pytest.mark.parametrize(("code", "rule"), CODES.items())
def test_a_code_is_explained(code: str, rule: Explanation) -> None:
    assert [text[-1:] for text in (rule.title, rule.why, rule.fix)] == [".", ".", "."]
    assert rule.severity == "error" or not code.startswith("kuberay/")
    assert rule.since in SUPPORTED
    assert not rule.until or rule.until in SUPPORTED
    assert any(applies(code, version) for version in SUPPORTED)


def test_no_message_repeats_a_document() -> None:
    long = "a" * 5000 + "\n\x1b[31m"
    obj = changed(ray_job(), ("metadata.name", long), ("spec.runtimeEnvYAML", "[" + long), (long.replace(".", ""), 1))
    found = preflight(obj)
    assert {problem.code for problem in found} >= {
        "kuberay/name-too-long",
        "kuberay/runtime-env",
        "kuberay/unknown-field",
    }
    for problem in found:
        text = problem.message + problem.hint
        assert len(text) < 1000
        assert text.isprintable()


def test_an_environment_names_a_version_that_is_known() -> None:
    assert get_args(KubeRayVersion) == SUPPORTED
