"""The order of the stages, and nowhere else:

    prepare    what every target needs: environments, rules, waivers, customisation      stages/prepare.py
    validate   each model's documents, checked and resolved in each environment           stages/validate.py
    render     resolved models → objects → templates → kustomize → run names → preflight  stages/render.py
    decide     policy on each target, then on each environment's fleet                    stages/decide.py
    settle     what all targets together tell (stages/all_targets.py); then those that changed
               and were not denied are written, each whole                                stages/settle.py

`validate`, `check` and `render` go to different depths of the same road. Models are built in batches, in several
processes (stages/build.py). A model that fails stops its own chain and no other; what it has under rendered/ stays
as it was. What a former run saw and found is used again as far as nothing of it has changed (stages/remember.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from mlgitops.errors import UsageError
from mlgitops.files.disk import DiskTree
from mlgitops.files.observe import ObservingTree
from mlgitops.files.pool import batches_in_processes
from mlgitops.files.staging import one_run_at_a_time
from mlgitops.findings import Finding, in_order
from mlgitops.report.contents import Report
from mlgitops.request import Command, Recalled, Request
from mlgitops.stages.build import Ruling, build_models
from mlgitops.stages.outcome import BuiltModel, Depth, Order
from mlgitops.stages.prepare import Prepared, prepare
from mlgitops.stages.remember import Memory, begin, remembered
from mlgitops.stages.settle import settle
from mlgitops.tree import Tree

if TYPE_CHECKING:
    from mlgitops.plan.policy_diff import PolicyDiff
    from mlgitops.plan.story import Story
    from mlgitops.policy.engine import Engine
    from mlgitops.policy.rules import RuleSet
    from mlgitops.stages.revise import Revisions, Side

BATCH = 20
"""Models in one batch: what one process holds in memory at a time, and what it waits for the engine for."""

DEPTHS: dict[Command, Depth] = {
    "validate": "documents",
    "check": "policy",
    "render": "files",
    "render --check": "files",
}

Progress = Callable[[str, int, int], None]
"""(stage, how many are done, of how many)."""


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


def run(request: Request, command: Command, progress: Progress = _silent, recalled: Recalled | None = None) -> Report:
    """Goes as far as the command asks.

    `validate` looks at documents, `check` renders and asks every policy, `render` writes, and `render --check`
    reports what `render` would write. `recalled` is what a former run knows. Raises UsageError for names that do not
    exist, MlgitopsError when an engine, kustomize or the disk fails.
    """
    tree = ObservingTree(DiskTree(request.root))
    with ExitStack() as stack:
        if command == "render":
            stack.enter_context(one_run_at_a_time(request.root))
        began = begin(request)
        prepared = prepare(tree)
        names, environments = selected(request, prepared)
        depth: Depth = DEPTHS[command] if prepared.decidable else "documents"
        order = Order(environments, depth, command == "render", False, request.as_of)
        memory = Memory.of(request, command, tree.paths, began, recalled)
        known = memory.unchanged(names)
        engines = _Engines(request, stack)
        missing = [name for name in names if name not in known]
        built = _in_order(names, known, _built(tree, request, prepared, missing, order, engines, progress))
        engine = engines.of(prepared) if depth != "documents" else None
        settled = settle(DiskTree(request.root), request.root, prepared, built, engine, order, whole=request.whole)
        report = settled.report(engine)
        memory.keep(report, built, settled.others, settled.wrote, settled.observed)
        return report


def selected(request: Request, prepared: Prepared) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The models and environments that are asked for. Raises UsageError for one that does not exist."""
    known = (*prepared.environments, *prepared.broken)
    for kind, asked, existing in (("model", request.models, prepared.models), ("env", request.environments, known)):
        for name in asked:
            if name not in existing:
                raise UsageError(f"--{kind} must be one of {', '.join(sorted(existing))}; got {name[:80]!r}")
    return chosen(request, prepared)


def chosen(request: Request, prepared: Prepared) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """As `selected`, passing over names that do not exist: in a commit, they may not exist yet."""
    environments = tuple(e for e in prepared.environments if not request.environments or e in request.environments)
    return tuple(m for m in prepared.models if not request.models or m in request.models), environments


def _in_order(names: Sequence[str], known: dict[str, BuiltModel], built: Iterator[BuiltModel]) -> list[BuiltModel]:
    every = known | {one.name: one for one in built}
    return [every[name] for name in names]


class _Engines:
    """The engines of one run, each opened once: reading the rules costs an engine as much as asking it."""

    def __init__(self, request: Request, stack: ExitStack) -> None:
        self._request = request
        self._stack = stack
        self._opened: list[tuple[RuleSet, Engine]] = []

    def of(self, prepared: Prepared, jobs: int = 0) -> Engine:
        """The engine of these rules, for as long as the run; `jobs` are the questions that each asks at once."""
        return self.holding(prepared.rules, jobs)

    def holding(self, wanted: RuleSet, jobs: int = 0) -> Engine:
        """As `of`, of a set of rules."""
        for rules, engine in self._opened:
            if rules.modules == wanted.modules and rules.data == wanted.data:
                return engine
        from mlgitops.policy.asked_once import AskedOnce
        from mlgitops.programs.engines import open_engine

        opened = open_engine(self._request.engine, wanted, jobs=jobs or self._request.jobs)
        engine = AskedOnce(self._stack.enter_context(opened))
        self._opened.append((wanted, engine))
        return engine


def _built(
    tree: Tree,
    request: Request,
    prepared: Prepared,
    names: Sequence[str],
    order: Order,
    engines: _Engines | None,
    progress: Progress,
    other: Prepared | None = None,
) -> Iterator[BuiltModel]:
    """Models built in batches, in as many processes as there are jobs; decided by another revision's rules too."""
    batches = [names[start : start + BATCH] for start in range(0, len(names), BATCH)]
    alone = len(batches) <= 1 or request.jobs <= 1
    engine = engines.of(prepared, 0 if alone else 1) if engines and batches and order.depth != "documents" else None
    ruling = Ruling(other, engines.of(other, 0 if alone else 1)) if engine and engines and other else None
    for one in (engine, ruling.engine if ruling else None):
        if one and not alone:
            one.ready()  # before others are forked that ask it

    def build(batch: Sequence[str]) -> list[BuiltModel]:
        if ruling is None:
            return build_models(tree, request.root, batch, prepared, engine, order)
        return build_models(tree, request.root, batch, prepared, engine, order, ruling)

    done = 0
    for results in batches_in_processes(build, batches, request.jobs):
        done += len(results)
        progress("models", done, len(names))
        yield from results


def plan(request: Request, base: str, progress: Progress = _silent) -> tuple[Story, Report]:
    """What the working tree changes against a commit, told; the report is of the working tree, as far as it was built.

    Only what the changed files can have changed is built, on both sides. Raises UsageError when `base` names no
    commit, and MlgitopsError when Git or an engine cannot work.
    """
    from mlgitops.stages.policy_diff import denials_of_base, flagged, policy_diff_of
    from mlgitops.stages.revise import report_of, with_shared
    from mlgitops.stages.tell import story_of

    with ExitStack() as stack:
        engines = _Engines(request, stack)
        revisions, before, after = _sides(request, base, engines, progress)
        policy = policy_diff_of(before, after, request.as_of, engines.holding)
    before, after = with_shared(revisions, before, after, whole=request.whole, evidence=request.evidence)
    story = story_of(revisions, before, after, whole=request.whole, evidence=request.evidence, flips=policy.flips)
    story = story._replace(policy=policy, notes=(*story.notes, *flagged(revisions, before, after, policy)))
    report = report_of(before, after, whole=request.whole)
    return story, report._replace(
        findings=tuple(in_order((*report.findings, *denials_of_base(policy, revisions.touches))))
    )


def policy_diff(request: Request, base: str, progress: Progress = _silent) -> tuple[PolicyDiff, str, Report]:
    """What a change does to verdicts, the commit compared with, and the report on the working tree.

    Raises as `plan` does.
    """
    from mlgitops.stages.policy_diff import policy_diff_of
    from mlgitops.stages.revise import report_of

    with ExitStack() as stack:
        engines = _Engines(request, stack)
        revisions, before, after = _sides(request, base, engines, progress, objects=False)
        diff = policy_diff_of(before, after, request.as_of, engines.holding)
    return diff, revisions.commit, report_of(before, after, whole=request.whole)


def forecast(request: Request, progress: Progress = _silent) -> tuple[PolicyDiff, Report]:
    """Which waivers that a rule still needs have run out on the day that is asked for, and what that breaks.

    The report is on the working tree, on that day.
    """
    from mlgitops.plan.policy_diff import PolicyDiff
    from mlgitops.stages.policy_diff import lapses_of

    prepared = prepare(DiskTree(request.root))
    report = run(request, "check", progress)
    if not prepared.decidable:
        return PolicyDiff(unknown="the rules of the working tree have errors"), report
    return PolicyDiff(lapses=lapses_of(report.findings, prepared.waivers, request.as_of)), report


def _sides(
    request: Request, name: str, engines: _Engines, progress: Progress, *, objects: bool = True
) -> tuple[Revisions, Side, Side]:
    """Both revisions, built as far as they can differ, each decided by its own policies and by the other's.

    `name` is that of the commit; `objects` says whether objects are to be compared: a limit changes those of an
    environment. The revisions come back with what had to be built.
    """
    from mlgitops.programs.git import revision
    from mlgitops.stages.governing import differently_governed, govern_alike, governed_by
    from mlgitops.stages.revise import Revisions, as_before, needs_others, prepared_base

    commit = revision(request.root, name)
    seen = ObservingTree(DiskTree(request.root))
    head = prepare(seen)
    if head.decidable:
        engines.of(head)  # it reads its rules while we look for what differs
    revisions = Revisions.of(request.root, commit)
    base = prepared_base(revisions, head)
    refused: tuple[Finding, ...] = ()
    others: tuple[Prepared | None, Prepared | None] = (None, None)
    same: list[BuiltModel] = []
    if base is not None and head.decidable and base.decidable:
        alike = govern_alike(base, head)
        refused = () if alike else _refused(engines, base)
        if not alike and not refused:
            others = (governed_by(base, head), governed_by(head, base))
        if not refused and not (objects and differently_governed(base, head)):
            revisions = revisions._replace(affects=revisions.specs)
            same = [] if alike else _same(request, revisions, base, head, engines, progress)
    after = _side(request, revisions, revisions.head, head, engines, progress, others[1])
    before = _base(request, revisions, base, engines, progress, others[0], after)
    if same:
        before, after = replace(before, others=tuple(as_before(same).values())), replace(after, others=same)
    elif request.whole and needs_others(before, after):
        rows = _rows(request, revisions, after, seen.paths, engines, progress)
        before, after = replace(before, others=rows), replace(after, others=rows)
    before = replace(before, undecided=before.undecided or refused)
    return revisions, _asked(request, before, engines, others[0]), _asked(request, after, engines, others[1])


def _same(
    request: Request, revisions: Revisions, base: Prepared, head: Prepared, engines: _Engines, progress: Progress
) -> list[BuiltModel]:
    """The models whose files are the same, decided by the rules alone that may decide otherwise, both ways."""
    from mlgitops.stages.differing import asking, differing_rules
    from mlgitops.stages.governing import governed_by

    wanted = differing_rules(base, head, request.as_of)
    now, then = asking(head, wanted), asking(governed_by(head, base), wanted)
    names, environments = selected(request, head)
    rendered = now.rules.of("objects") or then.rules.of("objects")
    order = Order(environments, "policy" if rendered else "verdicts", False, False, request.as_of)
    return list(_built(revisions.head, request, now, revisions.specs.not_of(names), order, engines, progress, then))


def _refused(engines: _Engines, prepared: Prepared) -> tuple[Finding, ...]:
    """Why an engine refuses rules: it says so when it is first asked."""
    from mlgitops.policy.engine import SCOPES
    from mlgitops.policy.refused import RulesRefused

    try:
        for scope in SCOPES:
            if prepared.rules.of(scope):
                engines.of(prepared).evaluate(scope, ())
    except RulesRefused as refused:
        return refused.findings
    return ()


def _base(
    request: Request,
    revisions: Revisions,
    prepared: Prepared | None,
    engines: _Engines,
    progress: Progress,
    other: Prepared | None,
    after: Side,
) -> Side:
    """The commit; undecided where its rules do not compile: nobody could mend them otherwise.

    Models whose files are the same are built once, in `after`, where `other` was asked of them too.
    """
    from mlgitops.policy.refused import RulesRefused
    from mlgitops.stages.revise import as_before

    known = as_before(one for one in after.built if not revisions.specs.has(one.name)) if other else {}
    if not known:
        revisions.preload()
    try:
        return _side(request, revisions, revisions.base, prepared, engines, progress, other, known)
    except RulesRefused as refused:
        side = _side(request, revisions, revisions.base, prepared, None, progress)
        return replace(side, undecided=refused.findings)


def _side(
    request: Request,
    revisions: Revisions,
    tree: Tree,
    prepared: Prepared | None,
    engines: _Engines | None,
    progress: Progress,
    other: Prepared | None = None,
    known: Mapping[str, BuiltModel] = MappingProxyType({}),
) -> Side:
    """One revision, as far as it can differ from the other; not decided where no engines are given."""
    from mlgitops.stages.revise import Side

    if prepared is None:
        return Side(tree, None, (), ())
    names, environments = selected(request, prepared) if tree is revisions.head else chosen(request, prepared)
    order = Order(environments, "policy" if prepared.decidable else "documents", False, True, request.as_of)
    names = tuple(revisions.affects.of(names))
    missing = [name for name in names if name not in known]
    built = _in_order(names, dict(known), _built(tree, request, prepared, missing, order, engines, progress, other))
    return Side(tree, prepared, environments, tuple(built))


def _rows(
    request: Request, revisions: Revisions, after: Side, shared: Iterable[str], engines: _Engines, progress: Progress
) -> list[BuiltModel]:
    """The models that are the same on both sides, as a former run knows them or as their documents say."""
    assert after.prepared is not None
    names = revisions.affects.not_of(after.prepared.models)
    same = remembered(request, shared, names)
    order = Order(after.environments, "documents", False, False, request.as_of)
    missing = [name for name in names if name not in same]
    return _in_order(names, same, _built(revisions.head, request, after.prepared, missing, order, engines, progress))


def _asked(request: Request, side: Side, engines: _Engines, governing: Prepared | None) -> Side:
    """The side with what policy says of it."""
    from mlgitops.policy.refused import RulesRefused
    from mlgitops.stages.revise import decided

    prepared = side.prepared
    if prepared is None or not prepared.decidable or side.undecided or not (side.built or side.others):
        return side
    try:
        other = Ruling(governing, engines.of(governing)) if governing else None
        return decided(side, engines.of(prepared), request.as_of, whole=request.whole, other=other)
    except RulesRefused as refused:
        if not side.is_base:
            raise
        return replace(side, undecided=refused.findings)
