"""Objects in Git against those in the cluster, by what Git says: a field that only the cluster has is no difference.

The API, operators and autoscalers add fields and items of their own. What Git says and the cluster does not have, or
has otherwise, is a difference; so is an object that one of the two lacks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from mlgitops.plan.fields import ABSENT, FieldChange, compare

Json = Any
Identity = tuple[str, str, str]
"""Kind, namespace and name."""

QUANTITY = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>m|k|M|G|T|Ki|Mi|Gi|Ti)?")
UNITS = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGT", 1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGT", 1)},
}
SCALED = re.compile(r"spec\.rayClusterConfig\.workerGroupSpecs\[[^\]]+\]\.replicas")
"""What the autoscaler sets."""


COMPARE_OPTIONS = "argocd.argoproj.io/compare-options"


class Differing(NamedTuple):
    """An object that is not the same in Git and in the cluster."""

    file: str
    """Below `rendered/`; empty for one that only the cluster has."""
    kind: str
    namespace: str
    name: str
    where: str
    """`both`, `Git` or `cluster`."""
    fields: tuple[FieldChange, ...] = ()
    """From what the cluster has to what Git says."""


def identity_of(document: Mapping[str, Json]) -> Identity:
    """What tells an object from all others of an Application."""
    metadata = document.get("metadata") or {}
    return str(document.get("kind", "")), str(metadata.get("namespace", "")), str(metadata.get("name", ""))


def differing(git: Mapping[str, Mapping[str, Json]], cluster: Sequence[Mapping[str, Json]]) -> list[Differing]:
    """What differs between files (path → object) and the live objects of one Application."""
    live = {identity_of(one): one for one in cluster}
    found = []
    for file, document in git.items():
        kind, namespace, name = identity_of(document)
        there = live.pop((kind, namespace, name), None)
        if there is None:
            found.append(Differing(file, kind, namespace, name, "Git"))
        elif fields := tuple(_fields(there, document)):
            found.append(Differing(file, kind, namespace, name, "both", fields))
    found += [Differing("", *identity, "cluster") for identity, one in live.items() if not _stays_on_purpose(one)]
    return sorted(found, key=lambda one: (one.file or "~", one.kind, one.namespace, one.name))


def _stays_on_purpose(live: Mapping[str, Json]) -> bool:
    """Whether an object is meant to outlive its file: a run goes on when a newer one is asked for."""
    annotations = (live.get("metadata") or {}).get("annotations") or {}
    return "IgnoreExtraneous" in str(annotations.get(COMPARE_OPTIONS, ""))


def _fields(live: Mapping[str, Json], git: Mapping[str, Json]) -> Iterator[FieldChange]:
    scaled = _autoscaled(git)
    for change in compare(_reduced(live, git), git):
        if change.after is ABSENT or _same(change.before, change.after):
            continue
        if scaled and SCALED.fullmatch(change.path):
            continue
        yield change


def _autoscaled(document: Mapping[str, Json]) -> bool:
    return ((document.get("spec") or {}).get("rayClusterConfig") or {}).get("enableInTreeAutoscaling") is True


def _reduced(live: Json, git: Json) -> Json:
    """What the cluster has, without the keys that Git says nothing of; lists by position where they are as long."""
    if isinstance(live, dict) and isinstance(git, dict):
        return {key: _reduced(value, git[key]) for key, value in live.items() if key in git}
    if isinstance(live, list) and isinstance(git, list) and len(live) == len(git):
        return [_reduced(one, other) for one, other in zip(live, git, strict=True)]
    return live


def _same(live: Json, git: Json) -> bool:
    """Whether two values mean the same to Kubernetes: quantities by their size, empty and absent alike."""
    if live is ABSENT:
        return git in (None, "", [], {})
    if isinstance(live, (str, int)) and isinstance(git, (str, int)) and not isinstance(live, bool):
        one, other = _quantity(str(live)), _quantity(str(git))
        return one is not None and one == other
    return json.dumps(live, sort_keys=True) == json.dumps(git, sort_keys=True)


def _quantity(text: str) -> Decimal | None:
    found = QUANTITY.fullmatch(text)
    return Decimal(found["number"]) * UNITS[found["unit"] or ""] if found else None
