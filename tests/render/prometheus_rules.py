"""Rule files as Prometheus reads them, of what is rendered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlgitops.render.emit import emit
from mlgitops.render.observability import prometheus_rule
from tests.render.serving_models import ENVIRONMENT, VERSION, released

ROOT = Path(__file__).resolve().parents[2]
PROMTOOL = ROOT / "tools" / "bin" / "promtool"
PROMETHEUS = ROOT / "tools" / "bin" / "prometheus"

RAY = {
    "ray_node_gpus_utilization",
    "ray_serve_autoscaling_target_replicas",
    "ray_serve_deployment_queued_queries",
    "ray_serve_deployment_replica_healthy",
    "ray_serve_http_request_latency_ms_bucket",
    "ray_serve_num_http_error_requests_total",
    "ray_serve_num_http_requests_total",
    "ray_serve_replica_processing_queries",
}
"""Those of Ray 2.60 that rules and dashboards read."""

_MONITORING = VERSION[VERSION.index("    monitoring:") :]


def rule(monitoring: str, *, predictions: bool = False) -> dict[str, Any]:
    """The PrometheusRule of `churn` in `prod`, whose version asks for `monitoring` (YAML in one line)."""
    version = VERSION.replace(_MONITORING, f"    monitoring: {monitoring}\n")
    environment = ENVIRONMENT
    if not predictions:
        environment = environment.replace(', predictions: "s3://predictions"', "")
    return prometheus_rule(released(version=version, environment=environment))


def rule_file(folder: Path, monitoring: str, *, predictions: bool = False) -> Path:
    """The rules in a file as Prometheus reads it: what a PrometheusRule has as its `spec`."""
    path = folder / "rules.yml"
    path.write_text(emit(rule(monitoring, predictions=predictions)["spec"]))
    return path
