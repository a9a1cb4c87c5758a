"""Folders under rendered/ that nothing declares: removed where that is harmless, else a finding.

A protected environment gives up a target only for a tombstone in `removals`; what belongs to no environment is never
removed by us, since its cluster may still run it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.stages.prepare import Prepared
from mlgitops.tree import Entry, Tree

SHARED = "_environment"
"""The target of an environment that belongs to no model."""


class Superfluous(NamedTuple):
    """What stands under rendered/ and should not."""

    removals: tuple[str, ...]
    """Targets to be removed."""
    findings: tuple[Finding, ...]
    names: dict[str, frozenset[str]]
    """The names in rendered/ and in each environment's folder, as they were."""


def superfluous(tree: Tree, prepared: Prepared, declared: Collection[str]) -> Superfluous:
    """What nothing declares; `declared` are the targets of models, such as `rendered/dev/churn`."""
    removals: list[str] = []
    findings: list[Finding] = []
    entries = tree.list("rendered")
    names = {"rendered": frozenset(entry.name for entry in entries)}
    for entry in entries:
        if entry.name == "argocd" or entry.name in prepared.broken:
            continue
        environment = prepared.environments.get(entry.name)
        if environment is None:
            findings.append(_belongs_to_nothing(entry))
            continue
        spec = environment.declared.spec.value.spec
        buried = {removal.model for removal in spec.removals}
        targets = tree.list(f"rendered/{entry.name}")
        names[f"rendered/{entry.name}"] = frozenset(target.name for target in targets)
        for target in targets:
            path = f"rendered/{entry.name}/{target.name}"
            if path in declared or target.name == SHARED:
                continue
            if spec.protected and target.name not in buried:
                findings.append(_needs_tombstone(path, target.name, entry.name))
            else:
                removals.append(path)
    return Superfluous(tuple(removals), tuple(findings), names)


def linked(tree: Tree) -> list[Finding]:
    """Symbolic links where folders of targets should be: nothing is written through them."""
    places = [("rendered", entry.kind) for entry in tree.list("") if entry.name == "rendered"]
    places += [(f"rendered/{entry.name}", entry.kind) for entry in tree.list("rendered")]
    message = "rendered/ must hold folders, got a symbolic link: it could lead anywhere"
    hint = "remove it, then run `mlgitops render`"
    return [
        Finding(Location(path), "render/symbolic-link", "error", message, hint)
        for path, kind in places
        if kind == "link"
    ]


def _belongs_to_nothing(entry: Entry) -> Finding:
    path = f"rendered/{entry.name}"
    message = f"{path[:200]} must belong to an environment, got one that does not exist"
    hint = f"restore the environment, or remove {path[:200]} by hand when its cluster is gone"
    return Finding(Location(path), "render/unknown-environment", "error", message, hint)


def _needs_tombstone(path: str, model: str, environment: str) -> Finding:
    message = (
        f"'{model[:80]}' is no longer declared in the protected environment '{environment}', and is rendered there"
    )
    hint = f"to remove it, add it to `removals` in environments/{environment}/environment.yaml; else restore it"
    return Finding(Location(path), "render/removal-refused", "error", message, hint, "", f"{model}@{environment}")
