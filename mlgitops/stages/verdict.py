"""A commit decided: as `render --check` would with its own rules, and again with those of its base where they differ.

    verdict(request, "origin/main", "HEAD")

Everything is read from Git's objects, so that nothing of a stranger's is checked out or run; and no cache is asked.
`rendered/` counts as it is committed: where this mlgitops makes something else of the sources, that is a finding,
whatever the change's own tool says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.files.pool import batches_in_processes
from mlgitops.findings import Finding, in_order
from mlgitops.plan.deciding import Kind, deciding, is_ruled
from mlgitops.plan.verdict import Ways, both_ways, by_another_tool, failing_targets, forgiven, notes
from mlgitops.policy.refused import RulesRefused
from mlgitops.programs.git import changed_paths, revision
from mlgitops.programs.git_tree import GitTree
from mlgitops.report.contents import UNDECIDED, Report, Skipped
from mlgitops.spec.load import environment_names, model_names
from mlgitops.stages.approvals import committed_releases
from mlgitops.stages.build import build_models
from mlgitops.stages.committed import committed_findings
from mlgitops.stages.governing import govern_alike, governed_by
from mlgitops.stages.outcome import BuiltModel, Depth, Order
from mlgitops.stages.prepare import Prepared, prepare
from mlgitops.stages.revise import Affected, touched_by
from mlgitops.stages.settle import settle

if TYPE_CHECKING:
    from mlgitops.policy.engine import Engine
    from mlgitops.request import Request

BATCH = 20
"""As of `pipeline`."""

PLACES = ("specs", "environments", "policies", "mlgitops.yaml", "rendered", "CODEOWNERS", ".github/CODEOWNERS")
"""What is read of a commit."""

SOURCES = ("specs/", "environments/", "policies/", "mlgitops.yaml")

Progress = Callable[[str, int, int], None]


class Change(NamedTuple):
    """A commit and its base."""

    base: GitTree
    head: GitTree
    paths: frozenset[str]
    """What differs, from the repository's root."""
    deciding: dict[Kind, list[str]]
    """Of those, the files that decide about others."""

    @property
    def touched(self) -> Affected:
        """What the change can have changed, apart from what decides about it."""
        sources = touched_by((path for path in self.paths if path.startswith(SOURCES)), self.base, self.head)
        return sources._replace(everything=sources.everything or "tool" in self.deciding)


def change_of(root: str, base: str, head: str) -> Change:
    """Both commits, unread, and what differs. Raises as `programs.git.revision` does."""
    before, after = revision(root, base), revision(root, head)
    paths = frozenset(changed_paths(root, before, after))
    return Change(GitTree(root, before, PLACES), GitTree(root, after, PLACES), paths, deciding(paths))


def verdict(request: Request, base: str, head: str, progress: Progress) -> Report:
    """What both ways find, as one report.

    Raises UsageError for revisions that do not exist and where the head has no models, MlgitopsError when Git or an
    engine cannot work.
    """
    change = change_of(request.root, base, head)
    change.head.preload(change.head.blobs)
    own = _own(change, request, progress)
    findings, left_out = _counting(change, request, own, progress)
    if "tool" in change.deciding:
        findings = by_another_tool(findings)
    fewer = failing_targets(own.findings) - failing_targets(findings)
    if _has_rules(change.base):
        findings += committed_releases(change.base, change.head, change.paths)
    failed = max(own.failed - len(fewer), len(failing_targets(findings)))
    every = in_order([*findings, *notes(change.deciding)])
    return own._replace(findings=tuple(every), failed=failed, skipped=tuple(sorted({*own.skipped, *left_out})))


def _counting(
    change: Change, request: Request, own: Report, progress: Progress
) -> tuple[list[Finding], tuple[Skipped, ...]]:
    """What is found, also by the base's rules where what governs differs; and why not, where it has none to ask."""
    if not _has_rules(change.base):
        return list(own.findings), (Skipped("rules of the base", "it has no models or no environments yet"),)
    touched = change.touched.has_subject
    if not any(map(is_ruled, change.paths)):
        return forgiven(own.findings, touched), ()
    change.base.preload(path for path in change.base.blobs if not path.startswith(("specs/", "rendered/")))
    before, after = prepare(change.base), prepare(change.head)
    if govern_alike(before, after):
        return forgiven(own.findings, touched), ()
    try:
        by_base = _decided(change.head, governed_by(after, before), request, "policy", None, progress)
    except RulesRefused as refused:
        by_base = Report(refused.findings, skipped=(UNDECIDED,))
    if UNDECIDED not in by_base.skipped:
        return both_ways(Ways(by_base.findings, own.findings), touched), ()
    # Nobody could mend them otherwise.
    wrong = (*by_base.findings, *before.findings)
    place = next(f.location for f in wrong if f.fails and f.location.path.startswith("policies/"))
    return list(own.findings), (Skipped("rules of the base", f"they have errors: {place}"),)


def _has_rules(tree: GitTree) -> bool:
    return bool(model_names(tree) and environment_names(tree))


def _own(change: Change, request: Request, progress: Progress) -> Report:
    """The commit by its own rules, and `rendered/` against what this mlgitops makes of it."""
    try:
        return _decided(change.head, prepare(change.head), request, "files", change, progress)
    except RulesRefused as refused:
        return Report(refused.findings, 1, 1)


def _decided(
    tree: GitTree, prepared: Prepared, request: Request, depth: Depth, change: Change | None, progress: Progress
) -> Report:
    """Every model of a tree as far as asked; with a change also `rendered/` as it was committed."""
    from mlgitops.programs.engines import open_engine

    depth = depth if prepared.decidable else "documents"
    order = Order(tuple(prepared.environments), depth, False, False, request.as_of)
    if depth == "documents":
        built = list(_built(tree, request, prepared, None, order, progress))
        return settle(tree, request.root, prepared, built, None, order, whole=True).report(None)
    with open_engine(request.engine, prepared.rules, jobs=1) as engine:
        engine.ready()  # before others are forked that ask it
        built = list(_built(tree, request, prepared, engine, order, progress))
        report = settle(tree, request.root, prepared, built, engine, order, whole=True).report(engine)
        if change is None or "tool" not in change.deciding:
            return report
        found = committed_findings(tree, prepared, engine, built, request.as_of)
    return report._replace(findings=tuple(in_order([*report.findings, *found])))


def _built(
    tree: GitTree, request: Request, prepared: Prepared, engine: Engine | None, order: Order, progress: Progress
) -> Iterator[BuiltModel]:
    names = prepared.models
    batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]

    def build(batch: Sequence[str]) -> list[BuiltModel]:
        return build_models(tree, request.root, batch, prepared, engine, order)

    done = 0
    for results in batches_in_processes(build, batches, request.jobs):
        done += len(results)
        progress("models", done, len(names))
        yield from results
