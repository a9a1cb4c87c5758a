"""What governs a revision, apart from what it is about: rules, data, waivers, and environments' limits and approvals.

mixed = governed_by(head, base)      the head's specs and environments under the base's policies
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from mlgitops.policy.waivers import Waiver
from mlgitops.spec.reader import Document, read
from mlgitops.stages.key import NOT_RENDERED
from mlgitops.stages.prepare import Prepared, PreparedEnvironment
from mlgitops.tree import Tree

Json = Any

GOVERNING: Final = ("limits", "prices", "approvals", "strategies", "promotesFrom", "protected")
"""Fields of an environment that say what is allowed there, and not where and how models run."""


def governed_by(specs: Prepared, policies: Prepared) -> Prepared:
    """One revision's specs and environments under another's rules, data, waivers and governing fields.

    An environment that the other revision does not have keeps its own: nothing else governs it.
    """
    environments = {
        name: _governed(one, policies.environments[name]) if name in policies.environments else one
        for name, one in specs.environments.items()
    }
    return replace(
        specs,
        environments=environments,
        rules=policies.rules,
        waivers=policies.waivers,
        decidable=policies.decidable,
    )


def _governed(one: PreparedEnvironment, by: PreparedEnvironment) -> PreparedEnvironment:
    fields = _fields(by)
    if _fields(one) == fields:
        return one
    written = one.declared.spec
    spec = written.value.spec.model_copy(update=fields)
    value = written.value.model_copy(update={"spec": spec})
    return replace(one, declared=replace(one.declared, spec=written._replace(value=value)))


def _fields(one: PreparedEnvironment) -> dict[str, Json]:
    spec = one.declared.spec.value.spec
    return {name: getattr(spec, name) for name in GOVERNING}


def govern_alike(one: Prepared, other: Prepared) -> bool:
    """Whether two revisions decide alike, whatever is asked: texts that engines do not see may differ."""
    differ = rules_differ(one, other) or _waivers(one) != _waivers(other)
    return not (differ or differently_governed(one, other))


def rules_differ(one: Prepared, other: Prepared) -> bool:
    """Whether rules or what they look up differ."""
    return one.rules.modules != other.rules.modules or one.rules.data != other.rules.data


def differently_governed(one: Prepared, other: Prepared) -> dict[str, frozenset[tuple[str, ...]]]:
    """The environments of both whose governing fields are not the same, with the paths that differ."""
    found = {}
    for name in one.environments.keys() & other.environments.keys():
        if paths := frozenset(_differing(_plain(one.environments[name]), _plain(other.environments[name]), ())):
            found[name] = paths
    return found


def _plain(one: PreparedEnvironment) -> dict[str, Json]:
    """The governing fields as plain values."""
    whole: dict[str, Json] = one.declared.spec.value.spec.model_dump(include={*GOVERNING})
    return whole


def _differing(one: Json, other: Json, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The paths at which two values differ, each as deep as both have maps."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from _differing(one.get(key), other.get(key), (*path, key))
    elif one != other:
        yield path


def _waivers(prepared: Prepared) -> set[Waiver]:
    return {waiver._replace(location=waiver.location._replace(line=1, column=1)) for waiver in prepared.waivers}


def governs_alone(path: str, base: Tree, head: Tree) -> bool:
    """Whether a file that differs can change verdicts, and no object of a model."""
    if path.startswith("policies/"):
        return True
    parts = path.split("/")
    if parts[0] != "environments" or parts[2:] != ["environment.yaml"]:
        return False
    was, now = (_rendered_part(tree, path) for tree in (base, head))
    return was is not None and was == now


def _rendered_part(tree: Tree, path: str) -> Mapping[str, Json] | None:
    """An environment's document without what governs and is in no model's objects; None where it cannot be read."""
    document = read(tree.read(path) or b"", path)
    if not isinstance(document, Document) or not isinstance(document.data.get("spec"), dict):
        return None
    left = {key: value for key, value in document.data["spec"].items() if key not in {*GOVERNING} & NOT_RENDERED}
    return {**document.data, "spec": left}
