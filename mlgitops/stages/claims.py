"""Which Argo CD Application manages which object, as far as two could want the same one.

A model's own objects are named after it and are no other model's, but for the RayService: version `b-1` of `a` and
version `1` of `a-b` are both `a-b-1`. What templates give, and what belongs to environments, is named as people like:
also as an own object of a model (`own_objects`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mlgitops.findings import Finding
from mlgitops.render.environment_objects import DestinationName, environment_folders, render_environment
from mlgitops.render.kustomization.values import Extra
from mlgitops.render.names import service_name
from mlgitops.render.objects import RenderedObject
from mlgitops.render.shared import Claim, Named, check_claims, named
from mlgitops.source import Location
from mlgitops.spec.documents.environment import Destination, EnvironmentSpec
from mlgitops.spec.documents.release import Release
from mlgitops.spec.load import load_of_model
from mlgitops.spec.reader import read
from mlgitops.stages.outcome import BuiltModel, BuiltTarget
from mlgitops.stages.own_objects import RAY_SERVICE, own_claims
from mlgitops.stages.places import TEMPLATE
from mlgitops.stages.prepare import Prepared, PreparedEnvironment
from mlgitops.stages.superfluous import SHARED
from mlgitops.tree import Tree

Json = Any


def templated(objects: Iterable[RenderedObject]) -> tuple[Named, ...]:
    """What templates gave of a target's final objects."""
    return tuple(named(file, data) for file, data in objects if file.rpartition("/")[2].startswith(TEMPLATE))


def claim_findings(
    tree: Tree, prepared: Prepared, built: Sequence[BuiltModel], others: Sequence[BuiltModel] = ()
) -> list[Finding]:
    """Objects that several targets would manage; `others` are models that nobody asked about."""

    def locate(claim: Claim) -> Location:
        return _place(tree, prepared, claim)

    mine = [*_of_environments(prepared, [*built, *others]), *model_claims(prepared, built)]
    theirs = list(model_claims(prepared, others))
    taken = own_claims(tree, prepared, mine, frozenset(prepared.models))
    lost = own_claims(tree, prepared, theirs, {one.name for one in built})
    mine += (claim for claim in lost if claim not in taken)
    return check_claims(mine, locate, [*taken, *theirs])


def model_claims(prepared: Prepared, built: Iterable[BuiltModel]) -> Iterator[Claim]:
    """What templates give to models, and their RayServices."""
    for one in built:
        for target in one.targets:
            name, row = target.environment, target.row
            spec, subject = prepared.environments[name].declared.spec.value.spec, f"{one.name}@{name}"
            for extra in target.extras or ():
                part, _, file = extra.file.partition("/")
                destination = _destination(spec, "training" if part == "train" else "serving")
                path = f"environments/{name}/templates/{file.removeprefix(TEMPLATE)}"
                yield Claim(destination.cluster, destination.namespace, extra, subject, path)
            if row is not None and row["serves"]:
                service = service_name(one.name, row["version"])
                ours = Named(RAY_SERVICE, "ray.io", "RayService", row["namespaces"]["serving"], service)
                destination, path = spec.destinations.serving, f"environments/{name}/releases/{one.name}.yaml"
                yield Claim(destination.cluster, destination.namespace, ours, subject, path)


def _destination(spec: EnvironmentSpec, name: DestinationName) -> Destination:
    return spec.destinations.training if name == "training" else spec.destinations.serving


def _of_environments(prepared: Prepared, built: Sequence[BuiltModel]) -> Iterator[Claim]:
    """What an environment's own Applications manage; of what a generator makes, the name is a digest's."""
    for name, environment in prepared.environments.items():
        targets = (target for one in built for target in one.targets if target.environment == name)
        document, subject = environment.declared.spec, f"{SHARED}@{name}"
        spec = document.value.spec
        folders = environment_folders(spec)
        for file, data in render_environment(document.value, _namespaces(targets)):
            folder, _, _ = file.rpartition("/")
            namespace = _default_namespace(spec, folder)
            yield Claim(folders[folder], namespace, named(file, data), subject, document.document.path)
        for extra in environment.kustomization.extras if environment.kustomization else ():
            for folder, cluster in folders.items():
                namespace = _default_namespace(spec, folder)
                if _goes_to(extra.data, spec, folder):
                    path = f"environments/{name}/kustomization.yaml"
                    yield Claim(cluster, namespace, named(folder, extra.data), subject, path)


def _namespaces(targets: Iterable[BuiltTarget]) -> Mapping[DestinationName, Sequence[str]]:
    rows = [target.row["namespaces"] for target in targets if target.row is not None]
    return {
        "training": sorted({row["training"] for row in rows}),
        "serving": sorted({row["serving"] for row in rows}),
    }


def _default_namespace(spec: EnvironmentSpec, folder: str) -> str:
    """Of the Application of a folder below `_environment` (`render.argocd`)."""
    trains = folder == "training" or (not folder and spec.trains)
    return _destination(spec, "training" if trains else "serving").namespace


def _goes_to(data: Mapping[str, Json], spec: EnvironmentSpec, folder: str) -> bool:
    """Whether an extra object is the cluster's that a folder goes to: the one that has its namespace, else each."""
    namespace = data["metadata"].get("namespace")
    homes = {name: {one.namespace, *one.namespaces.values()} for name, one in spec.destinations}
    return not folder or namespace in homes[folder] or all(namespace not in home for home in homes.values())


def _place(tree: Tree, prepared: Prepared, claim: Claim) -> Location:
    """The line that asks for an object."""
    if claim.own:
        document = read(tree.read(claim.path) or b"", claim.path)
        return Location(claim.path) if isinstance(document, list) else document.locate(("metadata", "name"))
    model, _, name = claim.subject.partition("@")
    environment = prepared.environments[name]
    for template in environment.templates:
        if template.path == claim.path:
            return template.locate(("metadata", "name"))
    if model != SHARED:
        release, _ = load_of_model(tree, environment.declared, Release, model)
        return release.document.locate(("spec", "version")) if release else Location(claim.path)
    extra = _extra(environment, claim.object)
    if extra is not None:
        return extra.locate(("metadata", "name"))
    queue = claim.object.kind == "ClusterQueue"
    pointer = ("spec", "queue", "clusterQueue") if queue else ("metadata", "name")
    return environment.declared.spec.document.locate(pointer)


def _extra(environment: PreparedEnvironment, wanted: Named) -> Extra | None:
    extras = environment.kustomization.extras if environment.kustomization else ()
    return next((extra for extra in extras if named(wanted.file, extra.data) == wanted), None)
