"""The order of the stages, and nowhere else:

    prepare    what every target needs: environments, rules, waivers, customisation     stages/prepare.py
    validate   each model's documents, checked and resolved in each environment          stages/validate.py
    render     resolved models → objects → templates → kustomize → run names → preflight stages/render.py
    decide     policy on each target, then on each environment's fleet                   stages/decide.py
    write      targets that changed and were not denied, each whole                      stages/settle.py

`validate`, `check` and `render` stop at different depths of the same road. A model that fails stops its own
chain and no other; what it has under rendered/ stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from typing import NamedTuple

from mlgitops.errors import UsageError
from mlgitops.files.disk import DiskTree
from mlgitops.files.pool import batches_in_processes
from mlgitops.files.staging import one_run_at_a_time
from mlgitops.findings import Finding
from mlgitops.plan.changes import Plan
from mlgitops.policy.engine import Engine
from mlgitops.policy.rules import RuleSet
from mlgitops.programs.engines import open_engine
from mlgitops.programs.git import revision
from mlgitops.programs.git_tree import GitTree, differing
from mlgitops.programs.lazy_kustomize import lazy_builder
from mlgitops.report.contents import Report
from mlgitops.stages.build import BuiltModel, Depth, Order, build_models
from mlgitops.stages.prepare import Prepared, prepare
from mlgitops.stages.revise import SOURCES, Affected, Side, affected, plan_of
from mlgitops.stages.settle import Settled, settle
from mlgitops.stages.shared_targets import shared_targets
from mlgitops.tree import Tree

BATCH = 40
"""Models in one batch: what one process holds in memory at a time."""

Progress = Callable[[str, int, int], None]
"""(stage, how many are done, of how many)."""


class Request(NamedTuple):
    """What a command asks of the pipeline."""

    root: str
    as_of: date
    """Today in UTC, or the day of `--as-of`: what waivers are measured by."""
    environments: tuple[str, ...] = ()
    """Empty for all."""
    models: tuple[str, ...] = ()
    """Empty for all."""
    engine: str = "auto"
    jobs: int = 2
    cache: bool = True

    @property
    def whole(self) -> bool:
        """Whether everything is asked for: only then can be told what is superfluous, and what a fleet adds up to."""
        return not self.environments and not self.models


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


def validate(request: Request, progress: Progress = _silent) -> Report:
    """Documents, the checks across them, and resolution: nothing is rendered and no policy asked."""
    return _run(request, "documents", write=False, progress=progress)


def check(request: Request, progress: Progress = _silent) -> Report:
    """As `validate`, then rendering and every policy's decision; nothing is written."""
    return _run(request, "policy", write=False, progress=progress)


def render(request: Request, *, write: bool, progress: Progress = _silent) -> Report:
    """The whole road. Without `write` a target that is not as its inputs say is a finding."""
    return _run(request, "files", write=write, progress=progress)


def _run(request: Request, depth: Depth, *, write: bool, progress: Progress) -> Report:
    tree = DiskTree(request.root)
    with ExitStack() as stack:
        if write:
            stack.enter_context(one_run_at_a_time(request.root))
        prepared = prepare(tree)
        names, environments = selected(request, prepared)
        if not prepared.decidable:
            depth, write = "documents", False
        order = Order(environments, depth, write, False, request.as_of)
        built = list(_built(tree, request, prepared, names, order, progress))
        engine: Engine | None = None
        if depth != "documents":
            engine = stack.enter_context(open_engine(request.engine, prepared.rules, jobs=request.jobs))
        return report_of(settle(tree, request.root, prepared, built, engine, order, whole=request.whole), engine)


def plan(request: Request, base: str, progress: Progress = _silent) -> tuple[Plan, Report]:
    """What the working tree changes against a commit; the report is of the working tree, as far as it was built.

    Raises UsageError when `base` names no commit, and MlgitopsError when Git or an engine cannot work.
    """
    commit = revision(request.root, base)
    tree, former = DiskTree(request.root), GitTree(request.root, commit, SOURCES)
    what = affected(differing(former, tree, SOURCES))
    former.preload(path for path in former.blobs if _needed(path, what))
    sides = []
    for side in (former, tree):
        prepared = prepare(side)
        names, environments = _existing(request, prepared)
        chosen = [name for name in names if what.everything or name in what.models]
        order = Order(environments, "policy" if prepared.decidable else "documents", False, True, request.as_of)
        built = tuple(_built(side, request, prepared, chosen, order, progress))
        whole = what.everything and request.whole
        problems: list[Finding] = []
        shared = dict(shared_targets(prepared, built, problems)) if whole else {}
        sides.append(Side(built, {path.removeprefix("rendered/"): texts for path, texts in shared.items()}))
    settled = settle(tree, request.root, prepared, sides[1].built, None, order, whole=False)
    untouched = 0 if what.everything else (len(names) - len(chosen)) * len(environments)
    return plan_of(commit, sides[0], sides[1], untouched), report_of(settled, None)


def _needed(path: str, what: Affected) -> bool:
    parts = path.split("/")
    return parts[0] != "specs" or what.everything or (len(parts) > 1 and parts[1] in what.models)


def _existing(request: Request, prepared: Prepared) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """As `selected`, but a name may be absent on one side."""
    return (
        tuple(name for name in prepared.models if not request.models or name in request.models),
        tuple(name for name in prepared.environments if not request.environments or name in request.environments),
    )


def selected(request: Request, prepared: Prepared) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The models and environments that are asked for. Raises UsageError for one that does not exist."""
    known = tuple(prepared.environments) + tuple(prepared.broken)
    for kind, asked, existing in (("model", request.models, prepared.models), ("env", request.environments, known)):
        for name in asked:
            if name not in existing:
                raise UsageError(f"--{kind} must be one of {', '.join(sorted(existing))}; got {name[:80]!r}")
    environments = tuple(e for e in prepared.environments if not request.environments or e in request.environments)
    return tuple(m for m in prepared.models if not request.models or m in request.models), environments


def _built(
    tree: Tree, request: Request, prepared: Prepared, names: Sequence[str], order: Order, progress: Progress
) -> Iterator[BuiltModel]:
    def build(batch: Sequence[str]) -> list[BuiltModel]:
        with ExitStack() as stack:
            engine = None
            if order.depth != "documents":
                engine = stack.enter_context(open_engine(request.engine, prepared.rules))
            return build_models(tree, request.root, batch, prepared, engine, lazy_builder(), order)

    done = 0
    batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
    for results in batches_in_processes(build, batches, request.jobs):
        done += len(results)
        progress("models", done, len(names))
        yield from results


def report_of(settled: Settled, engine: Engine | None) -> Report:
    """What a run says when it is done."""
    return Report(
        findings=settled.findings,
        checked=settled.checked,
        failed=settled.failed,
        skipped=settled.skipped,
        written=settled.written,
        removed=settled.removed,
        engine=f"{engine.name} {engine.version}" if engine else "",
    )


def rules_of(root: str) -> RuleSet:
    """The rules of a repository, for commands that only look at them."""
    return prepare(DiskTree(root)).rules
