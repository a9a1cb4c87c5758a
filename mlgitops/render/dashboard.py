"""The dashboard of a model that serves: Ray Serve's metrics, the replicas' own, and what Prometheus records of them."""

from __future__ import annotations

import json
from functools import cache

from mlgitops.contract import names
from mlgitops.render.alerts import ERRORS, HEALTHY, LATENCY, REQUESTS
from mlgitops.render.labels import object_labels
from mlgitops.render.names import content_digits, serving_namespace
from mlgitops.render.objects import Object
from mlgitops.spec.resolve import ResolvedModel


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
_CURVES = "{{kind}} {{feature}} {{version}}"

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
    (
        "Drift",
        "short",
        tuple(
            (f"topk(10, {metric}{{{_OURS}}})", f"{name} {_CURVES}")
            for metric, name in ((names.PSI, "PSI"), (names.JENSEN_SHANNON, "Jensen-Shannon"))
        ),
    ),
    ("Values in the drift window", "short", ((f"min by (version) ({names.WINDOW_SAMPLE}{{{_OURS}}})", "{{version}}"),)),
    (
        "Missing, unknown and out of range",
        "percentunit",
        (
            (f"topk(5, {names.SKEW}{{{_OURS}}})", "missing or unknown {{feature}}"),
            (f"topk(5, {names.OUTLIER_SHARE}{{{_OURS}}})", "out of range {{feature}}"),
        ),
    ),
    (
        "Scores on late labels",
        "short",
        ((f"max by (version, metric) ({names.LIVE_SCORE}{{{_OURS}}})", "{{metric}} {{version}}"),),
    ),
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
