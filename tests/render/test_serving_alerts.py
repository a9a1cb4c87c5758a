"""Alerts and the dashboard: which there are, at which limits, over metrics that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mlgitops.contract import names
from mlgitops.render.alerts import BURN_RATES, ROLES, RUNBOOKS
from mlgitops.render.serving import render_serving
from tests.render.prometheus_rules import RAY
from tests.render.serving_models import ENVIRONMENT, VERSION, released

ROOT = Path(__file__).resolve().parents[2]
MONITORING = VERSION[VERSION.index("    monitoring:") :]
WITHOUT_LOG = ENVIRONMENT.replace(', predictions: "s3://predictions"', "")


def objects(monitoring: str = MONITORING, environment: str = ENVIRONMENT):
    version = VERSION.replace(MONITORING, monitoring)
    return {one.file: one.data for one in render_serving(released(version=version, environment=environment))}


def rules(monitoring: str = MONITORING, environment: str = WITHOUT_LOG):
    """The alerts."""
    (group,) = objects(monitoring, environment)["prometheusrule.yaml"]["spec"]["groups"]
    return [rule for rule in group["rules"] if "alert" in rule]


def test_every_model_has_an_alert_for_having_no_replica_and_for_one_that_nobody_watches():
    down, absent, errors = rules("")
    assert errors["expr"] == ('sum(increase(mlgitops_watch_errors_total{model="churn",environment="prod"}[15m])) > 0')
    assert (down["alert"], down["labels"]["severity"], down["for"]) == ("ModelDown", "critical", "5m")
    assert down["expr"] == (
        'absent(ray_serve_deployment_replica_healthy{application="churn",namespace="growth-prod",'
        'mlgitops_dev_environment="prod"} == 1)'
    )
    assert (absent["alert"], absent["for"]) == ("ModelMetricAbsent", "5m")
    assert absent["expr"] == 'absent(mlgitops_model_loaded{model="churn",environment="prod"})'


def test_each_objective_has_its_alerts_and_each_tells_a_role():
    found = rules(environment=ENVIRONMENT)
    assert [(rule["alert"], rule["labels"]["role"], rule["labels"]["severity"]) for rule in found] == [
        ("ModelDown", "itOperations", "critical"),
        ("ModelMetricAbsent", "itOperations", "warning"),
        ("ModelWatchErrors", "mlEngineer", "warning"),
        ("ModelErrorBudgetBurn", "mlEngineer", "critical"),
        ("ModelErrorBudgetBurn", "mlEngineer", "warning"),
        ("ModelSlow", "mlEngineer", "warning"),
        ("ModelMetricAbsent", "itOperations", "warning"),
        ("ModelMetricAbsent", "itOperations", "warning"),
        ("ModelMetricAbsent", "itOperations", "warning"),
        ("ModelDataDrift", "dataScientist", "warning"),
        ("ModelPredictionDrift", "dataScientist", "warning"),
        ("ModelTrainingServingSkew", "dataEngineer", "warning"),
        ("ModelOutliers", "dataEngineer", "warning"),
        ("ModelDriftUnknown", "mlEngineer", "info"),
        ("ModelPredictionLogLoss", "mlEngineer", "warning"),
        ("ModelReportOld", "mlEngineer", "warning"),
        ("ModelConceptDrift", "dataScientist", "warning"),
    ]
    for rule in found:
        assert {key: value for key, value in rule["labels"].items() if key in ("environment", "model", "team")} == {
            "environment": "prod",
            "model": "churn",
            "team": "growth",
        }


def test_every_alert_has_a_runbook_that_exists():
    assert {path.stem for path in (ROOT / RUNBOOKS).glob("*.md")} - {"README"} == set(ROLES)
    for rule in rules(environment=ENVIRONMENT):
        assert rule["annotations"]["runbook"] == f"{RUNBOOKS}{rule['alert']}.md"


def test_where_a_runbook_goes_back_it_says_how_during_a_rollout():
    """`mlgitops rollback` is refused then."""
    for page in (ROOT / RUNBOOKS).glob("*.md"):
        text = page.read_text()
        assert ("`mlgitops rollback " in text) == ("`mlgitops rollout abort " in text), page.name


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
    found = rules(f"    monitoring: {{objectives: {{availability: {availability}}}}}\n")[3:]
    assert [re.findall(r"> ([0-9.e-]+)\)", rule["expr"]) for rule in found] == [[fast] * 2, [slow] * 2]
    assert [re.findall(r"\[(\w+)\]", rule["expr"]) for rule in found] == [
        [long, long, short, short] for _, _, long, short in BURN_RATES
    ]
    assert all(rule["expr"].count('error_code=~"5.."') == 2 for rule in found)


def test_latency_is_in_the_metric_s_milliseconds():
    (rule,) = rules("    monitoring: {objectives: {latencyP99: 2s}}\n")[3:]
    assert rule["expr"].startswith(
        "histogram_quantile(0.99, sum by (le) (rate(ray_serve_http_request_latency_ms_bucket{"
    )
    assert rule["expr"].endswith("[5m]))) > 2000")
    assert rule["annotations"]["summary"] == "churn in prod: the slowest 1 % take more than 2s"


@pytest.mark.parametrize(("window", "wait"), [("1h", "5m"), ("7d", "5m"), ("20s", "20s"), ("500ms", "500ms")])
def test_drift_is_told_by_its_test_above_its_threshold(window, wait):
    data, prediction = drift_alerts(f"{{threshold: 0.25, window: {window}}}")
    assert (data["for"], prediction["for"]) == (wait, wait)
    of = 'model="churn",environment="prod",kind='
    assert data["expr"] == f'mlgitops:drift:psi{{{of}"dataDrift"}} > 0.25'
    assert prediction["expr"] == f'mlgitops:drift:psi{{{of}"predictionDrift"}} > 0.25'
    assert data["annotations"]["summary"] == (
        "churn in prod: psi of {{ $labels.feature }} is {{ $value | humanize }}, above 0.25"
    )


def test_the_other_tests_of_drift():
    of = '{model="churn",environment="prod",kind="dataDrift"}'
    assert drift_alerts("{test: jensenShannon, threshold: 0.1}")[0]["expr"] == (
        f"mlgitops:drift:jensen_shannon{of} > 0.1"
    )
    assert drift_alerts("{test: chiSquared, threshold: 3}")[0]["expr"] == (
        f"mlgitops:drift:chi_squared{of} / mlgitops:drift:degrees_of_freedom{of} > 3"
    )
    (ks,) = drift_alerts("{test: ks, threshold: 0.1}", ENVIRONMENT)
    assert ks["expr"] == (
        'max by (model, version, environment, feature) (mlgitops_live_distance{model="churn",environment="prod"}) > 0.1'
    )


def drift_alerts(drift: str, environment: str = WITHOUT_LOG):
    found = rules(f"    monitoring: {{drift: {drift}}}\n", environment)
    return [rule for rule in found if rule["alert"] in ("ModelDataDrift", "ModelPredictionDrift")]


def test_queries_name_metrics_that_ray_or_the_runtime_exports():
    ours = {*names.METRICS, *names.RECORDED}
    (text,) = objects()["configmap-dashboard.yaml"]["data"].values()
    queries = [rule["expr"] for rule in rules(environment=ENVIRONMENT)]
    queries += [target["expr"] for panel in json.loads(text)["panels"] for target in panel["targets"]]
    found = {name for query in queries for name in re.findall(r"([\w:]+)\{", query)}
    assert found - ours == RAY
    assert found >= {names.PSI, names.PREDICTIONS, names.MODEL_LOADED}


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
    assert titles == [
        *("Requests", "Errors", "Latency", "Replicas", "Work in hand", "GPU", "Predictions"),
        "Drift",
        "Values in the drift window",
        "Missing, unknown and out of range",
        "Scores on late labels",
    ]
    used = {name for panel in dashboard["panels"] for name in re.findall(r"\$\{?(\w+)", json.dumps(panel))}
    assert used == set(variables)
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
