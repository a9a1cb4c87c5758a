"""What a real Argo CD 3.5.7 and KubeRay 1.6.2 said, recorded in the lab: the state and the reason that are made of it.

A recording has `argocd app get -o json` and `argocd app get-resource --kind RayService -o json`, without what nothing
here looks at: managed fields and the pods' templates.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlgitops.live.application import application_of
from mlgitops.live.judge import Compared, Detail, Wanted
from mlgitops.live.ray_service import ray_service_of
from mlgitops.live.refused import fields_of
from mlgitops.live.row import Parts, Row, row_of

FOLDER = Path(__file__).parent / "recorded"
GROUP = ("spec", "rayClusterConfig", "workerGroupSpecs")


def row(name: str, version: str = "v2") -> Row:
    said = json.loads((FOLDER / f"{name}.json").read_text())
    application = application_of(said["application"])
    detail = Detail(application, tuple(ray_service_of(one) for one in said["services"]))
    return row_of(Wanted("dev", "digits", (version,)), Parts(serve=application), Compared(), detail)


def test_live() -> None:
    found = row("live")
    assert (found.state, found.reason, found.cluster) == ("live", "", ("v2",))
    assert (found.sync, found.health, found.compared) == ("Synced", "Healthy", found.applied)


def test_degraded() -> None:
    found = row("degraded")
    assert (found.state, found.reason) == (
        "degraded",
        "application digits is UNHEALTHY: The replica died: it was OOMKilled.",
    )


def test_upgrading() -> None:
    found = row("upgrading", "v1")
    assert (found.state, found.reason) == ("upgrading", "RayService is initializing; v2 answers meanwhile")
    assert found.cluster == ("v1", "v2")
    assert (found.sync, found.health) == ("OutOfSync", "Progressing")


def test_rejected_by_kuberay() -> None:
    found = row("rejected-by-kuberay")
    said = "The RayService spec is invalid: worker group workers has minReplicas 9 greater than maxReplicas 4"
    assert (found.state, found.reason) == ("rejected", f"KubeRay refuses RayService digits-v2: {said}")
    assert found.refusal is not None
    assert fields_of(found.refusal.message) == (GROUP,)


def test_rejected_by_the_api() -> None:
    found = row("rejected-by-the-api")
    assert found.state == "rejected"
    assert found.reason == (
        "failed to create typed patch object (dev-documents/digits-v2; ray.io/v1, Kind=RayService): "
        ".spec.rayClusterConfig.workerGroupSpecs[0].maxReplicas: expected numeric (int or float), got string; "
        "the pods of before answer meanwhile"
    )
    assert found.refusal is not None
    assert (found.refusal.kind, found.refusal.name) == ("RayService", "digits-v2")
    assert fields_of(found.refusal.message) == ((*GROUP, 0, "maxReplicas"),)


def test_a_refused_artifact() -> None:
    found = row("refused", "v1")
    assert (found.state, found.reason) == (
        "refused",
        "[artifact/digest] model.ubj must be sha256:3b551eb37fc7, got sha256:97003003b2d8; v2 answers meanwhile",
    )


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_recording_is_of_use(path: Path) -> None:
    assert f'row("{path.stem}"' in Path(__file__).read_text()
