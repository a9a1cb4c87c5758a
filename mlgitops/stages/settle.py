"""Stage 5, the end of a run: what changed and was not denied takes its place under rendered/, each target whole.

Before that is asked what all targets together tell (`all_targets`), which waivers nobody needs, and which folders under
rendered/ belong to nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mlgitops.files import former, staging
from mlgitops.files.observe import ObservingTree
from mlgitops.files.rendered import FileChange, compare
from mlgitops.findings import Finding, in_order
from mlgitops.policy.engine import Engine
from mlgitops.policy.waivers import apply_waivers
from mlgitops.report.contents import FLEETS_UNASKED, UNDECIDED, Report, Skipped
from mlgitops.stages.all_targets import INCOMPLETE, clash_findings, fleet_findings, fleets_in_part
from mlgitops.stages.outcome import BuiltModel, BuiltTarget, Order
from mlgitops.stages.prepare import Prepared
from mlgitops.stages.superfluous import SHARED, linked, superfluous
from mlgitops.stages.wrote import Wrote
from mlgitops.tree import Tree, walk


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a run."""

    findings: tuple[Finding, ...]
    checked: int
    failed: int
    skipped: tuple[Skipped, ...]
    written: tuple[str, ...] | None
    removed: tuple[str, ...]
    files: int | None
    """How many files the targets have that were not refused; None where nothing is written."""
    others: Mapping[str, tuple[str, ...]]
    """Targets that belong to no model, with the names of their files."""
    wrote: Wrote
    observed: frozenset[str]
    """What was looked at of models that nobody asked about."""

    def report(self, engine: Engine | None) -> Report:
        """What the run says when it is done."""
        return Report(
            findings=self.findings,
            checked=self.checked,
            failed=self.failed,
            skipped=self.skipped,
            written=self.written,
            removed=self.removed,
            files=self.files,
            engine=f"{engine.name} {engine.version}" if engine else "",
        )


@dataclass(slots=True)
class _Ledger:
    """Collects while settling."""

    findings: list[Finding] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    changes: dict[str, tuple[FileChange, ...]] = field(default_factory=dict)
    """Target → what is not as it should be."""
    refused: set[str] = field(default_factory=set)
    """Targets that may not be written."""
    removals: tuple[str, ...] = ()
    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    names: dict[str, frozenset[str]] = field(default_factory=dict)
    """Folder of rendered/ → the names in it, before anything was written."""


def settle(
    tree: Tree,
    root: str,
    prepared: Prepared,
    built: Sequence[BuiltModel],
    engine: Engine | None,
    order: Order,
    *,
    whole: bool,
) -> Settled:
    """Ends a run: see the module. Raises MlgitopsError when the engine or the disk fails."""
    ledger = _Ledger(findings=[*prepared.findings, *(f for one in built for f in one.findings)])
    targets = [(one, target) for one in built for target in one.targets]
    seen = ObservingTree(tree)
    ledger.findings += clash_findings(seen, prepared, built, order.environments)
    if engine is not None:
        _fleet(tree, prepared, built, engine, order, ledger, whole=whole)
    ledger.skipped += _skipped(prepared, targets)
    ledger.changes = {_path(one, t): t.changes for one, t in targets if t.changes}
    ledger.refused = _refused(targets, ledger.findings)
    written: tuple[str, ...] | None = None
    removed: tuple[str, ...] = ()
    wrote = Wrote()
    if order.depth == "files":
        _shared(tree, root, prepared, built, order, ledger, whole=whole)
        _refuse_links(tree, ledger)
        if order.write:
            written, removed, wrote = _write(tree, root, ledger)
        else:
            ledger.findings += _stale(tree, built, ledger)
    if not prepared.decidable:
        ledger.skipped.append(UNDECIDED)
    failed = sum(1 for one, t in targets if t.status == "failed" or _path(one, t) in ledger.refused)
    findings = tuple(in_order(ledger.findings))
    files = _files(targets, ledger) if written is not None else None
    skipped, observed = tuple(sorted(ledger.skipped)), frozenset(seen.paths)
    return Settled(findings, len(targets), failed, skipped, written, removed, files, ledger.others, wrote, observed)


def _path(model: BuiltModel, target: BuiltTarget) -> str:
    return f"rendered/{target.environment}/{model.name}"


def _fleet(
    tree: Tree,
    prepared: Prepared,
    built: Sequence[BuiltModel],
    engine: Engine,
    order: Order,
    ledger: _Ledger,
    *,
    whole: bool,
) -> None:
    if not whole:
        ledger.skipped.append(FLEETS_UNASKED)
        return
    partial = {target.environment for one in built for target in one.targets if target.row is None}
    ledger.skipped += fleets_in_part(prepared, partial)
    ledger.findings += fleet_findings(tree, prepared, built, engine, order.environments)
    from mlgitops.stages.decide_extras import decide_extras

    for name in order.environments:
        ledger.findings += decide_extras(engine, prepared.rules, prepared.environments[name])
    ledger.findings = apply_waivers(
        ledger.findings, prepared.waivers, order.as_of, _decided(prepared, built, order, partial)
    )


def _decided(
    prepared: Prepared, built: Sequence[BuiltModel], order: Order, partial: Collection[str]
) -> set[tuple[str, str]]:
    """The pairs of a rule that waivers name and a subject that it was asked about, with all that it has to know."""
    rendered = {(one.name, target.environment) for one in built for target in one.targets if target.files}
    subjects = rendered | {("", name) for name in order.environments}
    waived = {waiver.rule for waiver in prepared.waivers}  # of others nothing is asked: they are a hundred thousand
    asked = [rule for rule in prepared.rules.rules if rule.id in waived]
    return {
        (rule.id, f"{model}@{environment}")
        for rule in asked
        for model, environment in subjects
        if rule.scope != "fleet" or environment not in partial
    }


def _skipped(prepared: Prepared, targets: Iterable[tuple[BuiltModel, BuiltTarget]]) -> list[Skipped]:
    skipped = [Skipped(f"*@{name}", "its environment has errors") for name in sorted(prepared.broken)]
    for one, target in targets:
        environment = prepared.environments[target.environment].declared.spec.value.spec
        if target.row is not None and environment.serves and target.row["route"] and not target.row["serves"]:
            reason = "no release: everything but serving is rendered"
            skipped.append(Skipped(f"{one.name}@{target.environment}", reason))
    return skipped


def _refused(targets: Iterable[tuple[BuiltModel, BuiltTarget]], findings: Iterable[Finding]) -> set[str]:
    """Targets that a finding about them, or about their whole environment, keeps as they are."""
    failing = {finding.subject for finding in findings if finding.fails}
    return {
        _path(one, target)
        for one, target in targets
        if f"{one.name}@{target.environment}" in failing or f"@{target.environment}" in failing
    }


def _refuse_links(tree: Tree, ledger: _Ledger) -> None:
    links = linked(tree)
    ledger.findings += links
    for place in (f"{finding.location.path}/" for finding in links):
        ledger.refused |= {target for target in ledger.changes if f"{target}/".startswith(place)}
        ledger.removals = tuple(path for path in ledger.removals if not f"{path}/".startswith(place))


def _shared(
    tree: Tree,
    root: str,
    prepared: Prepared,
    built: Sequence[BuiltModel],
    order: Order,
    ledger: _Ledger,
    *,
    whole: bool,
) -> None:
    """Targets that belong to no model: each environment's own and Argo CD's; and what belongs to nothing."""
    if not whole:
        return
    from mlgitops.stages.shared_targets import shared_targets  # here, since few commands need it

    incomplete = {
        target.environment
        for one in built
        for target in one.targets
        if target.row is None or _path(one, target) in ledger.refused
    }
    kept = {f"rendered/{name}/{SHARED}": name for name in incomplete}
    failing = {finding.subject for finding in ledger.findings if finding.fails}
    denied = {f"rendered/{name}/{SHARED}" for name in prepared.environments if f"{SHARED}@{name}" in failing}
    for path, texts in shared_targets(prepared, built, ledger.findings):
        if path in kept:  # a namespace must not come or go with a team that is a typing mistake or denied
            ledger.skipped.append(Skipped(f"{SHARED}@{kept[path]}", INCOMPLETE))
            continue
        if path in denied:
            continue
        ledger.others[path] = tuple(texts)
        changes = tuple(compare(tree, path, texts))
        if changes:
            ledger.changes[path] = changes
            if order.write:
                staging.stage(root, path, texts)
    found = superfluous(tree, prepared, {_path(one, target) for one in built for target in one.targets})
    ledger.findings += found.findings
    ledger.removals, ledger.names = found.removals, found.names


def _files(targets: Iterable[tuple[BuiltModel, BuiltTarget]], ledger: _Ledger) -> int:
    """How many files stand under rendered/ as the inputs say, once all is written."""
    mine = (t.files for one, t in targets if t.status != "failed" and _path(one, t) not in ledger.refused)
    others = (files for path, files in ledger.others.items() if path not in ledger.refused)
    return sum(map(len, (*mine, *others)))


def _write(tree: Tree, root: str, ledger: _Ledger) -> tuple[tuple[str, ...], tuple[str, ...], Wrote]:
    """Puts what was staged in its place; returns the files that were written and those that were removed."""
    allowed = [target for target in sorted(ledger.changes) if target not in ledger.refused]
    if not allowed and not ledger.removals:
        return (), (), Wrote()
    gone = [path for target in ledger.removals for path in _below(tree, target)]
    staged = former.moment_of(root)
    staging.reach_disk(root)
    moment = former.past_tick(root, staged)
    for target in allowed:
        staging.commit(root, target)
    for target in ledger.removals:
        staging.remove(root, target)
    staging.settle(root, [*allowed, *ledger.removals])
    changes = [change for target in allowed for change in ledger.changes[target]]
    written = tuple(change.path for change in changes if change.kind != "unexpected")
    removed = tuple(sorted((*gone, *(change.path for change in changes if change.kind == "unexpected"))))
    return written, removed, Wrote(frozenset(allowed), moment, _names(ledger, allowed))


def _below(tree: Tree, path: str) -> list[str]:
    """The files of a target; it itself where it is no folder, or an empty one."""
    return [file for file, _ in walk(tree, path)] or [path]


def _names(ledger: _Ledger, written: Iterable[str]) -> dict[str, frozenset[str]]:
    """The names that are now in the folders in which targets came or went."""
    names = {folder: set(found) for folder, found in ledger.names.items()}
    moved: set[str] = set()
    for target in written:
        folder, _, name = target.rpartition("/")
        while folder and name not in names.setdefault(folder, set()):
            names[folder].add(name)
            moved.add(folder)
            folder, _, name = folder.rpartition("/")
    for target in ledger.removals:
        folder, _, name = target.rpartition("/")
        names.setdefault(folder, set()).discard(name)
        moved.add(folder)
    # An exchange moves its folder's ctime too, though no name in it is another.
    moved |= {target.rpartition("/")[0] for target in written}
    return {folder: frozenset(names.get(folder, ())) for folder in moved}


def _stale(tree: Tree, built: Sequence[BuiltModel], ledger: _Ledger) -> list[Finding]:
    waiting = {target: found for target, found in ledger.changes.items() if target not in ledger.refused}
    if not waiting and not ledger.removals:
        return []
    from mlgitops.stages.stale import stale  # here, since mostly nothing is

    keys = {_path(one, target): target.key for one in built for target in one.targets if target.key}
    return stale(tree, waiting, keys, ledger.removals)
