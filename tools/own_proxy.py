"""A Ray Serve that shares no file and no port with another one on the same machine.

Ray Serve's proxy keeps its files in /tmp under names that are always the same, and its replicas take the first free
ports from 30000, several processes at once: two clusters would answer each other's requests.
"""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack
from pathlib import Path

REPLICAS = 50
"""Ports of each protocol for one cluster's replicas; a port that was given back is not used again at once."""
FIRST, LAST = 12000, 32000
"""Below the ports that the system gives to those who ask for any."""


def own_proxy(folder: Path) -> dict[str, str]:
    """Environment variables for a cluster whose proxy keeps its files in `folder`, whose path must be short."""
    metrics, stats = free_ports(2)
    http, grpc = free_range(), free_range()
    return {
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(http),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(http + REPLICAS),
        "RAY_SERVE_DIRECT_INGRESS_MIN_GRPC_PORT": str(grpc),
        "RAY_SERVE_DIRECT_INGRESS_MAX_GRPC_PORT": str(grpc + REPLICAS),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "state"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(metrics),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(stats),
    }


def free_port() -> int:
    """A port of loopback that nobody listens at now."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Ports of loopback, each another, that nobody listens at now."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def free_range() -> int:
    """The first of `REPLICAS` ports that nobody listens at now, at random: others may choose at the same time."""
    chosen = random.SystemRandom()
    while True:
        first = FIRST + REPLICAS * chosen.randrange((LAST - FIRST) // REPLICAS)
        if all(_is_free(port) for port in range(first, first + REPLICAS)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("0.0.0.0", port))
        except OSError:
            return False
        return True
