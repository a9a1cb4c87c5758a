"""Two revisions built side by side, as far as they can differ: what `plan` compares.

Only models whose own files changed are built; a change of anything shared (an environment, a policy) means all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mlgitops.files.disk import DiskTree
from mlgitops.findings import Finding
from mlgitops.plan.changes import Plan, compare_targets, compare_verdicts
from mlgitops.programs.git import revision
from mlgitops.programs.git_tree import GitTree, differing
from mlgitops.stages.outcome import BuiltModel
from mlgitops.stages.prepare import Prepared
from mlgitops.stages.shared_targets import shared_targets

Json = Any

SOURCES = ("specs", "environments", "policies", "mlgitops.yaml")
"""Everything that rendering and deciding read."""


class Affected(NamedTuple):
    """What a change of files can have changed."""

    models: frozenset[str]
    everything: bool


def affected(paths: Iterable[str]) -> Affected:
    """The models that files belong to, and whether one of the files belongs to all of them."""
    models: set[str] = set()
    everything = False
    for path in paths:
        parts = path.split("/")
        if parts[0] == "specs" and len(parts) > 2:
            models.add(parts[1])
        elif parts[0] == "environments" and len(parts) == 4 and parts[2] in ("releases", "runs"):
            models.add(parts[3].removesuffix(".yaml"))
        else:
            everything = True
    return Affected(frozenset(models), everything)


class Side(NamedTuple):
    """One revision's outcome."""

    prepared: Prepared
    built: Sequence[BuiltModel]
    shared: Mapping[str, Mapping[str, str]]
    """Targets that belong to no one model, with their texts."""
    untouched: int
    """Targets that were not built because nothing of them changed."""


class Revisions(NamedTuple):
    """A commit, the working tree, and what can differ between them."""

    commit: str
    base: GitTree
    head: DiskTree
    affects: Affected

    @classmethod
    def of(cls, root: str, base: str) -> Revisions:
        """Finds what differs, and reads of the commit what is needed. Raises as `programs.git.revision` does."""
        commit = revision(root, base)
        former, head = GitTree(root, commit, SOURCES), DiskTree(root)
        affects = affected(differing(former, head, SOURCES))
        former.preload(path for path in former.blobs if _needed(path, affects))
        return cls(commit, former, head, affects)

    def affected(self, names: Sequence[str]) -> list[str]:
        """Of models, those that can differ."""
        return [name for name in names if self.affects.everything or name in self.affects.models]

    def side(
        self,
        prepared: Prepared,
        built: Sequence[BuiltModel],
        names: Sequence[str],
        environments: Sequence[str],
        *,
        whole: bool,
    ) -> Side:
        """One side's outcome, with the targets that belong to no model where these can differ."""
        problems: list[Finding] = []
        everything = self.affects.everything and whole
        shared = dict(shared_targets(prepared, built, problems)) if everything else {}
        untouched = (len(names) - len(built)) * len(environments)
        return Side(
            prepared, built, {path.removeprefix("rendered/"): files for path, files in shared.items()}, untouched
        )


def _needed(path: str, what: Affected) -> bool:
    parts = path.split("/")
    return parts[0] != "specs" or what.everything or (len(parts) > 1 and parts[1] in what.models)


def objects_of(side: Side) -> dict[str, dict[str, Json]]:
    """Target (`dev/churn`) → file → object, of all targets that could be built."""
    from ryaml import loads

    texts: dict[str, Mapping[str, str]] = dict(side.shared)
    for one in side.built:
        for target in one.targets:
            if target.texts is not None:
                texts[f"{target.environment}/{one.name}"] = target.texts
    return {
        target: {file: loads(text) for file, text in files.items() if file.endswith(".yaml")}
        for target, files in texts.items()
    }


def plan_of(base: str, before: Side, after: Side) -> Plan:
    """What the change does."""
    old, new = objects_of(before), objects_of(after)
    failed = sorted(_failed(before) | _failed(after))
    for target in failed:
        old.pop(target, None)
        new.pop(target, None)
    targets, unchanged = compare_targets(old, new)
    verdicts = compare_verdicts(
        [finding for one in before.built for finding in one.findings],
        [finding for one in after.built for finding in one.findings],
    )
    return Plan(base, targets, verdicts, unchanged + after.untouched, tuple(failed))


def _failed(side: Side) -> set[str]:
    """Targets of which there are no objects to compare; a denied one has some."""
    return {f"{target.environment}/{one.name}" for one in side.built for target in one.targets if target.texts is None}
