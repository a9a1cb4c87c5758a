"""`serveConfigV2` of a RayService: what Ray Serve refuses, and what it ignores in silence.

Sources: ray.serve.schema.ServeDeploySchema, ray.serve.config.AutoscalingConfig and validate_route_prefix of Ray 2.60.
KubeRay hands the text to Ray after the cluster is up; a mistake in it is found minutes later, in a status.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mlgitops.render.preflight import serve_fields
from mlgitops.render.preflight.serve_fields import Field
from mlgitops.render.preflight.subject import Map, part
from mlgitops.render.preflight.violation import Violation, fragment, nearest, one_of, violation
from mlgitops.render.preflight.yaml_text import read_map
from mlgitops.source import Pointer, dotted

POINTER: Pointer = ("spec", "serveConfigV2")
KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "text": (str, "text"),
    "whole": (int, "a whole number"),
    "number": ((int, float), "a number"),
    "flag": (bool, "true or false"),
    "any": (object, "a value"),
    "map": (dict, "a map"),
    "list": (list, "a list"),
}


class Problem(NamedTuple):
    """What is wrong at a place inside the text."""

    name: str
    inner: Pointer
    message: str
    hint: str


def serve_config_problems(obj: Map) -> Iterator[Violation]:
    """What is wrong with a RayService's Serve config; places inside it are named in the message."""
    text = part(obj, "spec").get("serveConfigV2") or ""
    read = read_map(text)
    if read.refused:
        yield violation(
            "serve/unreadable", POINTER, f"serveConfigV2 must be a YAML map: {read.refused}", "correct the text"
        )
    elif read.ambiguous:
        message = f"serveConfigV2 can be read in two ways: {read.ambiguous}"
        yield violation("gitops/ambiguous-yaml", POINTER, message, "write each key once, and one document")
    else:
        for problem in _config(read.content):
            place = f"serveConfigV2, {dotted(problem.inner)}: " if problem.inner else "serveConfigV2: "
            yield violation(f"serve/{problem.name}", POINTER, place + problem.message, problem.hint)


def _config(config: Map) -> Iterator[Problem]:
    yield from _fields(config, serve_fields.TOP, ())
    yield from _nested(config, "http_options", serve_fields.HTTP_OPTIONS, ())
    yield from _nested(config, "grpc_options", serve_fields.GRPC_OPTIONS, ())
    yield from _nested(config, "logging_config", serve_fields.LOGGING, ())
    location = config.get("proxy_location")
    if isinstance(location, str) and location not in serve_fields.PROXY_LOCATIONS:
        message = f"{one_of(serve_fields.PROXY_LOCATIONS)} was expected, got {fragment(location)}"
        hint = nearest(location, serve_fields.PROXY_LOCATIONS) or "write EveryNode"
        yield Problem("not-allowed", ("proxy_location",), message, hint)
    applications = config.get("applications")
    if not applications:
        yield Problem("no-application", ("applications",), "at least one application was expected", "add one")
    elif isinstance(applications, list):
        for index, application in enumerate(applications):
            yield from _application(application, ("applications", index))
        maps = [application for application in applications if isinstance(application, dict)]
        yield from _unique(maps, "name", "default", "name-repeated", ("applications",))
        yield from _unique(maps, "route_prefix", "/", "route-repeated", ("applications",))


def _application(application: Any, inner: Pointer) -> Iterator[Problem]:
    if not isinstance(application, dict):
        yield Problem("wrong-type", inner, f"a map was expected, got {fragment(application)}", "write a map")
        return
    yield from _fields(application, serve_fields.APPLICATION, inner)
    yield from _nested(application, "logging_config", serve_fields.LOGGING, inner)
    if application.get("name") == "":
        yield Problem("name-empty", (*inner, "name"), "an application must have a name", "name it")
    yield from _import_path(application.get("import_path"), (*inner, "import_path"))
    yield from _route_prefix(application.get("route_prefix"), (*inner, "route_prefix"))
    yield from _runtime_env(application.get("runtime_env"), (*inner, "runtime_env"))
    for name in ("host", "port"):
        if application.get(name) is not None:
            message = f"an application must not have {name}"
            yield Problem("host-in-application", (*inner, name), message, f"move it to http_options.{name}")
    deployments = application.get("deployments")
    deployments = deployments if isinstance(deployments, list) else []
    for index, deployment in enumerate(deployments):
        yield from _deployment(deployment, (*inner, "deployments", index))
    maps = [deployment for deployment in deployments if isinstance(deployment, dict)]
    yield from _unique(maps, "name", None, "deployment-repeated", (*inner, "deployments"))


def _deployment(deployment: Any, inner: Pointer) -> Iterator[Problem]:
    if not isinstance(deployment, dict):
        yield Problem("wrong-type", inner, f"a map was expected, got {fragment(deployment)}", "write a map")
        return
    yield from _fields(deployment, serve_fields.DEPLOYMENT, inner)
    yield from _nested(deployment, "logging_config", serve_fields.LOGGING, inner)
    yield from _nested(deployment, "request_router_config", serve_fields.ROUTER, inner)
    yield from _nested(deployment, "ray_actor_options", serve_fields.ACTOR_OPTIONS, inner)
    actor = deployment.get("ray_actor_options")
    if isinstance(actor, dict):
        yield from _runtime_env(actor.get("runtime_env"), (*inner, "ray_actor_options", "runtime_env"))
    if not deployment.get("name"):
        yield Problem(
            "name-empty", (*inner, "name"), "a deployment must have the name that the code gives it", "name it"
        )
    if deployment.get("max_queued_requests") is not None:
        queued = deployment["max_queued_requests"]
        if isinstance(queued, int) and queued != -1 and queued < 1:
            message = f"max_queued_requests must be -1, for no limit, or at least 1, got {queued}"
            yield Problem("out-of-range", (*inner, "max_queued_requests"), message, "write -1 or 1 and more")
    if deployment.get("placement_group_bundles") and deployment.get("max_replicas_per_node") is not None:
        message = "max_replicas_per_node cannot be set beside placement_group_bundles"
        yield Problem("exclusive", (*inner, "max_replicas_per_node"), message, "remove one of them")
    yield from _replicas(deployment, inner)


def _replicas(deployment: Map, inner: Pointer) -> Iterator[Problem]:
    replicas, scaling = deployment.get("num_replicas"), deployment.get("autoscaling_config")
    place = (*inner, "num_replicas")
    whole = isinstance(replicas, int) and not isinstance(replicas, bool)
    if whole and scaling is not None:
        yield Problem(
            "replicas-and-autoscaling", place, "num_replicas cannot be a number beside autoscaling_config", "remove one"
        )
    if whole and replicas < 1:  # type: ignore[operator]
        yield Problem(
            "out-of-range", place, f"num_replicas must be at least 1, got {replicas}", "write 1 or more, or auto"
        )
    if replicas is not None and not whole and replicas != "auto":
        yield Problem(
            "wrong-type", place, f"num_replicas must be a whole number or auto, got {fragment(replicas)}", "correct it"
        )
    if isinstance(scaling, dict):
        yield from _fields(scaling, serve_fields.AUTOSCALING, (*inner, "autoscaling_config"))
        yield from _bounds(scaling, (*inner, "autoscaling_config"), replicas == "auto")


AUTO_MAX = 100
"""`max_replicas` under `num_replicas: auto`, where it is not written."""


def _bounds(scaling: Map, inner: Pointer, auto: bool) -> Iterator[Problem]:
    least, most = scaling.get("min_replicas"), scaling.get("max_replicas")
    least = serve_fields.MIN_REPLICAS if least is None else least
    most = (AUTO_MAX if auto else serve_fields.MAX_REPLICAS) if most is None else most
    initial = scaling.get("initial_replicas")
    if not all(isinstance(number, int) for number in (least, most)):
        return
    if least > most:
        message = f"min_replicas ≤ max_replicas was expected, got {least} and {most}"
        yield Problem("bounds", inner, message, "raise max_replicas")
    elif isinstance(initial, int) and not least <= initial <= most:
        message = f"initial_replicas must be {least} to {most}, got {initial}"
        yield Problem("bounds", (*inner, "initial_replicas"), message, "correct it, or remove it")


def _fields(value: Map, known: dict[str, Field], inner: Pointer) -> Iterator[Problem]:
    for name, item in value.items():
        field = known.get(name)
        if field is None:
            hint = nearest(str(name), known) or "remove it, or check the version of Ray"
            yield Problem("unknown-key", inner, f"Ray ignores the key {fragment(name)}", hint)
        elif item is None:
            if name not in serve_fields.NULLABLE:
                yield Problem(
                    "wrong-type", (*inner, name), f"{KINDS[field.kind][1]} was expected, got null", "remove it"
                )
        elif field.kind != "any":
            yield from _field(item, field, (*inner, name))


def _field(item: Any, field: Field, inner: Pointer) -> Iterator[Problem]:
    expected, title = KINDS[field.kind]
    fits: bool = isinstance(item, expected) and (field.kind == "flag" or not isinstance(item, bool))
    if not fits:
        yield Problem("wrong-type", inner, f"{title} was expected, got {fragment(item)}", f"write {title}")
    elif field.least is not None and item < field.least:
        yield Problem("out-of-range", inner, f"at least {field.least} was expected, got {fragment(item)}", "raise it")
    elif field.above is not None and item <= field.above:
        yield Problem("out-of-range", inner, f"more than {field.above} was expected, got {fragment(item)}", "raise it")
    elif field.most is not None and item > field.most:
        yield Problem("out-of-range", inner, f"at most {field.most} was expected, got {fragment(item)}", "lower it")


def _nested(value: Map, name: str, known: dict[str, Field], inner: Pointer) -> Iterator[Problem]:
    item = value.get(name)
    if isinstance(item, dict):
        yield from _fields(item, known, (*inner, name))


def _import_path(path: Any, inner: Pointer) -> Iterator[Problem]:
    if path is None:
        yield Problem("import-path", inner, "import_path is required", "add `import_path: serve:app`")
    elif isinstance(path, str):
        mark = ":" if ":" in path else "."
        if path.count(":") > 1 or mark not in path.strip(mark) or path.strip(mark) != path:
            message = f"import_path must be like `module:name`, got {fragment(path)}"
            yield Problem("import-path", inner, message, "write the module, a colon and the bound deployment")


def _route_prefix(prefix: Any, inner: Pointer) -> Iterator[Problem]:
    if not isinstance(prefix, str):
        return
    if not prefix.startswith("/") or (prefix.endswith("/") and prefix != "/") or "{" in prefix or "}" in prefix:
        message = f"route_prefix must start with '/', not end with it, and have no braces, got {fragment(prefix)}"
        yield Problem("route-prefix", inner, message, "write it like `/churn`")


def _runtime_env(environment: Any, inner: Pointer) -> Iterator[Problem]:
    if not isinstance(environment, dict):
        return
    modules = environment.get("py_modules")
    uris: list[tuple[Pointer, Any]] = [((*inner, "working_dir"), environment.get("working_dir"))]
    uris += [
        ((*inner, "py_modules", index), uri) for index, uri in enumerate(modules if isinstance(modules, list) else [])
    ]
    for place, uri in uris:
        if uri is not None and not (isinstance(uri, str) and "://" in uri):
            message = f"a remote URI was expected, got {fragment(uri)}"
            yield Problem("local-path", place, message, "upload it, or put the code into the image or a ConfigMap")


def _unique(items: list[Map], key: str, default: str | None, name: str, inner: Pointer) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        value = item.get(key, default)
        if isinstance(value, str) and seen.setdefault(value, index) != index:
            message = f"{key} {fragment(value)} is also that of number {seen[value]}"
            yield Problem(name, (*inner, index, key), message, "change one of them")
