"""Targets that nobody asked about, as far as one that was built could clash with them.

    found = neighbours(tree, prepared, built, ("dev", "prod"))

Who renders one model of a thousand waits for one: of the others only those are validated whose released version has a
route of ours in its text, whose RayService could be called as one of ours, or that a template could give an object of
ours. A template that names its objects after models is believed to give each model its own. A model that has errors
clashes with nobody: it is not known what it would be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from mlgitops.policy.inputs import environment_input, fleet_row, model_input
from mlgitops.render.names import service_name
from mlgitops.render.shared import Named, named
from mlgitops.render.templates.render import render_templates
from mlgitops.render.templates.values import Constant, Scalar, Template
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.stages.claims import model_claims
from mlgitops.stages.outcome import BuiltModel, BuiltTarget
from mlgitops.stages.own_objects import RAY_SERVICE, beginnings, own_claims
from mlgitops.stages.places import TEMPLATE
from mlgitops.stages.prepare import Prepared, PreparedEnvironment
from mlgitops.stages.validate import ValidTarget, route_of, validate_model
from mlgitops.tree import Tree

Json = Any
Pair = tuple[str, str]
"""(model, environment)."""

UNIQUE = frozenset(("metadata.name", "target.model"))
"""Expressions that give every model a name of its own."""


def neighbours(
    tree: Tree,
    prepared: Prepared,
    built: Sequence[BuiltModel],
    environments: Collection[str],
    others: Sequence[BuiltModel] = (),
) -> list[BuiltModel]:
    """The models that might clash with one that was built, each with one target that was not.

    `environments` are those that models were built in; `others` are models that are known already. Of those that were
    not rendered, what templates give them is told here, and nothing else.
    """
    names = {one.name for one in (*built, *others)}
    theirs = {
        (name, env)
        for env in prepared.environments
        for name in prepared.models
        if name not in names or env not in environments
    }
    in_part = {(one.name, target.environment) for one in others for target in one.targets if target.extras is None}
    if not theirs and not in_part:
        return []
    found: dict[Pair, tuple[Named, ...]] = dict.fromkeys(_by_route(tree, prepared, built, theirs), ())
    found |= dict.fromkeys(_by_service(prepared, built, theirs), ())
    found |= _by_template(tree, prepared, built, theirs | in_part)
    made = (
        _extras(name, env, found[name, env])
        if (name, env) in in_part
        else _model(tree, prepared.environments[env], name, found[name, env])
        for name, env in sorted(found)
    )
    return [one for one in made if one is not None]


def _extras(name: str, environment: str, extras: tuple[Named, ...]) -> BuiltModel:
    """A model with nothing but what templates give it."""
    return BuiltModel(name, None, (), (BuiltTarget(environment, "same", None, None, extras=extras),), ())


def _valid(tree: Tree, environment: PreparedEnvironment, name: str) -> ValidTarget | None:
    where = environment.declared.name
    return validate_model(tree, name, {where: environment.declared}).targets.get(where)


def _model(tree: Tree, environment: PreparedEnvironment, name: str, extras: tuple[Named, ...]) -> BuiltModel | None:
    valid = _valid(tree, environment, name)
    if valid is None:
        return None
    row, route = fleet_row(valid.resolved), route_of(valid)
    target = BuiltTarget(environment.declared.name, "same", row, route, extras=extras)
    return BuiltModel(name, None, (), (target,), ())


def _by_route(tree: Tree, prepared: Prepared, built: Sequence[BuiltModel], theirs: set[Pair]) -> Iterator[Pair]:
    """Targets that serve on a gateway of ours and have one of its routes somewhere in what decides theirs."""
    routes = [target.route for one in built for target in one.targets if target.route]
    texts: dict[str, bytes] = {}
    for env, environment in prepared.environments.items():
        spec, releases = environment.declared.spec.value.spec, environment.declared.releases
        gateway = (spec.gateway.namespace, spec.gateway.name, spec.gateway.host) if spec.gateway else ("", "", "")
        place = (spec.destinations.serving.cluster, f"{gateway[0]}/{gateway[1]}", gateway[2])
        paths = {route.path for route in routes if (route.cluster, route.gateway, route.host) == place}
        for name in sorted(releases) if paths else ():
            if (name, env) not in theirs:
                continue
            text = texts[name] if name in texts else texts.setdefault(name, _versions(tree, name))
            # A backslash could write any character in another way.
            if _overridden(spec, name) in paths or b"\\" in text or any(path.encode() in text for path in paths):
                yield name, env


def _versions(tree: Tree, name: str) -> bytes:
    """The records of all versions of a model."""
    folder = f"specs/{name}/versions"
    return b"\n".join(tree.read(f"{folder}/{entry.name}/version.yaml") or b"" for entry in tree.list(folder))


def _overridden(spec: EnvironmentSpec, name: str) -> Json:
    serving = spec.overrides.get(name, {}).get("serving")
    return serving.get("route") if isinstance(serving, dict) else None


def _by_service(prepared: Prepared, built: Sequence[BuiltModel], theirs: set[Pair]) -> Iterator[Pair]:
    """Released models whose name begins a RayService of ours: what follows might be their version."""
    rows = [(one.name, target.row) for one in built for target in one.targets if target.row is not None]
    services = {service_name(name, row["version"]) for name, row in rows if row["serves"]}
    starts = {service[:end] for service in services for end, character in enumerate(service) if character == "-"}
    for env, environment in prepared.environments.items():
        yield from ((name, env) for name in starts & environment.declared.releases if (name, env) in theirs)


def _by_template(
    tree: Tree, prepared: Prepared, built: Sequence[BuiltModel], theirs: set[Pair]
) -> dict[Pair, tuple[Named, ...]]:
    """Targets to which a template gives an object of ours: of each that a template gave us, the first."""
    ours = {claim.key for claim in model_claims(prepared, built) if claim.object.file != RAY_SERVICE}
    again = {one.name for one in built}
    found: dict[Pair, tuple[Named, ...]] = {}
    for env, environment in prepared.environments.items():
        left, likely = set(ours), _Likely.of(environment, ours, again)
        for name in prepared.models if likely.any else ():
            templates = likely.of_model(again=name in again, left=bool(left))
            if not templates or (name, env) not in theirs:
                continue
            extras = _given(tree, environment, name, templates)
            claims = list(model_claims(prepared, [_extras(name, env, extras)]))
            taken = {claim.key for claim in own_claims(tree, prepared, claims, again)}
            hits = {claim.key: claim.object for claim in claims if claim.key in left | taken}
            left -= hits.keys()
            if hits:
                found[name, env] = tuple(hits.values())
    return found


class _Likely(NamedTuple):
    """Templates of one environment that could give an object of ours to a model."""

    named_each: tuple[Template, ...]
    """As a template gave us, with the name of the model in theirs: only the same model elsewhere can get such a one."""
    shared: tuple[Template, ...]
    """As a template gave us, however they are called."""
    aimed: tuple[Template, ...]
    """Those that could be called as what our models have by themselves."""

    @classmethod
    def of(
        cls, environment: PreparedEnvironment, ours: Collection[tuple[str, ...]], models: Collection[str]
    ) -> _Likely:
        spec = environment.declared.spec.value.spec
        clusters = {"train": spec.destinations.training.cluster, "serve": spec.destinations.serving.cluster}
        kinds = {key[:3] for key in ours}
        aimed = tuple(template for template in environment.templates if _aims(template, models))
        alike = [t for t in environment.templates if (clusters[t.part], *_kind(t)) in kinds and t not in aimed]
        each = tuple(template for template in alike if _names_each(template))
        return cls(each, tuple(template for template in alike if template not in each), aimed)

    @property
    def any(self) -> bool:
        return bool(self.named_each or self.shared or self.aimed)

    def of_model(self, *, again: bool, left: bool) -> tuple[Template, ...]:
        """The templates to look at: `again` for a model of ours elsewhere, `left` while an object may be another's."""
        if not left:
            return self.aimed
        return (*self.aimed, *self.shared, *(self.named_each if again else ()))


def _aims(template: Template, models: Collection[str]) -> bool:
    """Whether an object that is named as people like could have the name of an own object of one of the models."""
    name = _plain(_plain(template.tree)["metadata"])["name"]
    if isinstance(name, Scalar):
        return not _names_each(template)
    return any(model in models for model in beginnings(str(_plain(name))))


def _plain(tree: Json) -> Json:
    return tree.value if isinstance(tree, Constant) else tree


def _kind(template: Template) -> tuple[str, str]:
    data = _plain(template.tree)
    return str(_plain(data["apiVersion"])).rpartition("/")[0], str(_plain(data["kind"]))


def _names_each(template: Template) -> bool:
    """Whether an object's name has the model's in it, as it is."""
    name = _plain(_plain(template.tree)["metadata"])["name"]
    pieces = name.pieces if isinstance(name, Scalar) else ()
    return any(not isinstance(piece, str) and piece.source in UNIQUE for piece in pieces)


def _given(tree: Tree, environment: PreparedEnvironment, name: str, templates: Sequence[Template]) -> tuple[Named, ...]:
    """What templates give a model."""
    valid = _valid(tree, environment, name)
    if valid is None:
        return ()
    resolved = valid.resolved
    seen = environment_input(environment.declared.name, environment.declared.spec.value.spec)
    rendered, _ = render_templates(templates, model_input(resolved, seen), (), resolved.subject)
    parts: Mapping[str, bool] = {"train": resolved.trains, "serve": resolved.serves}
    files = (
        (f"{one.part}/{TEMPLATE}{PurePosixPath(one.template).name}", one.data) for one in rendered if parts[one.part]
    )
    return tuple(named(file, data) for file, data in files)
