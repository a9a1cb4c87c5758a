"""The fields of a Ray Serve config (`ServeDeploySchema` of Ray 2.60) and what each may hold.

Ray ignores fields that it does not know, for the sake of later versions, so a misspelt one is lost in silence.
"""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """What a field may hold. Bounds are inclusive, `above` is not."""

    kind: str
    """`text`, `whole`, `number`, `flag`, `map`, `list`, or `any`."""
    least: float | None = None
    above: float | None = None
    most: float | None = None


TEXT, WHOLE, NUMBER, FLAG, MAP, LIST, ANY = map(Field, ("text", "whole", "number", "flag", "map", "list", "any"))
SECONDS, FACTOR = Field("number", least=0), Field("number", above=0)

TOP = {
    "proxy_location": TEXT, "http_options": MAP, "grpc_options": MAP, "controller_options": MAP, "logging_config": MAP,
    "tracing_config": MAP, "applications": LIST, "target_capacity": NUMBER,
}  # fmt: skip
HTTP_OPTIONS = {
    "host": TEXT, "port": WHOLE, "root_path": TEXT, "request_timeout_s": NUMBER, "keep_alive_timeout_s": WHOLE,
    "ssl_keyfile": TEXT, "ssl_certfile": TEXT, "ssl_keyfile_password": TEXT, "ssl_ca_certs": TEXT,
}  # fmt: skip
GRPC_OPTIONS = {"port": WHOLE, "grpc_servicer_functions": LIST, "request_timeout_s": NUMBER, "enable_reflection": FLAG}
LOGGING = {
    "encoding": TEXT, "log_level": ANY, "logs_dir": TEXT, "enable_access_log": FLAG,
    "additional_log_standard_attrs": LIST,
}  # fmt: skip
APPLICATION = {
    "name": TEXT, "route_prefix": TEXT, "import_path": TEXT, "runtime_env": MAP, "host": ANY, "port": ANY,
    "deployments": LIST, "autoscaling_policy": MAP, "args": MAP, "logging_config": MAP, "external_scaler_enabled": FLAG,
}  # fmt: skip
DEPLOYMENT = {
    "name": TEXT, "num_replicas": ANY, "max_ongoing_requests": Field("whole", above=0), "max_queued_requests": WHOLE,
    "backpressure_config": MAP, "user_config": MAP, "autoscaling_config": MAP, "graceful_shutdown_wait_loop_s": SECONDS,
    "graceful_shutdown_timeout_s": SECONDS, "health_check_period_s": FACTOR, "health_check_timeout_s": FACTOR,
    "ray_actor_options": MAP, "placement_group_bundles": LIST, "placement_group_strategy": TEXT,
    "placement_group_bundle_label_selector": LIST, "max_replicas_per_node": WHOLE, "logging_config": MAP,
    "request_router_config": MAP, "gang_scheduling_config": MAP, "deployment_actors": LIST,
    "rolling_update_percentage": Field("number", above=0, most=1),
    "max_surge_percent": Field("whole", least=0, most=100),
}  # fmt: skip
ACTOR_OPTIONS = {
    "runtime_env": MAP, "num_cpus": SECONDS, "num_gpus": SECONDS, "memory": SECONDS, "resources": MAP,
    "accelerator_type": TEXT, "label_selector": MAP, "fallback_strategy": LIST,
}  # fmt: skip
AUTOSCALING = {
    "min_replicas": Field("whole", least=0), "initial_replicas": Field("whole", least=0),
    "max_replicas": Field("whole", above=0), "target_ongoing_requests": FACTOR, "metrics_interval_s": FACTOR,
    "look_back_period_s": FACTOR, "smoothing_factor": FACTOR, "upscale_smoothing_factor": FACTOR,
    "downscale_smoothing_factor": FACTOR, "upscaling_factor": FACTOR, "downscaling_factor": FACTOR,
    "downscale_delay_s": SECONDS, "downscale_to_zero_delay_s": SECONDS, "upscale_delay_s": SECONDS,
    "aggregation_function": TEXT, "policy": MAP,
}  # fmt: skip
ROUTER = {
    "request_router_class": TEXT, "request_router_kwargs": MAP, "request_routing_stats_period_s": NUMBER,
    "request_routing_stats_timeout_s": NUMBER, "initial_backoff_s": NUMBER, "backoff_multiplier": NUMBER,
    "max_backoff_s": NUMBER,
}  # fmt: skip

NULLABLE = frozenset({
    "controller_options", "tracing_config", "target_capacity", "request_timeout_s", "ssl_keyfile", "ssl_certfile",
    "ssl_keyfile_password", "ssl_ca_certs", "route_prefix", "autoscaling_policy", "user_config", "autoscaling_config",
    "gang_scheduling_config", "deployment_actors", "num_cpus", "num_gpus", "memory", "accelerator_type",
    "label_selector",
    "fallback_strategy", "initial_replicas", "target_ongoing_requests", "upscale_smoothing_factor", "logs_dir",
    "downscale_smoothing_factor", "upscaling_factor", "downscaling_factor", "downscale_to_zero_delay_s",
    "num_replicas", "host", "port", "logging_config",
})  # fmt: skip
"""Fields that may be null; of the others, Ray refuses it, since null is not the same as left out."""

PROXY_LOCATIONS = ("Disabled", "HeadOnly", "EveryNode")

MIN_REPLICAS, MAX_REPLICAS = 1, 1
"""Ray's defaults of `autoscaling_config`, for the one that is not written."""
