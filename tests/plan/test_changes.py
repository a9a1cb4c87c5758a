"""Two revisions compared: objects by their file, verdicts by subject and rule."""

from __future__ import annotations

from typing import Any

from mlgitops.findings import Finding, Severity
from mlgitops.plan.changes import (
    Decided,
    ObjectChange,
    TargetChange,
    VerdictChange,
    compare_objects,
    compare_targets,
    compare_verdicts,
)
from mlgitops.plan.fields import ABSENT, FieldChange
from mlgitops.source import Location


def an_object(kind: str = "Service", name: str = "churn", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "models"}, "spec": spec}


def test_objects() -> None:
    before = {
        "a.yaml": an_object(port=1),
        "b.yaml": an_object(name="b"),
        "c.yaml": an_object("RayJob", "run-1"),
        "same": an_object(),
    }
    after = {
        "a.yaml": an_object(port=2),
        "d.yaml": an_object(name="d"),
        "c.yaml": an_object("RayJob", "run-2"),
        "same": an_object(),
    }
    assert compare_objects(before, after) == (
        ObjectChange("changed", "a.yaml", "Service", "churn", "models", (FieldChange("spec.port", 1, 2),), "churn"),
        ObjectChange("removed", "b.yaml", "Service", "b", "models"),
        ObjectChange(
            "replaced",
            "c.yaml",
            "RayJob",
            "run-2",
            "models",
            (FieldChange("metadata.name", "run-1", "run-2"),),
            "run-1",
        ),
        ObjectChange("added", "d.yaml", "Service", "d", "models"),
    )


def test_an_object_is_compared_with_itself_whatever_file_it_stands_in() -> None:
    before = {"now.yaml": an_object("RayService", "v1"), "former.yaml": an_object("RayService", "v0")}
    after = {"now.yaml": an_object("RayService", "v2"), "former.yaml": an_object("RayService", "v1", port=2)}
    assert compare_objects(before, after) == (
        ObjectChange("removed", "former.yaml", "RayService", "v0", "models"),
        ObjectChange(
            "changed",
            "former.yaml",
            "RayService",
            "v1",
            "models",
            (FieldChange("spec.port", ABSENT, 2),),
            "v1",
            "now.yaml",
        ),
        ObjectChange("added", "now.yaml", "RayService", "v2", "models"),
    )
    turned = {"now.yaml": before["former.yaml"], "former.yaml": before["now.yaml"]}
    assert compare_objects(before, turned) == ()


def test_an_object_of_another_kind_is_another_object() -> None:
    (change,) = compare_objects({"a": an_object("Role")}, {"a": an_object("ClusterRole")})
    assert (change.kind, change.object_kind) == ("replaced", "ClusterRole")


def test_odd_objects_raise_nothing() -> None:
    assert compare_objects({"a": {}}, {"a": {"metadata": None}})[0].kind == "changed"
    assert compare_objects({}, {"a": {}}) == (ObjectChange("added", "a", "", "", ""),)


def test_targets() -> None:
    one = {"a.yaml": an_object()}
    changes, unchanged = compare_targets(
        {"dev/a": one, "dev/b": {}, "dev/c": one}, {"dev/a": one, "dev/b": one, "dev/d": {}}
    )
    added, removed = (ObjectChange(kind, "a.yaml", "Service", "churn", "models") for kind in ("added", "removed"))
    assert unchanged == 1
    assert changes == (
        TargetChange("changed", "dev/b", (added,)),
        TargetChange("removed", "dev/c", (removed,)),
        TargetChange("added", "dev/d", ()),
    )


def finding(subject: str, rule: str, severity: Severity = "error", waived: str = "", message: str = "no") -> Finding:
    return Finding(Location("a.yaml"), f"policy/{rule}", severity, message, subject=subject, waived=waived)


def test_verdicts() -> None:
    both = frozenset({"a@dev", "b@dev"})
    before = Decided(
        both | {"gone@dev"},
        (
            finding("a@dev", "cost.limit"),
            finding("a@dev", "cost.same"),
            finding("b@dev", "data.region", "warning"),
            finding("gone@dev", "cost.limit"),
        ),
    )
    after = Decided(
        both | {"new@dev"},
        (
            finding("a@dev", "cost.limit", waived="policies/waivers/a.yaml"),
            finding("a@dev", "cost.same", message="no, for another reason"),
            finding("new@dev", "cost.limit", message="new"),
            finding("b@dev", "policy-less"),
        ),
    )
    assert compare_verdicts(before, after) == (
        VerdictChange("a@dev", "cost.limit", "denied", "waived", "no"),
        VerdictChange("b@dev", "data.region", "warned", "allowed", "no"),
        VerdictChange("gone@dev", "cost.limit", "denied", "undecided", "no"),
        VerdictChange("new@dev", "cost.limit", "undecided", "denied", "new"),
    )


def test_the_worst_of_several_findings_decides() -> None:
    found = (
        finding("a@dev", "x.y", "warning", message="w"),
        finding("a@dev", "x.y", waived="w.yaml", message="v"),
        finding("a@dev", "x.y", message="d"),
    )
    subjects = frozenset({"a@dev"})
    for order in (found, found[::-1]):
        (change,) = compare_verdicts(Decided(subjects, ()), Decided(subjects, order))
        assert change == VerdictChange("a@dev", "x.y", "allowed", "denied", "d")


def test_other_findings_are_no_verdicts() -> None:
    others = ("spec/format", "policy/no-rules", "policy/waiver-expired")
    found = tuple(Finding(Location("a"), code, "error", "x", subject="a@dev") for code in others)
    assert compare_verdicts(Decided(frozenset(), ()), Decided(frozenset(), found)) == ()
