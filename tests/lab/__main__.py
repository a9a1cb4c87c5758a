"""`make lab`: the lab with simulated nodes and the example in it, until Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time

from tests.lab.component import BIN, LabError
from tests.lab.lab import SimulatedLab, simulated_lab


def main() -> int:
    """Start the lab, say how to reach it, and wait."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begun = time.monotonic()
    try:
        print("lab: starting (about half a minute)", file=sys.stderr, flush=True)
        with simulated_lab() as lab:
            lab.bootstrap()
            print(directions(lab, time.monotonic() - begun), flush=True)
            while not (ended := lab.components.ended()):
                time.sleep(1)
            raise LabError("\n".join(f"{name} ended:\n{lab.components.log(name)[-2000:]}" for name in ended))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("lab: stopped", file=sys.stderr)
        return 0


def directions(lab: SimulatedLab, seconds: float) -> str:
    """What a person needs to look around."""
    settings = "\n".join(f"export {name}='{value}'" for name, value in lab.argo_cd.settings().items())
    return f"""\
lab: up after {seconds:.0f} s; Argo CD brings the example in. In another terminal:

export KUBECONFIG={lab.plane.kubeconfig}
export PATH={BIN}:$PATH
{settings}

kubectl get applications
argocd app list
cd {lab.repository.folder}   # edit, `mlgitops render`, commit; `argocd app get NAME --refresh` has Argo CD look at once

logs: {lab.components.folder / "logs"}
Ctrl-C stops everything."""


if __name__ == "__main__":
    sys.exit(main())
