"""What `release --new` decides, before anything is written: for each model the version that is due, or why none is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.deliver.hand_off import HandOver, Terms, Undue, hand_over, release_again, short, what_is_due
from mlgitops.deliver.release import cannot_serve
from mlgitops.deliver.trained import Finished, Origin, Recorded, not_verified, signature_reference, unknown_signer
from mlgitops.stages.wanted_runs import WantedRuns, wanted_runs

if TYPE_CHECKING:
    from mlgitops.cli.release_base import Base
    from mlgitops.deliver.release import Place
    from mlgitops.findings import Finding
    from mlgitops.registry.protocol import Registry
    from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel
    from mlgitops.spec.risk.factor import RiskLevel
    from mlgitops.stages.prepare import Prepared


class Question(NamedTuple):
    """What is asked."""

    base: Base
    prepared: Prepared
    environment: DeclaredEnvironment
    asked: tuple[str, ...]
    """The models that were named; empty for all that the environment has."""
    risk: RiskLevel | None
    by: str | None


class Due(NamedTuple):
    """What is due of each model, in order of their names."""

    models: Mapping[str, HandOver | Undue]
    findings: tuple[Finding, ...]
    """Of models that failed or were refused."""


def due(question: Question) -> Due:
    """Ask the registry for every model. Raises MlgitopsError where it does not answer: nothing is written then."""
    from mlgitops.cli.release_evidence import registry_of

    trainers, where = _trainers(question), question.environment.name
    registry = registry_of(question.environment.spec.value.spec)
    names = question.asked or question.prepared.models
    wanted = wanted_runs(question.base.tree, question.prepared, dict.fromkeys(names, trainers), (where,))
    models: dict[str, HandOver | Undue] = {}
    findings: list[Finding] = []
    for name, one in wanted.items():
        if not question.asked and one.model is not None and not question.environment.selects(one.model.spec.value):
            continue
        result = _of(question, registry, one)
        if isinstance(result, list):
            findings += result
            first = next(finding for finding in result if finding.fails)
            failed = any(finding.fails for finding in one.findings)
            result = Undue("failed" if failed else "refused", f"{first.code}: {first.message}")
        models[name] = result
    return Due(models, tuple(findings))


def _trainers(question: Question) -> list[str]:
    """The environments whose runs count: the one at hand where it trains, else all that do."""
    where = question.environment
    if where.spec.value.spec.trains:
        return [where.name]
    return [name for name, one in question.prepared.declared.items() if one.spec.value.spec.trains]


def _of(question: Question, registry: Registry, wanted: WantedRuns) -> HandOver | Undue | list[Finding]:
    """What is due of one model, or findings of which one fails."""
    from mlgitops.cli.release_evidence import Unfit, registered_of, rejection_of

    model = wanted.model
    if model is None or any(finding.fails for finding in wanted.findings):
        return list(wanted.findings)
    name = model.spec.value.metadata.name
    place = _place(question, name)
    if refused := cannot_serve(place, model):
        return refused
    try:
        registered = registered_of(registry, name, wanted.runs) if model.spec.value.spec.serving else []
    except Unfit as unfit:
        return [_damaged(question.environment, name, str(unfit))]
    found = what_is_due(model, wanted.runs, place, registered)
    if isinstance(found, Finished):
        return _handed_over(question, registry, model, place, found)
    if isinstance(found, Recorded):
        return release_again(model, place, found, _terms(question, name))
    if found.state == "waiting" and found.run is not None:
        asked = next(one for one in wanted.runs if one.run == found.run)
        if (why := rejection_of(asked)) is not None:
            return Undue("rejected", f"run {short(asked.run)} was rejected by its evaluation: {why}", None, asked.run)
    return found


def _handed_over(
    question: Question, registry: Registry, model: DeclaredModel, place: Place, finished: Finished
) -> HandOver | Undue | list[Finding]:
    from mlgitops.cli.release_evidence import Unfit, evidence_of

    version = finished.version
    if signature_reference(question.environment.spec.value.spec, version) is None:
        return [unknown_signer(question.environment, version)]
    try:
        evidence = evidence_of(registry, question.environment, version)
    except Unfit as unfit:
        return [not_verified(question.environment, version, str(unfit))]
    return hand_over(model, place, finished, evidence, _terms(question, version.model))


def _terms(question: Question, model: str) -> Terms:
    from mlgitops.programs.git_branches import last_change, tree_of

    base, folder = question.base, f"specs/{model}"
    origin = Origin(tree_of(base.root, base.commit, folder), last_change(base.root, base.commit, folder))
    return Terms(origin, question.risk, question.by)


def _place(question: Question, model: str) -> Place:
    from mlgitops.cli.delivery import place_of

    return place_of(question.base.tree, question.environment, model)


def _damaged(environment: DeclaredEnvironment, model: str, why: str) -> Finding:
    from mlgitops.findings import Finding

    document = environment.spec.document
    message = f"the registry's records of {model} must be sound, got: {why}"[:1500]
    hint = "nothing was written; find out who wrote it, and register that run again"
    return Finding(document.locate(("spec", "registry")), "release/damaged", "error", message, hint, "/spec/registry")
