"""Less of what Ray says of itself, so that a run's log is about the run."""

from __future__ import annotations

import logging


def quiet_worker() -> None:
    """Keep Ray Train's lines about every report, metrics and all, out of a worker's log; warnings stay.

    Its loggers are named after their files.
    """
    for name in list(logging.root.manager.loggerDict):
        if "/ray/train/v2/" in name:
            logging.getLogger(name).setLevel(logging.WARNING)


def quiet_data() -> None:
    """Keep Ray Data's progress bars, which are blank lines in a file, out of the log of whoever uses it from here."""
    from ray.data import DataContext

    DataContext.get_current().enable_progress_bars = False
