"""What pods are made of: hardening, resources, images, variables, volumes.

Every pod meets Pod Security `restricted` by what stands in its own template, Ray's included. KubeRay 1.6.2 adds
containers of its own, and what they get is decided here and in `ray_cluster`:

- `wait-gcs-ready`, in front of every worker, copies the worker container's security context, variables and mounts
  (`DefaultWorkerPodTemplate`), so it is as hard as the worker;
- `autoscaler`, beside the head, takes its security context from `autoscalerOptions`;
- the submitter Job of K8sJobMode takes `submitterPodTemplate`;
- the submitter of SidecarMode, beside the head, takes nothing (`GetDefaultSubmitterContainer`): it violates
  `restricted` whatever we write, so that mode is refused (`checks.submission_mode`); HTTPMode has no submitter.

The root file system is read-only. Ray writes to `/tmp` (sessions and logs under `/tmp/ray`) and `/dev/shm` (its
object store); libraries write to `$HOME`, which is `/tmp`. Seen with Ray 2.60.0, as this user without capabilities and
with a token: head, workers and `ray job submit` run, the operator's probes and the metrics need no token, and the
dashboard answers 401 without one.
"""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.render.names import Role, role_name
from mlgitops.render.objects import Object
from mlgitops.render.trace import derived
from mlgitops.spec.documents.environment import Accelerator, EnvironmentSpec, Mirror
from mlgitops.spec.documents.model import Resources, Variable
from mlgitops.spec.documents.types import mebibytes
from mlgitops.spec.footprint import DEFAULT_CPU, DEFAULT_MEMORY
from mlgitops.spec.resolve import ResolvedModel

USER = 1000
"""Ray's images run as this user, and so do ours."""

POD_SECURITY: Object = {
    "runAsNonRoot": True,
    "runAsUser": USER,
    "runAsGroup": USER,
    "fsGroup": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}

CONTAINER_SECURITY: Object = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}

TMP_VOLUME: Object = {"name": "tmp", "emptyDir": {}}
TMP_MOUNT: Object = {"name": "tmp", "mountPath": "/tmp"}

OWN_VARIABLES = frozenset(
    (
        "HOME",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPATH",
        "PYTHONUNBUFFERED",
        "RAY_USAGE_STATS_ENABLED",
        "MLGITOPS_CONFIG",
        "MLGITOPS_RUN",
    )
)
"""Environment variables that mlgitops sets: a spec sets none of them, and none is part of a run's identity."""


class Compute(NamedTuple):
    """What one container asks for and where its pod can get it."""

    resources: Object
    memory: int
    """In mebibytes."""
    accelerators: int = 0
    accelerator: Accelerator | None = None


def quantity(cpu: float) -> str:
    """Cores as Kubernetes writes them.

    >>> quantity(8), quantity(0.5), quantity(0.0001)
    ('8', '500m', '1m')
    """
    whole = int(cpu)
    return derived(str(whole) if whole == cpu else f"{max(1, round(cpu * 1000))}m", cpu)


def compute(
    declared: Resources,
    *,
    cpu: float = DEFAULT_CPU,
    memory: str = DEFAULT_MEMORY,
    accelerators: int = 0,
    accelerator: Accelerator | None = None,
) -> Compute:
    """Requests equal to limits, so that no pod lives on what another may claim; `cpu` and `memory` are defaults."""
    size = declared.memory or memory
    amounts: Object = {"cpu": quantity(declared.cpu if declared.cpu is not None else cpu), "memory": size}
    if declared.storage is not None:
        amounts["ephemeral-storage"] = declared.storage
    if accelerator is not None:
        amounts[accelerator.resource] = derived(str(accelerators), accelerators)
    memory_size = derived(mebibytes(size), size)
    return Compute({"limits": amounts, "requests": amounts}, memory_size, accelerators, accelerator)


def shared_memory(memory: int) -> Object:
    """The volume behind `/dev/shm`: half of the container's memory, of which Ray's object store takes up to 30 %.

    It has the operator's own name for it, so that the operator adds none.
    """
    limit = derived(f"{max(64, memory // 2)}Mi", memory)
    return {"name": "shared-mem", "emptyDir": {"medium": "Memory", "sizeLimit": limit}}


SHARED_MEMORY_MOUNT: Object = {"name": "shared-mem", "mountPath": "/dev/shm"}


def mirrored(reference: str, mirrors: list[Mirror]) -> str:
    """The image reference with the first mirror whose source it starts with, at the end of a path component or tag."""
    for rule in mirrors:
        if reference.startswith(rule.source):
            rest = reference[len(rule.source) :]
            if not rest or rule.source.endswith("/") or rest[0] in "/:@":
                return derived(rule.mirror + rest, reference)
    return reference


def pull_policy(reference: str) -> str:
    """`Always` for what may change under its name: `latest`, said or meant. All else is pulled once."""
    name, _, digest = reference.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return "IfNotPresent" if digest or tag not in ("", "latest") else "Always"


def training_image(resolved: ResolvedModel) -> str | None:
    """The image that trains, before mirrors; None where nobody says one."""
    training = resolved.spec.training
    return training.image or resolved.environment.images.training.get(training.framework)


def serving_image(resolved: ResolvedModel) -> str | None:
    """The image that serves, before mirrors; None where nobody says one."""
    serving = resolved.spec.serving
    if serving is not None and serving.image is not None:
        return serving.image
    framework = resolved.version.spec.snapshot.framework if resolved.version else resolved.spec.training.framework
    return resolved.environment.images.serving.get(framework)


def literal(text: str) -> str:
    """A value of an environment variable that the kubelet leaves as it is: it would replace `$(NAME)` and `$$`."""
    return derived(text.replace("$", "$$"), text) if "$" in text else text


def variables(declared: list[Variable]) -> list[Object]:
    """Environment variables as declared: literals, or keys of Secrets (`checks` has seen that they are allowed)."""
    result: list[Object] = []
    for variable in declared:
        if variable.secret is not None:
            reference = {"name": variable.secret.name, "key": variable.secret.key}
            result.append({"name": variable.name, "valueFrom": {"secretKeyRef": reference}})
        else:
            result.append({"name": variable.name, "value": literal(variable.value or "")})
    return result


def own_variables(path: str | None = None) -> list[Object]:
    """The variables every container of ours has; `path` is where code is mounted."""
    result = [
        {"name": "HOME", "value": "/tmp"},
        {"name": "PYTHONDONTWRITEBYTECODE", "value": "1"},
        {"name": "PYTHONUNBUFFERED", "value": "1"},
        {"name": "RAY_USAGE_STATS_ENABLED", "value": "0"},
    ]
    if path is not None:
        result.append({"name": "PYTHONPATH", "value": path})
    return result


def scheduling(needs: Compute) -> Object:
    """Node selector and tolerations of the pod that holds the container; empty without accelerators."""
    if needs.accelerator is None:
        return {}
    result: Object = {}
    if needs.accelerator.nodeSelector:
        result["nodeSelector"] = dict(needs.accelerator.nodeSelector)
    if needs.accelerator.tolerations:
        result["tolerations"] = [
            {"key": t.key, "operator": t.operator, "effect": t.effect}
            | ({"value": t.value} if t.value is not None else {})
            for t in needs.accelerator.tolerations
        ]
    return result


def pod(resolved: ResolvedModel, role: Role, containers: list[Object], volumes: list[Object]) -> Object:
    """A hardened pod spec of a role, without a Kubernetes token; scheduling and restart policy are the caller's."""
    return {
        "automountServiceAccountToken": False,
        "containers": containers,
        "enableServiceLinks": False,
        **image_pull_secrets(resolved.environment),
        "securityContext": POD_SECURITY,
        "serviceAccountName": role_name(resolved.metadata.name, role),
        "volumes": volumes,
    }


def image_pull_secrets(environment: EnvironmentSpec) -> Object:
    """The pod's `imagePullSecrets`, where the environment has any."""
    if not environment.imagePullSecrets:
        return {}
    return {"imagePullSecrets": [{"name": name} for name in environment.imagePullSecrets]}
