"""One changed object with what is around it: what every kind's effects are told from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mlgitops.plan.effect import Effect, EffectClass
from mlgitops.plan.fields import ABSENT, FieldChange
from mlgitops.render.objects import fields as object_of
from mlgitops.render.sync_options import SYNC_OPTIONS

Json = Any


class Around(NamedTuple):
    """What decides an effect besides the object."""

    kuberay: str
    """The environment's version."""
    protected: bool = False
    """Whether Argo CD's Applications of the environment outlive their folders."""
    leaving: frozenset[str] = frozenset()
    """Parts of the target (`train`, `serve`) of which no object is left."""
    arriving: frozenset[str] = frozenset()
    """Parts of which no object was there."""
    trained: Mapping[str, str] = {}
    """Runs that have a version already: identity → the version."""
    config_maps: tuple[Mapping[str, Json], Mapping[str, Json]] = ({}, {})
    """The target's ConfigMaps that differ, before and after: name → contents."""


class Change(NamedTuple):
    """An object before and after; None where it is not there."""

    target: str
    """`dev/churn`."""
    file: str
    """Below the target: `serve/rayservice.yaml`."""
    before: Json | None
    after: Json | None
    fields: tuple[FieldChange, ...]
    around: Around

    @property
    def part(self) -> str:
        """`serve`; empty for what belongs to an environment."""
        return self.file.partition("/")[0] if "/" in self.file else ""

    @property
    def kind(self) -> str:
        """Of the object."""
        return str((self.after if self.after is not None else self.before or {}).get("kind", ""))

    @property
    def name(self) -> str:
        """After the change, or before where the object leaves."""
        return name_of(self.after if self.after is not None else self.before)

    @property
    def former(self) -> str:
        """The name before."""
        return name_of(self.before)

    @property
    def replaced(self) -> bool:
        """Whether another object takes the place of this one, which leaves."""
        both = self.before is not None and self.after is not None
        return both and any(_key(self.before, key) != _key(self.after, key) for key in ("kind", "name", "namespace"))

    @property
    def application(self) -> str:
        """Argo CD's Application: `dev.churn.serve`."""
        return application_of(self.target, self.part)

    def effect(
        self, effect: EffectClass, reason: str, deciding: Sequence[FieldChange] = (), instead: str = "", name: str = ""
    ) -> Effect:
        """An effect of this change."""
        paths = tuple(dict.fromkeys(field.path for field in deciding))
        target = f"{self.target}/{self.part}" if self.part else self.target
        file = f"{self.target}/{self.file}"
        return Effect(effect, target, file, self.kind, name or self.name, reason, paths, instead)


def application_of(target: str, part: str) -> str:
    """Argo CD's Application of a part of a target: `dev.churn.serve`."""
    environment, _, model = target.partition("/")
    return f"{environment}.{model}.{part}" if part else f"{environment}.environment"


def name_of(data: Json | None) -> str:
    """`metadata.name`."""
    return str(object_of(object_of(data).get("metadata")).get("name", ""))


def _key(data: Json, key: str) -> Json:
    return object_of(data).get(key) if key == "kind" else object_of(object_of(data).get("metadata")).get(key)


def sync_options(data: Json | None) -> frozenset[str]:
    """What Argo CD is told about one object: `Prune=false`, `Prune=confirm`."""
    annotations = object_of(object_of(object_of(data).get("metadata")).get("annotations"))
    return frozenset(word.strip() for word in str(annotations.get(SYNC_OPTIONS, "")).split(","))


def told(fields: Sequence[FieldChange], shown: int = 3) -> str:
    """Fields in words: `maxReplicas of workers 4 → 6, image and 2 more`."""
    paths = {field.path for field in fields}
    ones = [f for f in fields if ".requests." not in f.path or f.path.replace(".requests.", ".limits.") not in paths]
    said = [_field(field) for field in ones[:shown]]
    rest = len(ones) - len(said)
    return ", ".join(said) + (f" and {rest} more" if rest else "")


def _field(field: FieldChange) -> str:
    path = field.path.removeprefix("spec.").removeprefix("rayClusterConfig.").replace(".template.spec.", ".")
    for inner in (".containers[", ".initContainers[", ".volumes["):
        path = path[path.index(inner) + 1 :] if inner in path else path
    old, new = _short(field.before), _short(field.after)
    return f"{path} {old} → {new}" if old and new else path


def _short(value: Json) -> str:
    """A value that is said whole, or nothing: half of one might be half of a secret."""
    if value is ABSENT or isinstance(value, (dict, list)):
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 40 and text.isprintable() else ""


def under(fields: Sequence[FieldChange], prefix: str) -> list[FieldChange]:
    """The fields below a path, with their paths from there on."""
    return [field._replace(path=field.path[len(prefix) :]) for field in fields if field.path.startswith(prefix)]
