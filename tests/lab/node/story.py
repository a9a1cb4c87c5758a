"""The repository of the real node's tests: the example's tumour model in one environment, on one small machine.

    repository = story_repository(Prepared(folder, image))
    repository.mlgitops("release", "--new", "--env", "dev")

What differs from the example is what a platform team would write for such a cluster: its image, a volume in place of
object stores, no queue, and small requests. All of it is in `environments/dev`.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from pathlib import Path
from typing import Any

import demo_repository
from ryaml import dumps, loads

from tests.lab.component import LabError
from tests.lab.node.lab import Prepared
from tests.lab.repository import Repository

MODEL = "breast-cancer"
NAMESPACE = "dev-diagnostics"
CLAIM = "stores"
TOKEN = "told-to-those-who-send-labels"
REQUESTS = {"cpu": "100m", "memory": "256Mi"}
"""Of every container: they share what there is."""
USER = 1000
"""That pods run as, and that the folders behind their volume belong to."""

WRITTEN = ("ml-dev-staging", "ml-dev-staging-evaluations", "ml-dev-checkpoints", "ml-dev-predictions", "ml-registry")
"""The environment's buckets, as folders."""

Object = dict[str, Any]


class StoryRepository(Repository):
    """One model, one environment; `stores` is what pods have as a volume, `keys` what only the signer has."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "repository")
        self.stores, self.keys = folder / "stores", folder / "keys"

    def secrets(self) -> list[Object]:
        """What the platform team puts into the namespace by other means than Git: keys, tokens and the volume."""
        key = (self.keys / "signing-key.pem").read_bytes()
        data = {
            "model-signing": {"signing-key.pem": base64.b64encode(key).decode()},
            "model-feedback": {"token": base64.b64encode(TOKEN.encode()).decode()},
        }
        objects: list[Object] = [
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}, "data": values}
            for name, values in data.items()
        ]
        volume = {
            "accessModes": ["ReadWriteMany"],
            "capacity": {"storage": "1Gi"},
            "claimRef": {"name": CLAIM, "namespace": NAMESPACE},
            "hostPath": {"path": str(self.stores), "type": "Directory"},
            "storageClassName": "",
        }
        objects.append({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": CLAIM}, "spec": volume})
        return objects

    def object(self, path: str) -> Object:
        """One rendered object."""
        found: Object = loads((self.folder / "rendered" / path).read_text(encoding="utf-8"))
        return found

    def served(self) -> str:
        """The version that Git says is served."""
        release = loads((self.folder / f"environments/dev/releases/{MODEL}.yaml").read_text(encoding="utf-8"))
        version: str = release["spec"]["version"]
        return version


def story_repository(prepared: Prepared) -> StoryRepository:
    """Made, rendered and committed, with nothing released."""
    repository = StoryRepository(prepared.folder)
    demo_repository.make(prepared.folder)
    for name in os.listdir(repository.folder / "specs"):
        if name != MODEL:
            shutil.rmtree(repository.folder / "specs" / name)
    for name in ("staging", "prod"):
        shutil.rmtree(repository.folder / "environments" / name)
    for waiver in (repository.folder / "policies" / "waivers").glob("*.yaml"):
        waiver.unlink()  # of other models
    _make_stores(repository.stores)
    _write_environment(repository, prepared.image)
    _write_repository(repository)
    repository.render()
    repository.commit("Declare one model for one small cluster")
    return repository


def _make_stores(stores: Path) -> None:
    """Places that are written to, and that belong to the pods' user."""
    for name in WRITTEN:
        (stores / name).mkdir()
    for path in (stores, *stores.rglob("*")):
        os.chown(path, USER, USER)


def _write_repository(repository: StoryRepository) -> None:
    path = repository.folder / "mlgitops.yaml"
    said = loads(path.read_text(encoding="utf-8"))
    said["spec"]["repoURL"] = repository.url
    path.write_text(dumps(said), encoding="utf-8")


def _write_environment(repository: StoryRepository, image: str) -> None:
    folder = repository.folder / "environments" / "dev"
    path = folder / "environment.yaml"
    said = loads(path.read_text(encoding="utf-8"))
    spec = said["spec"]
    for name in ("queue", "imagePullSecrets", "overrides", "quota"):
        spec.pop(name, None)
    for destination in spec["destinations"].values():
        destination["namespaces"] = {"diagnostics": NAMESPACE}
    kinds = {"xgboost": image}
    spec["images"] = {"training": kinds, "serving": kinds, "platform": image}
    spec["head"] = {"cpu": 1, "memory": "2Gi"}
    small = {"cpu": 1, "memory": "2Gi"}
    spec["defaults"] = {"training": {"resources": small, "deadline": "1h"}, "serving": {"resources": small}}
    spec["overrides"] = {MODEL: {"serving": {"replicas": {"min": 1, "max": 2}}}}
    spec["quota"] = {"cpu": 32, "memory": "64Gi"}
    path.write_text(dumps(said), encoding="utf-8")
    customisation = json.dumps(_customisation(repository.stores), indent=1)
    (folder / "kustomization.yaml").write_text(customisation, encoding="utf-8")
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": CLAIM, "namespace": NAMESPACE},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": "1Gi"}},
            "storageClassName": "",
            "volumeName": CLAIM,
        },
    }
    (folder / "claim.yaml").write_text(json.dumps(claim, indent=1), encoding="utf-8")


def _customisation(stores: Path) -> Object:
    """A volume at the place that the environment names as its stores, and requests that one machine can keep."""
    groups = ("headGroupSpec", "workerGroupSpecs/0")
    kinds = {
        "RayJob": [f"/spec/rayClusterSpec/{group}/template" for group in groups],
        "RayService": [f"/spec/rayClusterConfig/{group}/template" for group in groups],
        "Job": ["/spec/template"],
        "CronJob": ["/spec/jobTemplate/spec/template"],
    }
    patches = []
    autoscaler = "/spec/rayClusterConfig/autoscalerOptions/resources/requests"
    for kind, templates in kinds.items():
        operations = [operation for template in templates for operation in _patched(f"{template}/spec", stores)]
        if kind == "RayService":
            operations.append({"op": "replace", "path": autoscaler, "value": REQUESTS})
        patches.append({"target": {"kind": kind}, "patch": json.dumps(operations)})
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["claim.yaml"],
        "patches": patches,
    }


def _patched(pod: str, stores: Path) -> list[Object]:
    volume = {"name": CLAIM, "persistentVolumeClaim": {"claimName": CLAIM}}
    return [
        {"op": "add", "path": f"{pod}/volumes/-", "value": volume},
        {"op": "add", "path": f"{pod}/containers/0/volumeMounts/-", "value": {"name": CLAIM, "mountPath": str(stores)}},
        {"op": "replace", "path": f"{pod}/containers/0/resources/requests", "value": REQUESTS},
    ]


def trained(repository: StoryRepository) -> list[str]:
    """The versions that the registry has of the model."""
    folder = repository.stores / "ml-registry" / MODEL
    return sorted(path.parent.name for path in folder.glob("*/version.json")) if folder.is_dir() else []


def edit_hyperparameter(repository: StoryRepository, old: str, new: str) -> None:
    """A change that trains."""
    if old == new:
        raise LabError(f"two values expected, got {old} twice")
    repository.edit(f"specs/{MODEL}/model.yaml", old, new)
