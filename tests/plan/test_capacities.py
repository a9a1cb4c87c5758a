"""GPUs and money before, after and at the worst moment in between."""

from __future__ import annotations

from typing import Any

from mlgitops.plan.capacities import EnvironmentUsage, TargetUsage, capacity_changes
from mlgitops.plan.capacity import CapacityChange, Cost, Gpus, RunCost
from mlgitops.plan.effect import Effect, EffectClass
from mlgitops.plan.usage import Amount, Service, TrainingRun, Usage
from mlgitops.spec.documents.environment import AcceleratorLimit, EnvironmentSpec, Limits, Prices

Json = Any
PRICES = Prices(currency="EUR", cpu=0.0, memoryGiB=0.0, accelerators={"T4": 1.0})
_make: Json = EnvironmentSpec.model_construct
PLACE: EnvironmentSpec = _make(
    prices=PRICES, limits=Limits(accelerators={"T4": AcceleratorLimit(total=8)}, costPerMonth=5000.0)
)
KEPT = "the run stays on the cluster"


def t4(number: int) -> Amount:
    return Amount({"T4": number} if number else {})


def serving(name: str, low: int = 1, top: int = 2, surge: int = 4) -> Service:
    return Service(name, t4(low), t4(top), t4(surge))


def run(name: str, gpus: int = 3) -> TrainingRun:
    return TrainingRun(name, f"sha256:{name}", t4(gpus), 2.0)


def effect(kind: EffectClass, name: str, *fields: str, part: str = "serve") -> Effect:
    return Effect(kind, f"dev/churn/{part}", "", "RayService", name, "", fields)


def changed(before: Usage, after: Usage, *effects: Effect, others: Usage = Usage(), trained: Json = ()) -> Json:  # noqa: B008
    target = TargetUsage("churn", before, after, frozenset(trained))
    found = capacity_changes([EnvironmentUsage("dev", PLACE, PLACE, [target], others)], effects)
    return found[0] if found else None


def gpus(change: CapacityChange) -> tuple[int, ...]:
    (one,) = change.gpus
    return one.steady_before, one.steady_after, one.peak_before, one.peak_after


def test_whole_with_others_and_a_limit() -> None:
    one, others = serving("v1"), Usage((serving("other", 2, 3, 6),))
    assert changed(Usage((one,)), Usage((one,)), effect("new-cluster", "v1"), others=others) == CapacityChange(
        "dev",
        "EUR",
        (Gpus("T4", 3, 3, 5, 7, 8),),
        Cost(2190.0, 2190.0),
        Cost(5.0, 7.0),
        (),
        5000.0,
        Cost(3650.0, 3650.0),
    )


def test_over_the_limit() -> None:
    two = serving("v1", 1, 5)
    (one,) = changed(Usage((two,)), Usage((two,)), effect("new-cluster", "v1")).gpus
    assert (one.peak_after, one.over) == (10, True)


def test_several_upgrades_at_once_are_a_sum() -> None:
    names = ("a", "b")
    targets = [TargetUsage(n, Usage((serving(n),)), Usage((serving(n),))) for n in names]
    effects = [effect("new-cluster", n)._replace(target=f"dev/{n}/serve") for n in names]
    (one,) = capacity_changes([EnvironmentUsage("dev", PLACE, PLACE, targets)], effects)
    assert gpus(one) == (2, 2, 4, 8)


def test_a_new_release_stands_beside_the_one_that_leaves() -> None:
    assert gpus(changed(Usage((serving("v1"),)), Usage((serving("v2"),)), effect("new-cluster", "v2"))) == (1, 1, 2, 4)


def test_a_release_that_shifts_requests_stays_beside_the_other() -> None:
    both = Usage((serving("v1"), serving("v2")))
    assert gpus(changed(Usage((serving("v1"),)), both, effect("new-cluster", "v2"))) == (1, 2, 2, 4)


def test_removed() -> None:
    assert gpus(changed(Usage((serving("v1"),)), Usage(), effect("removed", "v1"))) == (1, 0, 2, 0)


def test_replicas_that_serve_replaces_need_room_and_those_that_run_on_need_none() -> None:
    one, path = Usage((serving("v1"),)), "spec.serveConfigV2.applications[churn].args.version"
    assert gpus(changed(one, one, effect("in-place", "v1", path))) == (1, 1, 2, 4)
    lighter = "spec.serveConfigV2.applications[churn].deployments[a].max_ongoing_requests"
    assert changed(one, one, effect("in-place", "v1", lighter)) is None


def test_scaled() -> None:
    scaled = Usage((serving("v1", 2, 6),))
    assert gpus(changed(Usage((serving("v1"),)), scaled, effect("scaled", "v1"))) == (1, 2, 2, 6)


def test_what_the_operator_ignores_changes_nothing() -> None:
    other = Usage((serving("v1", 1, 1),))
    assert changed(Usage((serving("v1"),)), other, effect("ignored", "v1", "spec.rayClusterConfig.a")) is None


def test_runs() -> None:
    change = changed(Usage((), (run("a"),)), Usage((), (run("b"),)), effect("run-stopped", "a", part="train"))
    assert (gpus(change), change.runs) == ((0, 0, 0, 3), (RunCost("churn", 6.0, 6.0),))
    kept = changed(Usage((), (run("a"),)), Usage((), (run("b"),)), effect("nothing", "a", part="train"))
    assert gpus(kept) == (0, 0, 0, 6), "both may run"
    done = changed(
        Usage((), (run("a"),)), Usage((), (run("b"),)), effect("nothing", "a", part="train"), trained=["sha256:a"]
    )
    assert gpus(done) == (0, 0, 0, 3)
    assert changed(Usage((), (run("a"),)), Usage((), (run("b"),)), trained=["sha256:b"]) is None, "it ends at once"


def test_nothing_differs() -> None:
    assert changed(Usage((serving("v1"),)), Usage((serving("v1"),))) is None
