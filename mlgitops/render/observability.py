"""The PrometheusRule of a model that serves: what is recorded of its drift (`drift_rules`), and its alerts (`alerts`).

One group, whose rules are evaluated in order: an alert sees what was recorded a moment before.
"""

from __future__ import annotations

from mlgitops.render.alerts import alerts, watch_selector
from mlgitops.render.drift_rules import drift_rules
from mlgitops.render.labels import object_labels
from mlgitops.render.names import role_name, serving_namespace
from mlgitops.render.objects import Object
from mlgitops.render.trace import derived
from mlgitops.spec.resolve import ResolvedModel


def prometheus_rule(resolved: ResolvedModel) -> Object:
    """The PrometheusRule `<model>-serve`."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": role_name(resolved.metadata.name, "serve"),
            "namespace": serving_namespace(resolved),
            "labels": object_labels(resolved, "serve"),
        },
        "spec": {
            "groups": [
                {
                    "name": f"mlgitops.{resolved.environment_name}.{resolved.name}",
                    "rules": [*_recorded(resolved), *alerts(resolved)],
                }
            ]
        },
    }


def _recorded(resolved: ResolvedModel) -> list[Object]:
    monitoring = resolved.spec.monitoring
    if monitoring is None or monitoring.drift is None:
        return []
    drift = monitoring.drift
    rules = drift_rules(watch_selector(resolved), drift.window, drift.minimumSamples)
    for rule in rules:
        rule["expr"] = derived(rule["expr"], drift.window)
    return rules
