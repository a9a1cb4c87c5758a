"""Manifests that mlgitops did not render, checked like its own: findings stand at the line of the manifest."""

from __future__ import annotations

from collections.abc import Sequence

from mlgitops.findings import Finding, in_order
from mlgitops.render.preflight import preflight
from mlgitops.report.contents import Report
from mlgitops.source import pointer_text
from mlgitops.spec.manifests import Manifest, read_manifests


def check_foreign(content: bytes, path: str, kuberay: str) -> Report:
    """What KubeRay and Argo CD would do with the objects of a text."""
    objects, unreadable = read_manifests(content, path)
    found: dict[int, list[Finding]] = {}
    for number, manifest in enumerate(objects):
        for problem in preflight(manifest.data, kuberay=kuberay):
            place, pointer = manifest.locate(problem.pointer), pointer_text(problem.pointer)
            finding = Finding(
                place, problem.code, problem.severity, problem.message, problem.hint, pointer, manifest.name
            )
            found.setdefault(number, []).append(finding)
    return report_on(objects, unreadable, found)


def report_on(
    objects: Sequence[Manifest], unreadable: Sequence[Finding], found: dict[int, list[Finding]], engine: str = ""
) -> Report:
    """A report that counts objects; `found` has the findings of each by its number."""
    failed = sum(any(finding.fails for finding in findings) for findings in found.values())
    return Report(
        findings=tuple(in_order([*unreadable, *(finding for findings in found.values() for finding in findings)])),
        checked=len(objects),
        failed=failed,
        unit="object",
        engine=engine,
    )
