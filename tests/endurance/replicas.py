"""The processes of the replicas that run, as Ray Serve's controller has them, and what memory they take."""

from __future__ import annotations

import warnings
from pathlib import Path

from tests.runtime.serve.cluster import NAME


def replicas() -> list[int]:
    """Process ids of the replicas that answer now."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ray.serve.context import _get_global_client

        details = _get_global_client().get_serve_details()
    deployments = details["applications"][NAME]["deployments"].values()
    return [one["pid"] for deployment in deployments for one in deployment["replicas"] if one["state"] == "RUNNING"]


def resident(pid: int) -> float:
    """The memory of a process that is not shared with files, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon:"))
