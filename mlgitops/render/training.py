"""Everything that trains a model in one environment: the RayJob and what belongs to it.

    objects = render_training(resolved)      # or findings, at the lines of who can mend them
    objects = name_run(objects)              # `identity`: after kustomize and templates

    rayjob.yaml                      the run; under the model's name until `name_run` gives it the identity's
    configmap-code.yaml              training code and `RunInputs`: immutable, and all of it decides the result
    job-evaluate.yaml, job-sign.yaml and their ConfigMaps (`evaluation`), where there is a holdout
    serviceaccount-<role>.yaml       train, evaluate, sign
    networkpolicy.yaml               Ray's pods; networkpolicy-jobs.yaml for the two Jobs
    podmonitor.yaml                  Ray's metrics

Training pods hold no signing key, no place of the holdout and nothing of Git.

What decides nothing about the result (`TrainConfig`) stands in a variable of the driver and not in the ConfigMap: so
a ConfigMap is new exactly when the run is, and no run loses the one its pods mount. Where a newer run lets the older
one finish (`onSupersede: finish`), Argo CD prunes neither the older RayJob nor what it mounts; where it stops it, both
go. What was kept is removed by whoever cleans up finished RayJobs: nothing here deletes itself, since Argo CD would
make it again and train again.

`suspend` is absent: Kueue sets it. `backoffLimit` is 0: Ray Train retries within the run, and a retry by the operator
would start from nothing.
"""

from __future__ import annotations

import math

from mlgitops.contract import places
from mlgitops.contract.train import DATA_CPUS
from mlgitops.findings import Finding
from mlgitops.render import checks
from mlgitops.render.code_config_map import KEPT, code_config_map
from mlgitops.render.evaluation import evaluation_findings, render_evaluation
from mlgitops.render.labels import object_labels, pod_labels
from mlgitops.render.names import role_name, training_namespace
from mlgitops.render.objects import Object, ObjectSet, RenderedObject, object_set
from mlgitops.render.pod_monitor import pod_monitor
from mlgitops.render.pods import (
    CONTAINER_SECURITY,
    TMP_MOUNT,
    TMP_VOLUME,
    compute,
    literal,
    mirrored,
    own_variables,
    pod,
    pull_policy,
    training_image,
    variables,
)
from mlgitops.render.ray_cluster import (
    RayPods,
    WorkerGroup,
    ray_cluster,
)
from mlgitops.render.ray_network import ray_network_policy
from mlgitops.render.service_accounts import service_account
from mlgitops.render.trace import derived
from mlgitops.render.training_config import run_inputs_text, train_config_text
from mlgitops.spec.documents.model import Training, WorkerRange
from mlgitops.spec.documents.types import seconds
from mlgitops.spec.footprint import DEFAULT_CPU
from mlgitops.spec.resolve import ResolvedModel

KEEP_CLUSTER_SECONDS = 60
"""How long a finished run keeps its pods: for the last scrape of its metrics, and no longer, since they hold GPUs."""

_SUBMITTER_RESOURCES: Object = {"cpu": "500m", "memory": "512Mi"}


def training_findings(resolved: ResolvedModel) -> list[Finding]:
    """Why training cannot be rendered here."""
    training = resolved.spec.training
    kind = training.accelerators.type if training.accelerators else None
    return [
        *checks.labels(resolved),
        *checks.image(resolved, training_image(resolved), "training"),
        *checks.accelerator(resolved, kind, ("training", "accelerators", "type")),
        *checks.workers(resolved),
        *checks.variables(resolved, training.env, ("training", "env")),
        *checks.code_files(resolved, resolved.training_code, places.RUN_INPUTS),
        *checks.submission_mode(resolved),
        *evaluation_findings(resolved),
    ]


def render_training(resolved: ResolvedModel) -> ObjectSet | list[Finding]:
    """The objects of the part `train`; none where the environment does not train."""
    if not resolved.trains:
        return ()
    findings = training_findings(resolved)
    if findings:
        return findings
    namespace = training_namespace(resolved)
    kept = KEPT if resolved.spec.training.onSupersede == "finish" else None
    config = {places.RUN_INPUTS: run_inputs_text(resolved)}
    labels = object_labels(resolved, "train")
    name = role_name(resolved.metadata.name, "train")
    config_map = code_config_map(name, namespace, labels, resolved.training_code, config, kept)
    autoscaled = isinstance(resolved.spec.training.workers, WorkerRange) and resolved.environment.autoscaling.enabled
    objects = [
        RenderedObject("rayjob.yaml", _ray_job(resolved, namespace, config_map, kept)),
        RenderedObject("configmap-code.yaml", config_map),
        service_account(resolved, "train", namespace),
        RenderedObject("networkpolicy.yaml", ray_network_policy(resolved, "train", namespace, autoscaled=autoscaled)),
        RenderedObject("podmonitor.yaml", pod_monitor(resolved, "train", namespace)),
        *render_evaluation(resolved, namespace, kept),
    ]
    return object_set(objects)


def _ray_job(resolved: ResolvedModel, namespace: str, config_map: Object, kept: Object | None) -> Object:
    image = mirrored(training_image(resolved) or "", resolved.environment.images.mirrors)
    labels = object_labels(resolved, "train")
    metadata: Object = {"name": resolved.metadata.name, "namespace": namespace, "labels": labels}
    annotations = dict(kept or {})
    training, environment = resolved.spec.training, resolved.environment
    elastic = isinstance(training.workers, WorkerRange)
    if environment.queue is not None:
        labels.update(_queue_labels(resolved))
        if elastic and environment.autoscaling.enabled:
            annotations["kueue.x-k8s.io/elastic-job"] = "true"
    if annotations:
        metadata["annotations"] = annotations
    spec: Object = {
        "backoffLimit": 0,
        "entrypoint": places.TRAIN_ENTRYPOINT,
        "rayClusterSpec": _cluster(resolved, image, config_map),
        "shutdownAfterJobFinishes": True,
        "submissionMode": environment.submissionMode,
        "ttlSecondsAfterFinished": KEEP_CLUSTER_SECONDS,
    }
    if training.deadline is not None:
        spec["activeDeadlineSeconds"] = derived(_whole_seconds(training.deadline), training.deadline)
    if environment.submissionMode == "K8sJobMode":
        spec["submitterConfig"] = {"backoffLimit": 2}
        spec["submitterPodTemplate"] = _submitter(resolved, image)
    return {"apiVersion": "ray.io/v1", "kind": "RayJob", "metadata": metadata, "spec": spec}


def _whole_seconds(duration: str) -> int:
    return max(1, round(seconds(duration)))


def _queue_labels(resolved: ResolvedModel) -> Object:
    training, queue = resolved.spec.training, resolved.environment.queue
    labels: Object = {"kueue.x-k8s.io/queue-name": queue.name if queue else ""}
    if training.priority is not None:
        labels["kueue.x-k8s.io/priority-class"] = training.priority
    if training.deadline is not None:
        limit = derived(str(_whole_seconds(training.deadline)), training.deadline)
        labels["kueue.x-k8s.io/max-exec-time-seconds"] = limit
    return labels


def _cluster(resolved: ResolvedModel, image: str, config_map: Object) -> Object:
    training, environment = resolved.spec.training, resolved.environment
    chips = training.accelerators
    needs = compute(
        training.resources,
        accelerators=chips.perWorker if chips else 0,
        accelerator=environment.accelerators[chips.type] if chips else None,
    )
    fields: Object = {}
    if training.priority is not None and environment.queue is None:
        fields["priorityClassName"] = training.priority
    driver = [{"name": places.CONFIG_VARIABLE, "value": literal(train_config_text(resolved))}]
    pods = RayPods("train", image, config_map, variables(training.env), driver, fields=fields)
    workers = training.workers
    cpus = _cpus_of_a_loop(training)
    if not isinstance(workers, WorkerRange):
        return ray_cluster(resolved, pods, WorkerGroup(needs, workers, workers, workers, cpus))
    # Without an autoscaler the group asks for all it may have, and Ray Train starts with what it gets.
    autoscaled = environment.autoscaling.enabled
    group = WorkerGroup(needs, workers.min if autoscaled else workers.max, workers.min, workers.max, cpus)
    return ray_cluster(resolved, pods, group, autoscaled=autoscaled)


def _cpus_of_a_loop(training: Training) -> int | None:
    """One more than a worker's container has, for Ray Data's tasks, which feed a loop.

    A worker asks for all that its container has, so that no second one comes to its pod; without more, Ray Data would
    wait for a CPU for ever.
    """
    if training.entrypoint is None:
        return None
    cpu = training.resources.cpu if training.resources.cpu is not None else DEFAULT_CPU
    return derived(math.ceil(cpu) + DATA_CPUS, cpu)


def _submitter(resolved: ResolvedModel, image: str) -> Object:
    """The pod of K8sJobMode that submits the run and follows its log; the operator adds the command and the token."""
    container = {
        "env": own_variables(),
        "image": image,
        "imagePullPolicy": pull_policy(image),
        "name": "ray-job-submitter",
        "resources": {"limits": _SUBMITTER_RESOURCES, "requests": _SUBMITTER_RESOURCES},
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [TMP_MOUNT],
    }
    spec = {**pod(resolved, "train", [container], [TMP_VOLUME]), "restartPolicy": "Never"}
    return {"metadata": {"labels": pod_labels(resolved, "train")}, "spec": spec}
