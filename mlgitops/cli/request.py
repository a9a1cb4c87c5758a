"""From a command's shared options to what the pipeline is asked."""

from __future__ import annotations

import argparse
import os
from datetime import date
from typing import TYPE_CHECKING

from mlgitops.cli.now import today
from mlgitops.cli.repository import root_of
from mlgitops.request import Command, Request, recall

if TYPE_CHECKING:
    from mlgitops.report.contents import Report

PIPELINE = ("env", "model", "engine", "format", "as_of", "jobs", "no_cache")
"""The shared options of commands that run the pipeline."""


def request_of(arguments: argparse.Namespace) -> Request:
    """The request. Raises UsageError outside of a repository."""
    as_of = date.fromisoformat(arguments.as_of) if arguments.as_of else today()
    return Request(
        root=root_of(arguments.root),
        as_of=as_of,
        environments=tuple(arguments.env),
        models=tuple(arguments.model),
        engine=arguments.engine,
        jobs=arguments.jobs or os.cpu_count() or 1,
        cache=not arguments.no_cache,
    )


def answer(request: Request, command: Command) -> Report:
    """The pipeline's report; of a former run when nothing has changed since, without loading the pipeline."""
    recalled = recall(request, command)
    if recalled is not None and recalled.report is not None:
        return recalled.report
    from mlgitops import pipeline
    from mlgitops.cli.progress import Progress

    with Progress() as progress:
        return pipeline.run(request, command, progress, recalled)
