"""`make lab-node`: the lab with a real node and one model in it, until Ctrl-C. Needs root."""

from __future__ import annotations

import signal
import sys
import time

from tests.lab.component import BIN, LabError, wait_until
from tests.lab.control_plane import Refused
from tests.lab.node.lab import RealLab, real_lab
from tests.lab.node.story import NAMESPACE, StoryRepository, story_repository


def main() -> int:
    """Start the lab, say how to reach it, and wait."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begun = time.monotonic()
    made: list[StoryRepository] = []
    try:
        print("lab: starting (a minute; several where images are built)", file=sys.stderr, flush=True)
        with real_lab(lambda prepared: made.append(story_repository(prepared)) or made[0]) as lab:  # type: ignore[func-returns-value]
            lab.bootstrap()
            wait_until(lambda: provided(lab, made[0]), f"the namespace {NAMESPACE} is there", 120, 1.0)
            print(directions(lab, time.monotonic() - begun), flush=True)
            while not (ended := lab.components.ended()):
                lab.accept_routes()
                time.sleep(1)
            raise LabError("\n".join(f"{name} ended:\n{lab.components.log(name)[-2000:]}" for name in ended))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("lab: stopped", file=sys.stderr)
        return 0


def provided(lab: RealLab, repository: StoryRepository) -> bool:
    """Whether the platform team's Secrets are where the model's namespace is."""
    try:
        lab.plane.apply(*repository.secrets())
    except Refused:
        return False
    return True


def directions(lab: RealLab, seconds: float) -> str:
    """What a person needs to look around."""
    settings = "\n".join(f"export {name}='{value}'" for name, value in lab.argo_cd.settings().items())
    return f"""\
lab: up after {seconds:.0f} s; Argo CD brings the model in, which is trained by a RayJob. In another terminal:

export KUBECONFIG={lab.plane.kubeconfig}
export PATH={BIN}:$PATH
{settings}

kubectl get pods -n {NAMESPACE} -w
cd {lab.repository.folder}   # `mlgitops release --new --env dev` when it is trained, then `mlgitops render` and commit

logs: {lab.components.folder / "logs"}
Ctrl-C stops everything."""


if __name__ == "__main__":
    sys.exit(main())
