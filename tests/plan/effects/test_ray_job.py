"""RayJobs: runs that start, runs that stop and what is lost with them, edits that the operator disregards."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.plan.effect import Effect
from mlgitops.plan.effects.all import effects_of
from mlgitops.plan.effects.change import Around
from tests.plan.effects.objects import KEPT, code, edited, job

Json = Any
OLD, NEW = job(), job("churn-2", "sha256:2")
EVERY = {"every": "5m"}
AGAIN = "asked for again, it goes on from there"


def effects(before: dict[str, Json], after: dict[str, Json], **around: Json) -> list[Effect]:
    return effects_of("dev/churn", before, after, Around("1.6.2", **around))


def a_job(data: Json) -> dict[str, Json]:
    return {"train/rayjob.yaml": data}


def test_a_first_run() -> None:
    assert effects({}, a_job(OLD)) == [
        Effect(
            "run-started",
            "dev/churn/train",
            "dev/churn/train/rayjob.yaml",
            "RayJob",
            "churn-1",
            "the training run churn-1 starts",
        )
    ]


def test_why_a_run_is_another_one_and_that_the_old_one_stops() -> None:
    before = {**a_job(job(checkpoint=EVERY)), "train/configmap-code.yaml": code("churn-1", 40)}
    after = {**a_job(NEW), "train/configmap-code.yaml": code("churn-2", 50, "def train(): ...\n")}
    found = effects(before, after)
    assert [
        (one.effect, one.name, one.reason, one.fields, one.instead) for one in found if one.object_kind == "RayJob"
    ] == [
        (
            "run-started",
            "churn-2",
            "the training run churn-2 starts, since hyperparameters.epochs 40 → 50, train.py differ",
            ("hyperparameters.epochs", "train.py"),
            "",
        ),
        (
            "run-stopped",
            "churn-1",
            "the run churn-1 is stopped, if it is not done: lost is what it did since its last checkpoint, "
            f"5m of work at most; {AGAIN}",
            (),
            "set training.onSupersede to finish, a commit earlier, to let it end",
        ),
    ]
    (config_map,) = [one for one in found if one.object_kind == "ConfigMap"]
    assert (config_map.effect, config_map.reason) == (
        "configured",
        "ConfigMap code-churn-2 is made, named by its contents; code-churn-1 is pruned",
    )


def test_a_run_that_may_finish() -> None:
    found = effects(a_job(job(annotations=KEPT)), a_job(job("churn-2", "sha256:2", image="ray:2", annotations=KEPT)))
    assert [(one.effect, one.name, one.reason) for one in found] == [
        ("run-started", "churn-2", "the training run churn-2 starts, since images[0] ray:1 → ray:2 differs"),
        (
            "nothing",
            "churn-1",
            "the run churn-1 stays on the cluster and finishes, if it is not done (onSupersede: finish)",
        ),
    ]


def test_a_run_whose_result_is_a_version() -> None:
    (one, _) = effects(a_job(OLD), a_job(NEW), trained={"sha256:2": "v7"})
    assert one.reason == "the run churn-2 starts and ends at once: its result is version v7 already"
    (_, one) = effects(a_job(OLD), a_job(NEW), trained={"sha256:1": "v6"})
    assert (one.effect, one.reason) == (
        "nothing",
        "the run churn-1 is done, its result is version v6: its RayJob goes, and nothing is lost",
    )


@pytest.mark.parametrize("annotations", [None, KEPT])
def test_a_removed_model_stops_its_run_whatever_is_kept(annotations: dict[str, str] | None) -> None:
    """Argo CD spares what says `Prune=false` when it prunes, and not when it deletes an Application."""
    leaving = frozenset(["train"])
    (one,) = effects(a_job(job(annotations=annotations)), {}, leaving=leaving)
    assert (one.effect, one.instead) == ("run-stopped", "")
    assert one.reason == (
        "the run churn-1 is stopped with the Application dev.churn.train: lost is what it did since its last "
        f"checkpoint, all of it where train() keeps none; {AGAIN}"
    )
    (one,) = effects(a_job(job(annotations=annotations)), {}, leaving=leaving, protected=True)
    assert one.reason.startswith("the run churn-1 ends when a person deletes the Application dev.churn.train: ")


@pytest.mark.parametrize(
    ("path", "value", "effect", "reason", "instead"),
    [
        (
            ("spec", "entrypoint"),
            "python other.py",
            "ignored",
            "KubeRay 1.6.2 disregards entrypoint: a RayJob that was started keeps what it started with",
            "raise `attempt` in the environment's runs/ file to ask for a run with it",
        ),
        (
            ("spec", "rayClusterSpec", "workerGroupSpecs", 0, "maxReplicas"),
            9,
            "ignored",
            "KubeRay 1.6.2 disregards rayClusterSpec.workerGroupSpecs[workers].maxReplicas 6 → 9: "
            "a RayJob that was started keeps what it started with",
            "raise `attempt` in the environment's runs/ file to ask for a run with it",
        ),
        (
            ("spec", "activeDeadlineSeconds"),
            3600,
            "configured",
            "a run that is under way takes activeDeadlineSeconds 7200 → 3600 over, and is not restarted",
            "",
        ),
        (
            ("metadata", "labels"),
            {"a": "b"},
            "configured",
            "the RayJob's metadata.labels in place; its pods keep theirs",
            "",
        ),
        (
            ("spec", "suspend"),
            True,
            "run-stopped",
            "the run churn-1 is suspended: its pods are deleted, and lost is what it did since its last checkpoint, "
            f"all of it where train() keeps none; {AGAIN}",
            "",
        ),
    ],
)
def test_edits_of_a_run_that_is_there(
    path: tuple[str | int, ...], value: Json, effect: str, reason: str, instead: str
) -> None:
    (one,) = effects(a_job(OLD), a_job(edited(OLD, *path, value=value)))
    assert (one.effect, one.reason, one.instead) == (effect, reason, instead)


def test_a_label_beside_what_is_disregarded_is_not_told_by_itself() -> None:
    new = edited(edited(OLD, "spec", "entrypoint", value="python other.py"), "metadata", "labels", value={"a": "b"})
    assert [one.effect for one in effects(a_job(OLD), a_job(new))] == ["ignored"]


def test_a_run_in_place_of_what_is_none() -> None:
    """A hand can have written anything."""
    broken = edited(OLD, "spec", value="x")
    (one, _) = effects(a_job(broken), a_job(NEW))
    assert (one.effect, one.reason) == ("run-started", "the training run churn-2 starts")
    (one, _) = effects(a_job(OLD), a_job(edited(NEW, "spec", value="x")))
    assert (one.effect, one.reason) == ("run-started", "the training run churn-2 starts")


def test_a_run_that_goes_on() -> None:
    (one,) = effects(a_job(job(suspend=True)), a_job(job(suspend=False)))
    assert (one.effect, one.reason) == ("run-started", "the run churn-1 goes on")
