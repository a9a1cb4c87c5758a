"""Stage 1: what every target needs, read once: the repository, environments, rules, waivers, customisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mlgitops.errors import UsageError
from mlgitops.findings import Finding
from mlgitops.policy.rules import RuleSet
from mlgitops.policy.waivers import Waiver
from mlgitops.render.kustomization.check import read_kustomization
from mlgitops.render.kustomization.values import Kustomization
from mlgitops.render.templates.read import read_templates
from mlgitops.render.templates.values import Template
from mlgitops.spec.checks.environment import check_environments
from mlgitops.spec.checks.release import check_unknown
from mlgitops.spec.checks.waiver import check_waivers
from mlgitops.spec.code import digest_of
from mlgitops.spec.declared import DeclaredEnvironment
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.documents.repository import Repository
from mlgitops.spec.documents.waiver import Waiver as WaiverDocument
from mlgitops.spec.load import (
    check_layout,
    document_names,
    environment_names,
    load_environment,
    load_repository,
    load_waivers,
    model_names,
)
from mlgitops.spec.resolve import Written
from mlgitops.stages.rule_files import load_rules
from mlgitops.tree import Tree, walk


@dataclass(frozen=True, slots=True, eq=False)
class PreparedEnvironment:
    """An environment with the customisation that the platform team gives it."""

    declared: DeclaredEnvironment
    kustomization: Kustomization | None
    templates: tuple[Template, ...]
    digest: str
    """Over every file that customises: the kustomization's and the templates."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What every target needs."""

    repository: Written[Repository] | None
    environments: Mapping[str, PreparedEnvironment]
    """Those without an error."""
    broken: frozenset[str]
    """Environments that have one: their targets are skipped."""
    models: tuple[str, ...]
    """The folders of specs/."""
    rules: RuleSet
    waivers: tuple[Waiver, ...]
    """Those without an error: what is wrong with a waiver must not let anything pass."""
    decidable: bool
    """Whether the rules have no error; with one nothing is decided, and so nothing written."""
    findings: tuple[Finding, ...]

    @property
    def declared(self) -> dict[str, DeclaredEnvironment]:
        return {name: one.declared for name, one in self.environments.items()}


def prepare(tree: Tree) -> Prepared:
    """Reads what is not any one model's.

    Raises UsageError where the tree has no models or no environments: nothing to do is never clean.
    """
    models, names = tuple(model_names(tree)), environment_names(tree)
    if not models:
        raise UsageError("expected models under specs/, found none", "create one: mlgitops new model NAME")
    if not names:
        raise UsageError("expected environments under environments/, found none", "run mlgitops new environment NAME")
    repository, findings = load_repository(tree)
    findings += check_layout(tree)
    loaded: dict[str, DeclaredEnvironment] = {}
    for name in names:
        environment, problems = load_environment(tree, name)
        findings += problems
        if environment is not None:
            loaded[name] = environment
    problems = check_environments(loaded, frozenset(models), frozenset(names) - loaded.keys())
    findings += problems
    wrong = {problem.location.path for problem in problems if problem.fails}
    for environment in loaded.values():
        findings += check_unknown(environment, frozenset(models))
    prepared = {}
    for name, environment in loaded.items():
        one, problems = _customization(tree, environment)
        findings += problems
        if one is not None and environment.spec.document.path not in wrong:
            prepared[name] = one
    rules, problems = load_rules(tree)
    findings += problems
    decidable = not any(problem.fails for problem in problems)
    waivers, problems = load_waivers(tree)
    findings += problems
    problems = check_waivers(waivers, frozenset(models), frozenset(names), frozenset(rule.id for rule in rules.rules))
    findings += problems
    wrong = {problem.location.path for problem in problems if problem.fails}
    sound = tuple(_waiver(waiver) for waiver in waivers if waiver.document.path not in wrong)
    broken = frozenset(names) - frozenset(prepared)
    return Prepared(repository, prepared, broken, models, rules, sound, decidable, tuple(findings))


def _waiver(written: Written[WaiverDocument]) -> Waiver:
    spec = written.value.spec
    return Waiver(
        written.document.locate(("spec", "rule")),
        written.value.metadata.name,
        spec.rule,
        spec.model,
        spec.environment,
        spec.owner,
        spec.reason,
        spec.ticket,
        date.fromisoformat(spec.issued),
        date.fromisoformat(spec.expires),
    )


def _customization(tree: Tree, environment: DeclaredEnvironment) -> tuple[PreparedEnvironment | None, list[Finding]]:
    folder = f"environments/{environment.name}"
    files: dict[str, bytes] = {}
    links = []
    for path, kind in walk(tree, folder):
        if kind == "link":
            links.append(path)
        elif not path.startswith((f"{folder}/releases/", f"{folder}/runs/")):
            files[path] = tree.read(path) or b""
    names, findings = document_names(tree, f"{folder}/templates", "object")
    templates, problems = read_templates({p: files[p] for p in (f"{folder}/templates/{n}.yaml" for n in names)})
    findings += problems
    kustomization = read_kustomization(files, folder, links)
    if isinstance(kustomization, list):
        return None, findings + kustomization
    if any(finding.fails for finding in findings) or f"{folder}/templates" in links:
        return None, findings
    used = {path: content for path, content in files.items() if path != f"{folder}/environment.yaml"}
    return PreparedEnvironment(environment, kustomization, templates, digest_of(used)), findings


def namespaces_of(spec: EnvironmentSpec) -> list[str]:
    """The namespaces that an environment may have objects in."""
    destinations = (spec.destinations.training, spec.destinations.serving)
    return sorted({name for one in destinations for name in (one.namespace, *one.namespaces.values())})
