"""What trains a model: whole objects, in the variants that environments and specs ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
import ryaml

from mlgitops.render.identity import name_run
from mlgitops.render.objects import Object
from mlgitops.render.preflight import preflight
from mlgitops.render.training import render_training
from tests.render.pod_security import container_violations, pods, violations
from tests.render.preflight.operator import verdicts
from tests.render.resolved_models import (
    FULL_ENVIRONMENT,
    FULL_MODEL,
    KEYLESS_ENVIRONMENT,
    MINIMAL_ENVIRONMENT,
    MINIMAL_MODEL,
    resolved_model,
)

EXPECTED = Path(__file__).parent / "expected"
RUN = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Run
metadata: {name: churn, environment: staging}
spec:
  trigger: newData
  reason: July's customers
  attempt: 3
  requestedAt: 2026-11-02T03:00:00Z
  requestedBy: "@growth/churn"
  data:
    - name: customers
      uri: s3://features/customers/v8
      digest: sha256:3333333333333333333333333333333333333333333333333333333333333333
"""
ELASTIC = FULL_MODEL.replace("workers: 4", "workers: {min: 2, max: 6}")
VARIANTS = {
    "full": (FULL_MODEL, FULL_ENVIRONMENT),
    "http": (FULL_MODEL, FULL_ENVIRONMENT + "  submissionMode: HTTPMode\n"),
    "elastic": (ELASTIC, FULL_ENVIRONMENT),
    "elastic without autoscaler": (ELASTIC, FULL_ENVIRONMENT + "  autoscaling: {enabled: false}\n"),
    "no queue": (FULL_MODEL, FULL_ENVIRONMENT.replace("  queue: {name: ml, clusterQueue: ml-train}\n", "")),
    "stop": (FULL_MODEL.replace("onSupersede: finish", "onSupersede: stop"), FULL_ENVIRONMENT),
    "keyless": (FULL_MODEL, KEYLESS_ENVIRONMENT),
    "minimal": (MINIMAL_MODEL, MINIMAL_ENVIRONMENT),
}


def rendered(model: str = FULL_MODEL, environment: str = FULL_ENVIRONMENT, **more) -> dict[str, Object]:
    result = render_training(resolved_model(model, environment, **more))
    assert isinstance(result, tuple), result
    return {one.file: one.data for one in result}


def variant(name: str) -> dict[str, Object]:
    return rendered(*VARIANTS[name])


def named(name: str) -> dict[str, Object]:
    """A variant's objects as they are committed."""
    return {one.file: one.data for one in name_run(render_training(resolved_model(*VARIANTS[name])))}


@pytest.mark.parametrize("name", ["full", "minimal"])
def test_whole_objects(name):
    """The expected files were read line by line; `name_run` has named the run in them."""
    model = resolved_model() if name == "full" else resolved_model(MINIMAL_MODEL, MINIMAL_ENVIRONMENT, {})
    found = {one.file: one.data for one in name_run(render_training(model))}
    files = sorted((EXPECTED / f"train-{name}").iterdir())
    assert found == {file.name: ryaml.loads(file.read_text()) for file in files}


def test_an_environment_that_does_not_train_has_no_objects():
    assert render_training(resolved_model(environment=FULL_ENVIRONMENT.replace("trains: true", "trains: false"))) == ()


@pytest.mark.parametrize("name", VARIANTS)
def test_every_pod_meets_pod_security_restricted(name):
    seen = [(file, role, violations(pod)) for file, data in variant(name).items() for role, pod in pods(data)]
    assert [one for one in seen if one[2]] == []
    roles = {role for _, role, _ in seen}
    assert roles >= {"head", "workers"}
    assert ("submitter" in roles) is (name != "http")
    options = variant(name)["rayjob.yaml"]["spec"]["rayClusterSpec"].get("autoscalerOptions")
    assert (options is not None) is (name == "elastic")
    assert options is None or container_violations(options) == []


def test_the_operator_accepts_every_variant():
    """As the API server and the operator of KubeRay 1.6.2 judge it, by their own functions."""
    jobs = [named(name)["rayjob.yaml"] for name in VARIANTS]
    assert [verdict.answers for verdict in verdicts(jobs)] == [""] * len(VARIANTS)


@pytest.mark.parametrize("name", VARIANTS)
def test_the_preflight_finds_nothing(name):
    found = [violation for data in named(name).values() for violation in preflight(data)]
    assert found == []


@pytest.mark.parametrize("name", VARIANTS)
def test_ray_asks_for_a_token_and_pods_have_none_of_kubernetes(name):
    for file, data in variant(name).items():
        for role, pod in pods(data):
            assert pod["automountServiceAccountToken"] is False, (file, role)
    cluster = variant(name)["rayjob.yaml"]["spec"]["rayClusterSpec"]
    assert cluster["authOptions"] == {"mode": "token"}


@pytest.mark.parametrize("name", VARIANTS)
def test_pods_of_ray_leave_the_name_label_to_the_operator(name):
    """Its head Service selects by it, and a template's label would win."""
    spec = variant(name)["rayjob.yaml"]["spec"]
    templates = [spec["rayClusterSpec"]["headGroupSpec"]["template"]]
    templates += [group["template"] for group in spec["rayClusterSpec"]["workerGroupSpecs"]]
    for template in templates:
        assert "app.kubernetes.io/name" not in template["metadata"]["labels"]
        assert "app.kubernetes.io/created-by" not in template["metadata"]["labels"]


def test_the_autoscaler_alone_has_a_kubernetes_token():
    cluster = variant("elastic")["rayjob.yaml"]["spec"]["rayClusterSpec"]
    assert cluster["enableInTreeAutoscaling"] is True
    assert cluster["autoscalerOptions"]["volumeMounts"] == [
        {"name": "autoscaler-tmp", "mountPath": "/tmp"},
        {
            "name": "kubernetes-api",
            "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
            "readOnly": True,
        },
    ]
    head = cluster["headGroupSpec"]["template"]["spec"]
    assert [volume["name"] for volume in head["volumes"]][-2:] == ["autoscaler-tmp", "kubernetes-api"]
    assert [mount["name"] for mount in head["containers"][0]["volumeMounts"]] == ["code", "tmp", "shared-mem"]
    egress = variant("elastic")["networkpolicy.yaml"]["spec"]["egress"]
    assert egress[-1] == {
        "to": [{"ipBlock": {"cidr": cidr}} for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")],
        "ports": [{"protocol": "TCP", "port": 443}, {"protocol": "TCP", "port": 6443}],
    }
    assert len(variant("full")["networkpolicy.yaml"]["spec"]["egress"]) == len(egress) - 1


@pytest.mark.parametrize(
    ("name", "bounds"),
    [("full", (4, 4, 4)), ("elastic", (2, 2, 6)), ("elastic without autoscaler", (6, 2, 6)), ("minimal", (1, 1, 1))],
)
def test_workers(name, bounds):
    (group,) = variant(name)["rayjob.yaml"]["spec"]["rayClusterSpec"]["workerGroupSpecs"]
    assert (group["replicas"], group["minReplicas"], group["maxReplicas"]) == bounds
    assert group["numOfHosts"] == 1


def test_an_elastic_run_in_a_queue_says_so_to_kueue():
    annotation = "kueue.x-k8s.io/elastic-job"
    assert variant("elastic")["rayjob.yaml"]["metadata"]["annotations"][annotation] == "true"
    assert annotation not in variant("full")["rayjob.yaml"]["metadata"]["annotations"]
    assert "suspend" not in variant("elastic")["rayjob.yaml"]["spec"]


def test_priority_without_a_queue_is_a_priority_class():
    job = variant("no queue")["rayjob.yaml"]
    cluster = job["spec"]["rayClusterSpec"]
    assert not [label for label in job["metadata"]["labels"] if "kueue" in label]
    for template in (cluster["headGroupSpec"]["template"], cluster["workerGroupSpecs"][0]["template"]):
        assert template["spec"]["priorityClassName"] == "batch"


def test_what_may_finish_is_kept_with_what_it_mounts():
    kept = {"argocd.argoproj.io/sync-options": "Prune=false", "argocd.argoproj.io/compare-options": "IgnoreExtraneous"}
    annotated = {file for file, data in variant("full").items() if data["metadata"].get("annotations") == kept}
    assert annotated == {
        "rayjob.yaml",
        "configmap-code.yaml",
        "configmap-evaluate.yaml",
        "configmap-sign.yaml",
        "job-evaluate.yaml",
        "job-sign.yaml",
    }
    stopped = [data["metadata"].get("annotations", {}) for data in variant("stop").values()]
    assert not [key for annotations in stopped for key in annotations if "argocd" in key]


def test_training_pods_know_neither_holdout_nor_key_nor_git():
    objects = variant("full")
    for file in ("rayjob.yaml", "configmap-code.yaml", "serviceaccount-train.yaml"):
        text = str(objects[file])
        assert "holdout" not in text
        assert "model-signing" not in text
        assert "key.pem" not in text
    assert "model-signing" not in str(objects["job-evaluate.yaml"]) + str(objects["configmap-evaluate.yaml"])
    assert "s3://holdout" not in str(objects["job-sign.yaml"]) + str(objects["configmap-sign.yaml"])


def test_the_sign_job_mounts_no_code_of_the_spec():
    objects = variant("full")
    assert list(objects["configmap-sign.yaml"]["data"]) == ["mlgitops-sign.json"]
    names = [variable["name"] for variable in pod_of(objects["job-sign.yaml"])["containers"][0]["env"]]
    assert "PYTHONPATH" not in names


def test_a_sign_job_without_a_key_has_a_token_of_its_own():
    full, keyless = variant("full"), variant("keyless")
    kept = [file for file in full if full[file] != keyless[file]]
    assert kept == ["configmap-sign.yaml", "job-sign.yaml"]
    (volume,) = (one for one in pod_of(keyless["job-sign.yaml"])["volumes"] if one["name"] == "signing-key")
    token = {"audience": "sigstore.example.com", "expirationSeconds": 600, "path": "token"}
    assert volume == {
        "name": "signing-key",
        "projected": {"sources": [{"serviceAccountToken": token}], "defaultMode": 0o440},
    }
    assert pod_of(keyless["job-sign.yaml"])["automountServiceAccountToken"] is False
    assert pod_of(keyless["job-sign.yaml"])["serviceAccountName"] == "churn-sign"
    assert "secretName" not in str(keyless["job-sign.yaml"])
    mounts = [pod_of(one["job-sign.yaml"])["containers"][0]["volumeMounts"] for one in (full, keyless)]
    assert mounts[0] == mounts[1]


def pod_of(job: Object) -> Object:
    return job["spec"]["template"]["spec"]


def test_a_run_document_brings_its_data_and_its_attempt():
    objects = rendered(run=RUN)
    inputs = objects["configmap-code.yaml"]["data"]["mlgitops-run.json"]
    assert '"attempt": 3' in inputs
    assert "3333333333" in inputs
    assert "1111111111" not in inputs
    head = objects["rayjob.yaml"]["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]["containers"][0]
    config = next(variable["value"] for variable in head["env"] if variable["name"] == "MLGITOPS_CONFIG")
    assert '"uri": "s3://features/customers/v8"' in config
    assert '"trigger": "newData"' in config


def test_the_kubelet_expands_nothing_in_a_persons_text():
    model = FULL_MODEL.replace('value: "4"', 'value: "$(HOME) $$ $x"')
    containers = [pod["containers"][0] for _, pod in pods(rendered(model)["rayjob.yaml"])][:2]
    for container in containers:
        value = next(variable["value"] for variable in container["env"] if variable["name"] == "OMP_NUM_THREADS")
        assert value == "$$(HOME) $$$$ $$x"


def test_every_port_names_its_protocol():
    for data in variant("full").values():
        for _, pod in pods(data):
            for container in pod["containers"]:
                assert all(port["protocol"] == "TCP" for port in container.get("ports", []))
