"""Alerts of a model that serves: what wakes people, whom, and where it says what to do.

Every alert carries the label `role` (who can mend it) and the annotation `runbook`, a page of the documentation.
Requests, errors and latency are Ray Serve's own metrics, which count what never reached a replica as well (no
replica, a full queue); the rest is counted by the replicas (`contract.names`) and summed by recording rules
(`drift_rules`). Prometheus adds the pod's namespace and, through the PodMonitor, its labels.

Objectives become burn-rate alerts over a budget of 30 days: the error budget is gone in two days at 14.4 times its pace
(told within minutes), in five at 6 times. Only 5xx count: a wrong request is the caller's.
"""

from __future__ import annotations

from typing import Literal

from mlgitops.contract import names
from mlgitops.render.joining import joins
from mlgitops.render.names import serving_namespace
from mlgitops.render.objects import Object
from mlgitops.render.trace import derived
from mlgitops.spec.documents.model import Drift, Monitoring
from mlgitops.spec.documents.types import seconds
from mlgitops.spec.resolve import ResolvedModel

REQUESTS = "ray_serve_num_http_requests_total"
ERRORS = "ray_serve_num_http_error_requests_total"
LATENCY = "ray_serve_http_request_latency_ms_bucket"
HEALTHY = "ray_serve_deployment_replica_healthy"

RUNBOOKS = "docs/runbooks/"
"""Of mlgitops' own repository: a page an alert."""

Role = Literal["dataEngineer", "dataScientist", "mlEngineer", "itOperations"]
ROLES: dict[str, Role] = {
    "ModelDown": "itOperations",
    "ModelErrorBudgetBurn": "mlEngineer",
    "ModelSlow": "mlEngineer",
    "ModelDataDrift": "dataScientist",
    "ModelPredictionDrift": "dataScientist",
    "ModelConceptDrift": "dataScientist",
    "ModelTrainingServingSkew": "dataEngineer",
    "ModelOutliers": "dataEngineer",
    "ModelDriftUnknown": "mlEngineer",
    "ModelMetricAbsent": "itOperations",
    "ModelWatchErrors": "mlEngineer",
    "ModelPredictionLogLoss": "mlEngineer",
    "ModelReportOld": "mlEngineer",
}
"""Every alert there is, and whom it tells."""

BURN_RATES = (("critical", 14.4, "1h", "5m"), ("warning", 6.0, "6h", "30m"))
"""(severity, pace, long window, short window): the short one ends the alert soon after the errors do."""

REPORT_SECONDS = 36 * 3600
"""Of a report that is made every day."""
SKEW_LIMIT = 0.1
"""Ten values in a hundred more than in the reference are missing or of no known category."""
OUTLIER_LIMIT = 0.05
"""Of a feature's values: far above the 2 in 1,000 that leave the range of 1,000 rows by chance."""
CONCEPT_LIMIT = 0.1
"""Of the registered score, by which the live one may be worse."""
LONGEST_WAIT = 300.0
"""Seconds that drift must last. The window has smoothed it before."""


def serving_selector(resolved: ResolvedModel) -> str:
    """Matchers of Ray Serve's own metrics."""
    return (
        f'application="{resolved.name}",namespace="{serving_namespace(resolved)}",'
        f'mlgitops_dev_environment="{resolved.environment_name}"'
    )


def watch_selector(resolved: ResolvedModel) -> str:
    """Matchers of the replicas' metrics."""
    return f'model="{resolved.name}",environment="{resolved.environment_name}"'


def alerts(resolved: ResolvedModel) -> list[Object]:
    """Every alert of the model here."""
    rules = [_down(resolved), _absent(resolved, names.MODEL_LOADED), _errors(resolved)]
    monitoring = resolved.spec.monitoring
    if monitoring is not None:
        objectives = monitoring.objectives
        if objectives.availability is not None:
            rules += _availability(resolved, objectives.availability)
        if objectives.latencyP99 is not None:
            rules.append(_latency(resolved, objectives.latencyP99))
        if monitoring.drift is not None:
            rules += _drift(resolved, monitoring.drift)
    if resolved.environment.storage.predictions is not None:
        rules.append(_log_loss(resolved))
        if monitoring is not None:
            rules += _joined(resolved, monitoring)
    return rules


def _alert(resolved: ResolvedModel, name: str, severity: str, expression: str, wait: str, summary: str) -> Object:
    return {
        "alert": name,
        "annotations": {
            "runbook": f"{RUNBOOKS}{name}.md",
            "summary": f"{resolved.name} in {resolved.environment_name}: {summary}",
        },
        "expr": expression,
        "for": wait,
        "labels": {
            "environment": resolved.environment_name,
            "model": resolved.name,
            "role": ROLES[name],
            "severity": severity,
            "team": resolved.metadata.team,
        },
    }


def _down(resolved: ResolvedModel) -> Object:
    expression = f"absent({HEALTHY}{{{serving_selector(resolved)}}} == 1)"
    return _alert(resolved, "ModelDown", "critical", expression, "5m", "no replica is healthy")


def _absent(resolved: ResolvedModel, metric: str, wait: str = "5m") -> Object:
    """A metric that other alerts read is gone: they would be silent."""
    expression = f"absent({metric}{{{watch_selector(resolved)}}})"
    summary = f"nobody reports {metric}, so what reads it is blind"
    rule = _alert(resolved, "ModelMetricAbsent", "warning", expression, wait, summary)
    rule["labels"]["metric"] = metric
    return rule


def _errors(resolved: ResolvedModel) -> Object:
    """What is answered and not counted is in no distance and no score."""
    expression = f"sum(increase({names.WATCH_ERRORS}{{{watch_selector(resolved)}}}[15m])) > 0"
    summary = "{{ $value | humanize }} requests were answered and could not be counted"
    return _alert(resolved, "ModelWatchErrors", "warning", expression, "1m", summary)


def _availability(resolved: ResolvedModel, availability: float) -> list[Object]:
    budget = (100 - availability) / 100
    chosen = serving_selector(resolved)
    rules = []
    for severity, pace, long, short in BURN_RATES:
        # Above nine errors in ten no budget can be overspent by more: the alert must still be able to fire.
        limit = f"{min(0.9, pace * budget):.6g}"
        both = [
            f'sum(rate({ERRORS}{{{chosen},error_code=~"5.."}}[{window}]))'
            f" / sum(rate({REQUESTS}{{{chosen}}}[{window}])) > {limit}"
            for window in (long, short)
        ]
        summary = f"requests fail at {pace:g} times the pace that {availability:g} % of availability allows"
        expression = derived(f"({both[0]}) and ({both[1]})", availability)
        rules.append(_alert(resolved, "ModelErrorBudgetBurn", severity, expression, "2m", summary))
    return rules


def _latency(resolved: ResolvedModel, objective: str) -> Object:
    limit = f"{seconds(objective) * 1000:g}"
    buckets = f"sum by (le) (rate({LATENCY}{{{serving_selector(resolved)}}}[5m]))"
    expression = derived(f"histogram_quantile(0.99, {buckets}) > {limit}", objective)
    return _alert(resolved, "ModelSlow", "warning", expression, "10m", f"the slowest 1 % take more than {objective}")


def _drift(resolved: ResolvedModel, drift: Drift) -> list[Object]:
    chosen, wait = watch_selector(resolved), _wait(drift.window)
    rules = [_absent(resolved, metric, wait) for metric in (names.FEATURE_VALUES, names.REFERENCE_SHARE, names.RECORDS)]
    if drift.test != "ks":
        for kind, name in (("dataDrift", "ModelDataDrift"), ("predictionDrift", "ModelPredictionDrift")):
            distance = _distance(drift.test, f'{chosen},kind="{kind}"')
            expression = derived(f"{distance} > {drift.threshold:g}", drift.threshold)
            summary = (
                f"{drift.test} of {{{{ $labels.feature }}}} is {{{{ $value | humanize }}}}, above {drift.threshold:g}"
            )
            rules.append(_alert(resolved, name, "warning", expression, wait, summary))
    skew = f"{names.SKEW}{{{chosen}}} > {SKEW_LIMIT:g}"
    summary = "{{ $labels.feature }} is missing or unknown in {{ $value | humanizePercentage }} more than in training"
    rules.append(_alert(resolved, "ModelTrainingServingSkew", "warning", skew, wait, summary))
    outliers = f"{names.OUTLIER_SHARE}{{{chosen}}} > {OUTLIER_LIMIT:g}"
    summary = "{{ $value | humanizePercentage }} of {{ $labels.feature }} are out of range"
    rules.append(_alert(resolved, "ModelOutliers", "warning", outliers, wait, summary))
    unknown = f"max by (model, version, environment) ({names.INSUFFICIENT_DATA}{{{chosen}}}) == 1"
    summary = f"fewer than {drift.minimumSamples} values in {drift.window}: insufficient data to tell drift"
    rules.append(_alert(resolved, "ModelDriftUnknown", "info", unknown, derived(drift.window, drift.window), summary))
    return rules


def _distance(test: str, chosen: str) -> str:
    if test == "chiSquared":
        return f"{names.CHI_SQUARED}{{{chosen}}} / {names.DEGREES_OF_FREEDOM}{{{chosen}}}"
    metric = {"psi": names.PSI, "jensenShannon": names.JENSEN_SHANNON}[test]
    return f"{metric}{{{chosen}}}"


def _wait(window: str) -> str:
    return derived(window, window) if seconds(window) < LONGEST_WAIT else "5m"


def _log_loss(resolved: ResolvedModel) -> Object:
    chosen = watch_selector(resolved)
    expression = f"sum by (reason) (increase({names.PREDICTION_LOG_DROPPED}{{{chosen}}}[15m])) > 0"
    summary = "{{ $value | humanize }} predictions or labels were not stored: {{ $labels.reason }}"
    return _alert(resolved, "ModelPredictionLogLoss", "warning", expression, "1m", summary)


def _joined(resolved: ResolvedModel, monitoring: Monitoring) -> list[Object]:
    """Alerts over what the join job reports, which replicas show."""
    if not joins(monitoring):
        return []
    chosen = watch_selector(resolved)
    reported = f"{names.REPORT_TIME}{{{chosen}}}"
    old = f"absent({reported}) or time() - max({reported}) > {REPORT_SECONDS:g}"
    summary = "the daily job that joins late labels has not reported for days"
    rules = [_alert(resolved, "ModelReportOld", "warning", old, "1d", summary)]
    drift = monitoring.drift
    if drift is not None and drift.test == "ks":
        of = "model, version, environment, feature"
        expression = derived(
            f"max by ({of}) ({names.LIVE_DISTANCE}{{{chosen}}}) > {drift.threshold:g}", drift.threshold
        )
        summary = f"ks of {{{{ $labels.feature }}}} is {{{{ $value | humanize }}}}, above {drift.threshold:g}"
        rules.append(_alert(resolved, "ModelDataDrift", "warning", expression, "5m", summary))
    if monitoring.groundTruth is not None:
        of = "model, version, environment, metric"
        expression = f"max by ({of}) ({names.SCORE_LOSS}{{{chosen}}}) > {CONCEPT_LIMIT:g}"
        summary = (
            "{{ $labels.metric }} on late labels is {{ $value | humanizePercentage }} worse than when it was registered"
        )
        rules.append(_alert(resolved, "ModelConceptDrift", "warning", expression, "5m", summary))
    return rules
