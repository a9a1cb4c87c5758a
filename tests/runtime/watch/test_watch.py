"""What a replica counts, shows and stores; pages are read by prometheus_client's parser."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from mlgitops.contract import names, places
from mlgitops.contract.profile import ReferenceProfile
from mlgitops.runtime.watch import page
from mlgitops.runtime.watch.page import Server
from mlgitops.runtime.watch.records import stored_id
from mlgitops.runtime.watch.watch import Watch
from tests.render.prometheus_rules import RAY, rule
from tests.runtime.watch.example import INPUTS, PROFILE, serve_config

TOKEN = "a-token-of-the-environment"
ROWS: dict[str, list[object]] = {
    "tenure": [0.5, 1.0, 3.9, 4.0, 9.5, None],
    "age": [29, 30, 50, 101, None, 17],
    "plan": ["basic", "pro", "gold", None, "old", "basic"],
}
MATRIX = np.array(
    [[0.5, 29, 0], [1.0, 30, 1], [3.9, 50, np.nan], [4.0, 101, np.nan], [9.5, np.nan, 2], [np.nan, 17, 0]], np.float32
)
ANSWERS: list[dict[str, object]] = [{"label": 1, "probability": p} for p in (0.1, 0.25, 0.6, 0.8, 0.9, 0.3)]
EXPECTED = {
    "tenure": {"0": 1, "1": 1, "2": 1, "3": 2, "missing": 1},
    "age": {"0": 2, "1": 1, "2": 2, "missing": 1},
    "plan": {"0": 2, "1": 1, "2": 1, "missing": 1, "other": 1},
    "prediction": {"0": 1, "1": 2, "2": 1, "3": 2, "missing": 0},
}
"""By hand: a value on an edge belongs to the bin above it."""


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    config = serve_config(predictions=(tmp_path / "log").as_uri())
    made = Watch(config, inputs=INPUTS, profile=PROFILE, port=0, replica="5f0c77aa")
    yield made
    made.close()


def samples(watch: Watch) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(watch.page.text()):
        for sample in family.samples:
            labels = {key: value for key, value in sample.labels.items() if key not in names.LABELS}
            assert [sample.labels[key] for key in names.LABELS] == ["churn", "v14", "prod", "5f0c77aa"]
            found.setdefault(sample.name, []).append((labels, sample.value))
    return found


def counted(watch: Watch) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for labels, value in samples(watch)[names.FEATURE_VALUES]:
        found.setdefault(labels["feature"], {})[labels["bin"]] = value
    return found


def test_values_are_counted_by_bin(watch: Watch) -> None:
    watch.observe(MATRIX, ROWS, ANSWERS)
    assert counted(watch) == EXPECTED


def test_one_by_one_they_are_counted_alike(watch: Watch) -> None:
    for number in range(len(MATRIX)):
        row = {name: values[number : number + 1] for name, values in ROWS.items()}
        watch.observe(MATRIX[number : number + 1], row, ANSWERS[number : number + 1])
    assert counted(watch) == EXPECTED
    assert samples(watch)[names.WATCH_ERRORS] == [({}, 0)]


def test_without_a_matrix_the_columns_are_enough(watch: Watch) -> None:
    watch.observe(None, ROWS, ANSWERS)
    assert counted(watch) == EXPECTED


def test_outliers_are_of_the_declared_range_or_else_of_the_reference_s(watch: Watch) -> None:
    watch.observe(MATRIX, ROWS, ANSWERS)
    found = samples(watch)
    assert found[names.OUTLIER_VALUES] == [
        ({"feature": "tenure"}, 1),
        ({"feature": "age"}, 2),
        ({"feature": "plan"}, 0),
    ]
    assert found[names.OUTLIERS] == [({}, 3)]
    assert found[names.RECORDS] == [({}, 6)]


def test_the_reference_stands_beside_the_counts(watch: Watch) -> None:
    shares = {(one["feature"], one["bin"]): value for one, value in samples(watch)[names.REFERENCE_SHARE]}
    assert shares["age", "missing"] == 0.1
    assert shares["plan", "0"] == 0.6
    assert shares["plan", "other"] == 0.05
    totals = dict.fromkeys(EXPECTED, 0.0)
    for (feature, _), share in shares.items():
        totals[feature] += share
    assert totals == pytest.approx(dict.fromkeys(EXPECTED, 1.0))


def test_series_begin_at_0_so_that_no_first_value_is_lost(watch: Watch) -> None:
    assert counted(watch) == {name: dict.fromkeys(bins, 0) for name, bins in EXPECTED.items()}


def test_rare_categories_are_others() -> None:
    many = [f"c{number}" for number in range(100)]
    feature = {"name": "plan", "type": "string", "values": many, "counts": [*range(100), 50], "missing": 0}
    profile = ReferenceProfile.model_validate({"contract": 1, "model": "churn", "rows": 5000, "features": [feature]})
    watch = Watch(serve_config(), inputs=[INPUTS[2]], profile=profile, port=0)
    watch.observe(None, {"plan": ["c99", "c60", "c59", "none of them"]}, [{}, {}, {}, {}])
    found = {key: value for key, value in counted_any(watch)["plan"].items() if value}
    watch.close()
    assert found == {"99": 1, "60": 1, "other": 2}


def counted_any(watch: Watch) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(watch.page.text()):
        for one in family.samples:
            if one.name == names.FEATURE_VALUES:
                found.setdefault(one.labels["feature"], {})[one.labels["bin"]] = one.value
    return found


@pytest.mark.parametrize(
    "broken",
    [
        {"name": "tenure", "type": "float32", "edges": [1.0, 2.0], "counts": [1, 2]},
        {"name": "tenure", "type": "float32", "edges": [2.0, 1.0], "counts": [1, 2, 3]},
        {"name": "tenure", "type": "float32", "edges": [1.0, 1.0], "counts": [1, 2, 3]},
        {"name": "tenure", "type": "string", "values": ["a", "b"], "counts": [1]},
        {"name": "tenure", "type": "float32", "counts": []},
    ],
)
def test_a_profile_that_does_not_fit_itself_is_not_counted_and_stops_nobody(broken: dict[str, Any]) -> None:
    data = {"contract": 1, "model": "churn", "rows": 6, "features": [broken], "prediction": broken}
    watch = Watch(serve_config(), inputs=INPUTS[:1], profile=ReferenceProfile.model_validate(data), port=0)
    watch.observe(np.ones((1, 1), np.float32), {"tenure": [1.0]}, ANSWERS[:1])
    text = watch.page.text()
    watch.close()
    assert names.FEATURE_VALUES + "{" not in text
    assert re.search(rf"^{names.UNWATCHED_FEATURES}{{.*}} 1.0$", text, re.MULTILINE)
    assert re.search(rf"^{names.WATCH_ERRORS}{{.*}} 0.0$", text, re.MULTILINE)


def test_a_replica_that_watches_imports_nothing_large() -> None:
    code = "import sys; import mlgitops.runtime.watch.watch; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    large = {"fsspec", "onnxruntime", "pandas", "pyarrow", "ray", "scipy", "sklearn", "torch"}
    assert large & set(done.stdout.split()) == set()


def test_requests_and_their_time(watch: Watch) -> None:
    watch.answered("ok", 0.0004)
    watch.answered("ok", 0.001)
    watch.answered("invalid", 40.0)
    found = samples(watch)
    assert {labels["code"]: value for labels, value in found[names.PREDICTIONS]} == {
        "ok": 2,
        "invalid": 1,
        "error": 0,
        "shed": 0,
    }
    buckets = {labels["le"]: value for labels, value in found[f"{names.PREDICTION_SECONDS}_bucket"]}
    assert (buckets["0.0005"], buckets["0.001"], buckets["30.0"], buckets["+Inf"]) == (1, 2, 2, 3)
    assert found[f"{names.PREDICTION_SECONDS}_sum"] == [({}, 40.0014)]


def test_what_cannot_be_counted_is_answered_all_the_same(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    watch.observe(np.zeros((1, 7), np.float32), {}, [{}])
    watch.observe("nonsense", {}, [{}])
    assert samples(watch)[names.WATCH_ERRORS] == [({}, 2)]
    assert len(caplog.records) == 1


def test_the_page_has_every_metric_and_none_but_those_of_the_contract(watch: Watch) -> None:
    watch.loaded()
    assert watch.server.listening.wait(10)
    with urllib.request.urlopen(f"http://127.0.0.1:{watch.server.port}{names.PATH}", timeout=5) as answer:
        text = answer.read().decode()
    shown = re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE)
    assert set(shown) == set(names.METRICS)
    assert len(shown) == len(names.METRICS)
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{watch.server.port}/", timeout=5)


def test_every_rule_reads_what_a_replica_shows_what_is_recorded_or_what_ray_shows(watch: Watch) -> None:
    shown = set(re.findall(r"^# TYPE (\S+) ", watch.page.text(), re.MULTILINE))
    everything = (
        "{objectives: {availability: 99.9, latencyP99: 1s}, drift: {threshold: 1}, groundTruth: {labelDelay: 7d}}"
    )
    (group,) = rule(everything, predictions=True)["spec"]["groups"]
    read = {name for one in group["rules"] for name in re.findall(r"([\w:]+)\{", one["expr"])}
    recorded = {one["record"] for one in group["rules"] if "record" in one}
    assert {name for name in read - shown - recorded if not name.startswith("ray_serve_")} == set()
    assert read & shown >= {names.FEATURE_VALUES, names.REFERENCE_SHARE, names.MODEL_LOADED}


def test_watching_costs_no_more_than_50_microseconds() -> None:
    from mlgitops.contract.profile import FeatureProfile

    inputs = [INPUTS[0].model_copy(update={"name": f"f{number}"}) for number in range(30)]
    edges = np.linspace(-1.3, 1.3, 9).tolist()
    features = [FeatureProfile(name=one.name, type="float32", edges=edges, counts=[100] * 10) for one in inputs]
    profile = PROFILE.model_copy(update={"features": features})
    watch = Watch(serve_config(), inputs=inputs, profile=profile, port=0)
    row = np.zeros((1, 30), np.float32)
    columns: dict[str, list[object]] = {one.name: [0.0] for one in inputs}
    best = 1.0
    for _ in range(20):
        begun = time.perf_counter()
        for _ in range(100):
            watch.answered("ok", 0.001)
            watch.observe(row, columns, ANSWERS[:1], "an-id")
        best = min(best, (time.perf_counter() - begun) / 100)
    watch.close()
    assert best < 50e-6


def stored(folder: Path, kind: str) -> list[dict[str, Any]]:
    lines = []
    for path in sorted((folder / "log" / "churn" / "prod" / kind).rglob("*.jsonl.gz")):
        assert re.fullmatch(r"v14-5f0c77aa-\d{6}\.jsonl\.gz", path.name)
        lines += [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    return lines


def test_predictions_are_logged_without_what_is_sensitive_and_without_ids(watch: Watch, tmp_path: Path) -> None:
    watch.observe(MATRIX, ROWS, ANSWERS, [f"order-{number}" for number in range(6)])
    watch.observe(MATRIX[:1], {name: values[:1] for name, values in ROWS.items()}, ANSWERS[:1], "one")
    watch.close()
    lines = stored(tmp_path, "predictions")
    assert len(lines) == 7
    assert lines[5] == {
        "time": pytest.approx(time.time(), abs=60),
        "version": "v14",
        "id": stored_id("order-5"),
        "inputs": {"tenure": None, "plan": "basic"},
        "answer": {"label": 1, "probability": 0.3},
    }
    assert lines[6]["id"] == stored_id("one")
    everything = b"".join(gzip.decompress(path.read_bytes()) for path in (tmp_path / "log").rglob("*.gz"))
    assert b"order-" not in everything
    assert b"age" not in everything
    assert samples(watch)[names.PREDICTION_LOG_RECORDS] == [({}, 7)]


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(places.FEEDBACK_TOKEN_VARIABLE, TOKEN)
    return f"Bearer {TOKEN}"


def test_labels_are_stored(watch: Watch, tmp_path: Path, token: str) -> None:
    assert watch.feedback(b'{"id": "order-5", "truth": 0}', token) == (202, {"accepted": 1})
    body = b'{"feedback": [{"inputs": {"tenure": 3, "age": 44}, "truth": 1}]}'
    asked = []

    def ask(columns: Any) -> list[dict[str, object]]:
        asked.append(dict(columns))
        return [{"label": 1, "probability": 0.8}]

    assert watch.feedback(body, token, ask) == (202, {"accepted": 1})
    assert asked == [{"tenure": [3], "age": [44], "plan": [None]}]
    watch.close()
    first, second = stored(tmp_path, "labels")
    assert (first["id"], first["truth"], "inputs" in first) == (stored_id("order-5"), 0, False)
    assert second["inputs"] == {"tenure": 3}
    assert (second["answer"], second["truth"], second["version"]) == ({"label": 1, "probability": 0.8}, 1, "v14")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \u00fc"])
def test_without_the_token_no_label_is_taken(watch: Watch, token: str, header: str | None) -> None:
    status, answer = watch.feedback(b'{"id": "order-5", "truth": 0}', header)
    assert (status, set(answer)) == (401, {"error"})
    assert TOKEN not in json.dumps(answer)
    assert ({"code": "unauthorised"}, 1) in samples(watch)[names.FEEDBACK]


def test_an_environment_without_a_token_takes_no_label(watch: Watch) -> None:
    assert watch.feedback(b'{"id": "order-5", "truth": 0}', "Bearer ")[0] == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[" * 100_000, 400),
        (b"\xff", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'{"id": "a"}', 400),
        (b'{"id": "a", "truth": null}', 400),
        (b'{"id": "a", "truth": NaN}', 400),
        (b'{"id": "a", "truth": [1]}', 400),
        (b'{"id": "", "truth": 1}', 400),
        (b'{"id": 7, "truth": 1}', 400),
        (b'{"id": "a", "inputs": {}, "truth": 1}', 400),
        (b'{"inputs": [], "truth": 1}', 400),
        (b'{"inputs": {"other": 1}, "truth": 1}', 400),
        (b'{"feedback": []}', 400),
        (json.dumps({"feedback": [{"id": "a", "truth": 1}] * 1001}).encode(), 400),
        (b'{"id": "' + b"a" * (1 << 20) + b'", "truth": 1}', 413),
    ],
)
def test_hostile_labels_are_refused(watch: Watch, token: str, body: bytes, status: int) -> None:
    asked: list[object] = []
    found, answer = watch.feedback(body, token, lambda columns: asked.append(columns) or [{}])  # type: ignore[func-returns-value]
    assert (found, asked) == (status, [])
    assert len(json.dumps(answer)) < 400


def test_ray_has_the_metrics_of_its_own_that_rules_and_dashboards_read() -> None:
    found = importlib.util.find_spec("ray")
    assert found is not None
    (folder,) = found.submodule_search_locations or ()
    sources = "".join(path.read_text() for path in Path(folder, "serve", "_private").glob("*.py"))
    named = sources.replace("{protocol_name}", "http")
    serve = [name.removeprefix("ray_") for name in RAY if name.startswith("ray_serve_")]
    assert len(serve) == len(RAY) - 1
    missing = [name for name in serve if f'"{re.sub("_(total|bucket)$", "", name)}"' not in named]
    assert missing == []


def test_the_page_is_for_this_machine_alone_unless_the_pod_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    hosts = []
    for host in (None, "0.0.0.0"):
        if host is not None:
            monkeypatch.setenv(names.HOST_VARIABLE, host)
        made = Watch(serve_config(), inputs=INPUTS, profile=None, port=0)
        assert made.server.listening.wait(10)
        hosts.append(made.server.address[0])
        made.close()
    assert hosts == ["127.0.0.1", "0.0.0.0"]


def test_a_port_that_the_replica_of_before_holds_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(page, "RETRY_SECONDS", 0.05)
    first = Server(lambda: "first", 0, "127.0.0.1")
    assert first.listening.wait(10)
    second = Server(lambda: "second", first.port or 0, "127.0.0.1")
    assert not second.listening.wait(0.3)
    assert len(caplog.records) == 1
    first.close()
    assert second.listening.wait(10)
    with urllib.request.urlopen(f"http://127.0.0.1:{second.port}{names.PATH}", timeout=5) as answer:
        assert answer.read() == b"second"
    second.close()
