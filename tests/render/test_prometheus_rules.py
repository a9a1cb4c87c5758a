"""`promtool check rules` and `test rules` on what is rendered: every alert fires, and is silent without cause."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mlgitops.contract import names
from mlgitops.render.alerts import ERRORS, HEALTHY, LATENCY, REQUESTS, ROLES
from tests.render.prometheus_rules import PROMTOOL, ROOT, rule, rule_file

EVERYTHING = (
    "{objectives: {availability: 99.9, latencyP99: 200ms}, groundTruth: {labelDelay: 7d}, drift: {threshold: 0.2}}"
)
OURS = 'model="churn", version="v14", environment="prod"'
OWN = f'{OURS}, replica="a"'
SERVE = 'application="churn", namespace="growth-prod", mlgitops_dev_environment="prod"'


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROMTOOL, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("test", ["psi", "jensenShannon", "chiSquared", "ks"])
def test_promtool_finds_nothing_wrong(tmp_path: Path, test: str) -> None:
    path = rule_file(tmp_path, EVERYTHING.replace("threshold", f"test: {test}, threshold"), predictions=True)
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"SUCCESS: {len(path.read_text().split('- alert:')) - 1 + 11} rules found" in done.stdout


def test_promtool_finds_nothing_wrong_in_the_examples(tmp_path: Path) -> None:
    from ryaml import loads

    found = sorted((ROOT / "rendered").glob("*/*/serve/prometheusrule.yaml"))
    assert found
    for path in found:
        rules = tmp_path / f"{path.parts[-4]}-{path.parts[-3]}.yml"
        rules.write_text(json.dumps(loads(path.read_text())["spec"]))
    assert promtool("check", "rules", "--lint=all", "--lint-fatal", *sorted(tmp_path.glob("*.yml"))).returncode == 0


def test_every_alert_there_is_gets_rendered() -> None:
    (group,) = rule(EVERYTHING, predictions=True)["spec"]["groups"]
    assert {one["alert"] for one in group["rules"] if "alert" in one} == set(ROLES)


def test_what_is_recorded_has_a_name_in_the_contract() -> None:
    (group,) = rule(EVERYTHING)["spec"]["groups"]
    assert [one["record"] for one in group["rules"] if "record" in one] == [
        names.WINDOW_COUNT,
        names.WINDOW_SAMPLE,
        *ORDER,
    ]


ORDER = [
    *(names.REFERENCE, names.WINDOW_SHARE, names.INSUFFICIENT_DATA, names.PSI, names.JENSEN_SHANNON),
    *(names.CHI_SQUARED, names.DEGREES_OF_FREEDOM, names.SKEW, names.OUTLIER_SHARE),
]


def values(kind: str, feature: str, each_minute: dict[str, float], replica: str = "a") -> list[dict[str, str]]:
    """Counters from 0 that rise by so much a minute."""
    of = f'{OURS}, replica="{replica}", kind="{kind}", feature="{feature}"'
    return [
        {"series": f'{names.FEATURE_VALUES}{{{of}, bin="{name}"}}', "values": f"0+{rate:g}x180"}
        for name, rate in each_minute.items()
    ]


def reference(kind: str, feature: str, shares: dict[str, float], replica: str = "a") -> list[dict[str, str]]:
    of = f'{OURS}, replica="{replica}", kind="{kind}", feature="{feature}"'
    return [
        {"series": f'{names.REFERENCE_SHARE}{{{of}, bin="{name}"}}', "values": f"{share:g}x180"}
        for name, share in shares.items()
    ]


def one(series: str, values: str) -> list[dict[str, str]]:
    return [{"series": series, "values": values}]


HALVES = {"0": 0.5, "1": 0.5, "missing": 0}
QUIET = [
    *values("dataDrift", "tenure", {"0": 5, "1": 5, "missing": 0}),
    *reference("dataDrift", "tenure", HALVES),
    *values("predictionDrift", "prediction", {"0": 5, "1": 5, "missing": 0}),
    *reference("predictionDrift", "prediction", HALVES),
    *one(f'{names.MODEL_LOADED}{{{OURS}, replica="a"}}', "1x180"),
    *one(f"{names.WATCH_ERRORS}{{{OWN}}}", "0x180"),
    *one(f'{names.RECORDS}{{{OURS}, replica="a"}}', "0+10x180"),
    *one(f'{names.OUTLIER_VALUES}{{{OURS}, replica="a", feature="tenure"}}', "0+0.1x180"),
    *one(f'{names.SCORE_LOSS}{{{OURS}, replica="a", metric="auc"}}', "0.01x180"),
    *one(f'{names.PREDICTION_LOG_DROPPED}{{{OURS}, replica="a", reason="queueFull"}}', "0x180"),
    *one(f"{HEALTHY}{{{SERVE}}}", "1x180"),
    *one(f"{REQUESTS}{{{SERVE}}}", "0+600x180"),
    *one(f'{ERRORS}{{{SERVE}, error_code="500"}}', "0+0.1x180"),
    *one(f'{LATENCY}{{{SERVE}, le="100"}}', "0+600x180"),
    *one(f'{LATENCY}{{{SERVE}, le="+Inf"}}', "0+600x180"),
]
"""Two hours of a model about which there is nothing to say."""


def instead(name: str, *series: list[dict[str, str]]) -> list[dict[str, str]]:
    """`QUIET` with other series of whatever contains `name`."""
    kept = [entry for entry in QUIET if name not in entry["series"]]
    assert len(kept) < len(QUIET)
    return [*kept, *(entry for group in series for entry in group)]


def firing(tmp_path: Path, series: list[dict[str, str]], alerts: dict[str, int]) -> None:
    """Have promtool assert how many alerts of each name fire after two hours."""
    rule_file(tmp_path, EVERYTHING, predictions=True)
    counts = [
        {"expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)', "eval_time": "2h"}
        | {"exp_samples": [{"labels": "{}", "value": alerts.get(alert, 0)}]}
        for alert in ROLES
    ]
    run_tests(tmp_path, series, counts)


def run_tests(
    tmp_path: Path, series: list[dict[str, str]], expressions: list[dict[str, Any]], interval: str = "1m"
) -> None:
    test = {"interval": interval, "input_series": series, "promql_expr_test": expressions}
    path = tmp_path / "test.yml"
    path.write_text(json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": interval, "tests": [test]}))
    done = promtool("test", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_quiet_model_wakes_nobody(tmp_path: Path) -> None:
    firing(tmp_path, QUIET, {})


DATA = f'{names.FEATURE_VALUES}{{{OURS}, replica="a", kind="dataDrift"'
PREDICTION = DATA.replace("dataDrift", "predictionDrift")
NINETY = {"0": 9.0, "1": 1.0, "missing": 0.0}
CAUSES: dict[str, tuple[list[dict[str, str]], dict[str, int]]] = {
    "no healthy replica": (instead("replica_healthy"), {"ModelDown": 1}),
    "errors": (
        instead("error_requests", one(f'{ERRORS}{{{SERVE}, error_code="500"}}', "0+60x180")),
        {"ModelErrorBudgetBurn": 2},
    ),
    "wrong requests": (instead("error_requests", one(f'{ERRORS}{{{SERVE}, error_code="422"}}', "0+60x180")), {}),
    "slow": (instead('le="100"', one(f'{LATENCY}{{{SERVE}, le="400"}}', "0+300x180")), {"ModelSlow": 1}),
    "other values": (instead(DATA, values("dataDrift", "tenure", NINETY)), {"ModelDataDrift": 1}),
    "other answers": (
        instead(PREDICTION, values("predictionDrift", "prediction", NINETY)),
        {"ModelPredictionDrift": 1},
    ),
    "missing values": (
        instead(DATA, values("dataDrift", "tenure", {"0": 4.4, "1": 4.4, "missing": 1.2})),
        {"ModelTrainingServingSkew": 1, "ModelDataDrift": 1},
    ),
    "out of range": (
        instead(names.OUTLIER_VALUES, one(f'{names.OUTLIER_VALUES}{{{OWN}, feature="tenure"}}', "0+0.6x180")),
        {"ModelOutliers": 1},
    ),
    "too few values": (
        instead(names.FEATURE_VALUES, values("dataDrift", "tenure", {"0": 1, "1": 0, "missing": 0})),
        {"ModelDriftUnknown": 1},
    ),
    "worse on late labels": (
        instead(names.SCORE_LOSS, one(f'{names.SCORE_LOSS}{{{OWN}, metric="auc"}}', "0.15x180")),
        {"ModelConceptDrift": 1},
    ),
    "predictions lost": (
        instead(
            names.PREDICTION_LOG_DROPPED,
            one(f'{names.PREDICTION_LOG_DROPPED}{{{OWN}, reason="storage"}}', "0+1x180"),
        ),
        {"ModelPredictionLogLoss": 1},
    ),
    "requests that cannot be counted": (
        instead(names.WATCH_ERRORS, one(f"{names.WATCH_ERRORS}{{{OWN}}}", "0+1x180")),
        {"ModelWatchErrors": 1},
    ),
    "values vanish": (instead(names.FEATURE_VALUES), {"ModelMetricAbsent": 1}),
    "reference vanishes": (instead(names.REFERENCE_SHARE), {"ModelMetricAbsent": 1}),
    "records vanish": (instead(names.RECORDS), {"ModelMetricAbsent": 1}),
    "all of it vanishes": (
        [entry for entry in QUIET if not entry["series"].startswith("mlgitops_")],
        {"ModelMetricAbsent": 4},
    ),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_its_alert_and_no_other(tmp_path: Path, cause: str) -> None:
    series, alerts = CAUSES[cause]
    firing(tmp_path, series, alerts)


def test_every_alert_was_seen_to_fire() -> None:
    assert {alert for _, alerts in CAUSES.values() for alert in alerts} | {"ModelReportOld"} == set(ROLES)


@pytest.mark.parametrize(
    ("times", "firing"),
    [
        (" ".join(str(hour // 24 * 86400) for hour in range(97)), 0),
        (" ".join(str(min(hour // 24, 1) * 86400) for hour in range(97)), 1),
        ("_x96", 1),
    ],
    ids=["a report a day", "none after the first day", "never one"],
)
def test_a_report_that_does_not_come_is_told(tmp_path: Path, times: str, firing: int) -> None:
    rule_file(tmp_path, EVERYTHING, predictions=True)
    expression = 'count(ALERTS{alertname="ModelReportOld",alertstate="firing"}) or vector(0)'
    sample = {"expr": expression, "eval_time": "96h", "exp_samples": [{"labels": "{}", "value": firing}]}
    run_tests(tmp_path, one(f"{names.REPORT_TIME}{{{OWN}}}", times), [sample], interval="1h")


def divergence(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return sum(a * math.log(a / b) for a, b in zip(one, other, strict=True))


def test_statistics_of_two_replicas_by_hand(tmp_path: Path) -> None:
    """In an hour 3 · 60 and 7 · 60 values of one replica, 5 · 60 and 5 · 60 of another: shares 0.4 and 0.6."""
    series = [
        *values("dataDrift", "tenure", {"0": 3, "1": 7, "missing": 0}, "a"),
        *values("dataDrift", "tenure", {"0": 5, "1": 5, "missing": 0}, "b"),
        *reference("dataDrift", "tenure", HALVES, "a"),
        *reference("dataDrift", "tenure", HALVES, "b"),
    ]
    minutes = 59  # a window of an hour, open at its left end, has 60 samples: 59 steps
    expected = {
        names.WINDOW_SAMPLE: 20 * minutes,
        names.PSI: -0.1 * math.log(0.8) + 0.1 * math.log(1.2),
        names.JENSEN_SHANNON: math.sqrt(
            divergence((0.4, 0.6), (0.45, 0.55)) / 2 + divergence((0.5, 0.5), (0.45, 0.55)) / 2
        ),
        names.CHI_SQUARED: 20 * minutes * (0.01 / 0.5 + 0.01 / 0.5),
        names.DEGREES_OF_FREEDOM: 1,
        names.INSUFFICIENT_DATA: 0,
    }
    rule_file(tmp_path, EVERYTHING)
    labels = f'{{{OURS}, kind="dataDrift", feature="tenure"}}'
    tests = [
        {"expr": f"abs(sum({name}) - {value:.15g}) < bool 1e-9", "eval_time": "2h"}
        | {"exp_samples": [{"labels": "{}", "value": 1}]}
        for name, value in expected.items()
    ]
    tests += [{"expr": names.PSI + " * 0", "eval_time": "2h", "exp_samples": [{"labels": labels, "value": 0}]}]
    run_tests(tmp_path, series, tests)
