"""The CRDs' CEL rules (`x-kubernetes-validations`), each in Python under the text it has in the CRD.

There are few, and an interpreter of CEL would cost more than the rest of preflight. A CRD with a rule that is not here
fails its test (and a KeyError at run time), so none is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mlgitops.render.preflight.violation import Violation, fragment, one_of, violation
from mlgitops.source import Pointer, dotted

Rule = Callable[[Any, Pointer], Iterator[Violation]]

MANAGERS = ("ray.io/kuberay-operator", "kueue.x-k8s.io/multikueue")


def _managed_by(value: Any, pointer: Pointer) -> Iterator[Violation]:
    if value not in MANAGERS:
        yield violation(
            "kuberay/managed-by",
            pointer,
            f"{dotted(pointer)} must be {one_of(MANAGERS)}, got {fragment(value)}",
            "remove it to let KubeRay manage the object",
        )


def _unchanged(_value: Any, _pointer: Pointer) -> Iterator[Violation]:
    """A field that cannot be changed: only a comparison of two revisions can tell."""
    return iter(())


def _one_status(value: Any, pointer: Pointer) -> Iterator[Violation]:
    if _has(value, "jobStatus") and _has(value, "jobDeploymentStatus"):
        yield violation(
            "kuberay/deletion-condition-both",
            pointer,
            f"{dotted(pointer)} has both jobStatus and jobDeploymentStatus; one was expected",
            "write a rule for each",
        )


def _some_status(value: Any, pointer: Pointer) -> Iterator[Violation]:
    if not (_has(value, "jobStatus") or _has(value, "jobDeploymentStatus")):
        yield violation(
            "kuberay/deletion-condition-none",
            pointer,
            f"{dotted(pointer)} must have jobStatus or jobDeploymentStatus",
            "add `jobStatus: SUCCEEDED` or `jobStatus: FAILED`",
        )


def _one_style(value: Any, pointer: Pointer) -> Iterator[Violation]:
    if (_has(value, "onSuccess") or _has(value, "onFailure")) and _has(value, "deletionRules"):
        yield violation(
            "kuberay/deletion-styles-mixed",
            pointer,
            f"{dotted(pointer)} has both deletionRules and the older onSuccess or onFailure; one style was expected",
            "keep deletionRules",
        )


def _complete(value: Any, pointer: Pointer) -> Iterator[Violation]:
    if not ((_has(value, "onSuccess") and _has(value, "onFailure")) or _has(value, "deletionRules")):
        yield violation(
            "kuberay/deletion-incomplete",
            pointer,
            f"{dotted(pointer)} must have deletionRules, or both onSuccess and onFailure",
            "add deletionRules, or remove deletionStrategy",
        )


def _has(value: dict[str, Any], name: str) -> bool:
    return value.get(name) is not None


RULES: dict[str, Rule] = {
    "self == oldSelf": _unchanged,
    "self in ['ray.io/kuberay-operator', 'kueue.x-k8s.io/multikueue']": _managed_by,
    "!(has(self.jobStatus) && has(self.jobDeploymentStatus))": _one_status,
    "has(self.jobStatus) || has(self.jobDeploymentStatus)": _some_status,
    "!((has(self.onSuccess) || has(self.onFailure)) && has(self.deletionRules))": _one_style,
    "((has(self.onSuccess) && has(self.onFailure)) || has(self.deletionRules))": _complete,
}
