"""`serveConfigV2`, read as the operator and Ray Serve read it."""

from __future__ import annotations

import pytest
import ryaml
import yaml

from mlgitops.contract import places
from mlgitops.contract.serve import ServeConfig
from mlgitops.render.serve_config import serve_config
from tests.render.resolved_models import MINIMAL_MODEL
from tests.render.serving_models import MINIMAL_ENVIRONMENT, MINIMAL_VERSION, MODEL, VERSION, released
from tests.signers import IDENTITY, ISSUER, KEYLESS_SIGNERS, PUBLIC_KEY, SIGNERS, TRUST

MINIMAL = {"model": MINIMAL_MODEL, "environment": MINIMAL_ENVIRONMENT, "version": MINIMAL_VERSION}
NAMED_ALIKE = KEYLESS_SIGNERS.replace("sign-job", "ml-platform")
KEYLESS = {**MINIMAL, "environment": MINIMAL_ENVIRONMENT.replace(SIGNERS, NAMED_ALIKE)}


def config(**changes):
    resolved = released(**changes)
    text = serve_config(resolved, resolved.spec.serving, resolved.version)
    found = ryaml.loads(text)
    assert found == yaml.safe_load(text)
    return found


def deployment(**changes):
    return config(**changes)["applications"][0]["deployments"][0]


@pytest.mark.parametrize("changes", [{}, MINIMAL, KEYLESS], ids=["full", "minimal", "keyless"])
def test_args_are_the_contract_s_with_defaults_left_out(changes):
    args = config(**changes)["applications"][0]["args"]
    assert ServeConfig.model_validate(args).model_dump(mode="json", exclude_defaults=True) == args


def test_whose_signature_counts_comes_from_the_environment():
    keyed, keyless = (config(**changes)["applications"][0]["args"]["signature"] for changes in (MINIMAL, KEYLESS))
    assert (keyed["publicKey"], "keyless" in keyed) == (PUBLIC_KEY, False)
    assert keyless["keyless"] == {"identities": [IDENTITY], "issuer": ISSUER, "trust": TRUST}
    assert "publicKey" not in keyless


def test_the_contract_knows_of_no_place_where_training_writes():
    """What a training pod staged nobody has signed yet."""
    assert "s3://staging" not in str(config(environment=MINIMAL_ENVIRONMENT, version=MINIMAL_VERSION))
    assert not {"staging", "stores"} & set(ServeConfig.model_fields)


def test_the_application_is_the_runtime_s_under_the_model_s_route():
    application = config()["applications"][0]
    assert {key: application[key] for key in ("name", "route_prefix", "import_path")} == {
        "name": "churn",
        "route_prefix": "/churn",
        "import_path": places.SERVE_IMPORT_PATH,
    }
    assert len(config()["applications"]) == 1


@pytest.mark.parametrize(
    ("replicas", "least", "most"),
    [("{min: 2, max: 6}", 2, 6), ("{min: 3}", 3, 3), ("{max: 4}", 1, 4)],
)
def test_replicas(replicas, least, most):
    scaling = deployment(model=MODEL.replace("{min: 2, max: 6}", replicas))["autoscaling_config"]
    assert scaling == {"min_replicas": least, "max_replicas": most, "target_ongoing_requests": 25}


def test_a_replica_has_a_pod_of_its_own():
    assert deployment()["max_replicas_per_node"] == 1
    assert deployment()["ray_actor_options"] == {"num_cpus": 2.0, "num_gpus": 1}
    assert deployment(**MINIMAL)["ray_actor_options"] == {"num_cpus": 1.0}


def test_one_request_at_a_time_is_a_target_of_one():
    version = VERSION.replace("maxOngoingRequests: 50", "maxOngoingRequests: 1")
    found = deployment(version=version)
    assert (found["max_ongoing_requests"], found["autoscaling_config"]["target_ongoing_requests"]) == (1, 1)


@pytest.mark.parametrize(
    ("timeout", "limit", "shutdown"), [("2500ms", 2.5, 20.0), ("30s", 30.0, 30.0), ("2m", 120.0, 120.0)]
)
def test_a_replica_that_goes_ends_its_requests(timeout, limit, shutdown):
    version = VERSION.replace("timeout: 2500ms", f"timeout: {timeout}")
    assert config(version=version)["http_options"]["request_timeout_s"] == limit
    assert deployment(version=version)["graceful_shutdown_timeout_s"] == shutdown


def test_strings_that_yaml_1_1_takes_for_something_else():
    version = VERSION.replace('"no: plan"', '"12:30:45"').replace("{name: tenure", '{name: "no"')
    inputs = config(version=version)["applications"][0]["args"]["predictor"]["inputs"]
    assert [one["name"] for one in inputs] == ["no", "12:30:45"]


def test_an_old_replica_goes_when_a_new_one_answers():
    assert deployment()["max_surge_percent"] == 100


def test_the_inference_protocol_is_answered_over_grpc_too():
    assert config()["grpc_options"] == {
        "grpc_servicer_functions": ["mlgitops.runtime.serve.inference_grpc:add_inference_service"],
        "port": 9000,
        "request_timeout_s": 2.5,
    }


def test_batches_and_explanations_where_the_version_asks_for_them():
    arguments = config()["applications"][0]["args"]
    assert {"batching", "explain"} & arguments.keys() == set()
    asked = "timeout: 2500ms\n      explain: true\n      batching: {maxBatchSize: 32, maxWait: 2ms}"
    version = VERSION.replace("timeout: 2500ms", asked)
    arguments = config(version=version)["applications"][0]["args"]
    assert arguments["batching"] == {"maxBatchSize": 32, "maxWait": "2ms"}
    assert arguments["explain"] is True
