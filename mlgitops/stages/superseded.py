"""Releases that supersede another version than the one which serves on the base.

    environments/dev/releases/churn.yaml:8:15: error[release/stale-supersedes]: supersedes must be v4, which serves …

Only a comparison of two revisions can tell, so `plan` does: a release written when another version served would undo
what was merged meanwhile. A rule of policy sees one revision, and Git merges two releases that touch other lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlgitops.findings import Finding
from mlgitops.spec.declared import read_document
from mlgitops.spec.documents.release import Release
from mlgitops.spec.resolve import Written
from mlgitops.stages.outcome import BuiltModel
from mlgitops.tree import Tree


def stale_releases(base: Tree, head: Tree, built: Sequence[BuiltModel]) -> Iterator[Finding]:
    """A finding for each changed release of `built`, made from `head`, that does not follow that of `base`."""
    for one in built:
        for target in one.targets:
            path = f"environments/{target.environment}/releases/{one.name}.yaml"
            former, now = _release(base, path, one.name), _release(head, path, one.name)
            if now is None or (former is None and base.read(path) is not None):
                continue  # one that has errors supersedes nobody knows what
            finding = _stale(former, now)
            if finding is not None:
                yield finding._replace(subject=f"{one.name}@{target.environment}")


def _release(tree: Tree, path: str, model: str) -> Written[Release] | None:
    """A release; None where there is none, or where it has errors: others say so."""
    content = tree.read(path)
    read = read_document(content, path, Release, model) if content is not None else []
    return None if isinstance(read, list) else read


def _stale(former: Written[Release] | None, now: Written[Release]) -> Finding | None:
    version, superseded = now.value.spec.version, now.value.spec.supersedes
    serves = former.value.spec.version if former else None
    kept = former is not None and version == serves
    expected = former.value.spec.supersedes if former and kept else serves
    if superseded == expected:
        return None
    about = f"as the release of {version} on the base says" if kept else f"as {serves or 'nothing'} serves on the base"
    message = f"supersedes must be {expected or 'absent'}, {about}, got {superseded or 'none'}"
    place = now.document.locate(("spec", "supersedes" if superseded else "version"))
    hint = (
        "take the base in and ask for the release again: promote, rollback and release --new write what it supersedes"
    )
    return Finding(place, "release/stale-supersedes", "error", message, hint, "/spec/supersedes")
