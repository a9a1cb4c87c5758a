"""A lab that a person looks around in, until Ctrl-C: what `make lab` and `make lab-node` do."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from tests.lab.component import BIN, LabError
from tests.lab.lab import Lab

L = TypeVar("L", bound=Lab)


def keep_up(
    starting: AbstractContextManager[L],
    took: str,
    prepare: Callable[[L], tuple[str, str]],
    attend: Callable[[L], object],
) -> int:
    """Start a lab, say how to reach it, and wait; the exit code.

    `took` says how long starting takes, `prepare` what Argo CD does next and what a person may do, and `attend` is
    called each second.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begun = time.monotonic()
    try:
        print(f"lab: starting ({took})", file=sys.stderr, flush=True)
        with starting as lab:
            lab.bootstrap()
            now, then = prepare(lab)
            print(directions(lab, time.monotonic() - begun, now, then), flush=True)
            while not (ended := lab.components.ended()):
                attend(lab)
                time.sleep(1)
            raise LabError("\n".join(f"{name} ended:\n{lab.components.log(name)[-2000:]}" for name in ended))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("lab: stopped", file=sys.stderr)
        return 0


def directions(lab: Lab, seconds: float, now: str, then: str) -> str:
    """What a person needs to look around."""
    settings = "\n".join(f"export {name}='{value}'" for name, value in lab.argo_cd.settings().items())
    return f"""\
lab: up after {seconds:.0f} s; {now}. In another terminal:

export KUBECONFIG={lab.plane.kubeconfig}
export PATH={BIN}:$PATH
{settings}

{then}

logs: {lab.components.folder / "logs"}
Ctrl-C stops everything."""
