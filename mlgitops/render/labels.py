"""Labels of rendered objects and of their pods.

`object_labels` go to the objects themselves, `pod_labels` into pod templates, `pod_selector` picks pods out.
`app.kubernetes.io/instance` stays free for Argo CD.

Pods that KubeRay starts must not carry `app.kubernetes.io/name`: a template's labels win over the operator's own
(`labelPod`), while the head Service of a RayJob or RayService goes on selecting `app.kubernetes.io/name: kuberay`
(`BuildServiceForHeadPod`), and would then select nothing. So no pod of ours carries it.

KubeRay copies all labels and annotations of a RayJob or RayService to its RayCluster: what differs between two
renders of the same thing (digests, keys) is in neither.
"""

from __future__ import annotations

from mlgitops.render.names import PART_OF_ROLE, Role
from mlgitops.render.objects import Object
from mlgitops.spec.resolve import ResolvedModel

MODEL = "mlgitops.dev/model"
ENVIRONMENT = "mlgitops.dev/environment"
TEAM = "mlgitops.dev/team"
PART = "mlgitops.dev/part"
COMPONENT = "app.kubernetes.io/component"
MANAGED_BY = "mlgitops"

RESERVED_DOMAINS = (
    "mlgitops.dev",
    "kubernetes.io",
    "k8s.io",
    "ray.io",
    "argoproj.io",
)
"""Domains whose labels mean something to Kubernetes, KubeRay, Kueue, Argo CD or mlgitops; a spec sets none of them."""


def is_reserved(key: str) -> bool:
    """Whether a label's key belongs to a reserved domain or to one below it.

    >>> is_reserved("kueue.x-k8s.io/queue-name"), is_reserved("example.com/cost-centre"), is_reserved("owner")
    (True, False, False)
    """
    domain, slash, _ = key.partition("/")
    if not slash:
        return False
    return any(domain == d or domain.endswith(("." + d, "-" + d)) for d in RESERVED_DOMAINS)


def pod_selector(resolved: ResolvedModel, *roles: Role) -> Object:
    """A selector of the model's pods here, of one part or of one or more roles."""
    part = PART_OF_ROLE[roles[0]]
    match = {MODEL: resolved.metadata.name, ENVIRONMENT: resolved.environment_name, PART: part}
    if len(roles) == 1:
        return {"matchLabels": {**match, COMPONENT: roles[0]}}
    return {
        "matchLabels": match,
        "matchExpressions": [{"key": COMPONENT, "operator": "In", "values": list(roles)}],
    }


def pod_labels(resolved: ResolvedModel, role: Role) -> Object:
    """Labels for a pod template.

    The person's own labels are not among them: an edit of a RayService's pod template starts a second cluster beside
    the first, and no label is worth that. They are on every object; costs are told apart by team and model.
    """
    metadata = resolved.metadata
    return {
        COMPONENT: role,
        "app.kubernetes.io/managed-by": MANAGED_BY,
        "app.kubernetes.io/part-of": metadata.name,
        ENVIRONMENT: resolved.environment_name,
        MODEL: metadata.name,
        PART: PART_OF_ROLE[role],
        TEAM: metadata.team,
    }


def object_labels(resolved: ResolvedModel, role: Role, *, version: str | None = None) -> Object:
    """Labels for an object of a role, the person's own among them; `version` is the version that serves."""
    labels = {**resolved.metadata.labels, **pod_labels(resolved, role)}
    labels["app.kubernetes.io/name"] = resolved.metadata.name
    if version is not None:
        labels["app.kubernetes.io/version"] = version
    return labels
