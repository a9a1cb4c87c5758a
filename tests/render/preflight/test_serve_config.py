"""The Serve config inside a RayService: what Ray refuses or ignores, and where inside the text it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
import ryaml

from mlgitops.render.preflight import preflight
from mlgitops.render.preflight.codes import CODES
from tests.render.preflight.valid import SERVE_CONFIG, changed, ray_service

APPLICATION = "applications.0"
DEPLOYMENT = f"{APPLICATION}.deployments.0"
SCALING = f"{DEPLOYMENT}.autoscaling_config"
SECOND = {"name": "second", "route_prefix": "/second", "import_path": "second:app"}

CASES: list[tuple[str, str, list[tuple[str, Any]]]] = [
    (
        "serve/unknown-key",
        "applications[0].deployments[0]: Ray ignores the key 'max_ongoing_request'",
        [(f"{DEPLOYMENT}.max_ongoing_request", 5)],
    ),
    ("serve/unknown-key", "Ray ignores the key 'aplications'", [("aplications", [])]),
    ("serve/unknown-key", "http_options: Ray ignores the key 'prot'", [("http_options.prot", 1)]),
    (
        "serve/unknown-key",
        "applications[0].deployments[0].ray_actor_options: Ray ignores the key 'gpus'",
        [(f"{DEPLOYMENT}.ray_actor_options.gpus", 1)],
    ),
    (
        "serve/wrong-type",
        "applications[0].deployments[0].max_ongoing_requests: a whole number was expected, got 'many'",
        [(f"{DEPLOYMENT}.max_ongoing_requests", "many")],
    ),
    ("serve/wrong-type", "applications[0].deployments[0]: a map was expected, got 'x'", [(DEPLOYMENT, "x")]),
    ("serve/wrong-type", "applications[0]: a map was expected, got 'x'", [(APPLICATION, "x")]),
    (
        "serve/wrong-type",
        "num_replicas must be a whole number or auto, got 'all'",
        [(f"{DEPLOYMENT}.num_replicas", "all"), (SCALING, ...)],
    ),
    (
        "serve/out-of-range",
        "max_ongoing_requests: more than 0 was expected, got 0",
        [(f"{DEPLOYMENT}.max_ongoing_requests", 0)],
    ),
    (
        "serve/out-of-range",
        "must be -1, for no limit, or at least 1, got 0",
        [(f"{DEPLOYMENT}.max_queued_requests", 0)],
    ),
    (
        "serve/out-of-range",
        "num_replicas must be at least 1, got 0",
        [(f"{DEPLOYMENT}.num_replicas", 0), (SCALING, ...)],
    ),
    (
        "serve/out-of-range",
        "num_gpus: at least 0 was expected, got -1",
        [(f"{DEPLOYMENT}.ray_actor_options.num_gpus", -1)],
    ),
    ("serve/out-of-range", "at most 100 was expected, got 101", [(f"{DEPLOYMENT}.max_surge_percent", 101)]),
    (
        "serve/not-allowed",
        "proxy_location: Disabled, HeadOnly or EveryNode was expected, got 'Everywhere'",
        [("proxy_location", "Everywhere")],
    ),
    ("serve/wrong-type", "applications[0].name: text was expected, got null", [(f"{APPLICATION}.name", None)]),
    ("serve/no-application", "at least one application was expected", [("applications", [])]),
    ("serve/name-empty", "an application must have a name", [(f"{APPLICATION}.name", "")]),
    ("serve/name-empty", "a deployment must have the name that the code gives it", [(f"{DEPLOYMENT}.name", ...)]),
    (
        "serve/name-repeated",
        "applications[1].name: name 'churn' is also that of number 0",
        [("applications.1", SECOND | {"name": "churn"})],
    ),
    (
        "serve/route-repeated",
        "applications[1].route_prefix: route_prefix '/churn' is also that of number 0",
        [("applications.1", SECOND | {"route_prefix": "/churn"})],
    ),
    (
        "serve/deployment-repeated",
        "deployments[1].name: name 'Predictor' is also that of number 0",
        [(f"{APPLICATION}.deployments.1", {"name": "Predictor"})],
    ),
    ("serve/host-in-application", "an application must not have port", [(f"{APPLICATION}.port", 8000)]),
    (
        "serve/exclusive",
        "max_replicas_per_node cannot be set beside placement_group_bundles",
        [(f"{DEPLOYMENT}.placement_group_bundles", [{"CPU": 1}]), (f"{DEPLOYMENT}.max_replicas_per_node", 1)],
    ),
    (
        "serve/replicas-and-autoscaling",
        "num_replicas cannot be a number beside autoscaling_config",
        [(f"{DEPLOYMENT}.num_replicas", 2)],
    ),
    ("serve/bounds", "min_replicas ≤ max_replicas was expected, got 7 and 6", [(f"{SCALING}.min_replicas", 7)]),
    ("serve/bounds", "min_replicas ≤ max_replicas was expected, got 2 and 1", [(f"{SCALING}.max_replicas", ...)]),
    ("serve/bounds", "initial_replicas must be 2 to 6, got 1", [(f"{SCALING}.initial_replicas", 1)]),
    *(
        (
            "serve/import-path",
            f"import_path must be like `module:name`, got {path!r}",
            [(f"{APPLICATION}.import_path", path)],
        )
        for path in ("serve", ":app", "serve:", "a:b:c", ".app", "serve.")
    ),
    ("serve/import-path", "import_path is required", [(f"{APPLICATION}.import_path", ...)]),
    *(
        ("serve/route-prefix", "route_prefix must start with '/'", [(f"{APPLICATION}.route_prefix", prefix)])
        for prefix in ("churn", "/churn/", "/{model}", "")
    ),
    (
        "serve/local-path",
        "working_dir: a remote URI was expected, got './code'",
        [(f"{APPLICATION}.runtime_env.working_dir", "./code")],
    ),
    (
        "serve/local-path",
        "py_modules[0]: a remote URI was expected",
        [(f"{DEPLOYMENT}.ray_actor_options.runtime_env", {"py_modules": ["/code"]})],
    ),
]

ACCEPTED: list[list[tuple[str, Any]]] = [
    [("applications.1", SECOND)],
    [(f"{APPLICATION}.route_prefix", "/")],
    [(f"{APPLICATION}.import_path", "package.module.app")],
    [(f"{APPLICATION}.runtime_env.working_dir", "s3://code/churn.zip")],
    [(f"{DEPLOYMENT}.max_queued_requests", -1)],
    [(f"{DEPLOYMENT}.num_replicas", "auto"), (f"{SCALING}.max_replicas", ...)],
    [(SCALING, ...), (f"{DEPLOYMENT}.num_replicas", 3)],
    [(f"{DEPLOYMENT}.graceful_shutdown_timeout_s", 0)],
    [(f"{APPLICATION}.route_prefix", None)],
]


def problems(config: str) -> list[tuple[str, str]]:
    found = preflight(changed(ray_service(), ("spec.serveConfigV2", config)))
    assert {problem.pointer for problem in found} <= {("spec", "serveConfigV2")}
    return [(problem.code, problem.message) for problem in found]


def config(changes: list[tuple[str, Any]]) -> str:
    return json.dumps(changed(ryaml.loads(SERVE_CONFIG), *changes))


@pytest.mark.parametrize(("code", "message", "changes"), CASES)
def test_a_fault_is_found_and_its_place_named(code: str, message: str, changes: list[tuple[str, Any]]) -> None:
    [(found, said)] = problems(config(changes))
    assert found == code
    assert said.startswith("serveConfigV2")
    assert message in said


@pytest.mark.parametrize("changes", ACCEPTED)
def test_what_ray_takes_is_taken(changes: list[tuple[str, Any]]) -> None:
    assert problems(config(changes)) == []


def test_block_style_and_json_say_the_same() -> None:
    assert problems(SERVE_CONFIG) == problems(config([])) == []


@pytest.mark.parametrize("text", ["applications: [", "- applications", "applications", '{"applications": [}'])
def test_what_is_no_map_is_unreadable(text: str) -> None:
    assert [code for code, _ in problems(text)] == ["serve/unreadable"]


@pytest.mark.parametrize("text", ["", "# none\n", "{}"])
def test_nothing_is_no_application(text: str) -> None:
    assert [code for code, _ in problems(text)] == ["serve/no-application"]


def test_every_code_has_a_case() -> None:
    codes = {code for code in CODES if code.startswith("serve/")}
    assert codes == {code for code, _, _ in CASES} | {"serve/unreadable"}
