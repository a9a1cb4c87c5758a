"""Promotion: the version that serves in one environment becomes the release of the environment after it.

    change = promote(model, Place(staging, its_release), Place(prod, its_release), asked)

Version and, unless another is given, reason are those of the release that it comes from. The risk is computed anew,
from what serves in `target`; one that was raised before stays raised. Approvals stay behind: they were given for
another place.
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
    nothing_released,
    under_way,
)
from mlgitops.findings import Finding
from mlgitops.spec.checks.release import check_release, check_versions
from mlgitops.spec.declared import DeclaredModel
from mlgitops.spec.documents.release import ReleaseSpec
from mlgitops.spec.risk.factor import RiskLevel


def promote(
    model: DeclaredModel, source: Place, target: Place, asked: Asked, risk: RiskLevel | None = None
) -> NewRelease | Unchanged | list[Finding]:
    """The release to write in `target`, that there is nothing to do, or what speaks against it.

    `risk` is what a person asks for in place of what is computed. Codes `release/…`: the environments are no
    neighbours, nothing serves in `source`, its release or the version's record is not sound, a rollout is under way in
    either, or `target` cannot have the model.
    """
    name = model.spec.value.metadata.name
    refused = [*_no_neighbours(source, target), *cannot_serve(target, model)]
    if source.release is None:
        refused.append(nothing_released(source.name, name, f"release a version in {source.name} first"))
        return refused
    refused += [*check_versions(model), *check_release(source.environment, model, source.release)]
    spec = source.release.value.spec
    if target.release is not None and target.version == spec.version:
        refused += check_release(target.environment, model, target.release)
        return refused or Unchanged(
            f"{name} in {target.name} is {spec.version} already, as in {source.name}", spec.version
        )
    refused += [*under_way(source), *under_way(target)]
    if refused:
        return refused
    asked = asked if asked.reason is not None else asked._replace(reason=spec.reason)
    return new_release(model, spec.version, target, Terms(source.name, risk, _raised(spec)), asked)


def _raised(release: ReleaseSpec) -> RiskLevel:
    """What the release that it comes from says, where it says so itself."""
    return release.riskLevel if "riskLevel" in release.model_fields_set else "low"


def _no_neighbours(source: Place, target: Place) -> list[Finding]:
    """Why nothing goes from one environment to the other."""
    expected = target.environment.spec.value.spec.promotesFrom
    if expected == source.name:
        return []
    wanted = f"from '{expected}'" if expected else "from no other environment"
    message = f"{target.name} must be promoted to {wanted}, its promotesFrom, got '{source.name}'"
    hint = f"promote --from {expected}" if expected else "a first environment gets its versions from training"
    place = ("spec", "promotesFrom")
    return [at_environment(target, place, "release/promotion-path", message, hint)]
