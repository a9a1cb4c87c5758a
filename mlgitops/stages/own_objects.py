"""What mlgitops renders of a model by itself, as far as somebody else gives an object of that name.

    a template for diabetes gives NetworkPolicy dev-documents/digits-serve    → digits@dev has it already

Own objects begin with their model's name and are no other model's, so they are not compared with each other; they are
many, so only those of models whose name begins a claimed one are made, from their documents. A run's RayJob and Jobs
are left out: their names end in digests of what they run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from mlgitops.render.scoring import JOB_FILE
from mlgitops.render.serving import PREVIOUS_FILE
from mlgitops.render.shared import Claim, named
from mlgitops.spec.documents.environment import Destination, EnvironmentSpec
from mlgitops.stages.prepare import Prepared, PreparedEnvironment
from mlgitops.stages.validate import validate_model
from mlgitops.tree import Tree

RAY_SERVICE = "serve/rayservice.yaml"
NAMED_LATER = (
    RAY_SERVICE,
    PREVIOUS_FILE,
    "train/rayjob.yaml",
    "train/job-evaluate.yaml",
    "train/job-sign.yaml",
    f"score/{JOB_FILE}",
)
"""Named after a version, which claims tell of every model, after a run, and after a pod template."""


def own_claims(tree: Tree, prepared: Prepared, claims: Iterable[Claim], models: Collection[str]) -> tuple[Claim, ...]:
    """The own objects of `models` that somebody else claims; what a model's templates give is checked as it renders."""
    wanted: dict[tuple[str, str], set[tuple[str, ...]]] = {}
    homes = _homes(prepared)
    for claim in claims:
        cluster, _, _, namespace, name = claim.key
        environment = homes.get((cluster, namespace))
        if environment is None or claim.object.file == RAY_SERVICE:
            continue
        for model in beginnings(name):
            if model in models and claim.subject != f"{model}@{environment}":
                wanted.setdefault((model, environment), set()).add(claim.key)
    return tuple(
        claim
        for (model, environment), keys in sorted(wanted.items())
        for claim in _own(tree, model, prepared.environments[environment])
        if claim.key in keys
    )


def beginnings(name: str) -> Iterator[str]:
    """The models whose own object could have a name: `a-b-c` is of `a`, of `a-b` or of `a-b-c`."""
    yield from (name[:end] for end, character in enumerate(name) if character == "-")
    yield name


def _homes(prepared: Prepared) -> dict[tuple[str, str], str]:
    """(cluster, namespace) → the one environment whose models have objects there."""
    return {
        (destination.cluster, namespace): name
        for name, environment in prepared.environments.items()
        for _, destination in environment.declared.spec.value.spec.destinations
        for namespace in (destination.namespace, *destination.namespaces.values())
    }


def _own(tree: Tree, model: str, environment: PreparedEnvironment) -> Iterator[Claim]:
    from mlgitops.stages.parts import part_objects  # here, since hardly anybody takes a model's name

    where = environment.declared.name
    valid = validate_model(tree, model, {where: environment.declared}).targets.get(where)
    if valid is None:
        return  # a model that has errors clashes with nobody: it is not known what it would be
    objects, _ = part_objects(valid.resolved, valid.predecessor, valid.previous)
    for file, data in objects:
        if file not in NAMED_LATER:
            destination = _destination(environment.declared.spec.value.spec, file)
            path = f"specs/{model}/model.yaml"
            yield Claim(
                destination.cluster, destination.namespace, named(file, data), f"{model}@{where}", path, own=True
            )


def _destination(spec: EnvironmentSpec, file: str) -> Destination:
    return spec.destinations.training if file.startswith("train/") else spec.destinations.serving
