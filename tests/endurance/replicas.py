"""The processes of the replicas that run, as Ray Serve's controller has them."""

from __future__ import annotations

import warnings

from tests.runtime.serve.cluster import NAME


def replicas() -> list[int]:
    """Process ids of the replicas that answer now."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ray.serve.context import _get_global_client

        details = _get_global_client().get_serve_details()
    deployments = details["applications"][NAME]["deployments"].values()
    return [one["pid"] for deployment in deployments for one in deployment["replicas"] if one["state"] == "RUNNING"]
