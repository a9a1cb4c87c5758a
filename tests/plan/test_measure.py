"""What targets take: of final objects and of resolved models, which agree where no patch is between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ryaml import loads

from mlgitops.files.disk import DiskTree
from mlgitops.plan.measure import quantity, usage_of_model, usage_of_objects
from mlgitops.plan.usage import Amount, Service, TrainingRun, Usage
from mlgitops.spec.documents.environment import Accelerator, EnvironmentSpec
from mlgitops.stages.prepare import prepare
from mlgitops.stages.validate import validate_model
from tests.plan.effects.objects import SERVE, edited, group, job, service

Json = Any
ROOT = Path(__file__).parents[2]


def place(**fields: Json) -> EnvironmentSpec:
    """An environment as far as it is asked about."""
    make: Json = EnvironmentSpec.model_construct
    made: EnvironmentSpec = make(**fields)
    return made


T4 = Accelerator(nodeSelector={"gpu": "t4"})
PLACE = place(accelerators={"A100": Accelerator(nodeSelector={"gpu": "a"}), "T4": T4})


def taken(pods: int) -> Amount:
    """So many workers and their head."""
    return Amount({"T4": pods} if pods else {}, 1.0 + 2.0 * pods, 2.0 + 4.0 * pods)


def of(data: Json) -> Usage:
    return usage_of_objects([data], PLACE)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", 0.5),
        ("2", 2.0),
        (3, 3.0),
        ("4Gi", 4 * 1024**3),
        ("1.5G", 1.5e9),
        ("1e3", 1000.0),
        ("2k", 2000.0),
        ("", 0.0),
        ("x", 0.0),
        (None, 0.0),
        (True, 0.0),
        ("1.2.3", 0.0),
    ],
)
def test_quantities(text: Json, number: float) -> None:
    assert quantity(text) == number


def test_a_service_and_its_surge_which_its_worker_group_bounds() -> None:
    assert of(service()) == Usage((Service("churn-v1", taken(2), taken(4), taken(6)),))
    tight = service("churn-v1", group(maxReplicas=4))
    assert of(tight).services[0] == Service("churn-v1", taken(2), taken(4), taken(4))


def test_workers_never_fewer_than_the_group_has_at_least() -> None:
    assert of(service("churn-v1", group(minReplicas=3))).services[0].lowest == taken(3)


def test_replicas_that_share_a_worker() -> None:
    config = SERVE.replace("max_replicas_per_node: 1", "max_replicas_per_node: 2").replace(
        "num_gpus: 1", "num_gpus: 0.5"
    )
    assert of(service(config=config)).services[0].ceiling == taken(2)
    two_cores = config.replace("num_cpus: 1", "num_cpus: 2")
    assert of(service(config=two_cores)).services[0].ceiling == taken(4), "a worker has two cores"


def test_without_an_autoscaler_there_are_as_many_workers_as_the_group_says() -> None:
    fixed = edited(
        service("churn-v1", group(replicas=3)), "spec", "rayClusterConfig", "enableInTreeAutoscaling", value=False
    )
    assert of(fixed).services == (Service("churn-v1", taken(3), taken(3), taken(3)),)


def test_a_run() -> None:
    assert of(job()) == Usage((), (TrainingRun("churn-1", "sha256:1", Amount({"T4": 6}, 12.0, 24.0), 2.0),))
    without = edited(job(), "spec", "activeDeadlineSeconds", value=...)
    assert of(without).runs[0].hours == 24.0


def test_an_accelerator_that_the_environment_does_not_name() -> None:
    nowhere = usage_of_objects([service()], place(accelerators={}))
    assert nowhere.services[0].lowest.accelerators == {"nvidia.com/gpu": 2}


def test_both_ways_agree_on_this_repository() -> None:
    """Its objects as rendered, and its models as resolved, which is all that is known of models that did not change."""
    tree = DiskTree(str(ROOT))
    prepared = prepare(tree)
    compared = 0
    for name in prepared.models:
        for environment, target in validate_model(tree, name, prepared.declared).targets.items():
            files = (ROOT / f"rendered/{environment}/{name}/serve").glob("rayservice*.yaml")
            spec = prepared.environments[environment].declared.spec.value.spec
            measured = usage_of_objects([loads(file.read_text()) for file in files], spec)
            amounts = [service[1:] for service in measured.services]
            assert amounts == [service[1:] for service in usage_of_model(target.resolved).services], (name, environment)
            compared += len(amounts)
    assert compared == 8
