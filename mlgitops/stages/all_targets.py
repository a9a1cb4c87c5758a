"""What only all targets together tell: places and objects that two of them want, and rules on whole fleets.

    clash_findings(tree, prepared, built, environments)    two models on one route, one object of two targets
    fleet_findings(tree, prepared, built, engine, names)   an environment's costs, added up

A run asks it before it writes anything (`settle`), and a plan of both revisions (`revise`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding
from mlgitops.policy.engine import Engine
from mlgitops.report.contents import Skipped
from mlgitops.source import Location
from mlgitops.spec.checks.fleet import check_routes
from mlgitops.spec.reader import Document, read
from mlgitops.stages.outcome import BuiltModel
from mlgitops.stages.prepare import Prepared
from mlgitops.stages.validate import route_place
from mlgitops.tree import Tree

Json = Any

INCOMPLETE = "a model there has errors: what its models share stays as it was"
"""Why an environment's own target is left out."""

IN_PART = "a model there has errors: what all take together was decided of the others alone"
"""Why a fleet is not decided whole: what is denied is denied, and what is allowed may not be."""


def clash_findings(
    tree: Tree,
    prepared: Prepared,
    built: Sequence[BuiltModel],
    environments: Collection[str],
    others: Sequence[BuiltModel] = (),
) -> list[Finding]:
    """Targets that want to be reached at one place, or to manage one object, whoever was asked about.

    `environments` are those that models were built in, `others` models that nobody asked about and that are known.
    """
    from mlgitops.stages.claims import claim_findings
    from mlgitops.stages.neighbours import neighbours

    others = [*others, *neighbours(tree, prepared, built, environments, others)]

    def place(subject: str) -> Location:
        model, _, environment = subject.partition("@")
        return route_place(tree, prepared.declared[environment], model)

    mine, theirs = (
        [target.route for one in models for target in one.targets if target.route] for models in (built, others)
    )
    return [*check_routes(mine, place, theirs), *claim_findings(tree, prepared, built, others)]


def fleets_in_part(prepared: Prepared, environments: Iterable[str]) -> list[Skipped]:
    """What is left out where a model's row is missing: sums over the others are too small."""
    if not prepared.rules.of("fleet"):
        return []
    return [Skipped(f"fleet rules of {name}", IN_PART) for name in sorted(environments)]


def fleet_findings(
    tree: Tree, prepared: Prepared, built: Sequence[BuiltModel], engine: Engine, environments: Iterable[str]
) -> list[Finding]:
    """What the rules on fleets say of each environment with all its models, before waivers."""
    from mlgitops.stages.decide import decide_fleets  # here, since `validate` needs none of it

    rows: dict[str, list[Mapping[str, Json]]] = {name: [] for name in environments}
    for target in (target for one in built for target in one.targets):
        if target.row is not None and target.environment in rows:
            rows[target.environment].append(target.row)
    fleets = [(prepared.environments[name].declared, found) for name, found in rows.items()]
    return decide_fleets(engine, prepared.rules, fleets, _Documents(tree, built))


class _Documents(dict[str, Document]):
    """The models' documents by name, read when a finding asks where one stands: a remembered model has none at hand."""

    def __init__(self, tree: Tree, built: Sequence[BuiltModel]) -> None:
        super().__init__({one.name: one.document for one in built if one.document is not None})
        self._tree = tree

    def __missing__(self, name: str) -> Document:
        path = f"specs/{name}/model.yaml"
        document = read(self._tree.read(path) or b"", path)
        if isinstance(document, list):
            raise MlgitopsError(f"{path} changed while mlgitops was running", "run again")
        self[name] = document
        return document
