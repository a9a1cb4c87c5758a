"""What people see of a model that serves, and what wakes them: alerts and a dashboard.

Requests, errors and latency are Ray Serve's own metrics, which count what never reached a replica as well (no
replica, a full queue); predictions, drift and outliers are the runtime's (`contract.names`). Prometheus adds the pod's
namespace and, through the PodMonitor, its labels.

Objectives become burn-rate alerts over a budget of 30 days: the error budget is gone in two days at 14.4 times its pace
(told within minutes), in five at 6 times. Only 5xx count: a wrong request is the caller's.
"""

from __future__ import annotations

import json
from functools import cache

from mlgitops.contract import names
from mlgitops.render.labels import object_labels
from mlgitops.render.names import content_digits, role_name, serving_namespace
from mlgitops.render.objects import Object
from mlgitops.render.trace import derived
from mlgitops.spec.documents.types import seconds
from mlgitops.spec.resolve import ResolvedModel

REQUESTS = "ray_serve_num_http_requests_total"
ERRORS = "ray_serve_num_http_error_requests_total"
LATENCY = "ray_serve_http_request_latency_ms_bucket"
HEALTHY = "ray_serve_deployment_replica_healthy"

BURN_RATES = (("critical", 14.4, "1h", "5m"), ("warning", 6.0, "6h", "30m"))
"""(severity, pace, long window, short window): the short one ends the alert soon after the errors do."""


def prometheus_rule(resolved: ResolvedModel) -> Object:
    """The PrometheusRule `<model>-serve`."""
    monitoring = resolved.spec.monitoring
    rules = [_down(resolved)]
    if monitoring is not None:
        objectives = monitoring.objectives
        if objectives.availability is not None:
            rules += _availability(resolved, objectives.availability)
        if objectives.latencyP99 is not None:
            rules.append(_latency(resolved, objectives.latencyP99))
        if monitoring.drift is not None:
            rules.append(_drift(resolved, monitoring.drift.threshold, monitoring.drift.window))
    name = role_name(resolved.metadata.name, "serve")
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": name,
            "namespace": serving_namespace(resolved),
            "labels": object_labels(resolved, "serve"),
        },
        "spec": {"groups": [{"name": f"mlgitops.{resolved.environment_name}.{resolved.name}", "rules": rules}]},
    }


def _selector(resolved: ResolvedModel) -> str:
    return (
        f'application="{resolved.name}",namespace="{serving_namespace(resolved)}",'
        f'mlgitops_dev_environment="{resolved.environment_name}"'
    )


def _alert(resolved: ResolvedModel, name: str, severity: str, expression: str, wait: str, summary: str) -> Object:
    return {
        "alert": name,
        "annotations": {"summary": f"{resolved.name} in {resolved.environment_name}: {summary}"},
        "expr": expression,
        "for": wait,
        "labels": {
            "environment": resolved.environment_name,
            "model": resolved.name,
            "severity": severity,
            "team": resolved.metadata.team,
        },
    }


def _down(resolved: ResolvedModel) -> Object:
    expression = f"absent({HEALTHY}{{{_selector(resolved)}}} == 1)"
    return _alert(resolved, "ModelDown", "critical", expression, "5m", "no replica is healthy")


def _availability(resolved: ResolvedModel, availability: float) -> list[Object]:
    budget = (100 - availability) / 100
    chosen = _selector(resolved)
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
    buckets = f"sum by (le) (rate({LATENCY}{{{_selector(resolved)}}}[5m]))"
    expression = derived(f"histogram_quantile(0.99, {buckets}) > {limit}", objective)
    return _alert(resolved, "ModelSlow", "warning", expression, "10m", f"the slowest 1 % take more than {objective}")


def _drift(resolved: ResolvedModel, threshold: float, window: str) -> Object:
    chosen = f'model="{resolved.name}",environment="{resolved.environment_name}"'
    expression = derived(f"max by (kind, feature) ({names.DRIFT}{{{chosen}}}) > {threshold:g}", threshold)
    summary = "{{ $labels.kind }} of {{ $labels.feature }} is {{ $value | humanize }}, above " + f"{threshold:g}"
    return _alert(resolved, "ModelDrift", "warning", expression, derived(_prometheus(window), window), summary)


def _prometheus(duration: str) -> str:
    """A duration as Prometheus writes it, which knows all of our units; shorter than a scrape means nothing."""
    return duration if seconds(duration) >= 60 else "1m"


def dashboard(resolved: ResolvedModel) -> Object:
    """The ConfigMap `<model>-dashboard`, which Grafana's sidecar finds by its label."""
    model, environment = resolved.name, resolved.environment_name
    constants = {"model": model, "environment": environment, "namespace": serving_namespace(resolved)}
    variables = ",\n".join(_constant(name, value) for name, value in constants.items())
    text = (
        "{\n"
        f'"uid": "mlgitops-{content_digits(f"{environment}/{model}")}",\n'
        f'"title": {json.dumps(f"{model} in {environment}")},\n'
        f'"tags": ["mlgitops"],\n"schemaVersion": 39,\n"timezone": "utc",\n"refresh": "1m",\n'
        '"time": {"from": "now-6h", "to": "now"},\n'
        f'"templating": {{"list": [\n{_DATA_SOURCE},\n{variables}\n]}},\n'
        f'"panels": [\n{_panels()}\n]\n'
        "}\n"
    )
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": f"{resolved.metadata.name}-dashboard",
            "namespace": serving_namespace(resolved),
            "labels": {**object_labels(resolved, "serve"), "grafana_dashboard": "1"},
        },
        "data": {f"mlgitops-{environment}-{model}.json": text},
    }


_DATA_SOURCE = '{"name": "datasource", "type": "datasource", "query": "prometheus"}'


def _constant(name: str, value: str) -> str:
    return json.dumps({"name": name, "type": "constant", "query": str(value), "hide": 2})


_SERVE = 'application="$model",namespace="$namespace",mlgitops_dev_environment="$environment"'
_PODS = 'namespace="$namespace",mlgitops_dev_model="$model",mlgitops_dev_environment="$environment"'
_OURS = 'model="$model",environment="$environment"'

_PANELS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("Requests", "reqps", ((f"sum(rate({REQUESTS}{{{_SERVE}}}[5m]))", "requests"),)),
    (
        "Errors",
        "percentunit",
        tuple(
            (
                f'sum(rate({ERRORS}{{{_SERVE},error_code=~"{code}.."}}[5m])) / sum(rate({REQUESTS}{{{_SERVE}}}[5m]))',
                f"{code}xx",
            )
            for code in (5, 4)
        ),
    ),
    (
        "Latency",
        "ms",
        tuple(
            (f"histogram_quantile({q}, sum by (le) (rate({LATENCY}{{{_SERVE}}}[5m])))", name)
            for q, name in ((0.5, "p50"), (0.99, "p99"))
        ),
    ),
    (
        "Replicas",
        "short",
        (
            (f"sum({HEALTHY}{{{_SERVE}}})", "healthy"),
            (f"sum(ray_serve_autoscaling_target_replicas{{{_SERVE}}})", "wanted"),
        ),
    ),
    (
        "Work in hand",
        "short",
        (
            (f"sum(ray_serve_replica_processing_queries{{{_SERVE}}})", "processing"),
            (f"sum(ray_serve_deployment_queued_queries{{{_SERVE}}})", "queued"),
        ),
    ),
    (
        "GPU",
        "percent",
        ((f"avg by (pod) (ray_node_gpus_utilization{{{_PODS}}})", "{{pod}}"),),
    ),
    ("Predictions", "reqps", ((f"sum by (code) (rate({names.PREDICTIONS}{{{_OURS}}}[5m]))", "{{code}}"),)),
    ("Drift", "short", ((f"max by (kind, feature) ({names.DRIFT}{{{_OURS}}})", "{{kind}} {{feature}}"),)),
)
"""(title, unit, (query, legend)…)."""


@cache
def _panels() -> str:
    """The panels' JSON, the same for all models: what differs stands in variables."""
    width, height = 12, 8
    lines = []
    for index, (title, unit, queries) in enumerate(_PANELS):
        targets = [
            {"refId": chr(ord("A") + number), "expr": query, "legendFormat": legend}
            for number, (query, legend) in enumerate(queries)
        ]
        panel = {
            "id": index + 1,
            "type": "timeseries",
            "title": title,
            "datasource": {"type": "prometheus", "uid": "${datasource}"},
            "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
            "gridPos": {"h": height, "w": width, "x": index % 2 * width, "y": index // 2 * height},
            "targets": targets,
        }
        lines.append(json.dumps(panel))
    return ",\n".join(lines)
