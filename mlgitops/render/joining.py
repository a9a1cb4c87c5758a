"""The join job: once a day, what the version in service was worth by the labels that came since.

    cronjob-join.yaml
    configmap-join.yaml           `contract.join.JoinConfig`, immutable
    serviceaccount-join.yaml      workload identity: it reads the log and the registry, and writes reports
    networkpolicy-join.yaml       out to the environment's networks, and nothing in

Rendered where the version asks for ground truth, or for drift by Kolmogorov-Smirnov, and the environment has a place
for the log (`storage.predictions`). It runs our code alone, with the platform's image; replicas show its report as
metrics. An edit of the working tree changes nothing here: all of it is the version's or the environment's.
"""

from __future__ import annotations

from mlgitops import contract
from mlgitops.contract import places
from mlgitops.render.code_config_map import CODE_MOUNT, code_config_map, code_volume
from mlgitops.render.labels import object_labels, pod_labels, pod_selector
from mlgitops.render.names import content_digits, role_name
from mlgitops.render.network import network_policy, to_dns, to_networks
from mlgitops.render.objects import Object, RenderedObject
from mlgitops.render.pods import (
    CONTAINER_SECURITY,
    TMP_MOUNT,
    TMP_VOLUME,
    compute,
    mirrored,
    own_variables,
    pod,
    pull_policy,
)
from mlgitops.render.service_accounts import service_account
from mlgitops.render.training_config import data_identity, data_location, text_of
from mlgitops.spec.documents.model import Monitoring, Resources
from mlgitops.spec.documents.version import Version
from mlgitops.spec.resolve import ResolvedModel

HOUR = 3
"""In UTC; the minute is another one for each model."""
LONGEST_SECONDS = 2 * 3600
LATE_SECONDS = 6 * 3600
"""How long after its time a run may still begin."""
RESOURCES = Resources(cpu=1.0, memory="4Gi")
NO_DELAY = "1d"
"""The label delay where nobody named one: the job runs for Kolmogorov-Smirnov alone."""


def joins(monitoring: Monitoring | None) -> bool:
    """Whether a version's monitoring needs the job."""
    if monitoring is None:
        return False
    return monitoring.groundTruth is not None or (monitoring.drift is not None and monitoring.drift.test == "ks")


def render_join(resolved: ResolvedModel, version: Version, namespace: str) -> list[RenderedObject]:
    """The job and what it needs; nothing where it is not needed or has no log."""
    monitoring, predictions = resolved.spec.monitoring, resolved.environment.storage.predictions
    if monitoring is None or not joins(monitoring) or predictions is None:
        return []
    config = {places.JOIN_CONFIG: join_config_text(resolved, version, monitoring, predictions)}
    labels = object_labels(resolved, "join")
    name = role_name(resolved.metadata.name, "join")
    config_map = code_config_map(name, namespace, labels, None, config)
    metadata: Object = {"name": name, "namespace": namespace, "labels": labels}
    egress = [to_dns(), *to_networks(resolved.environment.network)]
    policy = network_policy(metadata, pod_selector(resolved, "join"), ingress=[], egress=egress)
    return [
        RenderedObject("configmap-join.yaml", config_map),
        RenderedObject("cronjob-join.yaml", _cron_job(resolved, metadata, config_map)),
        RenderedObject("networkpolicy-join.yaml", policy),
        service_account(resolved, "join", namespace),
    ]


def join_config_text(resolved: ResolvedModel, version: Version, monitoring: Monitoring, predictions: str) -> str:
    """`contract.join.JoinConfig`; defaults are left out."""
    registry, truth = resolved.environment.registry, monitoring.groundTruth
    result: Object = {
        "contract": contract.VERSION,
        "environment": resolved.environment_name,
        "labelDelay": truth.labelDelay if truth is not None else NO_DELAY,
        "metrics": [metric.name for metric in version.spec.metrics],
        "model": resolved.name,
        "predictions": predictions,
        "registry": registry.uri,
    }
    if registry.kind != "directory":
        result["registryKind"] = registry.kind
    drift = monitoring.drift
    if drift is not None:
        result["drift"] = drift.model_dump(exclude_defaults=True)
        if drift.test == "ks":
            own = [data for data in version.spec.data if data.role == "reference"]
            own = own or [data for data in version.spec.data if data.role == "training"]
            result["reference"] = [data_location(data) for data in own]
            result["data"] = [data_identity(data) for data in own]
    return text_of(result)


def _cron_job(resolved: ResolvedModel, metadata: Object, config_map: Object) -> Object:
    minute = int(content_digits(f"{resolved.environment_name}/{resolved.name}"), 16) % 60
    labels = {"labels": pod_labels(resolved, "join")}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": metadata,
        "spec": {
            "concurrencyPolicy": "Forbid",
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"metadata": labels, "spec": _job(resolved, labels, config_map)},
            "schedule": f"{minute} {HOUR} * * *",
            "startingDeadlineSeconds": LATE_SECONDS,
            "successfulJobsHistoryLimit": 1,
            "suspend": False,
            "timeZone": "Etc/UTC",
        },
    }


def _job(resolved: ResolvedModel, labels: Object, config_map: Object) -> Object:
    image = mirrored(resolved.environment.images.platform, resolved.environment.images.mirrors)
    container: Object = {
        "command": list(places.JOIN_COMMAND),
        "env": own_variables(),
        "image": image,
        "imagePullPolicy": pull_policy(image),
        "name": "join",
        "resources": compute(RESOURCES).resources,
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [CODE_MOUNT, TMP_MOUNT],
    }
    spec = pod(resolved, "join", [container], [code_volume(config_map), TMP_VOLUME])
    return {
        "activeDeadlineSeconds": LONGEST_SECONDS,
        "backoffLimit": 2,
        "completionMode": "NonIndexed",
        "completions": 1,
        "parallelism": 1,
        "template": {"metadata": labels, "spec": {**spec, "restartPolicy": "Never"}},
    }
