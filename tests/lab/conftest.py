"""The lab that tests share: started once, with the example brought up from Git by one root Application."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.lab.lab import SimulatedLab, State, simulated_lab

KEPT_LOGS = Path(__file__).resolve().parents[2] / "build" / "lab-logs"


class Bootstrapped(NamedTuple):
    """A lab in which everything is up, what that took in seconds, and what Argo CD said then."""

    lab: SimulatedLab
    started: float
    healthy: float
    states: list[State]


@pytest.fixture(scope="session")
def bootstrapped(request: pytest.FixtureRequest) -> Iterator[Bootstrapped]:
    """The lab, from nothing to all models of all environments healthy."""
    begun = time.monotonic()
    with simulated_lab() as lab:
        try:
            started = time.monotonic() - begun
            begun = time.monotonic()
            lab.bootstrap()
            states = lab.wait_all(300)
            yield Bootstrapped(lab, started, time.monotonic() - begun, states)
        finally:
            if request.session.testsfailed:
                lab.components.copy_logs(KEPT_LOGS)


@pytest.fixture
def lab(bootstrapped: Bootstrapped) -> Iterator[SimulatedLab]:
    """The lab as it is after bootstrapping. What a test commits or has Ray say is taken back after it."""
    lab = bootstrapped.lab
    begun = lab.repository.head()
    yield lab
    lab.dashboard.forget()
    lab.repository.restore(begun)
    lab.notify()
    lab.wait_all()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the logs of a lab that saw failures are."""
    if terminalreporter.stats.get("failed") and KEPT_LOGS.is_dir():
        terminalreporter.write_line(f"the lab's logs: {KEPT_LOGS}")
