"""Settings of Argo CD under which Ray objects are never in sync, never healthy, or taken for somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlgitops.render.preflight.violation import Violation, violation
from mlgitops.source import Pointer

COMPARE_OPTIONS = "argocd.argoproj.io/compare-options"
HEALTH = "resource.customizations.health.ray.io_"
KINDS = ("RayJob", "RayService")


def argocd_traps(obj: dict[str, Any]) -> Iterator[Violation]:
    """Traps in an Application, an ApplicationSet, or Argo CD's own ConfigMap."""
    kind = obj.get("kind")
    if kind == "ConfigMap":
        if _map(obj, "metadata").get("name") == "argocd-cm":
            yield from _settings(_map(obj, "data"))
    elif str(obj.get("apiVersion", "")).startswith("argoproj.io/"):
        template, pointer = (
            (_map(obj, "spec", "template"), ("spec", "template")) if kind == "ApplicationSet" else (obj, ())
        )
        yield from _application(template, pointer)


def _application(application: dict[str, Any], pointer: Pointer) -> Iterator[Violation]:
    given = _map(application, "metadata", "annotations").get(COMPARE_OPTIONS)
    if "ServerSideDiff=true" not in str(given or "").replace(" ", "").split(","):
        yield violation(
            "gitops/server-side-diff-missing",
            (*pointer, "metadata", "annotations", COMPARE_OPTIONS),
            "without server-side diff, one default that is not written inside a list makes Argo CD sync for ever",
            f"add the annotation `{COMPARE_OPTIONS}: ServerSideDiff=true`",
        )
    options = _map(application, "spec", "syncPolicy").get("syncOptions")
    options = options if isinstance(options, list) else []
    place = (*pointer, "spec", "syncPolicy", "syncOptions")
    if "CreateNamespace=true" in options:
        yield violation(
            "gitops/create-namespace",
            (*place, options.index("CreateNamespace=true")),
            "CreateNamespace makes a namespace without Pod Security labels, quotas or a NetworkPolicy",
            "render the Namespace",
        )
    if "RespectIgnoreDifferences=true" in options and _ignores_ray(application):
        yield violation(
            "gitops/respect-ignore-differences",
            (*place, options.index("RespectIgnoreDifferences=true")),
            "with RespectIgnoreDifferences, ignoring one field in a list of a Ray object ignores the whole list: "
            "edits of it in Git are never applied",
            "remove RespectIgnoreDifferences=true",
        )


def _ignores_ray(application: dict[str, Any]) -> bool:
    ignored = _map(application, "spec").get("ignoreDifferences")
    rules = ignored if isinstance(ignored, list) else []
    return any(isinstance(rule, dict) and rule.get("group") in ("ray.io", "*") and _in_list(rule) for rule in rules)


def _in_list(rule: dict[str, Any]) -> bool:
    expressions = rule.get("jqPathExpressions") or []
    pointers = rule.get("jsonPointers") or []
    return any("[" in str(text) for text in expressions) or any(
        token.isdigit() for text in pointers for token in str(text).split("/")
    )


def _settings(data: dict[str, Any]) -> Iterator[Violation]:
    method = data.get("application.resourceTrackingMethod")
    if method == "label":
        yield violation(
            "gitops/label-tracking",
            ("data", "application.resourceTrackingMethod"),
            "KubeRay copies labels to the clusters it makes, so Argo CD takes them for its own and prunes them",
            "use annotation, Argo CD's default",
        )
    for kind in KINDS:
        if HEALTH + kind not in data:
            yield violation(
                "gitops/no-health-check",
                ("data", HEALTH + kind),
                f"Argo CD has no health check for {kind}: its Application is Healthy at once, whatever happens",
                f"add the key `{HEALTH}{kind}`",
            )


def _map(value: Any, *names: str) -> dict[str, Any]:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
