"""One model in one environment, as a tree declares it: what the risk of a change, and approvals of it, are asked of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mlgitops.spec.approvals import digest_of_value
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel, DeclaredVersion
from mlgitops.spec.documents.release import Release
from mlgitops.spec.load import load_model, load_of_model
from mlgitops.spec.resolve import Written
from mlgitops.stages.validate import ValidTarget, validate_model
from mlgitops.tree import Tree

Json = Any

_DECIDES_NOTHING = {"defaults", "overrides", "models", "removals", "promotesFrom"}
"""Keys of an environment that show in the resolved spec, or in whether there is one."""


class State(NamedTuple):
    """One model in one environment, on one side."""

    model: DeclaredModel | None
    target: ValidTarget | None
    release: Written[Release] | None

    @property
    def version(self) -> DeclaredVersion | None:
        """The version that is released."""
        if self.model is None or self.release is None:
            return None
        return self.model.versions.get(self.release.value.spec.version)


NOWHERE = State(None, None, None)


def states_of(tree: Tree, name: str, environments: Mapping[str, DeclaredEnvironment]) -> dict[str, State]:
    """A model's states by environment; parts that have errors are missing."""
    model, _ = load_model(tree, name)
    targets = validate_model(tree, name, environments).targets
    found = {}
    for env, environment in environments.items():
        release, _ = load_of_model(tree, environment, Release, name)
        found[env] = State(model, targets.get(env), release)
    return found


def release_differs(before: State, after: State) -> bool:
    """Whether a release is new, gone or written otherwise."""
    old, new = before.release, after.release
    return (old and old.document.text) != (new and new.document.text)


def goes_back(before: DeclaredVersion, after: DeclaredVersion) -> bool:
    """Whether a version was made before another one, in whose place it comes."""
    return after.record.value.spec.createdAt < before.record.value.spec.createdAt


def changes(before: State, after: State) -> list[str]:
    """What differs in what decides about a target, each with a digest of what it becomes: `path = digest`.

    A later change is no more than an earlier one where its list has nothing besides.
    """
    old, new = dict(_leaves(_document(before), "")), dict(_leaves(_document(after), ""))
    paths = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    return [f"{path} = {digest_of_value(new.get(path))[:23]}" for path in paths]


def _document(state: State) -> dict[str, Json]:
    """All that decides: the resolved spec, the environment, the version with its code, how it is released."""
    if state.target is None:
        return {}
    resolved = state.target.resolved
    found: dict[str, Json] = {
        "metadata": resolved.metadata.model_dump(),
        "spec": resolved.spec.model_dump(),
        "environment": resolved.environment.model_dump(exclude=_DECIDES_NOTHING),
        "code": {"training": resolved.training_code.digest, "serving": resolved.serving_code.digest},
    }
    if resolved.version is not None:
        found["version"] = resolved.version.model_dump()
    if state.release is not None:
        spec = state.release.value.spec
        found["release"] = {"version": spec.version, "recordDigest": spec.recordDigest, "riskLevel": spec.riskLevel}
    return found


def _leaves(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    """The values that are no mapping, by their path: lists are one value, since their items have no name."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value
