"""Two revisions built side by side, as far as they can differ: what `plan` compares.

Only models whose own files changed are built; a change of anything shared (an environment, a policy) means all. Of
models that are the same on both sides only the rows are needed, for rules that see a whole fleet and for namespaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from mlgitops.files.disk import DiskTree
from mlgitops.findings import Finding, in_order
from mlgitops.plan.changes import Decided
from mlgitops.plan.policy_diff import is_verdict
from mlgitops.policy.engine import Engine
from mlgitops.policy.waivers import apply_waivers
from mlgitops.programs.git_tree import GitTree, differing
from mlgitops.report.contents import FLEETS_UNASKED, UNDECIDED, Report, Skipped
from mlgitops.spec.load import environment_names, model_names
from mlgitops.stages.all_targets import INCOMPLETE, clash_findings, fleet_findings, fleets_in_part
from mlgitops.stages.base_texts import rewritten
from mlgitops.stages.build import Ruling
from mlgitops.stages.decide_extras import decide_extras
from mlgitops.stages.governing import governs_alone
from mlgitops.stages.outcome import BuiltModel
from mlgitops.stages.prepare import Prepared, prepare
from mlgitops.stages.superfluous import SHARED
from mlgitops.tree import Tree

if TYPE_CHECKING:
    from datetime import date

    from mlgitops.spec.reviews import Evidence

Json = Any

SOURCES = ("specs", "environments", "policies", "mlgitops.yaml")
"""Everything that rendering and deciding read."""

OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where it may stand who has to approve."""


class Affected(NamedTuple):
    """What a change of files can have changed."""

    models: frozenset[str]
    everything: bool

    def has(self, name: str) -> bool:
        """Whether a model can differ."""
        return self.everything or name in self.models

    def has_subject(self, subject: str) -> bool:
        """Whether `churn@prod` can differ, or the fleet of `@prod`."""
        model = subject.partition("@")[0]
        return self.has(model) if model else self.everything or bool(self.models)

    def of(self, names: Sequence[str]) -> list[str]:
        """Of models, those that can differ."""
        return [name for name in names if self.has(name)]

    def not_of(self, names: Sequence[str]) -> list[str]:
        """Of models, those that cannot."""
        return [name for name in names if not self.has(name)]


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


def touched_by(paths: Iterable[str], base: Tree, head: Tree) -> Affected:
    """What files can have changed by more than by what decides about it."""
    return affected(path for path in paths if not governs_alone(path, base, head))


class Revisions(NamedTuple):
    """A commit, the working tree, and what can differ between them."""

    commit: str
    base: GitTree
    head: DiskTree
    affects: Affected
    """What can have other objects or other verdicts: by its sources, or since another version rendered it."""
    specs: Affected
    """What can have other objects, or other verdicts under the same policies."""
    touches: Affected
    """Of that, what its own sources changed."""
    paths: frozenset[str]
    """The files that differ, of those that rendering, deciding and approving read."""

    @classmethod
    def of(cls, root: str, commit: str) -> Revisions:
        """Finds what differs, and reads of the commit what is needed. Raises as `programs.git.list_files` does."""
        former, head = GitTree(root, commit, (*SOURCES, *OWNERS)), DiskTree(root)
        paths = differing(former, head, (*SOURCES, *OWNERS))
        affects = affected(paths - {*OWNERS})
        touches = touched_by(paths - {*OWNERS}, former, head)
        others = rewritten(root, commit, head)
        affects, specs = (one._replace(models=one.models | others) for one in (affects, touches))
        former.preload(path for path in former.blobs if _needed(path, specs))
        return cls(commit, former, head, affects, specs, touches, frozenset(paths))

    def preload(self) -> None:
        """Reads of the commit what is to be built of it, at once."""
        self.base.preload(path for path in self.base.blobs if _needed(path, self.affects))


def _needed(path: str, what: Affected) -> bool:
    """Whether a file is read to build what is affected; what else is asked for is read by itself."""
    return what.everything or not (of := affected([path])).models or not of.models.isdisjoint(what.models)


def prepared_base(revisions: Revisions, head: Prepared) -> Prepared | None:
    """What the commit's targets need; None where it has no models or no environments yet: then all of head is new.

    It is what those of the working tree need, where nothing differs but files of models that both have.
    """
    tree = revisions.base
    names = tuple(model_names(tree))
    if names == head.models and all(path.startswith("specs/") for path in revisions.paths - {*OWNERS}):
        return head
    return prepare(tree) if names and environment_names(tree) else None


@dataclass(frozen=True, slots=True)
class Side:
    """One revision's outcome."""

    tree: Tree
    prepared: Prepared | None
    """None where the commit has no models or no environments yet."""
    environments: tuple[str, ...]
    built: Sequence[BuiltModel]
    """Those that can differ."""
    others: Sequence[BuiltModel] = ()
    """Those that are the same on both sides, without their objects."""
    fleet: tuple[Finding, ...] = ()
    """What policy has against fleets, and preflight and policy against environments' extra objects."""
    subjects: frozenset[str] = frozenset()
    """What policy was asked about."""
    engine: str = ""
    shared: Mapping[str, Mapping[str, str]] | None = None
    """As `texts`, of the targets that belong to no one model; None where they cannot differ."""
    problems: tuple[Finding, ...] = ()
    """What is wrong with those."""
    notes: tuple[Finding, ...] = ()
    """What only a comparison of both revisions tells."""
    cross: tuple[Finding, ...] | None = None
    """As `fleet`, by the other revision's policies; None where those are the same, or not asked."""
    undecided: tuple[Finding, ...] = ()
    """Why an engine refuses the rules of the base: its objects are compared, and its verdicts not known."""

    @property
    def is_base(self) -> bool:
        """Whether this is the commit, and not the working tree."""
        return isinstance(self.tree, GitTree)

    @property
    def namespaces(self) -> frozenset[tuple[str, str, str]]:
        """(environment, part, namespace) of the models that can differ."""
        rows = [(t.environment, t.row["namespaces"]) for one in self.built for t in one.targets if t.row is not None]
        return frozenset((environment, part, name) for environment, found in rows for part, name in found.items())

    def texts(self) -> dict[str, Mapping[str, str]]:
        """Target (`dev/churn`) → file → text, of all targets that could be built."""
        return {
            f"{target.environment}/{one.name}": target.texts
            for one in self.built
            for target in one.targets
            if target.texts is not None
        }

    def verdicts(self) -> list[Finding]:
        """What rules say of models: of all of them, where policies differ and so all were asked."""
        every = self.built if self.cross is None else (*self.built, *self.others)
        return [finding for one in every for finding in one.findings if is_verdict(finding)]

    def failed(self) -> set[str]:
        """Targets of which there are no objects to compare; a denied one has some."""
        return {f"{t.environment}/{one.name}" for one in self.built for t in one.targets if t.texts is None}

    def incomplete(self) -> set[str]:
        """Environments of which not every model is known, and so not what their models share."""
        return {t.environment for one in (*self.built, *self.others) for t in one.targets if t.row is None}

    def report(self, *, whole: bool) -> Report:
        """What is wrong with what was built, and with what all targets share."""
        if self.prepared is None:
            return Report()
        prepared, targets = self.prepared, [(one, target) for one in self.built for target in one.targets]
        names = {f"{one.name}@{target.environment}" for one, target in targets}
        names |= {subject for name in self.environments for subject in (f"@{name}", f"{SHARED}@{name}")}
        found = clash_findings(self.tree, prepared, self.built, self.environments, self.others)
        clashes = [f for f in found if f.subject in names]
        own = (finding for one in self.built for finding in one.findings)
        said = (*own, *self.verdicts(), *clashes, *self.fleet, *self.problems, *self.notes)
        findings = in_order((*prepared.findings, *said))
        failing = {finding.subject for finding in findings if finding.fails}
        failed = sum(t.status == "failed" or f"{one.name}@{t.environment}" in failing for one, t in targets)
        skipped = _skipped(prepared, self.incomplete() if whole else (), whole=whole)
        return Report(tuple(findings), len(targets), failed, skipped, engine=self.engine)


def _skipped(prepared: Prepared, incomplete: Iterable[str], *, whole: bool) -> tuple[Skipped, ...]:
    skipped = [Skipped(f"{SHARED}@{name}", INCOMPLETE) for name in sorted(incomplete)]
    skipped += fleets_in_part(prepared, incomplete)
    skipped += [Skipped(f"*@{name}", "its environment has errors") for name in sorted(prepared.broken)]
    if not prepared.decidable:
        skipped.append(UNDECIDED)
    elif not whole:
        skipped.append(FLEETS_UNASKED)
    return tuple(skipped)


def needs_others(before: Side, after: Side) -> bool:
    """Whether rows of the models that are the same are needed: rules see fleets, and limits hold for all together."""
    return after.prepared is not None and after.prepared.decidable and bool(before.built or after.built)


def namespaces_differ(before: Side, after: Side) -> bool:
    """Whether a model brings a namespace or takes one along; where models have errors, none comes or goes."""
    return before.namespaces != after.namespaces and not before.incomplete() and not after.incomplete()


def decided(side: Side, engine: Engine, as_of: date, *, whole: bool, other: Ruling | None = None) -> Side:
    """The side with what policy was asked; where all models are asked for, also what it says of fleets and extras.

    `other` is the other revision's policy, which is asked the same.
    """
    if side.prepared is None:
        return side
    subjects = {f"{one.name}@{t.environment}" for one in side.built for t in one.targets if t.texts is not None}
    if other is not None:
        subjects |= {f"{one.name}@{t.environment}" for one in side.others for t in one.targets if t.row is not None}
    # a model's own files, which leave others as they are, change no environment's extras
    extras = whole and (other is not None or not side.others)
    fleet, more = _of_all(side, Ruling(side.prepared, engine), as_of, whole=whole, extras=extras)
    cross = _of_all(side, other, as_of, whole=whole, extras=extras)[0] if other else None
    name = f"{engine.name} {engine.version}"
    return replace(side, fleet=fleet, cross=cross, subjects=frozenset(subjects | more), engine=name)


def _of_all(
    side: Side, ruling: Ruling, as_of: date, *, whole: bool, extras: bool
) -> tuple[tuple[Finding, ...], set[str]]:
    """What rules say of fleets and of environments' extra objects, and the subjects that they were asked about."""
    found, subjects = list[Finding](), set[str]()
    prepared, engine = ruling
    if extras:
        for environment in side.environments:
            said = decide_extras(engine, prepared.rules, prepared.environments[environment])
            found += said
            subjects |= {f"{SHARED}@{environment}"} if _are_built(said) else set()
    if whole and prepared.rules.of("fleet"):
        every = [*side.built, *side.others]
        found += fleet_findings(side.tree, prepared, every, engine, side.environments)
        subjects |= {f"@{name}" for name in {*side.environments} - side.incomplete()}
        subjects |= {f"{one.name}@{t.environment}" for one in side.others for t in one.targets if t.row is not None}
    return tuple(apply_waivers(found, prepared.waivers, as_of, ())), subjects


def as_before(after: Iterable[BuiltModel]) -> dict[str, BuiltModel]:
    """Models as the base has them, which has the same files of theirs and other policies."""
    found = {}
    for one in after:
        own = [finding for finding in one.findings if not is_verdict(finding)]
        verdicts = tuple(finding for finding in one.findings if is_verdict(finding))
        found[one.name] = one._replace(findings=(*own, *one.otherwise), otherwise=verdicts)
    return found


def _are_built(extras: Iterable[Finding]) -> bool:
    """Whether an environment's extra objects could be made, and so be decided."""
    made = "kustomize/foreign-namespace"  # the one complaint of kustomizations that is about objects
    return not any(f.fails and f.code.startswith("kustomize/") and f.code != made for f in extras)


def with_shared(
    revisions: Revisions, before: Side, after: Side, *, whole: bool, evidence: Evidence | None = None
) -> tuple[Side, Side]:
    """Both sides with the targets that belong to no one model, where those can differ; and with the notes on both."""
    from mlgitops.stages.approvals import releases_of
    from mlgitops.stages.next_version import next_version_notes
    from mlgitops.stages.superseded import stale_releases

    notes = next_version_notes(after.tree, before.built, after.built)
    if before.prepared is not None:
        notes += stale_releases(before.tree, after.tree, after.built)
    notes += releases_of(revisions, before, after, evidence)
    after = replace(after, notes=tuple(notes))
    if not whole or not (revisions.affects.everything or namespaces_differ(before, after)):
        return before, after
    return _shared(before), _shared(after)


def _shared(side: Side) -> Side:
    from mlgitops.stages.shared_targets import shared_targets  # here, since most changes touch none of them

    if side.prepared is None:
        return replace(side, shared={})
    problems: list[Finding] = []
    found = dict(shared_targets(side.prepared, [*side.built, *side.others], problems))
    shared = {path.removeprefix("rendered/"): files for path, files in found.items()}
    return replace(side, shared=shared, problems=tuple(problems))


def unshared(side: Side) -> set[str]:
    """Environments' own targets of which it is not known what would be in them."""
    if side.prepared is None or side.shared is None:
        return set()
    every = {f"{name}/{SHARED}" for name in side.prepared.environments}
    return {f"{name}/{SHARED}" for name in side.incomplete()} | every - side.shared.keys()


def report_of(before: Side, after: Side, *, whole: bool) -> Report:
    """What is wrong with the working tree, and which verdicts of the base are not known."""
    report = after.report(whole=whole)
    if not before.undecided:
        return report
    first = before.undecided[0]
    skipped = Skipped("verdicts of the base", f"its rules do not compile: {first.location}: {first.message[:200]}")
    return report._replace(skipped=tuple(sorted({*report.skipped, skipped})))


def own_decisions(side: Side) -> Decided:
    """What a side's own policies say of it."""
    return Decided(side.subjects, (*side.verdicts(), *side.fleet))


def decided_otherwise(side: Side) -> Decided:
    """What the other revision's policies say of a side; what its own say, where those are the same."""
    if side.cross is None:
        return own_decisions(side)
    every = (*side.built, *side.others)
    return Decided(side.subjects, (*(finding for one in every for finding in one.otherwise), *side.cross))
