"""The sign Job: waits for a run's evaluation, checks it, and registers and signs what passed."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mlgitops.contract import places
from mlgitops.contract.registered import RegisteredVersion
from mlgitops.contract.sign import SignConfig
from mlgitops.registry.backend import told
from mlgitops.registry.opened import open_registry
from mlgitops.registry.signing import Signer
from mlgitops.registry.stores import Store
from mlgitops.runtime.clock import timestamp
from mlgitops.runtime.configuration import config_file, most_seconds, run_identity
from mlgitops.runtime.printable import printable
from mlgitops.runtime.sign.awaited import Nothing, Run, awaited, run_record
from mlgitops.runtime.sign.checks import check_evaluation, check_record, unkept_limits
from mlgitops.runtime.sign.signed import Sources, registered_version, signed_folder, signer_of


def main(sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.time) -> None:
    """Register the run of $MLGITOPS_RUN. A rejected run and one that failed are results, not errors.

    `clock` gives seconds since 1970. Raises RunProblem: `contract/…`, `sign/…`, `store/…`, `registry/…`,
    `signature/…`, `folder/…`.
    """
    config = config_file(SignConfig, places.SIGN_CONFIG)
    stores = config.stores
    registry = open_registry(stores.registryKind, stores.registry)
    run = Run(config.model, run_identity(), Store(stores.staging), Store(stores.evaluations), registry)
    done = signed_run(config, run, signer_of(config), sleep, clock)
    if isinstance(done, Nothing):
        _tell(f"{config.model} {run.identity}: {done.why}")
    else:
        _tell(f"{config.model} {run.identity}: registered as {done.version}, signed by {done.signature.signer}")


def signed_run(
    config: SignConfig, run: Run, signer: Signer, sleep: Callable[[float], None], clock: Callable[[], float]
) -> RegisteredVersion | Nothing:
    """The version that stands for a run, or why there is none. Raises as `main` does."""
    found = awaited(run, sleep, most_seconds())
    if isinstance(found, Nothing):
        return found
    check_evaluation(config, run.identity, found.evaluation)
    unkept = unkept_limits(config, found.evaluation)
    if unkept or found.evaluation.verdict != "passed":
        reasons = "; ".join(f"{one.message} [{one.code}]" for one in unkept) or "its evaluation says so"
        return Nothing(f"it is rejected, so there is nothing to register: {reasons}")
    record = check_record(config, run.identity, run_record(run))
    sources = Sources(config, run, found, record)
    with told("work in a private folder"), tempfile.TemporaryDirectory(prefix="mlgitops-sign-") as name:
        work = Path(name)
        description = signed_folder(sources, work, signer)
        now = timestamp(clock())
        version = registered_version(sources, work, description, now)
        return run.registry.register(version, work)


def _tell(line: str) -> None:
    """Say on stdout what came of it. Some of it are a training pod's words."""
    sys.stdout.write(printable(line[:4000]) + "\n")
