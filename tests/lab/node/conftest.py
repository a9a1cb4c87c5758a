"""The real node that tests share, and the chapters of its story: each begins where the one before has ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.lab.component import wait_until
from tests.lab.conftest import KEPT_LOGS
from tests.lab.control_plane import Refused
from tests.lab.node.asking import Gateway
from tests.lab.node.lab import Prepared, RealLab, real_lab
from tests.lab.node.story import MODEL, NAMESPACE, StoryRepository, story_repository, trained

SERVE, TRAIN = f"dev.{MODEL}.serve", f"dev.{MODEL}.train"
LONG = 900.0
"""Seconds that a chapter may take: a Ray cluster starts in half a minute where nothing else runs."""


class Node(NamedTuple):
    """The lab, its repository and who asks for predictions."""

    lab: RealLab
    repository: StoryRepository
    gateway: Gateway


class Chapter(NamedTuple):
    """A version that serves, and the seconds from the commit that asked for its training, and for it."""

    version: str
    trained_in: float
    served_in: float


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Iterator[Node]:
    """A real node with one model declared; nothing is trained yet."""
    made: list[StoryRepository] = []

    def make(prepared: Prepared) -> StoryRepository:
        made.append(story_repository(prepared))
        return made[0]

    with real_lab(make) as lab:
        try:
            gateway = lab.network.attach("gateway")
            lab.play("gateway", "gateway-system", gateway)
            lab.bootstrap()
            wait_until(lambda: _exists(lab), f"Argo CD makes the namespace {NAMESPACE}", 120)
            lab.plane.apply(*made[0].secrets())
            yield Node(lab, made[0], Gateway(lab, made[0], gateway))
        finally:
            if request.session.testsfailed:
                lab.components.copy_logs(KEPT_LOGS)


def _exists(lab: RealLab) -> bool:
    try:
        lab.api(f"/api/v1/namespaces/{NAMESPACE}")
    except Refused:
        return False
    return True


@pytest.fixture(scope="session")
def first(node: Node) -> Chapter:
    """The first version: trained, evaluated, signed, released, served."""
    begun = time.monotonic()
    wait_trained(node, 1)
    trained_in = time.monotonic() - begun
    version, served_in = release(node)
    return Chapter(version, trained_in, served_in)


def wait_trained(node: Node, count: int) -> list[str]:
    """Wait until the registry has that many versions of the model, and return them."""
    return wait_until(lambda: enough(trained(node.repository), count), f"{count} versions are registered", LONG, 1.0)


def enough(found: list[str], count: int) -> list[str]:
    return found if len(found) >= count else []


def release(node: Node) -> tuple[str, float]:
    """Take what was registered into Git, merge it, and wait until it answers; the version, and how long that took."""
    node.repository.mlgitops("release", "--new", "--env", "dev")
    return merge(node, "Release what was trained")


def merge(node: Node, message: str) -> tuple[str, float]:
    """Render and commit, and wait until the version that Git names answers."""
    node.repository.render()
    node.lab.push(message)
    wanted, begun = node.repository.served(), time.monotonic()
    wait_until(lambda: _exists_application(node), f"Argo CD makes {SERVE}", 60)
    wait_until(node.lab.accept_routes, "the model has a route", 60)
    node.lab.wait_application(SERVE, revision=node.repository.head(), within=LONG)
    wait_until(lambda: node.gateway.ask().version == wanted, f"{wanted} answers", 30)
    return wanted, time.monotonic() - begun


def _exists_application(node: Node) -> bool:
    return SERVE in [state.name for state in node.lab.applications()]
