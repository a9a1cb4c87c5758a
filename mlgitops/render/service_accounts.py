"""ServiceAccounts: one for each role of a model, with the cloud identity that the environment gives that role."""

from __future__ import annotations

from mlgitops.render.labels import object_labels
from mlgitops.render.names import Role, role_name
from mlgitops.render.objects import Object, RenderedObject
from mlgitops.spec.resolve import ResolvedModel


def service_account(resolved: ResolvedModel, role: Role, namespace: str) -> RenderedObject:
    """The ServiceAccount `<model>-<role>` in `serviceaccount-<role>.yaml`; its pods get no Kubernetes token."""
    metadata: Object = {
        "name": role_name(resolved.metadata.name, role),
        "namespace": namespace,
        "labels": object_labels(resolved, role),
    }
    annotations = getattr(resolved.environment.serviceAccounts, role).annotations
    if annotations:
        metadata["annotations"] = dict(annotations)
    data = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata,
        "automountServiceAccountToken": False,
    }
    return RenderedObject(f"serviceaccount-{role}.yaml", data)
