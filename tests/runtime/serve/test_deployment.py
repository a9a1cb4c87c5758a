"""A real Ray Serve: what answers over HTTP and gRPC, and what goes on answering when a new version is refused."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import tritonclient.grpc
import tritonclient.http

from mlgitops.contract.parts import Predictor
from mlgitops.contract.serve import ServeConfig
from mlgitops.runtime.predict import load_model
from tests.registry.examples import Example, Key, new_key
from tests.runtime.predict import artifacts
from tests.runtime.serve.cluster import ROUTE, Cluster
from tests.runtime.serve.served import RECORD
from tests.runtime.serve.test_tensors import COLUMNS, triton_inputs
from tests.runtime.serve.versions import config_of, registered


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serving")


@pytest.fixture(scope="session")
def key(store: Path) -> Key:
    return new_key(store)


@pytest.fixture(scope="session")
def first(store: Path, key: Key) -> Example:
    return registered(store, key, 1)


@pytest.fixture
def serving(cluster: Cluster, store: Path, first: Example) -> ServeConfig:
    """The first version is in service."""
    config = config_of(store, first, explain=True)
    cluster.ready(config)
    return config


def test_what_is_served_answers_as_its_artifact_does(cluster: Cluster, serving: ServeConfig, first: Example) -> None:
    model = load_model(first.folder / "signed" / "artifact", Predictor())
    expected = model.answers({name: [value] for name, value in RECORD.items()})[0]
    one = cluster.ask("POST", "/predict", RECORD, {"x-request-id": "order-1"})
    assert one.status == 200
    assert one.json == {"model": "churn", "version": first.version.version, "id": "order-1", "prediction": expected}
    assert one.headers["x-request-id"] == "order-1"
    assert one.headers["content-type"] == "application/json"
    unnamed = cluster.ask("POST", "/predict", RECORD)
    assert unnamed.headers["x-request-id"] == unnamed.json["id"]
    ready = cluster.ask("GET", "/readyz").json
    assert ready["digest"] == first.version.artifactDigest
    assert cluster.ask("POST", "/explain", RECORD).json["prediction"] == expected


def test_the_usual_client_over_http_and_grpc(cluster: Cluster, serving: ServeConfig, first: Example) -> None:
    expected = load_model(first.folder / "signed" / "artifact", Predictor()).answers(COLUMNS)
    http = tritonclient.http.InferenceServerClient(f"127.0.0.1:{cluster.http_port}{ROUTE}")
    grpc = tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{cluster.grpc_port}")
    for client, module in ((http, tritonclient.http), (grpc, tritonclient.grpc)):
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready("churn")
        result = client.infer("churn", triton_inputs(module), request_id="order-2")
        assert result.as_numpy("label").tolist() == [str(answer["label"]).encode() for answer in expected]
        assert result.as_numpy("probability").tolist() == [answer["probability"] for answer in expected]
        with pytest.raises(tritonclient.utils.InferenceServerException, match="the model here is churn"):
            client.infer("other", triton_inputs(module))
        client.close()
    assert grpc


def test_hostile_bodies_over_a_real_connection(cluster: Cluster, serving: ServeConfig) -> None:
    statuses = [
        cluster.ask("POST", "/predict", body, headers).status
        for body, headers in (
            (b"{", {}),
            (b'{"age": NaN}', {}),
            (b'{"age": 1e400}', {}),
            (b"[" * 100_000, {}),
            (b"x" * 10_000_001, {}),
            (b"x" * 50_000_000, {}),
            (RECORD, {"content-encoding": "gzip"}),
            (RECORD, {"x-request-id": "é".encode().decode("latin-1")}),
            ([RECORD] * 10_000, {}),
        )
    ]
    assert statuses == [400, 400, 422, 400, 413, 413, 415, 200, 200]
    assert cluster.ask("GET", "/none").status == 404
    assert cluster.ask("POST", "/predict", RECORD).status == 200


def files_of(example: Example) -> list[Path]:
    """The artifact's, and the signature over it; the rest of what is signed is tests/registry's."""
    artifact = example.folder / "signed" / "artifact"
    return [*sorted(path for path in artifact.rglob("*") if path.is_file()), example.folder / "signature.json"]


def stored_file(version: Path, name: Path) -> Path:
    [found] = version.rglob(str(name))
    return found


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def test_a_flipped_byte_is_refused_and_the_old_version_goes_on(
    cluster: Cluster, serving: ServeConfig, store: Path, key: Key, first: Example
) -> None:
    """Each file of the next version, and of the one in service, whose restart is then refused."""
    second = registered(store, key, 2)
    place = store / "registry" / "churn"
    with cluster.load(RECORD) as counts:
        for number, path in enumerate(files_of(second)):
            stored = stored_file(place / second.version.version, path.relative_to(second.folder))
            flip(stored)
            cluster.deploy(config_of(store, second, timeout=f"{20 + number}s"))
            messages = cluster.wait(lambda _, text, name=path.name: name in text and "error[" in text)
            assert "must be" in messages
            flip(stored)
        stored = stored_file(place / first.version.version, Path("signed", "artifact", "model.ubj"))
        flip(stored)
        cluster.deploy(config_of(store, first, timeout="9s"))
        messages = cluster.wait(lambda _, text: "model.ubj" in text and first.version.version in text)
        assert "signed by ml-platform" in messages
        flip(stored)
    assert set(counts) == {(200, first.version.version)}, counts
    assert counts.total() > 100
    with cluster.load(RECORD) as counts:
        cluster.ready(config_of(store, second))
    assert set(counts) == {(200, first.version.version), (200, second.version.version)}, counts


def test_without_its_registry_what_serves_goes_on_and_nothing_new_begins(
    cluster: Cluster, store: Path, key: Key, first: Example
) -> None:
    """A version that cannot be had, and one by another signer under the name that Git knows."""
    second, registry = registered(store, key, 3), store / "registry"
    looked_after = {"health_check_period_s": 0.2}
    cluster.ready(config_of(store, first, timeout="6s"), **looked_after)
    with cluster.load(RECORD) as counts:
        registry.rename(store / "away")
        time.sleep(2)  # ten looks at its health
        cluster.deploy(config_of(store, second, timeout="6s"), **looked_after)
        messages = cluster.wait(lambda _, text: second.version.version in text and "error[" in text)
        assert "error[registry/missing]" in messages
        (store / "away").rename(registry)
        (store / "stranger").mkdir()
        stranger = registered(store / "stranger", new_key(store / "stranger"), 4)
        config = config_of(store / "stranger", stranger, timeout="6s")
        cluster.deploy(config.model_copy(update={"signature": first.signature}), **looked_after)
        messages = cluster.wait(lambda _, text: stranger.version.version in text and "error[" in text)
        assert "error[signature/" in messages
    assert set(counts) == {(200, first.version.version)}, counts
    assert counts.total() > 100


def test_overload_is_shed(cluster: Cluster, store: Path, first: Example) -> None:
    cluster.ready(config_of(store, first, timeout="8s"), max_ongoing_requests=2, max_queued_requests=2)
    counts: Counter[int] = Counter()
    body = [RECORD] * 10_000

    def ask() -> None:
        counts[cluster.ask("POST", "/predict", body).status] += 1

    threads = [threading.Thread(target=ask) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(counts) <= {200, 429, 503}
    assert counts[200] > 0
    assert counts[429] + counts[503] > 0, counts
    assert cluster.ask("POST", "/predict", RECORD).status == 200


def test_batches_answer_as_single_requests_do(cluster: Cluster, store: Path, first: Example) -> None:
    from mlgitops.spec.documents.model import Batching

    cluster.ready(config_of(store, first, batching=Batching(maxBatchSize=16, maxWait="20ms"), timeout="7s"))
    model = load_model(first.folder / "signed" / "artifact", Predictor())
    matrix, _ = artifacts.data()
    columns: dict[str, list[Any]] = {
        "age": [int(age) for age in matrix[:40, 0]],
        "income": matrix[:40, 1].tolist(),
        "plan": [["basic", "plus", "pro"][int(code)] for code in matrix[:40, 2]],
    }
    expected = model.answers(columns)
    found: dict[int, object] = {}

    def ask(place: int) -> None:
        record = {name: values[place] for name, values in columns.items()}
        found[place] = cluster.ask("POST", "/predict", record).json["prediction"]

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[place] for place in range(40)] == expected
    assert len({str(answer) for answer in expected}) > 5
