"""The documents that a search begins with: the smallest model that an environment takes, and some that are there.

Each `Start` admits the edits of it that a person could have written: the spec is valid, its parts fit each other, and
it can be rendered where it is. Objects and fleets come of patches, templates and sums: of those the shape alone is
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from mlgitops.policy.engine import Scope
from mlgitops.policy.inputs import environment_input, fleet_input, model_input, objects_input
from mlgitops.policy.search import Start
from mlgitops.policy.totality import misfits
from mlgitops.programs.lazy_kustomize import lazy_builder
from mlgitops.spec.resolve import ResolvedModel
from mlgitops.stages.decide import shape
from mlgitops.stages.outcome import BuiltModel, BuiltTarget
from mlgitops.stages.prepare import Prepared, PreparedEnvironment
from mlgitops.stages.render import render_targets
from mlgitops.stages.smallest import is_sound, smallest_model
from mlgitops.stages.validate import ValidTarget, validate_model
from mlgitops.tree import Tree

Json = Any

SMALLEST: Final = "the smallest model"
MODELS: Final = 2
"""Models of a repository that a search begins with in each environment, besides the smallest."""


class Starts:
    """The starts of a revision's environments, each made once."""

    def __init__(self, tree: Tree, prepared: Prepared, built: Sequence[BuiltModel]) -> None:
        self._tree = tree
        self._prepared = prepared
        self._built = built
        self._targets: dict[str, list[ValidTarget]] = {}

    def of(self, scope: Scope, environment: str) -> list[Start]:
        """Those of one scope in one environment, the smallest first."""
        declared = self._prepared.environments[environment]
        if scope == "fleet":
            return self._fleet(declared)
        if scope == "objects":
            return self._objects(declared)
        found = [target.resolved for target in self._chosen(environment)]
        team = found[0].metadata.team if found else _team(declared)
        smallest = smallest_model(declared.declared, team)
        named = [(SMALLEST, smallest)] if smallest else []
        return [_model(name, one) for name, one in (*named, *((one.name, one) for one in found))]

    def _chosen(self, environment: str) -> list[ValidTarget]:
        """Models that differ in what they have: whether they train, serve, and with which accelerators."""
        if environment not in self._targets:
            likenesses: dict[Json, str] = {}
            for name, row in _rows(self._built, environment):
                likenesses.setdefault((bool(row["accelerators"]), row["trains"], row["serves"]), name)
            one = {environment: self._prepared.declared[environment]}
            names = [name for _, name in sorted(likenesses.items(), reverse=True)][:MODELS]
            found = (validate_model(self._tree, name, one).targets.get(environment) for name in names)
            self._targets[environment] = [target for target in found if target is not None]
        return self._targets[environment]

    def _objects(self, environment: PreparedEnvironment) -> list[Start]:
        targets = self._chosen(environment.declared.name)[:1]
        rendered, _ = render_targets(targets, environment, lazy_builder())
        return [
            Start(
                one.target.resolved.name,
                objects_input(one.target.resolved.name, one.input["environment"], one.objects),
                _of_shape("objects"),
            )
            for one in rendered
        ]

    def _fleet(self, environment: PreparedEnvironment) -> list[Start]:
        name, spec = environment.declared.name, environment.declared.spec.value.spec
        rows = [row for _, row in _rows(self._built, name)][:1]
        seen = environment_input(name, spec)
        return [Start(f"{row['model']} alone", fleet_input(seen, [row]), _of_shape("fleet")) for row in rows]


def _rows(built: Iterable[BuiltModel], environment: str) -> list[tuple[str, Mapping[str, Json]]]:
    targets: Iterable[tuple[str, BuiltTarget]] = ((one.name, target) for one in built for target in one.targets)
    return [(name, t.row) for name, t in targets if t.environment == environment and t.row is not None]


def _team(environment: PreparedEnvironment) -> str:
    teams = environment.declared.spec.value.spec.models.teams
    return teams[0] if teams else "team"


def _model(name: str, start: ResolvedModel) -> Start:
    seen = environment_input(start.environment_name, start.environment)

    def admit(document: Json) -> Json | None:
        resolved = _changed(start, document)
        return model_input(resolved, seen) if resolved is not None and is_sound(resolved) else None

    return Start(name, model_input(start, seen), admit)


def _changed(start: ResolvedModel, document: Json) -> ResolvedModel | None:
    """The model with what an edited input says of it; None where no document could say that."""
    try:
        spec = type(start.spec).model_validate(document["spec"])
        metadata = type(start.metadata).model_validate(document["metadata"])
        release = _with_spec(start.release, document["release"])
        run = _with_spec(start.run, document["run"])
        version = _with_spec(start.version, _without_name(document["version"]))
    except (ValidationError, _Unlike):
        return None
    return replace(start, spec=spec, metadata=metadata, release=release, run=run, version=version)


class _Unlike(Exception):
    """A document was added or taken away: that is another start."""


def _with_spec(written: Any, spec: Json) -> Any:
    if (written is None) != (spec is None):
        raise _Unlike
    if written is None:
        return None
    kind: type[BaseModel] = type(written.spec)
    return written.model_copy(update={"spec": kind.model_validate(spec)})


def _without_name(version: Json) -> Json:
    return {key: value for key, value in version.items() if key != "name"} if version else None


def _of_shape(scope: Scope) -> Callable[[Json], Json | None]:
    def admit(document: Json) -> Json | None:
        return None if misfits(document, shape(scope)) else document

    return admit
