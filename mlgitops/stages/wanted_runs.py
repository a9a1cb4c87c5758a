"""Which training runs a tree asks for: each model rendered where it is trained, and its run's identity.

The same road as `render` takes, with templates, kustomize and the run's name at its end: what is compared with a
registry is the identity of the very objects that start a run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mlgitops.deliver.trained import Wanted
from mlgitops.findings import Finding
from mlgitops.programs.lazy_kustomize import lazy_builder
from mlgitops.render.identity import identity
from mlgitops.render.objects import RenderedObject
from mlgitops.spec.declared import DeclaredModel
from mlgitops.spec.load import load_model
from mlgitops.stages.prepare import Prepared
from mlgitops.stages.render import RenderedTarget, render_targets
from mlgitops.stages.validate import ValidTarget, validate_model
from mlgitops.tree import Tree

TRAIN = "train/"


class WantedRuns(NamedTuple):
    """What a tree asks for of one model."""

    model: DeclaredModel | None
    """None where it cannot be read."""
    runs: tuple[Wanted, ...]
    """One for each environment that trains it, in the order asked for."""
    findings: tuple[Finding, ...]
    """What is wrong; with an error nothing may be released."""


def wanted_runs(
    tree: Tree, prepared: Prepared, trainers: Mapping[str, Sequence[str]], also: Sequence[str] = ()
) -> dict[str, WantedRuns]:
    """The runs of models; `trainers` names for each the environments that train it, `also` further ones to check it in.

    Raises MlgitopsError where kustomize cannot work.
    """
    findings: dict[str, list[Finding]] = {}
    targets: dict[str, list[ValidTarget]] = {}
    for model, places in trainers.items():
        chosen = {name: prepared.declared[name] for name in dict.fromkeys((*places, *also))}
        validated = validate_model(tree, model, chosen)
        findings[model] = list(validated.findings)
        for name in places:
            if name in validated.targets:
                targets.setdefault(name, []).append(validated.targets[name])
    rendered: dict[tuple[str, str], RenderedTarget] = {}
    for name, valid in targets.items():
        done, problems = render_targets(valid, prepared.environments[name], lazy_builder())
        rendered |= {(one.target.resolved.name, name): one for one in done}
        for problem in problems:
            model = problem.subject.partition("@")[0]
            for one in [model] if model in findings else findings:
                findings[one].append(problem)
    return {model: _of(tree, prepared, model, trainers[model], rendered, findings[model]) for model in trainers}


def _of(
    tree: Tree,
    prepared: Prepared,
    model: str,
    places: Sequence[str],
    rendered: Mapping[tuple[str, str], RenderedTarget],
    findings: Sequence[Finding],
) -> WantedRuns:
    declared, _ = load_model(tree, model)
    runs = []
    for name in places:
        target = rendered.get((model, name))
        run = identity(_training_objects(target)) if target is not None else None
        if target is not None and run is not None:
            runs.append(Wanted(prepared.declared[name], target.target.resolved, run))
    return WantedRuns(declared, tuple(runs), tuple(findings))


def _training_objects(target: RenderedTarget) -> tuple[RenderedObject, ...]:
    mine = (one for one in target.objects if one.file.startswith(TRAIN))
    return tuple(one._replace(file=one.file.removeprefix(TRAIN)) for one in mine)
