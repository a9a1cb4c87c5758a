"""The first release of a version: in an environment that promotes from no other.

From there it is promoted; what serves in a later environment was tried in the one before.
"""

from __future__ import annotations

from mlgitops.deliver.release import (
    Asked,
    NewRelease,
    Place,
    Terms,
    Unchanged,
    at_environment,
    cannot_serve,
    new_release,
    under_way,
)
from mlgitops.findings import Finding
from mlgitops.spec.declared import DeclaredModel
from mlgitops.spec.risk.factor import RiskLevel


def first_release(
    model: DeclaredModel, version: str, place: Place, risk: RiskLevel | None, asked: Asked
) -> NewRelease | Unchanged | list[Finding]:
    """The release to write, that there is nothing to do, or what speaks against it. The model has the version.

    `risk` is what a person asks for, None for what is computed. Codes `release/promotion-path`, `release/no-serving`,
    `release/not-selected`, `release/rollout-under-way`.
    """
    refused = [*cannot_serve(place, model), *not_first(place)]
    if refused:
        return refused
    if place.version == version:
        return Unchanged(f"{model.spec.value.metadata.name} in {place.name} is {version} already", version)
    if refused := under_way(place):
        return refused
    return new_release(model, version, place, Terms(None, risk), asked)


def not_first(place: Place) -> list[Finding]:
    """Why an environment is none where versions are tried first: it promotes from another."""
    source = place.environment.spec.value.spec.promotesFrom
    if source is None:
        return []
    message = f"a first release must be where promotesFrom is absent, got {place.name}, which promotes from '{source}'"
    hint = f"release it where models are tried first, then `mlgitops promote` it to {place.name}"
    return [at_environment(place, ("spec", "promotesFrom"), "release/promotion-path", message, hint)]
