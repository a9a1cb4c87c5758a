"""The lab that tests share: started once, with the example brought up from Git by one root Application."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from tests.lab.control_plane import Refused
from tests.lab.lab import SimulatedLab, State, simulated_lab

KEPT_LOGS = Path(__file__).resolve().parents[2] / "build" / "lab-logs"


Json = Any
MEASURED = pytest.StashKey[dict[str, str]]()


class Measure(Protocol):
    """Takes what was measured, how much it was and in which unit."""

    def __call__(self, what: str, value: float, unit: str = "s") -> None: ...


class Bootstrapped(NamedTuple):
    """A lab in which everything is up, what that took in seconds, and what Argo CD and controllers said until then."""

    lab: SimulatedLab
    started: float
    healthy: float
    states: list[State]
    events: list[Json]


@pytest.fixture(scope="session")
def bootstrapped(request: pytest.FixtureRequest, measure: Measure) -> Iterator[Bootstrapped]:
    """The lab, from nothing to all models of all environments healthy."""
    begun = time.monotonic()
    with simulated_lab() as lab:
        well = False
        try:
            started = time.monotonic() - begun
            begun = time.monotonic()
            lab.bootstrap()
            states = lab.wait_all()
            healthy = time.monotonic() - begun
            measure("from nothing to Argo CD and KubeRay", started)
            measure(f"from the root Application to {len(states)} healthy ones", healthy)
            measure("memory of all components", sum(lab.components.memory().values()), "MiB")
            yield Bootstrapped(lab, started, healthy, states, lab.objects("events"))
            well = not request.session.testsfailed
        finally:
            if not well:
                keep_logs(lab)


def keep_logs(lab: SimulatedLab) -> None:
    """Keep what helps to find out what went wrong, and the Applications as they are now."""
    lab.components.copy_logs(KEPT_LOGS)
    with suppress(Refused, OSError):
        (KEPT_LOGS / "applications.txt").write_text(lab.describe())


@pytest.fixture(scope="session")
def measure(request: pytest.FixtureRequest) -> Measure:
    """Note a number, which is told at the end: `measure("root applied to all healthy", seconds)`."""
    numbers = request.config.stash.setdefault(MEASURED, {})

    def note(what: str, value: float, unit: str = "s") -> None:
        numbers[what] = f"{value:.1f} {unit}"

    return note


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands over what it measured."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["measured"] = session.config.stash.get(MEASURED, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker measured."""
    measured = getattr(node, "workeroutput", {}).get("measured", {})
    node.config.stash.setdefault(MEASURED, {}).update(measured)


@pytest.fixture
def lab(bootstrapped: Bootstrapped) -> Iterator[SimulatedLab]:
    """The lab as it is after bootstrapping. What a test commits or has Ray say is taken back after it."""
    lab = bootstrapped.lab
    begun = lab.repository.head()
    yield lab
    lab.dashboard.forget()
    lab.repository.restore(begun)
    lab.delete_superseded_runs()
    lab.take_up()
    lab.wait_all()
    lab.delete_replaced_clusters()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was measured, and where the logs of a lab that saw failures are."""
    for what, value in terminalreporter.config.stash.get(MEASURED, {}).items():
        terminalreporter.write_line(f"measured: {what}: {value}")
    if terminalreporter.stats.get("failed") and KEPT_LOGS.is_dir():
        terminalreporter.write_line(f"the lab's logs: {KEPT_LOGS}")
