"""The operator's rules for a RayCronJob (ValidateRayCronJobSpec); its job template is held to `job`'s."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.render.preflight.schedule import refused_schedule
from mlgitops.render.preflight.subject import Map, part
from mlgitops.render.preflight.violation import Violation, violation


def cron_job_problems(obj: Map) -> Iterator[Violation]:
    """What is wrong with a RayCronJob beside its template."""
    spec = part(obj, "spec")
    schedule = spec.get("schedule") or ""
    if refused := refused_schedule(schedule):
        yield violation(
            "kuberay/schedule", ("spec", "schedule"), f"spec.schedule: {refused}", "write it like `0 3 * * 1`"
        )
    if "TZ" in schedule:
        yield violation(
            "kuberay/schedule-time-zone",
            ("spec", "schedule"),
            "spec.schedule must not have a time zone",
            "set spec.timeZone",
        )
    if spec.get("timeZone") == "":
        yield violation("kuberay/time-zone-empty", ("spec", "timeZone"), "spec.timeZone must not be empty", "remove it")
