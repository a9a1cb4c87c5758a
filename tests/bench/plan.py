"""What is measured, in which order. Each function adds measurements, in plain numbers, to the results."""

from __future__ import annotations

import math
import os
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.decisions import decisions
from tests.bench.process import MLGITOPS, PYTHON, Run, interleaved, median_cpu, median_wall, memory_of, run
from tests.bench.repository import ENVIRONMENTS, ROOT, edit_model, model_name, write_repository
from tests.bench.workplace import kind_of

Results = dict[str, Any]
KUSTOMIZE = ROOT / "tools/bin/kustomize"
DOCUMENTS = "import mlgitops.spec.declared"
"""What every command that reads a changed document must import: pydantic, and the models made with it."""


class Size(NamedTuple):
    """How much is measured."""

    name: str
    models: int
    small: int
    """The smaller fleet that growth is measured from."""
    large: int
    """The larger one; 0 for none."""
    embedded: int
    """Models that the embedded engine decides: it takes most of a second for each."""
    together: int
    """Models of the one kustomization that kustomize is given."""
    starts: int
    """Repetitions of what takes milliseconds,"""
    colds: int
    """and of what takes seconds."""


QUICK = Size("quick", 60, 15, 0, 3, 40, 5, 1)
NORMAL = Size("normal", 1000, 100, 0, 20, 100, 15, 3)
FULL = Size("full", 1000, 100, 10_000, 20, 300, 15, 3)


def measure(size: Size, place: Path) -> Results:
    """All measurements."""
    results: Results = {"size": size.name, "models": size.models, "machine": _machine(place)}
    root = place / "fleet"
    write_repository(root, size.models)
    say(f"{size.models} models in {len(ENVIRONMENTS)} environments")
    results["workload"] = _workload(root)
    results["cold"] = _cold(size, place, root)
    results["workload"] |= _rendered(root)
    results["start"] = _starts(size, root)
    results["warm"] = _warm(size, root)
    results["plan"] = _plan(size, place, root)
    results["memory"] = _memory(place, root)
    results["decisions"] = decisions(root, {"opa": size.small, "embedded": size.embedded})
    results["kustomize"] = _kustomize(size, place, root)
    results["growth"] = _growth(size, place, results)
    return results


def say(text: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(f"bench: {text}\n")


def mlgitops(root: Path, *words: str) -> Run:
    """A command in the fleet; it must end clean."""
    return run([MLGITOPS, "-C", root, *words])


def _machine(place: Path) -> Results:
    return {
        "cores": os.cpu_count(),
        "python": ".".join(map(str, sys.version_info[:3])),
        "files": kind_of(place),
        "microseconds_to_create_a_file": _create_cost(place),
        "processes_running_elsewhere": os.getloadavg()[0],
    }


def _create_cost(place: Path, files: int = 2000) -> float:
    """What it takes to create a file of 3 KiB, in µs: half of what writing a target is."""
    folder, data = place / "create", b"x" * 3000
    start = time.perf_counter()
    for number in range(files):
        if number % 14 == 0:
            (folder / str(number)).mkdir(parents=True)
        path = folder / str(number - number % 14) / f"{number}.yaml"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(descriptor, data)
        os.close(descriptor)
    return (time.perf_counter() - start) / files * 1e6


def _workload(root: Path) -> Results:
    lines = [path.read_text().count("\n") for path in root.glob("specs/*/model.yaml")]
    rules = [path for path in root.glob("policies/*/*/*.rego") if not path.name.endswith("_test.rego")]
    return {"lines_per_model": statistics.mean(lines), "rules": len(rules), "targets": len(lines) * len(ENVIRONMENTS)}


def _rendered(root: Path) -> Results:
    files = list(root.glob("rendered/*/model-*/*/*.yaml"))
    sample = files[:: max(1, len(files) // 2000)]
    targets = len(list(root.glob("rendered/*/model-*")))
    per_file = statistics.mean(path.read_text().count("\n") for path in sample)
    return {"objects_per_target": len(files) / targets, "lines_per_target": per_file * len(files) / targets}


def _cold(size: Size, place: Path, root: Path) -> Results:
    """Everything rendered and decided from nothing, with each engine in turn."""
    few, small = place / "few", place / "small"
    write_repository(few, size.embedded)
    write_repository(small, size.small)
    tasks = {
        "opa": lambda: cold(root, "opa"),
        "small": lambda: cold(small, "opa"),
        "embedded": lambda: cold(few, "embedded"),
    }
    runs = interleaved(size.colds, tasks)
    say("cold runs: " + ", ".join(f"{name} {median_wall(one):.1f} s" for name, one in runs.items()))
    models = {"opa": size.models, "small": size.small, "embedded": size.embedded}
    return {name: {**_seconds(one), "models": models[name]} for name, one in runs.items()}


def cold(root: Path, engine: str) -> Run:
    """Everything rendered, decided and written from nothing."""
    forget(root)
    return mlgitops(root, "render", "--engine", engine)


def forget(root: Path) -> None:
    """Take away what former runs made."""
    for folder in (root / "rendered", root / ".cache"):
        shutil.rmtree(folder, ignore_errors=True)


def _seconds(runs: Sequence[Run]) -> Results:
    return {"wall": median_wall(runs), "cpu": median_cpu(runs), "runs": [one.wall for one in runs]}


def _starts(size: Size, root: Path) -> Results:
    name = model_name(7)
    validate = ("validate", "--model", name)
    mlgitops(root, *validate)
    seeds = iter(range(10**6, 10**7))

    def changed() -> Run:
        edit_model(root, 7, next(seeds))
        return mlgitops(root, *validate)

    def unchanged() -> Run:
        return mlgitops(root, *validate)

    runs = interleaved(
        size.starts,
        {
            "pass": lambda: run([PYTHON, "-c", "pass"]),
            "version": lambda: run([MLGITOPS, "--version"]),
            "help": lambda: run([MLGITOPS, "--help"]),
            "validate changed": changed,
            "validate unchanged": unchanged,
            "documents": lambda: run([PYTHON, "-c", DOCUMENTS]),
        },
    )
    edit_model(root, 7, 7)
    return {name: _seconds(one) for name, one in runs.items()}


def _warm(size: Size, root: Path) -> Results:
    mlgitops(root, "render")
    seeds = iter(range(10**6, 10**7))

    def changed() -> Run:
        edit_model(root, 11, next(seeds))
        return mlgitops(root, "render")

    runs = interleaved(
        max(3, size.starts // 3),
        {
            "pass": lambda: run([PYTHON, "-c", "pass"]),
            "one changed": changed,
            "nothing changed": lambda: mlgitops(root, "render"),
        },
    )
    edit_model(root, 11, 11)
    mlgitops(root, "render")
    return {name: _seconds(one) for name, one in runs.items()}


def _plan(size: Size, place: Path, root: Path) -> Results:
    """Against a base revision with one model changed."""
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0")
    run(["git", "init", "-q", root])
    run(["git", "-C", root, *identity, "add", "specs", "environments", "policies", "rendered", "mlgitops.yaml"])
    run(["git", "-C", root, *identity, "commit", "-qm", "Everything"])
    edit_model(root, 13, 10**6)
    runs = [mlgitops(root, "plan", "--base", "HEAD") for _ in range(max(3, size.starts // 3))]
    diffs = [mlgitops(root, "policy", "diff", "--base", "HEAD") for _ in range(max(3, size.starts // 3))]
    edit_model(root, 13, 13)
    return {**_seconds(runs), "policy diff": _seconds(diffs), "changed rule": _changed_rule(size, root)}


RULE = "policies/cost/accelerators-per-model/accelerators-per-model.rego"


def _changed_rule(size: Size, root: Path) -> Results:
    """A rule that lets pass more than it did: asked about every model, both ways, and what it lets pass is sought."""
    path = root / RULE
    text = path.read_text()
    changed = text.replace("chips.perWorker > limit", "chips.perWorker > limit * 4")
    assert changed != text, f"{RULE} compares otherwise now"
    path.write_text(changed)
    runs = [mlgitops(root, "policy", "diff", "--base", "HEAD", "--engine", "opa") for _ in range(size.colds)]
    path.write_text(text)
    return _seconds(runs)


def _memory(place: Path, root: Path) -> Results:
    say("memory")
    found = {}
    for engine, folder in (("opa", root), ("embedded", place / "few")):
        forget(folder)
        found[engine] = memory_of([MLGITOPS, "-C", folder, "render", "--engine", engine])._asdict()
    return found


def _kustomize(size: Size, place: Path, root: Path) -> Results:
    """The same rendered objects through one `kustomize build`: what people who template with it wait for."""
    say(f"kustomize, {size.together} models in one kustomization")
    folder = place / "kustomize"
    names = [model_name(number) for number in range(size.together)]
    files = []
    for name in names:
        for path in sorted((root / f"rendered/dev/{name}").glob("*/*.yaml")):
            copy = folder / name / f"{path.parent.name}-{path.name}"
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
            files.append(f"{name}/{copy.name}")
    quarter = size.together // 4
    listing = folder / "kustomization.yaml"
    listing.write_text(_listing([file for file in files if file < model_name(quarter)]))
    argv: list[str | Path] = [KUSTOMIZE, "build", folder]
    small = [run(argv) for _ in range(3)]
    listing.write_text(_listing(files))
    runs = [run(argv) for _ in range(1 if size.together > 200 else size.colds)]
    memory = memory_of(argv)._asdict()
    exponent = math.log(median_cpu(runs) / median_cpu(small)) / math.log(4)
    return {
        **_seconds(runs),
        "models": size.together,
        "objects": len(files),
        "memory": memory,
        "exponent": exponent,
        "smaller": {**_seconds(small), "models": quarter},
    }


def _listing(files: Sequence[str]) -> str:
    resources = "".join(f"- {file}\n" for file in files)
    return f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{resources}"


def _growth(size: Size, place: Path, results: Results) -> Results:
    """How the time of a cold run grows with the fleet: the exponent is 1 where it doubles as the fleet does.

    Of wall time and of processor time: a machine that others use slows short runs and long ones differently.
    """
    cold_runs = results["cold"]
    ratio = size.models / size.small
    found: Results = {
        "exponent": math.log(cold_runs["opa"]["wall"] / cold_runs["small"]["wall"]) / math.log(ratio),
        "exponent_cpu": math.log(cold_runs["opa"]["cpu"] / cold_runs["small"]["cpu"]) / math.log(ratio),
    }
    if size.large:
        say(f"{size.large} models")
        large = place / "large"
        write_repository(large, size.large)
        first = cold(large, "opa")
        ratio = size.large / size.models
        found["large"] = _seconds([first])
        found["exponent_to_large"] = math.log(first.wall / cold_runs["opa"]["wall"]) / math.log(ratio)
        found["large_unchanged"] = _seconds([mlgitops(large, "render", "--engine", "opa") for _ in range(3)])
        forget(large)
        found["large_memory"] = memory_of([MLGITOPS, "-C", large, "render", "--engine", "opa"])._asdict()
    return found
