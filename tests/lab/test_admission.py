"""What is rendered is taken by the API server and by the operator, which agree with our findings both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest

from mlgitops.spec.reader import read
from tests.lab.component import wait_until
from tests.lab.conftest import Bootstrapped
from tests.lab.control_plane import Refused
from tests.lab.lab import OURS, SimulatedLab
from tests.render.preflight import refused
from tests.render.preflight.valid import BASES, Map, changed

NAMESPACE = "dev-documents"
PATHS = {"RayCluster": "rayclusters", "RayJob": "rayjobs", "RayService": "rayservices"}
NAMED = ("kuberay/name", "kuberay/name-too-long", "kuberay/namespace")
"""What is wrong with these is the name, and here each object is given another."""
LIVE = tuple(PATHS)
"""The operator runs no controller for RayCronJob unless its gate is open: its own functions judge those elsewhere."""


def test_the_api_server_takes_every_rendered_object(lab: SimulatedLab) -> None:
    files = sorted((lab.repository.folder / "rendered").rglob("*.yaml"))
    words = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict"]
    said = lab.kubectl(*words, *(f"--filename={path}" for path in files))
    assert len(files) > 100
    assert said.count("serverside-applied (server dry run)") == len(files)


def test_a_field_that_nobody_knows_is_refused(lab: SimulatedLab) -> None:
    """So that the test before can fail."""
    file = lab.repository.folder / "rendered/dev/digits/serve/rayservice.yaml"
    file.write_text(file.read_text().replace("  excludeHeadPodFromServeSvc:", "  excludeHeadPods:"))
    with pytest.raises(Refused, match="excludeHeadPods"):
        lab.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", f"--filename={file}")


def test_the_operator_accepts_every_ray_object(bootstrapped: Bootstrapped, lab: SimulatedLab) -> None:
    jobs = {
        each["metadata"]["name"]: each["status"]["jobDeploymentStatus"]
        for each in lab.objects("rayjobs", selector=OURS)
    }
    services = {
        each["metadata"]["name"]: condition["reason"]
        for each in lab.objects("rayservices", selector=OURS)
        for condition in each["status"]["conditions"]
        if condition["type"] == "Ready"
    }
    assert set(jobs.values()) == {"Complete"}
    assert set(services.values()) == {"NonZeroServeEndpoints"}
    assert len(bootstrapped.events) > 50
    assert complaints(bootstrapped.events) == {}


def complaints(events: Iterable[Map]) -> dict[str, str]:
    """What the operator or a controller refused: name of the object → the last message."""
    return {
        event["involvedObject"]["name"]: event["message"]
        for event in events
        if event["reason"].startswith("Invalid") or "violates PodSecurity" in event["message"]
    }


@pytest.fixture(scope="module")
def verdicts(bootstrapped: Bootstrapped) -> Iterator[dict[str, str]]:
    """What became of each object: "" where it was accepted, or else why not."""
    lab = bootstrapped.lab
    lab.plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "verdicts"}})
    # Nothing runs of what is accepted: that would be two hundred clusters.
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "no-pods", "namespace": "verdicts"}}
    lab.plane.apply({**quota, "spec": {"hard": {"pods": "0"}}})
    asked = {name: create(lab, name, obj) for name, obj in objects().items()}
    created = {name for name, said in asked.items() if not said}

    def judged() -> dict[str, str]:
        said = live_verdicts(lab)
        return said if created <= set(said) else {}

    said = wait_until(judged, "the operator has looked at all", 120, 1.0)
    yield {**asked, **{name: said[name] for name in created}}
    lab.kubectl("delete", "namespace", "verdicts", "--wait=false")


class TestFindings:
    """`kuberay/…` and the operator say the same of the same objects."""

    def test_what_we_refuse_the_operator_refuses(self, verdicts: dict[str, str]) -> None:
        assert sorted(name for name, said in verdicts.items() if name.startswith("refused-") and not said) == []

    def test_what_we_accept_the_operator_accepts(self, verdicts: dict[str, str]) -> None:
        assert {name: said for name, said in verdicts.items() if name.startswith("accepted-") and said} == {}


def objects() -> dict[str, Map]:
    """The objects that the preflight is tested with, each under a name of its own."""
    named = {}
    bad = [case.obj for case in refused.REFUSED if case.code not in NAMED]
    for kind, cases in (("refused", bad), ("accepted", [*(make() for make in BASES.values()), *refused.ACCEPTED])):
        for number, obj in enumerate(cases):
            if obj.get("kind") in LIVE and isinstance(obj.get("metadata", {}), dict):
                name = f"{kind}-{number}"
                changes = (("metadata.name", name), ("metadata.namespace", "verdicts"))
                named[name] = changed(obj, *changes)
    return named


def create(lab: SimulatedLab, name: str, obj: Map) -> str:
    """Create an object with unknown fields refused; returns why it was not, or ""."""
    group = obj.get("apiVersion", "ray.io/v1")
    path = f"/apis/{group}/namespaces/verdicts/{PATHS[obj['kind']]}?fieldValidation=Strict"
    try:
        lab.api(path, method="POST", body=obj)
    except Refused as error:
        return error.said
    return ""


def live_verdicts(lab: SimulatedLab) -> dict[str, str]:
    """For each live object that the operator has looked at: "", or what it refused."""
    refused_for = complaints(lab.objects("events", "verdicts"))
    verdicts = {}
    for each in lab.objects(",".join(PATHS.values()), "verdicts"):
        name = each["metadata"]["name"]
        status = each.get("status") or {}
        if name in refused_for:
            verdicts[name] = refused_for[name]
        elif status.get("jobDeploymentStatus") == "ValidationFailed":
            verdicts[name] = status.get("message", "ValidationFailed")
        elif status or each["spec"].get("managedBy", "").startswith("kueue") or each["spec"].get("suspend"):
            verdicts[name] = ""
    return verdicts


class TestPodSecurity:
    """Every Pod that the operator makes is admitted under `restricted`, and one that is softened is not."""

    @pytest.mark.parametrize("mode", ["HTTPMode", "K8sJobMode"])
    def test_all_pods_of_a_run_are_there(self, lab: SimulatedLab, mode: str) -> None:
        run = job(lab, mode)
        name = run["metadata"]["name"]
        lab.plane.apply(run)
        wanted = {"head": 1, "worker": 2, "submitter": 1 if mode == "K8sJobMode" else 0}
        wait_until(lambda: pods_of(lab, name) == wanted, f"{name} has {wanted}", 60)
        assert complaints_about(lab, name) == []
        lab.kubectl("delete", "rayjob", name, "--namespace", NAMESPACE, "--wait=false")

    @pytest.mark.parametrize(
        ("name", "mode", "place"),
        [
            ("soft-head", "HTTPMode", "spec.rayClusterSpec.headGroupSpec.template.spec.containers.0.securityContext"),
            (
                "soft-worker",
                "HTTPMode",
                "spec.rayClusterSpec.workerGroupSpecs.0.template.spec.containers.0.securityContext",
            ),
            ("soft-submitter", "K8sJobMode", "spec.submitterPodTemplate.spec.containers.0.securityContext"),
        ],
    )
    def test_a_softened_pod_of_a_run_is_refused(self, lab: SimulatedLab, name: str, mode: str, place: str) -> None:
        lab.plane.apply(changed(job(lab, mode), (place, ...), ("metadata.name", name)))
        assert "violates PodSecurity" in complaint_about(lab, name)
        lab.kubectl("delete", "rayjob", name, "--namespace", NAMESPACE, "--wait=false")

    def test_a_softened_autoscaler_is_refused(self, lab: SimulatedLab) -> None:
        service = load(lab, "rendered/dev/digits/serve/rayservice.yaml")
        place = "spec.rayClusterConfig.autoscalerOptions.securityContext"
        lab.plane.apply(changed(service, (place, ...), ("metadata.name", "soft-autoscaler")))
        assert "violates PodSecurity" in complaint_about(lab, "soft-autoscaler")
        lab.kubectl("delete", "rayservice", "soft-autoscaler", "--namespace", NAMESPACE, "--wait=false")

    def test_the_mode_that_we_refuse_is_refused(self, lab: SimulatedLab) -> None:
        """`render/submission-mode`: KubeRay gives the container beside the head no security context."""
        lab.plane.apply(changed(job(lab, "SidecarMode"), ("metadata.name", "sidecar")))
        assert "violates PodSecurity" in complaint_about(lab, "sidecar")
        lab.kubectl("delete", "rayjob", "sidecar", "--namespace", NAMESPACE, "--wait=false")


def job(lab: SimulatedLab, mode: str) -> Map:
    """The run of digits as it is rendered in a submission mode, under a name of its own."""
    if mode == "K8sJobMode":
        lab.repository.edit("environments/dev/environment.yaml", "submissionMode: HTTPMode", f"submissionMode: {mode}")
        lab.repository.render()
    run = load(lab, "rendered/dev/digits/train/rayjob.yaml")
    return changed(run, ("metadata.name", f"digits-{mode.lower()}"), ("spec.submissionMode", mode))


def load(lab: SimulatedLab, path: str) -> Map:
    """A rendered object."""
    document = read((lab.repository.folder / path).read_text(), path)
    assert not isinstance(document, list)
    return json.loads(json.dumps(document.data))


def pods_of(lab: SimulatedLab, run: str) -> dict[str, int]:
    """How many pods of each role a run has; all must be there, running or done."""
    names = [
        each["metadata"]["name"] for each in lab.objects("pods", NAMESPACE) if each["metadata"]["name"].startswith(run)
    ]
    heads, workers = (sum(f"-{role}-" in name for name in names) for role in ("head", "worker"))
    return {"head": heads, "worker": workers, "submitter": len(names) - heads - workers}


def complaint_about(lab: SimulatedLab, name: str) -> str:
    """The first complaint about what belongs to an object."""
    return wait_until(lambda: complaints_about(lab, name), f"somebody refuses a pod of {name}", 60)[0]


def complaints_about(lab: SimulatedLab, name: str) -> list[str]:
    """The complaints about what belongs to an object."""
    said = complaints(lab.objects("events", NAMESPACE))
    return [message for key, message in said.items() if key.startswith(name)]
