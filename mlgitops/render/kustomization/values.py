"""The values that a kustomization is made of once it is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mlgitops.source import Location, Pointer

Object = dict[str, Any]
"""A Kubernetes object, in JSON's types."""

Locate = Callable[[Pointer], Location]

FILE = "kustomization.yaml"
"""Its name in an environment's folder."""

CLUSTER_SCOPED = frozenset(
    (
        *("APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding"),
        *("CustomResourceDefinition", "FlowSchema", "IngressClass", "MutatingWebhookConfiguration", "Namespace"),
        *("Node", "PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "RuntimeClass", "StorageClass"),
        *("ValidatingWebhookConfiguration", "VolumeAttachment"),
    )
)
"""Kinds of Kubernetes itself that have no namespace: all others without one are in `default` to kustomize."""


class ObjectId(NamedTuple):
    """What tells an object from all others."""

    api_version: str
    kind: str
    namespace: str
    """Empty where the object names none."""
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    @property
    def effective_namespace(self) -> str:
        """The namespace as kustomize compares it."""
        if self.namespace or self.kind in CLUSTER_SCOPED:
            return self.namespace
        return "default"


class Requirement(NamedTuple):
    """One condition of a label selector: `operator` is `in`, `notin`, `exists` or `absent`."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it; as in Kubernetes, `notin` holds where the key is absent."""
        if self.operator == "exists":
            return self.key in labels
        if self.operator == "absent":
            return self.key not in labels
        if self.operator == "in":
            return labels.get(self.key) in self.values
        return labels.get(self.key) not in self.values


class Selector(NamedTuple):
    """A patch's `target`. Each pattern must match the whole of its field; None matches all."""

    group: re.Pattern[str] | None = None
    version: re.Pattern[str] | None = None
    kind: re.Pattern[str] | None = None
    name: re.Pattern[str] | None = None
    namespace: re.Pattern[str] | None = None
    labels: tuple[Requirement, ...] = ()
    annotations: tuple[Requirement, ...] = ()

    def may_match(self, identity: ObjectId) -> bool:
        """Whether an object of this identity is selected, if its labels and annotations allow it."""
        group, _, version = identity.api_version.rpartition("/")
        return (
            (self.kind is None or bool(self.kind.fullmatch(identity.kind)))
            and (self.name is None or bool(self.name.fullmatch(identity.name)))
            and (self.namespace is None or bool(self.namespace.fullmatch(identity.effective_namespace)))
            and (self.group is None or bool(self.group.fullmatch(group)))
            and (self.version is None or bool(self.version.fullmatch(version)))
        )

    def matches(self, obj: Object) -> bool:
        """Whether this very object is selected."""
        metadata = obj.get("metadata") or {}
        return (
            self.may_match(identity(obj))
            and all(r.holds(metadata.get("labels") or {}) for r in self.labels)
            and all(r.holds(metadata.get("annotations") or {}) for r in self.annotations)
        )


class Patch(NamedTuple):
    """One entry of `patches`: it touches what its target selects or, without one, the one object it names."""

    number: int
    """Its place in `patches`, from 0."""
    body: str
    """A strategic merge patch or a list of JSON 6902 operations, as JSON."""
    target: Selector | None
    subject: ObjectId | None
    """The object that a strategic patch without a target names."""
    entry: Object
    """The entry as kustomize gets it."""
    locate: Locate
    """Where a value of `body` was written."""

    def may_touch(self, found: ObjectId) -> bool:
        """Whether the patch applies to an object of this identity, if its labels and annotations allow it."""
        if self.target is not None:
            return self.target.may_match(found)
        wanted = self.subject
        return wanted is not None and (
            (wanted.api_version, wanted.kind, wanted.name) == (found.api_version, found.kind, found.name)
            and wanted.effective_namespace == found.effective_namespace
        )

    def touches(self, obj: Object) -> bool:
        """Whether the patch applies to this very object."""
        return self.may_touch(identity(obj)) if self.target is None else self.target.matches(obj)


class Extra(NamedTuple):
    """An object of the kustomization's own `resources`."""

    data: Object
    locate: Locate


class Kustomization(NamedTuple):
    """A kustomization that was checked: all that kustomize will get of it, and nothing else."""

    path: str
    locate: Locate
    """Where a value of the kustomization stands. Looking costs a second, slower reading: for findings alone."""
    extras: tuple[Extra, ...] = ()
    generators: tuple[Object, ...] = ()
    """Entries of `configMapGenerator`; the files they name are in `data`."""
    generator_options: Object | None = None
    data: Mapping[str, bytes] = {}
    """Files of generators, by the path relative to the kustomization."""
    patches: tuple[Patch, ...] = ()
    labels: tuple[Object, ...] = ()
    annotations: Mapping[str, str] = {}
    images: tuple[Object, ...] = ()
    files: frozenset[str] = frozenset()
    """Every file that was read for it, from the repository's root."""
    unread: str = ""
    """The digest over the environment's other files: its templates, and files that nobody knows. Its declaration is
    not among them."""

    @property
    def environment(self) -> str:
        """The environment's name: that of the folder."""
        return self.path.split("/")[-2]

    @property
    def renames(self) -> bool:
        """Whether generated ConfigMaps get a hash in their names, so that what refers to them changes with them."""
        everywhere = (self.generator_options or {}).get("disableNameSuffixHash", False)
        return not everywhere and any(
            not (entry.get("options") or {}).get("disableNameSuffixHash", False) for entry in self.generators
        )

    @property
    def changes_models(self) -> bool:
        """Whether anything in it can change an object of a model: if not, kustomize need not see them."""
        return bool(self.patches or self.labels or self.annotations or self.images or self.renames)

    @property
    def makes_objects(self) -> bool:
        """Whether it has objects of its own."""
        return bool(self.extras or self.generators)


Files = Mapping[str, str | bytes]
"""A folder to build, by path relative to it."""

Build = tuple[str, str]
"""What kustomize wrote, and what it said when it refused: one of the two is empty."""

BuildAll = Callable[[Sequence[Files]], Sequence[Build]]
"""Builds several folders and returns a `Build` for each, in order. `programs.kustomize.builder` makes one."""


def identity(obj: Object) -> ObjectId:
    """The identity of an object; what is not text counts as empty."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    values = (obj.get("apiVersion"), obj.get("kind"), metadata.get("namespace"), metadata.get("name"))
    return ObjectId(*(value if isinstance(value, str) else "" for value in values))


def canonical(value: object) -> str:
    """The one JSON text of a value, in characters that YAML takes too."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def object_stream(objects: Iterable[Object]) -> str:
    """Objects as a YAML stream: JSON is YAML, and is written faster."""
    return "---\n".join(canonical(obj) + "\n" for obj in objects)
