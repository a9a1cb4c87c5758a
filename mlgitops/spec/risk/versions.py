"""What a release changes: two versions of a model, from their records and the code beside them.

    factors = version_factors(former, new)           # what serves, and what is to serve in its place

A record says with which recipe its artifact was trained. Of one that does not (records are never changed, and the
older ones have none) it is only known that the run was another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from mlgitops.source import Location, Pointer
from mlgitops.spec.code import code_of
from mlgitops.spec.declared import DeclaredVersion
from mlgitops.spec.documents.model import Serving
from mlgitops.spec.documents.version import Recipe, VersionSpec
from mlgitops.spec.risk.code import CodeChange, change_of
from mlgitops.spec.risk.data import data_factors
from mlgitops.spec.risk.factor import RiskFactor, RiskLevel, gravest_first

Json = Any
Locate = Callable[[Pointer], Location]


class Kind(NamedTuple):
    """How the change of a field counts."""

    change: str
    level: RiskLevel
    why: str = ""


SERVING: Final[Mapping[str, Kind]] = {
    "route": Kind("serving API", "medium", "callers ask elsewhere"),
    "inputs": Kind("inputs", "medium", "requests have other fields"),
    "entrypoint": Kind("serving API", "medium", "another predictor answers"),
    "explain": Kind("serving API", "medium", "a way to ask comes or goes"),
    "threshold": Kind("decision threshold", "medium", "the same score is another answer"),
    "env": Kind("serving variables", "medium", "what code does with a variable nobody can tell"),
    "image": Kind("serving image", "low", "a library or the base image is another"),
    "batching": Kind("serving limits", "low", "requests wait otherwise"),
    "timeout": Kind("serving limits", "low", "requests wait otherwise"),
    "maxOngoingRequests": Kind("serving limits", "low", "requests wait otherwise"),
    "maxQueuedRequests": Kind("serving limits", "low", "requests wait otherwise"),
}
"""Fields of `serving` that a version pins; replicas and hardware follow the working tree."""

CODE: Final[Mapping[CodeChange, Kind]] = {
    "text": Kind("serving code: comments", "low", "it runs as before"),
    "library": Kind("serving code: libraries", "low", "what it is installed with differs"),
    "body": Kind("serving code: repair", "low", "bodies of functions differ, and nothing that they offer"),
    "shape": Kind("serving code: feature", "medium", "functions, parameters, imports or keys of answers differ"),
}


def version_factors(before: DeclaredVersion | None, after: DeclaredVersion | None) -> tuple[RiskFactor, ...]:
    """What differs between what serves and what is to serve; None where nothing does."""
    if after is None:
        if before is None:
            return ()
        return (RiskFactor("withdrawn", "high", "nothing answers any more"),)

    def locate(pointer: Pointer) -> Location:
        return after.record.document.locate(("spec", *pointer))

    if before is None:
        reason = "nothing served here before, so there is nothing to compare it with"
        return (RiskFactor("first release", "medium", reason, locate(())),)
    old, new = before.record.value.spec, after.record.value.spec
    found = [
        *_serving(old.snapshot.serving, new.snapshot.serving, locate),
        *_code(before, after),
        *_training(old, new, locate),
    ]
    if old.snapshot.monitoring != new.snapshot.monitoring:
        place = locate(("snapshot",))
        found.append(RiskFactor("monitoring", "low", "what is watched differs, and no answer", place))
    return gravest_first(found)


def _serving(old: Serving, new: Serving, locate: Locate) -> Iterator[RiskFactor]:
    for name, (change, level, why) in SERVING.items():
        if getattr(old, name) != getattr(new, name):
            place = locate(("snapshot", "serving", name))
            yield RiskFactor(change, level, f"serving.{name} differs: {why}", place)


def _code(before: DeclaredVersion, after: DeclaredVersion) -> Iterator[RiskFactor]:
    old, new = code_of(before.code, "serve").files, code_of(after.code, "serve").files
    kind = CODE.get(change_of(old, new))
    if kind is not None:
        names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        folder = after.record.document.path.rpartition("/")[0]
        file = next((name for name in names if name in new), "version.yaml")
        words = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
        yield RiskFactor(kind.change, kind.level, f"{words}: {kind.why}", Location(f"{folder}/{file}"))


def _training(old: VersionSpec, new: VersionSpec, locate: Locate) -> Iterator[RiskFactor]:
    """What the artifact was trained with; nothing where both versions have the same."""
    if old.snapshot.framework != new.snapshot.framework:
        reason = f"framework is {new.snapshot.framework}, and was {old.snapshot.framework}"
        yield RiskFactor("model type", "high", reason, locate(("snapshot", "framework")))
    if old.artifact.digest == new.artifact.digest:
        return
    yield from data_factors(old.data, new.data, lambda pointer: locate(("data", *pointer)))
    if old.image != new.image:
        yield RiskFactor("training image", "low", "a library or the base image is another", locate(("image",)))
    if old.recipe is not None and new.recipe is not None:
        yield from recipe_factors(old.recipe, new.recipe, lambda pointer: locate(("recipe", *pointer)))
    elif old.run.identity != new.run.identity:
        reason = "a record says nothing of its recipe: hyperparameters may differ"
        yield RiskFactor("trained anew", "medium", reason, locate(("run", "identity")))


RECIPE: Final[Mapping[str, Kind]] = {
    "task": Kind("model type", "high"),
    "estimator": Kind("model type", "high"),
    "entrypoint": Kind("model type", "high"),
    "target": Kind("target", "medium", "another column is predicted: the data is labelled otherwise"),
    "features": Kind("features", "medium"),
    "hyperparameters": Kind("hyperparameters", "medium"),
    "seed": Kind("seed", "low", "the same recipe begins elsewhere"),
}


def recipe_factors(old: Recipe, new: Recipe, locate: Locate) -> Iterator[RiskFactor]:
    """What differs between two recipes; `locate` gives the place of a pointer into the newer one."""
    for name, (change, level, why) in RECIPE.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            words = why or _words(before, after)
            yield RiskFactor(change, level, f"{name} differs: {words}", locate((name,)))
    if old.codeShape != new.codeShape:
        reason = "functions, classes or parameters of the training code differ, and its architecture may"
        yield RiskFactor("architecture", "high", reason, locate(("codeShape",)))
    elif old.codeDigest != new.codeDigest:
        reason = "bodies of the training code differ, and nothing that they offer"
        yield RiskFactor("training code", "medium", reason, locate(("codeDigest",)))


def _words(before: Json, after: Json) -> str:
    """Which parts of a value differ, by name where it has some; values are cut."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        names = sorted({*map(str, before)} ^ {*map(str, after)}) or ["their order"]
    else:
        return f"it is {str(after)[:40]!r}, and was {str(before)[:40]!r}"
    return ", ".join(name[:40] for name in names[:4]) + (f" and {len(names) - 4} more" if names[4:] else "")
