"""What serves a release: whole objects, what they do not depend on, and what reaches them."""

from __future__ import annotations

from pathlib import Path

import pytest
import ryaml

from mlgitops.render.objects import Object
from mlgitops.render.preflight import preflight
from mlgitops.render.serving import render_serving
from mlgitops.render.trace import pointer_of, source_map, traced
from mlgitops.spec.code import Code, code_of
from tests.render.pod_security import container_violations, pods, violations
from tests.render.preflight.operator import verdicts
from tests.render.resolved_models import MINIMAL_MODEL, resolved_model
from tests.render.serving_models import (
    CODE,
    ENVIRONMENT,
    MINIMAL_ENVIRONMENT,
    MINIMAL_VERSION,
    MODEL,
    PREVIOUS_CODE,
    VERSION,
    released,
)

EXPECTED = Path(__file__).parent / "expected"
PREVIOUS = code_of(PREVIOUS_CODE, "serve")
MINIMAL = {
    "model": MINIMAL_MODEL,
    "environment": MINIMAL_ENVIRONMENT,
    "version": MINIMAL_VERSION,
    "code": {},
}
VARIANTS = {
    "full": {},
    "minimal": MINIMAL,
    "no autoscaler": {"environment": ENVIRONMENT.replace("enabled: true", "enabled: false")},
    "no GPU": {"model": MODEL.replace("    accelerators: {type: T4, perReplica: 1}\n", "")},
}


def rendered(predecessor: Code | None = None, **changes) -> dict[str, Object]:
    result = render_serving(released(**changes), predecessor)
    assert isinstance(result, tuple), result
    return {one.file: one.data for one in result}


def changed(text: str, *changes: tuple[str, str]) -> str:
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


@pytest.mark.parametrize(("name", "predecessor"), [("full", PREVIOUS), ("minimal", None)])
def test_whole_objects(name, predecessor):
    """The expected files were read line by line."""
    files = sorted((EXPECTED / f"serve-{name}").iterdir())
    assert rendered(predecessor, **VARIANTS[name]) == {file.name: ryaml.loads(file.read_text()) for file in files}


def test_without_a_release_nothing_serves():
    assert render_serving(resolved_model(MODEL, ENVIRONMENT)) == ()


def test_an_environment_that_does_not_serve_has_no_objects():
    environment = changed(ENVIRONMENT, ("trains: false", "trains: true"), ("serves: true", "serves: false"))
    environment += "  signing: {secret: model-signing}\n"
    assert render_serving(released(environment=environment)) == ()


@pytest.mark.parametrize("name", VARIANTS)
def test_the_operator_accepts_every_variant(name):
    """As the API server and the operator of KubeRay 1.6.2 judge it, by their own functions."""
    objects = rendered(**VARIANTS[name])
    assert [verdict.answers for verdict in verdicts([objects["rayservice.yaml"]])] == [""]
    assert [violation for data in objects.values() for violation in preflight(data)] == []


@pytest.mark.parametrize("name", VARIANTS)
def test_every_pod_meets_pod_security_restricted(name):
    service = rendered(**VARIANTS[name])["rayservice.yaml"]
    seen = {role: (violations(pod), pod["automountServiceAccountToken"]) for role, pod in pods(service)}
    assert seen == {"head": ([], False), "workers": ([], False)}
    options = service["spec"]["rayClusterConfig"].get("autoscalerOptions")
    assert (options is None) is (name in ("minimal", "no autoscaler"))
    assert options is None or container_violations(options) == []


WORKING_TREE = {
    "serving code": {"working_tree": {**CODE, "serve.py": "raise SystemExit\n"}},
    "inputs": {"model": changed(MODEL, ("type: float32, range: [0, 120]}]", "type: int64}]"))},
    "entrypoint": {"model": changed(MODEL, ("entrypoint: serve:Churn", "entrypoint: serve:Other"))},
    "route": {"model": changed(MODEL, ("route: /churn", "route: /other"))},
    "threshold": {"model": changed(MODEL, ("threshold: 0.4", "threshold: 0.9"))},
    "variables": {"model": changed(MODEL, ("{name: LOCALE, value: en}", "{name: LOCALE, value: fr}"))},
    "objectives": {"model": changed(MODEL, ("availability: 90", "availability: 50"))},
    "task and columns": {
        "model": changed(
            MODEL,
            ("task: binaryClassification", "task: regression"),
            ("target: churned", "target: spend"),
            ("  id: customer\n", ""),
        )
    },
    "framework": {"model": changed(MODEL, ("framework: torch", "framework: xgboost"))},
    "hyperparameters": {"model": changed(MODEL, ("epochs: 20", "epochs: 30"))},
}


@pytest.mark.parametrize("name", WORKING_TREE)
def test_behaviour_does_not_follow_the_working_tree(name):
    assert rendered(PREVIOUS, **WORKING_TREE[name]) == rendered(PREVIOUS)


def difference(before: dict[str, Object], after: dict[str, Object]) -> set[str]:
    """`file pointer` of each leaf that differs."""

    def leaves(value, at):
        if isinstance(value, dict | list) and value:
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, part in pairs:
                yield from leaves(part, f"{at}/{key}")
        else:
            yield at, value

    old, new = (
        dict(leaf for file, data in one.items() for leaf in leaves(data, f"{file} ")) for one in (before, after)
    )
    return {at for at in {*old, *new} if old.get(at) != new.get(at)}


CLUSTER = "rayservice.yaml /spec/rayClusterConfig"
HEAD, WORKERS = f"{CLUSTER}/headGroupSpec/template", f"{CLUSTER}/workerGroupSpecs/0/template"


def test_replicas_change_in_the_running_cluster():
    model = changed(MODEL, ("{min: 2, max: 6}", "{min: 3, max: 7}"))
    assert difference(rendered(), rendered(model=model)) == {
        "rayservice.yaml /spec/serveConfigV2",
        "poddisruptionbudget.yaml /spec/minAvailable",
    }


def test_another_ceiling_starts_a_new_cluster():
    """The operator would pass over maxReplicas alone."""
    after = rendered(environment=changed(ENVIRONMENT, ("maxWorkers: 8", "maxWorkers: 9")))
    assert difference(rendered(), after) == {
        f"{CLUSTER}/workerGroupSpecs/0/maxReplicas",
        f"{HEAD}/metadata/annotations/mlgitops.dev/max-workers",
        f"{WORKERS}/metadata/annotations/mlgitops.dev/max-workers",
    }


def test_without_an_autoscaler_more_replicas_start_a_new_cluster():
    environment = changed(ENVIRONMENT, ("enabled: true", "enabled: false"))
    model = changed(MODEL, ("{min: 2, max: 6}", "{min: 2, max: 7}"))
    found = difference(rendered(environment=environment), rendered(environment=environment, model=model))
    assert found == {
        "rayservice.yaml /spec/serveConfigV2",
        *(f"{CLUSTER}/workerGroupSpecs/0/{field}" for field in ("maxReplicas", "minReplicas", "replicas")),
        f"{HEAD}/metadata/annotations/mlgitops.dev/max-workers",
        f"{WORKERS}/metadata/annotations/mlgitops.dev/max-workers",
    }


def test_another_toleration_starts_a_new_cluster():
    after = rendered(environment=changed(ENVIRONMENT, ("effect: NoExecute", "effect: NoSchedule")))
    assert difference(rendered(), after) == {
        f"{WORKERS}/spec/tolerations/1/effect",
        f"{HEAD}/metadata/annotations/mlgitops.dev/tolerations",
        f"{WORKERS}/metadata/annotations/mlgitops.dev/tolerations",
    }


def test_other_objectives_change_the_alerts_alone():
    after = rendered(version=changed(VERSION, ("availability: 99.9", "availability: 99.5")))
    assert {at.partition(" ")[0] for at in difference(rendered(), after)} == {"prometheusrule.yaml"}


def test_a_new_version_is_a_new_ray_service_behind_the_same_service_and_route():
    after = rendered(version=changed(VERSION, ("name: v14, model", "name: v15, model")))
    assert {at.partition(" ")[0] for at in difference(rendered(), after)} == {"rayservice.yaml"}
    assert after["rayservice.yaml"]["metadata"]["name"] == "churn-v15"
    pod = {
        **after["rayservice.yaml"]["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]["template"]["metadata"]["labels"],
        "ray.io/serve": "true",
    }
    for selector in (
        after["service.yaml"]["spec"]["selector"],
        after["poddisruptionbudget.yaml"]["spec"]["selector"]["matchLabels"],
    ):
        assert selector.items() <= pod.items()
        assert selector["ray.io/serve"] == "true"


def test_the_longest_names_fit():
    name, version = "m" * 30, "v" + "1" * 15
    objects = rendered(
        model=MODEL.replace("name: churn\n", f"name: {name}\n"),
        version=VERSION.replace("{name: v14, model: churn}", f"{{name: {version}, model: {name}}}"),
    )
    assert len(objects["rayservice.yaml"]["metadata"]["name"]) == 47
    assert preflight(objects["rayservice.yaml"]) == []


def test_the_code_of_the_release_before_is_kept_once():
    before, after = rendered(PREVIOUS), rendered(code_of(CODE, "serve"))
    assert before["configmap-code-previous.yaml"]["data"] == PREVIOUS_CODE
    assert "configmap-code-previous.yaml" not in after
    assert "configmap-code-previous.yaml" not in rendered(code_of({}, "serve"))
    as_released = rendered(code=PREVIOUS_CODE, version=changed(VERSION, ("name: v14, model", "name: v13, model")))
    assert before["configmap-code-previous.yaml"] == as_released["configmap-code.yaml"]


@pytest.mark.parametrize("name", VARIANTS)
def test_who_may_reach_the_pods(name):
    objects = rendered(**VARIANTS[name])
    policy = objects["networkpolicy.yaml"]["spec"]
    cluster = objects["rayservice.yaml"]["spec"]["rayClusterConfig"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    for group in groups:
        assert policy["podSelector"]["matchLabels"].items() <= group["template"]["metadata"]["labels"].items()
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    full = name != "minimal"
    gateway, operator, monitoring = (
        ("envoy-gateway-system", "ray-system", "prometheus")
        if full
        else ("gateway-system", "kuberay-system", "monitoring")
    )
    reached = {
        tuple(rule["from"][0]["namespaceSelector"]["matchLabels"].values()): [port["port"] for port in rule["ports"]]
        for rule in policy["ingress"]
        if "namespaceSelector" in rule["from"][0]
    }
    assert reached == {(gateway,): [8000, 9000], (operator,): [8265], (monitoring,): [8080, 44217, 44227, 9464]}
    inside = [rule for rule in policy["ingress"] if "podSelector" in rule["from"][0]]
    assert inside == [{"from": [{"podSelector": policy["podSelector"]}]}]
    assert len(policy["ingress"]) == 4


def test_a_person_confirms_that_the_way_to_a_model_goes_and_no_release_waits_for_one():
    confirm = {"argocd.argoproj.io/sync-options": "Prune=confirm"}
    objects = rendered(PREVIOUS)
    confirmed = {file for file, data in objects.items() if data["metadata"].get("annotations") == confirm}
    assert confirmed == {"service.yaml", "httproute.yaml"}
    unprotected = rendered(environment=changed(ENVIRONMENT, ("protected: true", "protected: false")))
    assert not [file for file, data in unprotected.items() if data["metadata"].get("annotations") == confirm]


def test_a_single_replica_has_no_budget_that_would_hold_up_drains():
    assert "poddisruptionbudget.yaml" not in rendered(model=changed(MODEL, ("{min: 2, max: 6}", "{min: 1, max: 6}")))


@pytest.mark.parametrize(
    ("file", "pointer", "origin"),
    [
        ("poddisruptionbudget.yaml", ("spec", "minAvailable"), ("serving", "replicas", "min")),
        (
            "rayservice.yaml",
            ("spec", "rayClusterConfig", "workerGroupSpecs", 0, "maxReplicas"),
            ("environment", "autoscaling", "maxWorkers"),
        ),
        (
            "rayservice.yaml",
            ("spec", "rayClusterConfig", "workerGroupSpecs", 0, "template", "spec", "containers", 0, "image"),
            ("serving", "image"),
        ),
        (
            "rayservice.yaml",
            ("spec", "rayClusterConfig", "workerGroupSpecs", 0, "template", "spec", "nodeSelector"),
            ("environment", "accelerators", "T4", "nodeSelector", "nvidia.com/gpu.product"),
        ),
        ("rayservice.yaml", ("spec", "serveConfigV2"), ("serving",)),
        ("rayservice.yaml", ("metadata", "name"), ("metadata", "name")),
        ("httproute.yaml", ("spec", "rules", 0, "matches", 0, "path", "value"), ("serving", "route")),
        ("httproute.yaml", ("spec", "hostnames", 0), ("environment", "gateway", "host")),
        (
            "prometheusrule.yaml",
            ("spec", "groups", 0, "rules", 16, "expr"),
            ("monitoring", "objectives", "latencyP99"),
        ),
    ],
)
def test_values_remember_where_they_come_from(file, pointer, origin):
    marked = render_serving(traced(released()), PREVIOUS)
    assert {one.file: one.data for one in marked} == rendered(PREVIOUS)
    assert pointer_of(source_map(marked), file, pointer, ("serving",)) == origin
