"""Immutable ConfigMaps with the code beside a spec and the configuration that decides what it does.

Their name ends in a digest of their contents: the bytes that run are the bytes that were reviewed, and pods that
restart during an upgrade find what they were started with. Mounted at `contract.places.CODE`, which
is on `PYTHONPATH`.
"""

from __future__ import annotations

from mlgitops.contract.places import CODE as CODE_PATH
from mlgitops.render.names import content_digits
from mlgitops.render.objects import Object
from mlgitops.spec.code import Code

CODE_VOLUME = "code"
KEPT = {"argocd.argoproj.io/sync-options": "Prune=false", "argocd.argoproj.io/compare-options": "IgnoreExtraneous"}
"""Annotations of what Argo CD leaves in the cluster when it is no longer in Git, without calling that out of sync."""


def code_config_map(
    name: str,
    namespace: str,
    labels: Object,
    code: Code | None,
    configuration: dict[str, str],
    annotations: Object | None = None,
) -> Object:
    """The ConfigMap `<name>-<digest>` of code and of configuration files (name → text), in which names do not clash."""
    seed = "\n".join((code.digest if code else "", *(f"{key}\n{text}" for key, text in configuration.items())))
    metadata: Object = {"name": f"{name}-{content_digits(seed)}", "namespace": namespace, "labels": labels}
    if annotations:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "immutable": True,
        "data": {**(code.files if code else {}), **configuration},
    }


def code_volume(config_map: Object) -> Object:
    """The volume of a pod that mounts the ConfigMap."""
    return {"name": CODE_VOLUME, "configMap": {"name": config_map["metadata"]["name"], "defaultMode": 0o444}}


CODE_MOUNT: Object = {"name": CODE_VOLUME, "mountPath": CODE_PATH, "readOnly": True}
