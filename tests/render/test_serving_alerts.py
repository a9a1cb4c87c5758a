"""Alerts and the dashboard: which there are, at which limits, over metrics that exist."""

from __future__ import annotations

import json
import re

import pytest

from mlgitops.contract import names
from mlgitops.render.observability import BURN_RATES
from mlgitops.render.serving import render_serving
from tests.render.serving_models import VERSION, released

MONITORING = VERSION[VERSION.index("    monitoring:") :]
RAY = {
    "ray_node_gpus_utilization",
    "ray_serve_autoscaling_target_replicas",
    "ray_serve_deployment_queued_queries",
    "ray_serve_deployment_replica_healthy",
    "ray_serve_http_request_latency_ms_bucket",
    "ray_serve_num_http_error_requests_total",
    "ray_serve_num_http_requests_total",
    "ray_serve_replica_processing_queries",
}
"""What Ray 2.60 exports."""


def objects(monitoring: str = MONITORING):
    version = VERSION.replace(MONITORING, monitoring)
    return {one.file: one.data for one in render_serving(released(version=version))}


def rules(monitoring: str = MONITORING):
    (group,) = objects(monitoring)["prometheusrule.yaml"]["spec"]["groups"]
    return group["rules"]


def test_every_model_has_an_alert_for_having_no_replica():
    (rule,) = rules("")
    assert (rule["alert"], rule["labels"]["severity"], rule["for"]) == ("ModelDown", "critical", "5m")
    assert rule["expr"] == (
        'absent(ray_serve_deployment_replica_healthy{application="churn",namespace="growth-prod",'
        'mlgitops_dev_environment="prod"} == 1)'
    )


def test_each_objective_has_its_alerts():
    assert [(rule["alert"], rule["labels"]["severity"]) for rule in rules()] == [
        ("ModelDown", "critical"),
        ("ModelErrorBudgetBurn", "critical"),
        ("ModelErrorBudgetBurn", "warning"),
        ("ModelSlow", "warning"),
        ("ModelDrift", "warning"),
    ]
    for rule in rules():
        assert rule["labels"] | {"severity": ""} == {
            "environment": "prod",
            "model": "churn",
            "severity": "",
            "team": "growth",
        }


@pytest.mark.parametrize(
    ("availability", "fast", "slow"),
    [
        (99.99, "0.00144", "0.0006"),
        (99.9, "0.0144", "0.006"),
        (99, "0.144", "0.06"),
        (90, "0.9", "0.6"),
        (100, "0", "0"),
        (0, "0.9", "0.9"),
    ],
)
def test_the_pace_at_which_an_error_budget_burns(availability, fast, slow):
    found = rules(f"    monitoring: {{objectives: {{availability: {availability}}}}}\n")[1:]
    assert [re.findall(r"> ([0-9.e-]+)\)", rule["expr"]) for rule in found] == [[fast] * 2, [slow] * 2]
    assert [re.findall(r"\[(\w+)\]", rule["expr"]) for rule in found] == [
        [long, long, short, short] for _, _, long, short in BURN_RATES
    ]
    assert all(rule["expr"].count('error_code=~"5.."') == 2 for rule in found)


def test_latency_is_in_the_metric_s_milliseconds():
    (rule,) = rules("    monitoring: {objectives: {latencyP99: 2s}}\n")[1:]
    assert rule["expr"].startswith(
        "histogram_quantile(0.99, sum by (le) (rate(ray_serve_http_request_latency_ms_bucket{"
    )
    assert rule["expr"].endswith("[5m]))) > 2000")
    assert rule["annotations"]["summary"] == "churn in prod: the slowest 1 % take more than 2s"


@pytest.mark.parametrize(("window", "wait"), [("1h", "1h"), ("7d", "7d"), ("500ms", "1m")])
def test_drift_must_last_for_its_window(window, wait):
    (rule,) = rules(f"    monitoring: {{drift: {{threshold: 0.25, window: {window}}}}}\n")[1:]
    assert rule["for"] == wait
    assert rule["expr"] == 'max by (kind, feature) (mlgitops_drift{model="churn",environment="prod"}) > 0.25'
    assert rule["annotations"]["summary"] == (
        "churn in prod: {{ $labels.kind }} of {{ $labels.feature }} is {{ $value | humanize }}, above 0.25"
    )


def test_queries_name_metrics_that_ray_or_the_runtime_exports():
    ours = {value for key, value in vars(names).items() if key.isupper() and isinstance(value, str)}
    (text,) = objects()["configmap-dashboard.yaml"]["data"].values()
    queries = [rule["expr"] for rule in rules()]
    queries += [target["expr"] for panel in json.loads(text)["panels"] for target in panel["targets"]]
    found = {name for query in queries for name in re.findall(r"(\w+)\{", query)}
    assert found - ours == RAY
    assert found & ours == {names.DRIFT, names.PREDICTIONS}


def test_the_dashboard():
    data = objects()["configmap-dashboard.yaml"]
    assert data["metadata"]["labels"]["grafana_dashboard"] == "1"
    ((name, text),) = data["data"].items()
    assert name == "mlgitops-prod-churn.json"
    dashboard = json.loads(text)
    assert dashboard["title"] == "churn in prod"
    assert len(dashboard["uid"]) <= 40
    variables = {one["name"]: one["query"] for one in dashboard["templating"]["list"]}
    assert variables == {
        "datasource": "prometheus",
        "model": "churn",
        "environment": "prod",
        "namespace": "growth-prod",
    }
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert titles == ["Requests", "Errors", "Latency", "Replicas", "Work in hand", "GPU", "Predictions", "Drift"]
    used = {name for panel in dashboard["panels"] for name in re.findall(r"\$\{?(\w+)", json.dumps(panel))}
    assert used == set(variables)
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
