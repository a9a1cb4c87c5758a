"""Targets that belong to no one model: `rendered/<env>/_environment` and `rendered/argocd`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from mlgitops.findings import Finding
from mlgitops.programs.lazy_kustomize import lazy_builder
from mlgitops.render.argocd import Kind, render_argocd
from mlgitops.render.emit import emit
from mlgitops.render.environment_objects import (
    DestinationName,
    environment_folders,
    render_environment,
)
from mlgitops.render.kustomization.customize import environment_objects, unused
from mlgitops.render.kustomization.values import CLUSTER_SCOPED, canonical, identity
from mlgitops.render.names import content_digits
from mlgitops.render.objects import ObjectSet, RenderedObject
from mlgitops.render.templates.values import Constant
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.stages.outcome import BuiltModel
from mlgitops.stages.prepare import Prepared, PreparedEnvironment

Json = Any
Target = tuple[str, dict[str, str]]
"""(folder, file → text)."""

_LONGEST_NAME = 200
"""Of a file, without its ending: file systems take 255 bytes."""


def shared_targets(prepared: Prepared, built: Sequence[BuiltModel], findings: list[Finding]) -> Iterator[Target]:
    """Each shared target; what is wrong goes to `findings`, and the target is left out."""
    for name, environment in prepared.environments.items():
        objects = _environment(name, environment, built, findings)
        if objects is not None:
            yield f"rendered/{name}/_environment", _texts(objects)
    if prepared.repository is not None and not prepared.broken:
        environments = [one.declared.spec.value for one in prepared.environments.values()]
        extras = {name: _extra_kinds(one) for name, one in prepared.environments.items()}
        yield "rendered/argocd", _texts(render_argocd(prepared.repository.value, environments, extras))


def _extra_kinds(environment: PreparedEnvironment) -> list[Kind]:
    """The kinds that an environment's templates and kustomization add, which its project must allow."""
    documents = [_constant(template.tree) for template in environment.templates]
    kinds = set()
    if environment.kustomization is not None:
        documents += [extra.data for extra in environment.kustomization.extras]
        kinds |= {Kind("", "ConfigMap")} if environment.kustomization.generators else set()
    for document in documents:
        group, kind = str(document["apiVersion"]).rpartition("/")[0], str(document["kind"])
        kinds.add(Kind(group, kind, kind not in CLUSTER_SCOPED))
        if "." in group and "namespace" not in _constant(document["metadata"]):
            kinds.add(Kind(group, kind, False))  # whether a custom resource has a namespace, only its CRD knows
    return sorted(kinds)


def _constant(tree: Json) -> Json:
    return tree.value if isinstance(tree, Constant) else tree


def _texts(objects: Sequence[RenderedObject]) -> dict[str, str]:
    return {rendered.file: emit(rendered.data) for rendered in objects}


def _environment(
    name: str, environment: PreparedEnvironment, built: Sequence[BuiltModel], findings: list[Finding]
) -> list[RenderedObject] | None:
    targets = [target for one in built for target in one.targets if target.environment == name]
    rows = [target.row for target in targets if target.row is not None]
    parts: tuple[DestinationName, ...] = ("training", "serving")
    namespaces = {part: sorted({row["namespaces"][part] for row in rows}) for part in parts}
    objects = list(render_environment(environment.declared.spec.value, namespaces))
    kustomization = environment.kustomization
    if kustomization is not None:
        extras, problems = environment_objects(kustomization, lazy_builder())
        applied = [target.customized for target in targets if target.customized is not None]
        complete = all(target.customized is not None for target in targets)
        declared = environment.declared
        mine = {one.name for one in built for target in one.targets if target.environment == name}
        unreleased = mine - declared.releases if declared.spec.value.spec.serves else ()
        problems = [*problems, *(unused(kustomization, [extras, *applied], unreleased) if complete else ())]
        findings += problems
        if any(problem.fails for problem in problems):
            return None
        folders = _folders_of(environment.declared.spec.value.spec, namespaces)
        objects += _extras(extras.objects, folders)
    return sorted(objects, key=lambda rendered: rendered.file)


def _folders_of(
    spec: EnvironmentSpec, namespaces: Mapping[DestinationName, Sequence[str]]
) -> Callable[[Mapping[str, Json]], list[str]]:
    """Where an extra object goes: to the cluster that has its namespace; to each where that does not decide."""
    folders = list(environment_folders(spec))

    def of(data: Mapping[str, Json]) -> list[str]:
        namespace = data["metadata"].get("namespace")
        mine = [folder for folder in folders if namespace in namespaces.get(cast("DestinationName", folder), ())]
        return mine or folders

    return of


def _extras(objects: Sequence[dict[str, Json]], folders: Callable[[Mapping[str, Json]], list[str]]) -> ObjectSet:
    """The environment's extra objects in files named after kind and name.

    Where several have both, in two namespaces for instance, or a file's name would be too long, digits of the object's
    whole identity are added: none takes another's place.
    """
    names = [f"extra-{data['kind'].lower()}-{data['metadata']['name']}" for data in objects]
    extras = []
    for name, data in zip(names, objects, strict=True):
        if names.count(name) > 1 or len(name) > _LONGEST_NAME:
            name = f"{name[:_LONGEST_NAME]}-{content_digits(canonical(identity(data)))}"
        extras += [
            RenderedObject(f"{folder}/{name}.yaml" if folder else f"{name}.yaml", data) for folder in folders(data)
        ]
    return tuple(extras)
