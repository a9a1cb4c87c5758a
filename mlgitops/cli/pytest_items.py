"""What `pytest --mlgitops` collects: a target is one item, and what belongs to no target is another.

All items of a process share one run of `render --check`, which the first of them starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlgitops.cli.repository import MARK
from mlgitops.findings import Finding
from mlgitops.report.contents import Report

REPORT = pytest.StashKey[Report]()
SHARED = "_environment"
"""The target of an environment that belongs to no model."""
WHOLE = "repository"
"""The item for what is about no target: rules, waivers, environments, whole fleets."""


class Failed(Exception):
    """What an item is not: its text is as the command line says it."""


def ask_for_repository(config: pytest.Config) -> None:
    """Collect the repository whatever folders are, unless somebody names what to run."""
    path = str(config.rootpath / MARK)
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    if not named and Path(path).is_file() and path not in config.args:
        config.args.append(path)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A repository's mark is what its targets are collected from."""
    return Repository.from_parent(parent, path=file_path) if file_path.name == MARK else None


class Repository(pytest.File):
    """The targets of the repository at a mark."""

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each model in each environment that has it, in order, and one for the rest."""
        for subject in _subjects(str(self.path.parent)):
            yield Target.from_parent(self, name=subject)
        yield Target.from_parent(self, name=WHOLE)


def _subjects(root: str) -> list[str]:
    from mlgitops.files.disk import DiskTree
    from mlgitops.spec.load import load_model
    from mlgitops.stages.prepare import prepare

    tree = DiskTree(root)
    prepared = prepare(tree)
    found = []
    for name in prepared.models:
        model, _ = load_model(tree, name)
        for environment, declared in prepared.declared.items():
            if model is None or declared.selects(model.spec.value):
                found.append(f"{name}@{environment}")
    return found


class Target(pytest.Item):
    """One model in one environment; or all that is about neither."""

    def runtest(self) -> None:
        """Raises Failed for findings that fail; others are shown where pytest shows sections."""
        mine = [finding for finding in self._report().findings if self._is_mine(finding)]
        if any(finding.fails for finding in mine):
            raise Failed(self._text(mine))
        if mine:
            self.add_report_section("call", "mlgitops", self._text(mine))

    def _report(self) -> Report:
        stash = self.session.stash
        if REPORT not in stash:
            from mlgitops.cli.now import today
            from mlgitops.cli.request import answer
            from mlgitops.request import Request

            stash[REPORT] = answer(Request(str(self.path.parent), today(), jobs=1), "render --check")
        return stash[REPORT]

    def _is_mine(self, finding: Finding) -> bool:
        """A finding about no environment is each target's of its model; what is about no model is the repository's."""
        model, _, environment = (finding.subject or _model_of(finding.location.path)).partition("@")
        if not model or model == SHARED:
            return self.name == WHOLE
        return self.name == f"{model}@{environment}" if environment else self.name.partition("@")[0] == model

    def _text(self, findings: list[Finding]) -> str:
        from mlgitops.cli.repository import lines_of
        from mlgitops.report.text import text

        said = text(Report(tuple(findings)), lines_of(str(self.path.parent)), colour=False)
        return said.rpartition("\n\n")[0] or said

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The findings, without a traceback; anything else as pytest does."""
        if isinstance(excinfo.value, Failed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands, for headings."""
        return self.path, None, self.name


def _model_of(path: str) -> str:
    """The model that a file is of; empty for one that is none's."""
    parts = path.split("/")
    return parts[1] if parts[0] == "specs" and len(parts) > 2 else ""
