"""One report with everything in it, for the tests of every format."""

from __future__ import annotations

from mlgitops.findings import Finding, in_order
from mlgitops.report.contents import Report, Skipped
from mlgitops.source import Location

SPEC = "specs/churn/model.yaml"

LINES = {
    (SPEC, 3): "  name: Churn",
    (SPEC, 31): "    replicas: {min: 0, max: 6}",
    ("environments/prod/environment.yaml", 9): "  limits: {gpus: {A100: 4}}",
}

OUT_OF_RANGE = Finding(
    Location(SPEC, 31, 21),
    "spec/out-of-range",
    "error",
    "serving.replicas.min must be at least 1, got 0",
    "set it to 1, or remove `serving` to train only",
    "/spec/serving/replicas/min",
    "churn@dev",
)
UNKNOWN = Finding(Location(SPEC, 3, 9), "spec/format", "warning", "metadata.name must be a name, got 'Churn'")
WAIVED = Finding(
    Location(SPEC, 20, 5),
    "policy/cost.gpu-limit",
    "error",
    "8 GPUs of type A100 are asked for, 4 are allowed",
    pointer="/spec/training/workers",
    subject="churn@prod",
    related=((Location("environments/prod/environment.yaml", 9, 19), "the limit is set here"),),
    waived="policies/waivers/churn-gpus.yaml",
)

REPORT = Report(
    findings=tuple(in_order([OUT_OF_RANGE, OUT_OF_RANGE._replace(subject="churn@prod"), UNKNOWN, WAIVED])),
    checked=9,
    failed=2,
    skipped=(
        Skipped("digits@prod", "no release: nothing serves here yet"),
        Skipped("diabetes@prod", "no release: nothing serves here yet"),
    ),
    engine="opa 1.21.3",
)

CLEAN = Report(checked=9, engine="embedded 1.5.0")


def line(location: Location) -> str | None:
    """The line of a location in the files of `LINES`."""
    return LINES.get((location.path, location.line))
