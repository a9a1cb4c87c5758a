"""Objects and files for the tests of kustomizations: eight objects for a model, as rendering makes them."""

from __future__ import annotations

from typing import Any

from mlgitops.findings import Finding
from mlgitops.render.kustomization.check import read_kustomization
from mlgitops.render.kustomization.values import BuildAll, Kustomization

ENVIRONMENT = "environments/prod"


def checked(text: str, files: dict[str, str | bytes] | None = None, links: tuple[str, ...] = ()) -> Kustomization:
    """A kustomization that has no findings; files by their path in the environment's folder."""
    found = read(text, files, links)
    assert isinstance(found, Kustomization), found
    return found


def read(
    text: str, files: dict[str, str | bytes] | None = None, links: tuple[str, ...] = ()
) -> Kustomization | list[Finding] | None:
    """What reading a kustomization gives."""
    every = {f"{ENVIRONMENT}/{path}": content for path, content in (files or {}).items()}
    return read_kustomization({f"{ENVIRONMENT}/kustomization.yaml": text, **every}, ENVIRONMENT, links)


def container(name: str, image: str = "ghcr.io/example/ray:2.40", **more: Any) -> dict[str, Any]:
    """A container of a Ray pod."""
    return {
        "name": name,
        "image": image,
        "env": [{"name": "RAY_AUTH_MODE", "value": "token"}, {"name": "NO", "value": "no"}],
        "ports": [{"containerPort": 6379, "name": "gcs", "protocol": "TCP"}],
        "resources": {"limits": {"cpu": "2", "memory": "8Gi"}, "requests": {"cpu": "2", "memory": "8Gi"}},
        "volumeMounts": [{"mountPath": "/code", "name": "code", "readOnly": True}],
        **more,
    }


def template(name: str, model: str, **more: Any) -> dict[str, Any]:
    """A pod template with labels, a volume and one container."""
    return {
        "metadata": {"labels": {"app.kubernetes.io/name": model}},
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [container(name)],
            "volumes": [{"name": "code", "configMap": {"name": f"{model}-code"}}],
            **more,
        },
    }


def cluster(model: str) -> dict[str, Any]:
    """A Ray cluster of a head and one worker group."""
    return {
        "rayVersion": "2.40.0",
        "autoscalerOptions": {"image": "ghcr.io/example/ray:2.40", "idleTimeoutSeconds": 60},
        "headGroupSpec": {"rayStartParams": {"num-cpus": "0"}, "template": template("ray-head", model)},
        "workerGroupSpecs": [
            {
                "groupName": "workers",
                "minReplicas": 1,
                "maxReplicas": 4,
                "rayStartParams": {},
                "template": template("ray-worker", model),
            }
        ],
    }


def model_objects(name: str, namespace: str = "growth") -> list[dict[str, Any]]:
    """The objects of one model."""
    meta = {"namespace": namespace, "labels": {"app.kubernetes.io/name": name, "mlgitops.dev/model": name}}
    code = "".join(f"line_{number} = '{name}'  # no: 012 on\n" for number in range(60))

    def metadata(suffix: str = "", **more: Any) -> dict[str, Any]:
        return {"name": f"{name}{suffix}", **meta, **more}

    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(), "automountServiceAccountToken": False},
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata("-code"),
            "immutable": True,
            "data": {"train.py": code, "serve.py": "import ray\n", "empty.py": ""},
        },
        {
            "apiVersion": "ray.io/v1",
            "kind": "RayJob",
            "metadata": metadata(annotations={"argocd.argoproj.io/sync-wave": "0"}),
            "spec": {
                "entrypoint": f"python -m train --model={name}",
                "shutdownAfterJobFinishes": True,
                "rayClusterSpec": cluster(name),
                "submitterPodTemplate": template("ray-job-submitter", name, restartPolicy="Never"),
            },
        },
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": metadata("-evaluate"),
            "spec": {"backoffLimit": 2, "template": template("evaluate", name, restartPolicy="Never")},
        },
        {
            "apiVersion": "ray.io/v1",
            "kind": "RayService",
            "metadata": metadata("-serve"),
            "spec": {
                "serveConfigV2": "applications:\n- name: x\n  route_prefix: /\n",
                "rayClusterConfig": cluster(name),
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata(),
            "spec": {"ports": [{"name": "http", "port": 8000, "protocol": "TCP"}], "selector": {"a": "b"}},
        },
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": metadata(),
            "spec": {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}},
        },
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PodMonitor",
            "metadata": metadata(),
            "spec": {"podMetricsEndpoints": [{"port": "metrics", "interval": "30s"}], "selector": {}},
        },
    ]


def real_kustomize() -> BuildAll:
    """The real program; where it is missing, tests fail."""
    from mlgitops.programs.kustomize import builder
    from mlgitops.programs.process import require

    return builder(require("kustomize"))


def built(folder: dict[str, str | bytes]) -> list[dict[str, Any]]:
    """The objects that the real kustomize makes of a folder."""
    from ryaml import loads_all

    ((output, error),) = real_kustomize()([folder])
    assert not error, error
    return list(loads_all(output))
