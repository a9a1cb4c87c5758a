"""Requests a second and latencies: our handler against plain Ray Serve, Ray's defaults and uvicorn, with one `wrk`.

    python -m tests.bench.serving [--rounds 7] [--seconds 3]

Our application and the plain one stand in one cluster with the flags that we ship, asked in turns; then the plain one
in a cluster with Ray's defaults; then uvicorn. All score the same booster, 100 trees over 30 numbers, for one record.
Ours verifies its artifact first, checks every field, watches every value and names version and id in its answer.

Needs what a replica needs, and `wrk`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.plain_serving import FIELDS, FOLDER_VARIABLE
from tests.bench.repository import ROOT
from tests.bench.workplace import workplace

SHIPPED = {
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    "RAY_SERVE_HAPROXY_NBTHREAD": "1",
}
BUSY_CONNECTIONS = 32
PORT = 18_000
UVICORN_PORT = 18_001
Results = dict[str, Any]


def measure(rounds: int, seconds: float, place: Path) -> Results:
    """Medians of requests a second at 32 connections and of the latency at one, by server.

    `ours_to_plain` compares round by round, so that what else the machine does weighs on both.
    """
    results: Results = {"rounds": rounds, "seconds": seconds}
    prepared = json.loads(_child("prepare", str(place)))
    common = (str(place), str(rounds), str(seconds))
    with tempfile.TemporaryDirectory(prefix="mg") as sockets:  # whose names may be 97 bytes long
        environment = {FOLDER_VARIABLE: prepared["booster"], **_quiet(sockets)}
        results |= json.loads(_child("shipped", *common, environment={**environment, **SHIPPED}))
        results |= json.loads(_child("defaults", *common, environment=environment))
        results |= json.loads(_child("uvicorn", *common, environment=environment))
    return results


def _quiet(place: str) -> dict[str, str]:
    return {
        "MLGITOPS_METRICS_PORT": "0",
        "OMP_NUM_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "0.1",
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": f"{place}/haproxy.cfg",
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": place,
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": f"{place}/state",
        "RAY_SERVE_HAPROXY_SOCKET_PATH": f"{place}/admin.sock",
        "RAY_USAGE_STATS_ENABLED": "0",
    }


def _child(what: str, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """One part in a process of its own, since Ray reads its flags once; its last line is the result."""
    argv = [sys.executable, "-m", "tests.bench.serving", "--child", what, *arguments]
    base = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    done = subprocess.run(argv, cwd=ROOT, env=base, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


def prepare(place: Path) -> Results:
    """Train, sign and register a version; the plain servers read the same file."""
    import numpy as np
    import xgboost

    from mlgitops.contract.profile import FeatureProfile, ReferenceProfile
    from mlgitops.registry.opened import open_registry
    from mlgitops.spec.documents.model import Feature
    from tests.registry.examples import new_key, run_of, signed_again
    from tests.runtime.predict.artifacts import describe
    from tests.runtime.serve.versions import config_of, uri_of

    names = [f"measure_{number}" for number in range(FIELDS)]
    folder = place / "version"
    artifact = folder / "signed" / "artifact"
    describe(artifact, inputs=[Feature(name=name, type="float64", range=[-9, 9]) for name in names], classes=[0, 1])
    random = np.random.default_rng(0)
    matrix = random.normal(size=(2000, FIELDS)).astype(np.float32)
    target = (matrix[:, :5].sum(axis=1) > 0).astype(int)
    options = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1}
    booster = xgboost.train(options, xgboost.DMatrix(matrix, target), 100)
    booster.save_model(artifact / "model.ubj")
    edges = [float(edge) for edge in np.linspace(-1.2, 1.2, 9)]
    features = [FeatureProfile(name=name, type="float64", edges=edges, counts=[200] * 10) for name in names]
    prediction = FeatureProfile(
        name="prediction", type="float64", edges=[n / 10 for n in range(1, 10)], counts=[200] * 10
    )
    profile = ReferenceProfile(contract=1, model="churn", rows=2000, features=features, prediction=prediction)
    (folder / "signed" / "profile.json").write_text(profile.model_dump_json())
    (folder / "signed" / "evaluation.json").write_text('{"contract": 1}')
    example = signed_again(folder, new_key(place), run_of(1))
    open_registry("directory", uri_of(place)).register(example.version, example.folder)
    config = config_of(place, example)
    (place / "config.json").write_text(config.model_dump_json())
    record = {name: round(float(value), 4) for name, value in zip(names, matrix[0], strict=True)}
    _write_scripts(place, json.dumps(record))
    return {"booster": str(artifact / "model.ubj")}


def _write_scripts(place: Path, body: str) -> None:
    script = 'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [[' + body + "]]\n"
    (place / "post.lua").write_text(script)
    (place / "body.json").write_text(body)


def shipped(place: Path, rounds: int, seconds: float) -> Results:
    """Ours and the plain one in turns, with our flags and options."""
    options = {"max_ongoing_requests": 100, "max_queued_requests": 1000}
    ours = {
        "name": "ours",
        "route_prefix": "/ours",
        "import_path": "mlgitops.runtime.serve:app",
        "args": json.loads((place / "config.json").read_text()),
        "deployments": [{"name": "predictor", **options}],
    }
    plain = {
        "name": "plain",
        "route_prefix": "/plain",
        "import_path": "tests.bench.plain_serving:app",
        "args": {"options": options},
    }
    urls = {"ours": "/ours/predict", "plain": "/plain/predict"}
    return _cluster(place, [ours, plain], urls, rounds, seconds)


def defaults(place: Path, rounds: int, seconds: float) -> Results:
    """The plain one, without a flag or an option."""
    plain = {"name": "defaults", "route_prefix": "/plain", "import_path": "tests.bench.plain_serving:app"}
    return _cluster(place, [plain], {"defaults": "/plain/predict"}, rounds, seconds)


def _cluster(place: Path, applications: list[Any], urls: dict[str, str], rounds: int, seconds: float) -> Results:
    import warnings

    warnings.simplefilter("ignore")
    import ray
    from ray import serve
    from ray.serve.context import _get_global_client
    from ray.serve.schema import ServeDeploySchema

    ray.init("local", num_cpus=4, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    try:
        serve.start(proxy_location="EveryNode", http_options={"host": "127.0.0.1", "port": PORT})
        client: Any = _get_global_client()
        client.deploy_apps(ServeDeploySchema.model_validate({"applications": applications}))
        addresses = {name: f"http://127.0.0.1:{PORT}{path}" for name, path in urls.items()}
        return _rounds(place, addresses, rounds, seconds)
    finally:
        serve.shutdown()
        ray.shutdown()


def uvicorn(place: Path, rounds: int, seconds: float) -> Results:
    """The same booster behind one uvicorn worker."""
    argv = [sys.executable, "-m", "uvicorn", "tests.bench.plain_serving:asgi", "--port", str(UVICORN_PORT)]
    server = subprocess.Popen([*argv, "--log-level", "warning", "--no-access-log"], cwd=ROOT)
    try:
        return _rounds(place, {"uvicorn": f"http://127.0.0.1:{UVICORN_PORT}/predict"}, rounds, seconds)
    finally:
        server.terminate()
        server.wait(30)


def _rounds(place: Path, urls: dict[str, str], rounds: int, seconds: float) -> Results:
    for url in urls.values():
        _wait(url, (place / "body.json").read_bytes())
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in urls}
    for number in range(int(rounds)):
        for name in sorted(urls, reverse=bool(number % 2)):
            busy, idle = (_wrk(place, urls[name], connections, seconds) for connections in (BUSY_CONNECTIONS, 1))
            found[name].append((busy[0], idle[1]))
    results: Results = {
        name: {"requests_per_second": median(r for r, _ in runs), "p50_microseconds": median(p for _, p in runs)}
        for name, runs in found.items()
    }
    if {"ours", "plain"} <= found.keys():
        pairs = list(zip(found["ours"], found["plain"], strict=True))
        results["ours_to_plain"] = {
            "requests_per_second": median(ours[0] / plain[0] for ours, plain in pairs),
            "p50_microseconds_more": median(ours[1] - plain[1] for ours, plain in pairs),
        }
    return results


def _wait(url: str, body: bytes, patience: float = 120.0) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as answer:
                json.load(answer)
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6}


def _wrk(place: Path, url: str, connections: int, seconds: float) -> tuple[float, float]:
    """Requests a second, and the median latency in microseconds. Every answer must be 2xx."""
    program = shutil.which("wrk")
    if program is None:
        raise FileNotFoundError("wrk")
    argv = [program, "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", str(place / "post.lua"), url]
    text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        if "/plain" not in url:
            raise AssertionError(text)
        sys.stderr.write(f"{url}: {[line for line in text.splitlines() if 'Non-2xx' in line or 'Socket' in line]}\n")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])  # type: ignore[index]
    half = re.search(r"50%\s+([\d.]+)(us|ms|s)", text)
    return rate, float(half[1]) * UNITS[half[2]] if half else 0.0


def main() -> int:
    """Measure and print, or one part of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.serving")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        what, folder, *numbers = arguments.child
        part = {"prepare": prepare, "shipped": shipped, "defaults": defaults, "uvicorn": uvicorn}[what]
        sys.stdout.write(json.dumps(part(Path(folder), *map(float, numbers))) + "\n")  # type: ignore[operator]
        return 0
    with workplace(None) as place:
        results = measure(arguments.rounds, arguments.seconds, place)
    sys.stdout.write(json.dumps(results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
