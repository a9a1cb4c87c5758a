"""Objects that several Argo CD Applications would manage, each of which takes them from the others.

Argo CD tells it by SharedResourceWarning and, since ours say `FailOnSharedResource=true`, syncs only the first.

    check_claims([notes_of_alpha, notes_of_beta], locate)
    environments/dev/templates/notes.yaml:4:9: error[gitops/shared-resource]: an object must belong to one target, got
    ConfigMap dev-models/notes of alpha@dev and beta@dev
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mlgitops.findings import Finding
from mlgitops.render.kustomization.values import CLUSTER_SCOPED
from mlgitops.source import Location

OWN_HINT = "what a model has by itself keeps its name: give what the template or kustomization.yaml makes another one"
SHOWN = 5
"""Targets that a message names; of others it says how many there are."""

_CLUSTER_SCOPED = CLUSTER_SCOPED | {
    *("AdmissionCheck", "Cohort", "DeviceClass", "GatewayClass", "ResourceFlavor", "Topology"),
    *("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"),
    *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "WorkloadPriorityClass"),
}
"""Besides those that begin with `Cluster`. Of a custom resource only its CRD knows, so others count as namespaced."""


class Named(NamedTuple):
    """What tells an object from others in its cluster."""

    file: str
    """Below its target: `train/template-notes.yaml`."""
    group: str
    kind: str
    namespace: str
    """Empty where the object names none: then it goes to its Application's."""
    name: str


class Claim(NamedTuple):
    """An object that one Application manages."""

    cluster: str
    namespace: str
    """The Application's."""
    object: Named
    subject: str
    """`model@environment`."""
    path: str
    """The file of the person who asks for it."""
    own: bool = False
    """Whether mlgitops gives it to every model: then it is the others that want another name."""

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """Equal for two claims of one object; versions of an API show the same one."""
        _, group, kind, namespace, name = self.object
        wide = kind in _CLUSTER_SCOPED or kind.startswith("Cluster")
        return self.cluster, group, kind, "" if wide else namespace or self.namespace, name


def named(file: str, data: Mapping[str, Any]) -> Named:
    """The name of a rendered object."""
    metadata = data["metadata"]
    group = str(data["apiVersion"]).rpartition("/")[0]
    return Named(file, group, str(data["kind"]), str(metadata.get("namespace") or ""), str(metadata["name"]))


def check_claims(
    claims: Iterable[Claim], locate: Callable[[Claim], Location], others: Iterable[Claim] = ()
) -> list[Finding]:
    """A finding for each file that gives an object which somebody else gives too.

    Where several files do, the first that gives it once is in its right; `others` are of targets that nobody asked
    about: they come before, and get no finding. `locate` tells the line: asked only where there is a clash.
    """
    known: dict[tuple[str, ...], list[Claim]] = {}
    for claim in others:
        known.setdefault(claim.key, []).append(claim)
    asked: dict[tuple[str, ...], list[Claim]] = {}
    for claim in claims:
        asked.setdefault(claim.key, []).append(claim)
    findings = []
    for key, mine in sorted(asked.items()):
        theirs = known.get(key, [])
        if len(mine) + len(theirs) > 1:
            findings += _clash(mine, theirs, locate)
    return findings


def _clash(mine: Sequence[Claim], theirs: Sequence[Claim], locate: Callable[[Claim], Location]) -> list[Finding]:
    """The findings about one object."""
    files: dict[str, list[Claim]] = {}
    for claim in sorted(mine, key=lambda claim: (claim.path, claim.subject)):
        files.setdefault(claim.path, []).append(claim)
    groups = list(files.values())
    right = theirs[0] if theirs else groups[0][0]
    if not theirs and len(groups[0]) == 1:
        groups = groups[1:]
    _, _, kind, namespace, name = right.key
    shown = f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
    message = f"an object must belong to one target, got {shown} of {_listed([*mine, *theirs])}"
    findings = []
    for claims in groups:
        subjects = {claim.subject for claim in claims}
        subject = claims[0].subject if len(subjects) == 1 else f"@{claims[0].subject.partition('@')[2]}"
        place = locate(claims[0])
        related = ((locate(right), f"{right.subject} has it"),) if right.path != claims[0].path else ()
        hint = OWN_HINT if right.own or claims[0].own else _hint(len(claims) > 1 or right.path == claims[0].path)
        findings.append(Finding(place, "gitops/shared-resource", "error", message, hint, "", subject, related))
    return findings


def _hint(several: bool) -> str:
    if several:
        return "begin its name with {{ metadata.name }}, or make it once: in the environment's kustomization.yaml"
    return "give one of them another name, such as one with the environment's in it"


def _listed(claims: Sequence[Claim]) -> str:
    """`a, b and c`, and no more than fit a line."""
    names = sorted({f"{claim.subject} ({claim.object.file.partition('/')[0]})" for claim in claims})
    bare = sorted({claim.subject for claim in claims})
    names = bare if len(bare) > 1 else names
    if len(names) > SHOWN:
        names = [*names[:SHOWN], f"{len(names) - SHOWN} more"]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
