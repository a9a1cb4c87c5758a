"""The rows of the table: a target, what was measured, and whether that meets it. Nothing here but arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

Results = dict[str, Any]


class Row(NamedTuple):
    """One line of the table."""

    what: str
    target: str
    measured: str
    met: bool | None
    """None where it was not measured."""
    why: str = ""
    """Where it is not met, or cannot be read without a word."""


def ms(seconds: float) -> str:
    """`9 ms`, `1.20 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"


def rows(results: Results) -> list[Row]:
    """All rows, in the order of the targets."""
    return [
        *_starts(results),
        *_cold(results),
        *_warm(results),
        *_memory(results),
        *_decisions(results),
        *_growth(results),
        *_training(results),
        *_serving(results),
        Row("against kapitan", "≥ 15 × cold, ≥ 20 × warm", "not measured", None, _KAPITAN),
    ]


_KAPITAN = "kapitan is not among the pinned dependencies, and was not installed for this"


def _starts(results: Results) -> Iterator[Row]:
    start = results["start"]
    python, documents = start["pass"]["wall"], start["documents"]["wall"]
    limits = (
        ("version", "--version", 1.5, 0.013),
        ("help", "--help", 3.5, 0.030),
        ("validate unchanged", "validate one model, unchanged", 2.5, 0.020),
    )
    for key, what, limit, quiet in limits:
        wall = start[key]["wall"]
        target = f"≤ {limit} × python; {ms(quiet)}"
        yield Row(what, target, f"{ms(wall)}, {wall / python:.1f} ×", wall <= limit * python, _why(key))
    wall = start["validate changed"]["wall"]
    target = "≤ 1.3 × import of types; 180 ms"
    measured = f"{ms(wall)}, {wall / documents:.2f} × {ms(documents)}"
    yield Row("validate one model, changed", target, measured, wall <= 1.3 * documents, _why("validate changed"))


def _cold(results: Results) -> Iterator[Row]:
    cold = results["cold"]
    environments = results["workload"]["targets"] / results["models"]
    for engine, limit in (("opa", 2.5), ("embedded", 6.0)):
        models, wall, cpu = cold[engine]["models"], cold[engine]["wall"], cold[engine]["cpu"]
        each = f"{ms(cpu / models / environments)} of work each"
        measured = f"{wall:.1f} s for {models:,}, {each}"
        met = wall <= limit * models / 1000
        yield Row(f"cold run, {engine}", f"≤ {limit} s for 1,000 models", measured, met, _why(f"cold {engine}"))
    least, most = (same / cold["opa"]["wall"] for same in _kustomize_of_fleet(results))
    measured = f"≥ {least:.0f} ×; {most:.0f} × by its growth"
    yield Row("cold run against kustomize", "≥ 60 ×", measured, least >= 60, _why("kustomize"))


def _kustomize_of_fleet(results: Results) -> tuple[float, float]:
    """What kustomize would take for the objects of the whole fleet, a kustomization an environment, in seconds.

    At least: as if its time grew with the number of objects. And by the exponent with which it did grow.
    """
    kustomize = results["kustomize"]
    ratio = results["models"] / kustomize["models"]
    objects = results["workload"]["objects_per_target"] * results["workload"]["targets"]
    alike = kustomize["wall"] * objects / kustomize["objects"]
    return alike, alike * ratio ** (kustomize["exponent"] - 1)


def _warm(results: Results) -> Iterator[Row]:
    warm, growth = results["warm"], results["growth"]
    python = warm["pass"]["wall"]
    wall = warm["nothing changed"]["wall"]
    measured = f"{ms(wall)}, {wall / python:.1f} ×"
    yield Row("nothing changed", "≤ 6 × python; 50 ms", measured, wall <= 6 * python, _why("nothing"))
    if "large_unchanged" in growth:
        wall = growth["large_unchanged"]["wall"]
        yield Row("nothing changed, 10,000 models", "≤ 300 ms", ms(wall), wall <= 0.3, _why("nothing"))
    else:
        yield Row("nothing changed, 10,000 models", "≤ 300 ms", "only with --full", None)
    wall = warm["one changed"]["wall"]
    yield Row("one model changed", "≤ 250 ms", ms(wall), wall <= 0.25, _why("one changed"))
    wall = results["plan"]["wall"]
    yield Row("plan, one model changed", "≤ 1 s", ms(wall), wall <= 1.0, _why("plan"))
    for key, what, limit in (("policy diff", "one model changed", 1), ("changed rule", "a changed rule", 10)):
        if key in results["plan"]:
            wall = results["plan"][key]["wall"]
            yield Row(f"policy diff, {what}", f"≤ {limit} s", ms(wall), wall <= limit, _why(key))
        else:
            yield Row(f"policy diff, {what}", f"≤ {limit} s", "not measured", None)


def _memory(results: Results) -> Iterator[Row]:
    for engine, found in results["memory"].items():
        largest, together = found["largest"], found["together"]
        met = largest <= 120 and together <= 250
        measured = f"{largest:.0f} MiB, {together:.0f} in all"
        models = results["cold"][engine]["models"]
        yield Row(f"memory, {engine}, {models:,} models", "≤ 120 MB each, ≤ 250 in all", measured, met, _why("memory"))
    found, other = results["memory"]["opa"]["together"], results["kustomize"]["memory"]["largest"]
    measured = f"{found / other:.2f} × ({other:.0f} MiB for {results['kustomize']['models']} models)"
    yield Row("memory against kustomize", "< ½", measured, found < other / 2, _why("memory of kustomize"))
    if "large_memory" in results["growth"]:
        large = results["growth"]["large_memory"]["together"]
        ratio = large / found
        yield Row("memory, 10,000 models", "≤ 1.5 × of 1,000", f"{ratio:.2f} ×", ratio <= 1.5, _why("memory growth"))
    else:
        yield Row("memory, 10,000 models", "≤ 1.5 × of 1,000", "only with --full", None)


def _decisions(results: Results) -> Iterator[Row]:
    found = results["decisions"]
    for engine, limit in (("opa", 3500), ("embedded", 700)):
        for scope in ("model", "objects"):
            rate, size = found[engine][scope], found["input_kib"][scope]
            what = f"decisions/s, {engine}, {scope}"
            measured = f"{rate:,.0f} of {size:.0f} KiB"
            yield Row(what, f"≥ {limit:,} a core", measured, rate >= limit, _why("decisions"))


def _growth(results: Results) -> Iterator[Row]:
    growth = results["growth"]
    wall, cpu = growth["exponent"], growth["exponent_cpu"]
    what = f"growth, {results['cold']['small']['models']:,} to {results['models']:,} models"
    yield Row(what, "exponent ≤ 1.05", f"{cpu:.2f} of work, {wall:.2f} of time", cpu <= 1.05, _why("growth"))
    if "exponent_to_large" in growth:
        exponent = growth["exponent_to_large"]
        yield Row("growth, to 10,000 models", "exponent ≤ 1.05", f"{exponent:.2f}", exponent <= 1.05, _why("growth"))
    else:
        yield Row("growth, to 10,000 models", "exponent ≤ 1.05", "only with --full", None)
    other = results["kustomize"]["exponent"]
    yield Row("growth of kustomize", "", f"{other:.2f} of work", None)


def _why(key: str) -> str:
    return REASONS.get(key, "")


def _training(results: Results) -> Iterator[Row]:
    what, target = "training, 1,000 booster rounds", "≤ 1 s over plain XGBoost"
    if "training" in results:
        found = results["training"]
        more = found["ours"] - found["plain"]
        yield Row(what, target, f"{more:+.2f} s, over {ms(found['plain'])}", more <= 1, _why("training"))
    else:
        yield Row(what, target, "not with --quick", None)
    yield from _training_start(results)
    yield from _laptop(results)


def _training_start(results: Results) -> Iterator[Row]:
    start, step = (
        ("training, start", "≤ 1 s over plain Ray Train"),
        ("training, per step", "≤ 1 % over plain Ray Train"),
    )
    if "training_start" not in results:
        yield from (Row(*row, "not with --quick", None) for row in (start, step))
        return
    found = results["training_start"]
    ours, plain, more = found["ours"], found["plain"], found["more"]
    yield Row(*start, f"{more:+.2f} s, over {ms(plain['start'])}", more <= 1, _why("training start"))
    ratio = ours["step"] / plain["step"]
    yield Row(*step, f"{ratio - 1:+.1%} of {plain['step'] * 1e6:.0f} µs", ratio <= 1.01, _why("training step"))


def _laptop(results: Results) -> Iterator[Row]:
    for framework, name in (("torch", "PyTorch"), ("xgboost", "XGBoost")):
        what, target = f"without a cluster, {name}", f"≤ 1.2 × plain {name}"
        if "laptop" not in results:
            yield Row(what, target, "not with --quick", None)
            continue
        found = results["laptop"][framework]
        ratio, plain = found["ratio"], ms(found["plain"])
        measured = f"{ratio:.2f} × {plain}, {found['work']:.2f} × of work"
        yield Row(what, target, measured, ratio <= 1.2, _why(f"laptop {framework}"))


def _serving(results: Results) -> Iterator[Row]:
    targets = ("≥ 0.97 × requests/s", "p50 + ≤ 50 µs", "≥ 15 ×", "≥ 0.6 ×")
    names = ("serving against plain Ray Serve", "latency against it", "against Ray's defaults", "against uvicorn")
    if "serving" not in results:
        yield from (Row(name, target, "not with --quick", None) for name, target in zip(names, targets, strict=True))
        return
    found = results["serving"]
    rate, more = found["ours_to_plain"]["requests_per_second"], found["ours_to_plain"]["p50_microseconds_more"]
    yield Row(names[0], targets[0], f"{rate:.2f} ×", rate >= 0.97, _why("serving plain"))
    yield Row(names[1], targets[1], f"{more:+.0f} µs", more <= 50, _why("serving plain"))
    ours = found["ours"]["requests_per_second"]
    for name, target, other, limit in zip(names[2:], targets[2:], ("defaults", "uvicorn"), (15, 0.6), strict=True):
        ratio = ours / found[other]["requests_per_second"]
        yield Row(name, target, f"{ratio:.2f} × ({ours:,.0f}/s)", ratio >= limit, _why(f"serving {other}"))


_OPA = "most of it is OPA, which decides as many a second as the rows below say"

REASONS: dict[str, str] = {
    "validate unchanged": "argparse, typing, re and json are loaded before the question can be read",
    "validate changed": "beside the types, rules and environments are read, and the routes of all "
    "other models, which it may clash with",
    "cold opa": f"{_OPA}; a target has more objects, twice the lines and twice the rules that the target was set for",
    "cold embedded": "rego-cpp interprets the rules, at the decisions a second that the rows below say",
    "kustomize": "kustomize was given fewer models, and the ratio is as if it were as fast for each of many more; "
    "it only builds: it is given the objects, and decides nothing",
    "nothing": "every file below rendered/ is looked at, since an edit of any must be seen",
    "one changed": "types and rules are read, every file of other models is looked at, OPA is started and asked "
    "about the fleet",
    "plan": "as when one model changed, of two revisions, and the fleet is decided twice",
    "policy diff": "as the plan: both revisions are read, and the fleet is decided twice",
    "changed rule": "each model is read and resolved in each environment before the rule can be asked about it",
    "memory": "OPA's memory is many times its input, and each worker has the types and the rules",
    "memory of kustomize": "see the memory of a cold run; kustomize was given fewer models, and one environment",
    "decisions": "inputs and rules are larger than those of the target: the objects with their pods, and all rules; "
    "half of the time OPA reads its input",
    "growth": "runs on a machine that others use differ by more than that",
    "training": "measuring, checkpoints and reports are what ours does more",
    "training start": "ours loads its own modules, asks the registry and writes a record before it asks for a cluster",
    "training step": "both run the same loop: the machine's own differences are larger than the limit",
    "laptop torch": "a loop imports Ray Train, whose import a plain program does without; the longer a training, the "
    "less it counts",
    "laptop xgboost": "the spec's types, checks of every column, and metrics on the way",
    "serving plain": "ours checks every field, watches every value and names version and id in each answer",
    "serving defaults": "the plain one without a flag answers more than it was measured to elsewhere",
    "serving uvicorn": "Ray Serve's proxy, its replica and wrk share two cores; uvicorn has one process",
    "memory growth": "what is remembered of each model grows with the fleet",
}
"""Why a row is missed, as far as that is known; said only of rows that are."""
