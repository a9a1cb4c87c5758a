"""Which edits of `serveConfigV2` replace replicas: our rules against Ray Serve's own comparison, field by field."""

from __future__ import annotations

from typing import Any

import pytest
from ryaml import loads

from mlgitops.plan.effects.rules import SERVE, below, serve_update
from mlgitops.plan.fields import compare
from tests.plan.effects.test_agrees_with_operator import leaves, other, service, with_value

Json = Any
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
"""Ray's own."""

TARGETS = ("dev/digits", "prod/breast-cancer")
MORE: dict[str, Json] = {
    "runtime_env": {"env_vars": {"A": "1"}},
    "autoscaling_policy": {"policy_function": "operator:add"},
}
MORE_OF_A_DEPLOYMENT: dict[str, Json] = {
    "user_config": {"a": 1},
    "request_router_config": {"request_routing_stats_period_s": 5.0},
    "logging_config": {"log_level": "DEBUG"},
}


def edits(config: Json) -> list[Json]:
    """Every leaf with another value, and what is not there yet."""
    found = []
    for at in leaves(config):
        value = config
        for token in at:
            value = value[token]
        if at[-1] not in ("proxy_location", "log_level", "encoding", "host"):  # words that are chosen from
            found.append(with_value(config, at, other(value, at)))
    app = ("applications", 0)
    found += [with_value(config, (*app, name), value) for name, value in MORE.items()]
    deployment = (*app, "deployments", 0)
    found += [with_value(config, (*deployment, name), value) for name, value in MORE_OF_A_DEPLOYMENT.items()]
    policy = {"policy_function": "operator:add"}
    found.append(with_value(config, (*deployment, "autoscaling_config", "policy"), policy))
    return found


def restarts(before: Json, after: Json) -> bool:
    """Whether Serve replaces replicas that run, by its own functions."""
    from ray.serve._private.config import DeploymentConfig
    from ray.serve._private.deploy_utils import get_app_code_version
    from ray.serve._private.version import DeploymentVersion
    from ray.serve.schema import ServeApplicationSchema

    sides = []
    for config in (before, after):
        app = ServeApplicationSchema.model_validate(config["applications"][0])
        (deployment,) = config["applications"][0]["deployments"]
        sides.append(
            DeploymentVersion(
                get_app_code_version(app),
                DeploymentConfig(),
                deployment.get("ray_actor_options"),
                deployment.get("placement_group_bundles"),
                deployment.get("placement_group_strategy"),
                max_replicas_per_node=deployment.get("max_replicas_per_node"),
            )
        )
    return bool(sides[0].requires_actor_restart(sides[1]))


@pytest.mark.parametrize("target", TARGETS)
def test_each_field(target: str) -> None:
    config = loads(service(target)["spec"]["serveConfigV2"])
    wrong, reached = [], set()
    every = [one for one in edits(config) if one["applications"][0]["name"] == config["applications"][0]["name"]]
    assert len(every) > 30
    for edited in every:
        fields = compare(config, edited)
        assert fields
        reached |= {rule.path for field in fields for rule in SERVE if below(field.path, rule.path)}
        ours = any(serve_update(field) == "restart" for field in fields)
        if ours != restarts(config, edited):
            wrong.append(("replaced" if ours else "kept", [field.path for field in fields]))
    assert wrong == []
    assert {
        "applications[].args",
        "applications[].runtime_env",
        "applications[].deployments[].ray_actor_options",
    } <= reached
