"""What a change does on a cluster, in one word and a reason.

    new-cluster  dev/digits/serve  RayService digits-v2
                 a second RayCluster starts beside the one that serves, since the worker's image differs

A class says what happens, not which lines differ; which change has which effect are facts of a KubeRay version.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from mlgitops.source import Location

EffectClass = Literal[
    "refused",
    "removed",
    "run-stopped",
    "new-cluster",
    "run-started",
    "routes",
    "in-place",
    "scaled",
    "configured",
    "ignored",
    "nothing",
]
EFFECT_CLASSES: Final[dict[EffectClass, str]] = {
    "refused": "the API server refuses the edit, and with it the sync of all that comes with it",
    "removed": "an object leaves the cluster",
    "run-stopped": "a training run that may be running ends before its time",
    "new-cluster": "a new RayCluster starts beside the one that serves, and takes over when it is ready",
    "run-started": "a training run starts",
    "routes": "requests go elsewhere",
    "in-place": "Ray Serve updates the application on the cluster that is there",
    "scaled": "replicas or workers are added or taken away",
    "configured": "an object is created or changed in place, and nothing that runs is touched",
    "ignored": "the operator accepts the edit and does nothing",
    "nothing": "no byte that a cluster acts on differs",
}
"""What each means, the gravest first."""


class Effect(NamedTuple):
    """What one change of one object does."""

    effect: EffectClass
    target: str
    """`dev/churn/serve`: environment, model and part; `dev/_environment` or `argocd` for what is shared."""
    file: str
    """Of the object, below `rendered/`."""
    object_kind: str
    name: str
    reason: str
    """One sentence: what happens, and because of which fields."""
    fields: tuple[str, ...] = ()
    """The paths that decide it: `spec.rayClusterConfig.workerGroupSpecs[workers].template.spec.tolerations`."""
    instead: str = ""
    """What to do to get what was probably meant; empty where there is nothing to add."""
    location: Location | None = None
    """The line that a person wrote; None where no line is to blame (a removed file, another version of the tool)."""
