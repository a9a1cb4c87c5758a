"""`make lab`: the lab with simulated nodes and the example in it, until Ctrl-C."""

from __future__ import annotations

import sys

from tests.lab.keep_up import keep_up
from tests.lab.lab import SimulatedLab, simulated_lab


def main() -> int:
    """Start the lab, say how to reach it, and wait."""
    return keep_up(simulated_lab(), "about half a minute", _prepare, lambda _lab: None)


def _prepare(lab: SimulatedLab) -> tuple[str, str]:
    then = f"""\
kubectl get applications
argocd app list
cd {lab.repository.folder}   # edit, `mlgitops render`, commit; Argo CD looks at once after
argocd app get NAME --refresh"""
    return "Argo CD brings the example in", then


if __name__ == "__main__":
    sys.exit(main())
