"""Stage 2: each model's documents read, checked and resolved in each environment that selects it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mlgitops.findings import Finding
from mlgitops.render.scoring import scoring_findings
from mlgitops.render.serving import previous_findings, serving_findings
from mlgitops.render.training import training_findings
from mlgitops.source import Location, Pointer
from mlgitops.spec.checks.fleet import Route
from mlgitops.spec.checks.model import check_model
from mlgitops.spec.checks.release import check_release, check_run, check_versions
from mlgitops.spec.code import Code, code_of
from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel, DeclaredVersion
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.run import Run
from mlgitops.spec.load import load_model, load_of_model
from mlgitops.spec.reader import Document
from mlgitops.spec.resolve import ResolvedModel, Written, resolve
from mlgitops.tree import Tree


@dataclass(frozen=True, slots=True)
class ValidTarget:
    """One model in one environment, resolved and without an error."""

    resolved: ResolvedModel
    documents: Mapping[str, Document]
    """`release`, `version` and `run`, as far as there are any."""
    predecessor: Code | None
    """The serving code of the version that the release supersedes."""
    previous: ResolvedModel | None = None
    """As the release before serves, while a rollout is under way."""


@dataclass(frozen=True, slots=True)
class ValidatedModel:
    """What came of one folder of specs/."""

    name: str
    document: Document | None
    targets: Mapping[str, ValidTarget] = field(default_factory=dict)
    """By environment; those that have an error are not in it."""
    selected: tuple[str, ...] = ()
    """The environments that have this model, whether it is valid there or not."""
    findings: tuple[Finding, ...] = ()


def validate_model(tree: Tree, name: str, environments: Mapping[str, DeclaredEnvironment]) -> ValidatedModel:
    """Reads and resolves one model everywhere."""
    declared, findings = load_model(tree, name)
    if declared is None:
        return ValidatedModel(name, None, selected=_could_select(name, environments), findings=tuple(findings))
    model = declared.spec
    findings += check_versions(declared)
    findings += check_model(
        model.value.spec,
        declared.code,
        lambda pointer, key: model.document.locate(("spec", *pointer), key=key),
    )
    asked = {}
    for env, environment in environments.items():
        asked[env], problems = _asked(tree, environment, declared)
        findings += problems
    selected = tuple(env for env, one in environments.items() if one.selects(model.value))
    if any(finding.fails for finding in findings):
        return ValidatedModel(name, model.document, selected=selected, findings=tuple(findings))
    known = {(f.location, f.code) for f in findings}
    targets = {}
    for env in selected:
        target = _target(declared, environments[env], asked[env])
        problems = target if isinstance(target, list) else _resolved_problems(target, declared)
        findings += [f for f in problems if (f.location, f.code) not in known]
        if not isinstance(target, list) and not any(f.fails for f in problems):
            targets[env] = target
            findings += _unrenderable(target.resolved, target.previous)
    return ValidatedModel(name, model.document, targets, selected, tuple(findings))


def _could_select(name: str, environments: Mapping[str, DeclaredEnvironment]) -> tuple[str, ...]:
    """Where a model that cannot be read might be: everywhere but where it is excluded by name."""
    return tuple(
        env
        for env, one in environments.items()
        if name not in one.spec.value.spec.models.exclude
        and (not one.spec.value.spec.models.include or name in one.spec.value.spec.models.include)
    )


class _Asked(NamedTuple):
    """What is asked of a model in one environment."""

    release: Written[Release] | None
    run: Written[Run] | None


def _asked(tree: Tree, environment: DeclaredEnvironment, model: DeclaredModel) -> tuple[_Asked, list[Finding]]:
    name = model.spec.value.metadata.name
    release, findings = load_of_model(tree, environment, Release, name)
    run, problems = load_of_model(tree, environment, Run, name)
    findings += problems
    if release is not None:
        findings += check_release(environment, model, release)
    if run is not None:
        findings += check_run(environment, model, run)
    return _Asked(release, run), findings


def _target(declared: DeclaredModel, environment: DeclaredEnvironment, asked: _Asked) -> ValidTarget | list[Finding]:
    release, run = asked
    version = declared.versions.get(release.value.spec.version) if release else None
    if release is not None and version is None:
        return []  # the release names no version: `check_releases` says so
    superseded = declared.versions.get(release.value.spec.supersedes or "") if release else None
    resolved = _resolved(declared, environment, asked, version)
    if isinstance(resolved, list):
        return resolved
    previous = None
    if resolved.shifting is not None and resolved.shifting.previous is not None:
        superseded = declared.versions.get(resolved.shifting.previous.version)
        if superseded is None:
            return []  # the release before has no record: `check_rollout` says so
        former = _resolved(declared, environment, asked, superseded)
        if isinstance(former, list):
            return former
        previous = former
    documents = {"release": release, "version": version.record if version else None, "run": run}
    return ValidTarget(
        resolved,
        {key: written.document for key, written in documents.items() if written is not None},
        code_of(superseded.code, "serve") if superseded else None,
        previous,
    )


def _resolved(
    declared: DeclaredModel, environment: DeclaredEnvironment, asked: _Asked, version: DeclaredVersion | None
) -> ResolvedModel | list[Finding]:
    return resolve(
        declared.spec,
        environment.spec,
        version=version.record if version else None,
        release=asked.release,
        run=asked.run,
        training_code=code_of(declared.code, "train"),
        candidate_code=code_of(declared.code, "serve"),
        serving_code=code_of(version.code, "serve") if version else None,
    )


def _resolved_problems(target: ValidTarget, declared: DeclaredModel) -> list[Finding]:
    """The checks again, on what defaults, overrides and the version made of the spec."""
    resolved = target.resolved
    serving_code = resolved.serving_code.files

    def locate(pointer: Pointer, key: bool) -> Location:
        return resolved.origin(pointer, key=key).location

    return check_model(
        resolved.spec,
        declared.code,
        locate,
        resolved.subject,
        serving_code=serving_code,
        of_version=resolved.version is not None,
    )


def _unrenderable(resolved: ResolvedModel, previous: ResolvedModel | None) -> list[Finding]:
    """What rendering would refuse, as far as documents tell: an accelerator or an image that nobody offers, say.

    The target is valid all the same: what it asks of its environment, such as a namespace, is known.
    """
    findings = training_findings(resolved) if resolved.trains else []
    if resolved.serves and resolved.spec.serving is not None and resolved.version is not None:
        findings += serving_findings(resolved, resolved.spec.serving, resolved.version)
        if previous is not None:
            findings += previous_findings(resolved, previous)
        findings += scoring_findings(resolved)
    return findings


def route_of(target: ValidTarget) -> Route | None:
    """Where a target wants to be reached; None where it does not serve."""
    resolved = target.resolved
    gateway, serving = resolved.environment.gateway, resolved.spec.serving
    if not resolved.serves or gateway is None or serving is None:
        return None
    return Route(
        resolved.environment.destinations.serving.cluster,
        f"{gateway.namespace}/{gateway.name}",
        gateway.host,
        serving.route,
        resolved.subject,
    )


def route_place(tree: Tree, environment: DeclaredEnvironment, model: str) -> Location:
    """The line that gives a model its route in an environment."""
    target = validate_model(tree, model, {environment.name: environment}).targets.get(environment.name)
    return target.resolved.origin(("serving", "route")).location if target else Location(f"specs/{model}/model.yaml")
