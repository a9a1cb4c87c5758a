"""Who has to approve a change, who has, and which approvals do not count.

What decides is the base's: its CODEOWNERS and its rules, so that no change names its own approvers. Approvals come from
releases (each says what it was given for) and from a Git host's reviews (each was given at a commit, whose change is
computed again). Neither is lost by a rebase or by a smaller change; both are void when the change grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding
from mlgitops.plan.risk import ApprovalNeeded, Risk, Strategy
from mlgitops.programs.git_history import authors, merge_base
from mlgitops.programs.git_tree import GitTree
from mlgitops.source import Pointer, pointer_text
from mlgitops.spec.approvals import (
    LOWERED,
    RELEASE,
    Binding,
    given_by_file,
    may_approve,
    needed_of,
    own_work,
    policy_of,
    release_factors,
    why_void,
)
from mlgitops.spec.code_owners import PLACES, CodeOwners, read_code_owners
from mlgitops.spec.declared import DeclaredModel
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.documents.release import Approval, Release
from mlgitops.spec.load import load_environment
from mlgitops.spec.resolve import Written
from mlgitops.spec.reviews import Evidence, Review
from mlgitops.spec.risk.factor import RiskLevel, above, level_of
from mlgitops.stages.outcome import BuiltModel
from mlgitops.stages.revise import Revisions, Side
from mlgitops.stages.states import NOWHERE, State, changes, goes_back, release_differs, states_of
from mlgitops.tree import Tree

MODEL_OWNER = "model-owner"
"""The role that the spec's code owners fill; all others are of the release's."""
RULE_FILE = "policies/governance/approvals/approvals.rego"
"""The text of `spec.approvals.RELEASE`."""


class Asking(NamedTuple):
    """What decides whose approval is needed, and what is known of approvals."""

    repository: str
    base: str
    """The commit."""
    owners: CodeOwners
    sources: Mapping[str, str]
    """Rule → its text, in the base."""
    evidence: Evidence


def asking_of(revisions: Revisions, before: Side, after: Side, evidence: Evidence) -> Asking:
    """What the base decides; where it has no models yet, what the working tree does."""
    repository, commit = revisions.base.repository, revisions.commit
    deciding: Tree = revisions.base if before.prepared is not None else after.tree
    written = authors(repository, commit, "HEAD") if evidence.reviews else frozenset()
    known = evidence._replace(authors=evidence.authors | written)
    return Asking(repository, commit, code_owners_of(deciding), rule_sources(deciding), known)


def code_owners_of(tree: Tree) -> CodeOwners:
    """What a tree's CODEOWNERS says; nothing where there is none."""
    texts = (tree.read(place) for place in PLACES)
    found = next((text for text in texts if text is not None), b"")
    return read_code_owners(found.decode("utf-8", "replace"))


def rule_sources(tree: Tree) -> dict[str, str]:
    """The text of the rule that asks for approvals, where there is one."""
    text = tree.read(RULE_FILE)
    return {} if text is None else {RELEASE: text.decode("utf-8", "replace")}


def owners_of(
    role: str, model: str, environment: str, settings: EnvironmentSpec, owners: CodeOwners
) -> tuple[str, ...]:
    """Who fills a role: those that the environment names, else code owners. Empty where nobody is named."""
    if role in settings.roles:
        return tuple(settings.roles[role])
    own = f"specs/{model}/model.yaml"
    return owners.of(own if role == MODEL_OWNER else f"environments/{environment}/releases/{model}.yaml")


def releases_of(revisions: Revisions, before: Side, after: Side, evidence: Evidence | None) -> list[Finding]:
    """What speaks against the releases that the working tree changes."""
    written = [path for path in revisions.paths if "/releases/" in path]
    if not written:
        return []
    base = before.tree if before.prepared is not None else None
    asking = asking_of(revisions, before, after, evidence or Evidence())
    return list(changed_releases(base, after.tree, after.built, asking))


def committed_releases(base: GitTree, head: GitTree, paths: Iterable[str]) -> list[Finding]:
    """What speaks against the releases that a commit writes; `base` has models, and decides."""
    asking = Asking(base.repository, "", code_owners_of(base), rule_sources(base), Evidence())
    found: list[Finding] = []
    for path in sorted(paths):
        parts = path.split("/")
        if parts[0] == "environments" and len(parts) == 4 and parts[2] == "releases" and head.read(path) is not None:
            model = parts[3].removesuffix(".yaml")
            found += release_findings(_state(base, model, parts[1]), _state(head, model, parts[1]), asking)
    return found


def changed_releases(base: Tree | None, head: Tree, built: Iterable[BuiltModel], asking: Asking) -> Iterator[Finding]:
    """What speaks against each release that a change of files writes: `release_findings`."""
    for one in built:
        for target in one.targets:
            path = f"environments/{target.environment}/releases/{one.name}.yaml"
            if head.read(path) is not None and (base is None or base.read(path) != head.read(path)):
                before = _state(base, one.name, target.environment) if base is not None else NOWHERE
                yield from release_findings(before, _state(head, one.name, target.environment), asking)


def release_findings(before: State, after: State, asking: Asking) -> Iterator[Finding]:
    """Approvals of a changed release that do not count, and a risk that was lowered without one."""
    if after.release is None or after.target is None or after.model is None or not release_differs(before, after):
        return
    release, settings = after.release, after.target.resolved.environment
    subject = after.target.resolved.subject
    for index, approval in enumerate(release.value.spec.approvals):
        why = _void_in_file(approval, after.model, release.value, settings, asking)
        if not why and (doubt := _doubt(approval.by, approval.role, release.value, settings, asking)):
            message = f"who approves as {approval.role} must be known to be one of those who may, got {approval.by}: "
            hint = "say who is in the teams, with `plan --teams FILE`"
            pointer: Pointer = ("spec", "approvals", index, "by")
            found = _at(release, pointer, "release/approver-unknown", message + doubt, hint, subject)
            yield found._replace(severity="warning")
        if why:
            message = f"the approval of {approval.role} by {approval.by} must be for what is released by who may give "
            message += f"it, got one that does not count: {why}"
            hint = "ask for it again, and record it with `mlgitops release approve`"
            yield _at(release, ("spec", "approvals", index, "by"), "release/approval-void", message, hint, subject)
    if (strategy := _skipped(before, after, settings)) is not None:
        level, name = release.value.spec.riskLevel, release.value.spec.version
        message = f"a release of {level} risk must begin with the rollout that the environment asks for, {strategy}, "
        message += "got none"
        hint = f"let `mlgitops promote` write it; what goes back to a version before {name} needs none"
        yield _at(release, ("spec", "version"), "release/rollout-missing", message, hint, subject)
    factors = release_factors(after.model, release.value)
    computed, declared = level_of(factors), release.value.spec.riskLevel
    if above(computed, declared) and not _lowered(after.model, release.value, settings, asking, computed):
        name, environment = release.value.metadata.name, release.value.metadata.environment
        gravest = next(factor for factor in factors if factor.level == computed)
        message = f"riskLevel must be {computed}, as computed from what differs ({gravest.change}), or its lowering "
        message += f"be approved, got {declared}"
        hint = f"write {computed}, or ask for `mlgitops release approve {name} --env {environment} --rule {LOWERED}`"
        yield _at(release, ("spec", "riskLevel"), "release/risk-lowered", message, hint, subject)


def lowered_to(after: State, asking: Asking) -> RiskLevel | None:
    """The risk of a release that is below the computed one, where that was approved."""
    if after.release is None or after.target is None or after.model is None:
        return None
    release = after.release.value
    computed, settings = level_of(release_factors(after.model, release)), after.target.resolved.environment
    lower = above(computed, release.spec.riskLevel)
    return release.spec.riskLevel if lower and _lowered(after.model, release, settings, asking, computed) else None


def _skipped(before: State, after: State, settings: EnvironmentSpec) -> Strategy | None:
    """The strategy with steps that a release should have begun with, and did not."""
    old, new = before.version, after.version
    if old is None or new is None or after.release is None or goes_back(old, new) or old is new:
        return None
    spec = after.release.value.spec
    found: Strategy = getattr(settings.strategies, spec.riskLevel)
    under_way = spec.rollout is not None and spec.rollout.previous is not None
    same = before.release is not None and before.release.value.spec.version == spec.version
    return None if same or under_way or found == "rolling" else found


def _void_in_file(
    approval: Approval, model: DeclaredModel, release: Release, settings: EnvironmentSpec, asking: Asking
) -> str:
    """Why an approval in a release does not count; that it is nobody's own work, policy asks."""
    who = owners_of(approval.role, release.metadata.name, release.metadata.environment, settings, asking.owners)
    if may_approve(approval.by, who, asking.evidence.members) == "no":
        return f"{approval.by} is none of {', '.join(who)}"
    if approval.of is None:
        return ""
    needed = needed_of(approval.of.rule, model, release, settings, asking.sources)
    return why_void(given_by_file(approval, needed), needed)


def _doubt(by: str, role: str, release: Release, settings: EnvironmentSpec, asking: Asking) -> str:
    """Why nobody knows whether somebody fills a role; empty where that is known."""
    who = owners_of(role, release.metadata.name, release.metadata.environment, settings, asking.owners)
    return _unknown(by, who, asking)


def _unknown(by: str, who: tuple[str, ...], asking: Asking) -> str:
    unknown = may_approve(by, who, asking.evidence.members) == "unknown"
    return f"nobody said who is in {', '.join(who)}" if unknown else ""


def _lowered(
    model: DeclaredModel, release: Release, settings: EnvironmentSpec, asking: Asking, computed: RiskLevel
) -> bool:
    """Whether somebody else than who made or asked for it, of a role that the computed risk asks for, lowered it."""
    roles = getattr(settings.approvals, computed)
    own = own_work(model, release)
    return any(
        approval.of is not None
        and approval.of.rule == LOWERED
        and (not roles or approval.role in roles)
        and approval.by.casefold() not in own
        and not _void_in_file(approval, model, release, settings, asking)
        for approval in release.spec.approvals
    )


class _Given(NamedTuple):
    """An approval, and why it does not count."""

    by: str
    void: str


def approvals_needed(risk: Risk, before: State, after: State, asking: Asking) -> tuple[ApprovalNeeded, ...]:
    """A row for each role that the environment asks for at a risk; each is filled by a person of its own."""
    state = after if after.target is not None else before
    if state.target is None:
        return ()
    settings = state.target.resolved.environment
    taken: set[str] = set()
    rows = []
    for role in getattr(settings.approvals, risk.level):
        who = owners_of(role, risk.model, risk.environment, settings, asking.owners)
        found = [
            *_from_file(role, before, after, settings, asking),
            *_from_reviews(risk, before, after, settings, asking, who),
        ]
        counts = next((one for one in found if not one.void and one.by.casefold() not in taken), None)
        if counts is not None:
            taken.add(counts.by.casefold())
            rows.append(ApprovalNeeded(role, who, counts.by))
            continue
        void = next((f"{one.by}: {one.void}" for one in found if one.void), "")
        twice = next((f"{one.by}: each role is filled by a person of its own" for one in found if not one.void), "")
        rows.append(ApprovalNeeded(role, who, "", void or twice))
    return tuple(rows)


def _from_file(role: str, before: State, after: State, settings: EnvironmentSpec, asking: Asking) -> Iterator[_Given]:
    if after.release is None or after.model is None or not release_differs(before, after):
        return
    release = after.release.value
    own = own_work(after.model, release)
    for approval in release.spec.approvals:
        if approval.role == role and (approval.of is None or approval.of.rule == RELEASE):
            why = "it is their own work" if approval.by.casefold() in own else ""
            why = why or _void_in_file(approval, after.model, release, settings, asking)
            yield _Given(approval.by, why or _doubt(approval.by, role, release, settings, asking))


def _from_reviews(
    risk: Risk, before: State, after: State, settings: EnvironmentSpec, asking: Asking, who: Iterable[str]
) -> Iterator[_Given]:
    """The reviews by those who fill a role; anybody's where nobody is named."""
    owners = tuple(who)
    authored = {one.casefold() for one in asking.evidence.authors}
    if after.release is not None and after.model is not None and release_differs(before, after):
        authored |= own_work(after.model, after.release.value)
    value = {"changes": changes(before, after)}
    policy = policy_of(RELEASE, asking.sources, settings)
    needed = Binding(RELEASE, risk.model, risk.environment, value, policy)
    for review in asking.evidence.reviews:
        may = may_approve(review.by, owners, asking.evidence.members)
        if may == "no":
            continue
        if may == "unknown":
            yield _Given(review.by, _unknown(review.by, owners, asking))
            continue
        if review.by.casefold() in authored:
            yield _Given(review.by, "it is their own work")
            continue
        given = _reviewed(review, needed, asking)
        yield _Given(review.by, given if isinstance(given, str) else why_void(given, needed))


def _reviewed(review: Review, needed: Binding, asking: Asking) -> Binding | str:
    """What a review was given for: the change at its commit, from where that left the base. A text says why not."""
    if not review.commit:
        return "it does not say at which commit"
    try:
        left = merge_base(asking.repository, asking.base, review.commit)
    except MlgitopsError:
        return f"the commit that was looked at, {review.commit[:12]}, is not in this clone: fetch it"
    if left is None:
        return f"the commit that was looked at, {review.commit[:12]}, has nothing in common with the base"
    sources = rule_sources(_tree(asking, left))
    old, new = (_state(_tree(asking, one), needed.model, needed.environment) for one in (left, review.commit))
    if new.target is None and old.target is None:
        return "the model was not there, or had errors"
    settings = (new.target or old.target).resolved.environment  # type: ignore[union-attr]  # one of them is there
    return needed._replace(value={"changes": changes(old, new)}, policy=policy_of(RELEASE, sources, settings))


def _tree(asking: Asking, commit: str) -> GitTree:
    return GitTree(asking.repository, commit, ("specs", "environments", RULE_FILE))


def _state(tree: Tree, model: str, environment: str) -> State:
    if isinstance(tree, GitTree):
        folders = (f"specs/{model}/", f"environments/{environment}/")
        tree.preload(path for path in tree.blobs if path.startswith(folders))
    declared, _ = load_environment(tree, environment)
    if declared is None:
        return NOWHERE
    return states_of(tree, model, {environment: declared})[environment]


def _at(release: Written[Release], pointer: Pointer, code: str, message: str, hint: str, subject: str) -> Finding:
    place = release.document.locate(pointer)
    return Finding(place, code, "error", message, hint, pointer_text(pointer), subject)
