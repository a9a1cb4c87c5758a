"""`make lab-node`: the lab with a real node and one model in it, until Ctrl-C. Needs root."""

from __future__ import annotations

import sys

from tests.lab.component import wait_until
from tests.lab.control_plane import Refused
from tests.lab.keep_up import keep_up
from tests.lab.node.lab import Prepared, RealLab, real_lab
from tests.lab.node.story import NAMESPACE, StoryRepository, story_repository


def main() -> int:
    """Start the lab, say how to reach it, and wait."""
    made: list[StoryRepository] = []

    def repository(prepared: Prepared) -> StoryRepository:
        made.append(story_repository(prepared))
        return made[0]

    def prepare(lab: RealLab) -> tuple[str, str]:
        wait_until(lambda: _provided(lab, made[0]), f"the namespace {NAMESPACE} is there", 120, 1.0)
        then = f"""\
kubectl get pods -n {NAMESPACE} -w
cd {lab.repository.folder}   # when it is trained: `mlgitops release --new --env dev`, `mlgitops render`, commit"""
        return "Argo CD brings the model in, which is trained by a RayJob", then

    took = "a minute; several where images are built"
    return keep_up(real_lab(repository), took, prepare, RealLab.accept_routes)


def _provided(lab: RealLab, repository: StoryRepository) -> bool:
    """Whether the platform team's Secrets are where the model's namespace is."""
    try:
        lab.plane.apply(*repository.secrets())
    except Refused:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
