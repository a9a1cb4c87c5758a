"""What workers report, as it comes: a callback in Ray Train's controller, which runs on the driver's node."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ray.train import UserCallback

from mlgitops.runtime.train.records import lines_of, text_of


class Reports(UserCallback):  # type: ignore[misc]
    """Appends a line for each report of the first worker to a file that the driver follows."""

    def __init__(self, file: str, begun: float) -> None:
        self._file, self._begun, self._count = Path(file), begun, 0

    def after_report(self, run_context: Any, metrics: list[dict[str, Any]], checkpoint: Any) -> None:  # noqa: ARG002
        lines = lines_of(metrics[0], self._count, time.time() - self._begun)
        self._count += 1
        try:
            with self._file.open("a") as file:
                file.write(text_of(lines))
        except OSError:
            return  # a full disk costs lines, and no training
