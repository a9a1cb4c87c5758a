"""A run's folder in the staging area: what it writes while it goes on and when it ends (`contract.outcome`)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlgitops.contract.outcome import ARTIFACT_FOLDER, METRICS_FILE, RUN_FILE, RunRecord, run_folder
from mlgitops.contract.reading import read_config
from mlgitops.problem import RunProblem
from mlgitops.registry.stores import Store
from mlgitops.runtime.train.records import each_step_once

UPLOAD_SECONDS = 10.0
"""Between two uploads of the metrics of a run that goes on."""
MOST_METRICS = 64 << 20


class Staging:
    """The folder `<staging>/<model>/<run's digits>/`. Every method raises RunProblem where the store fails."""

    def __init__(self, store: Store, model: str, run: str) -> None:
        self._store, self._folder = store, run_folder(model, run)

    def record(self) -> RunRecord | None:
        """What an earlier attempt wrote; None where there is none, or none that can be read."""
        text = self._store.read(f"{self._folder}/{RUN_FILE}")
        if text is None:
            return None
        try:
            return read_config(RunRecord, text, RUN_FILE)
        except RunProblem:
            return None

    def write_record(self, record: RunRecord) -> None:
        text = json.dumps(record.model_dump(exclude_defaults=True), indent=1, sort_keys=True, ensure_ascii=False)
        self._store.write(f"{self._folder}/{RUN_FILE}", f"{text}\n".encode())

    def metrics(self) -> str:
        """What earlier attempts reported."""
        found = self._store.read(f"{self._folder}/{METRICS_FILE}", MOST_METRICS)
        return "" if found is None else found.decode(errors="replace")

    def write_metrics(self, text: str) -> None:
        self._store.write(f"{self._folder}/{METRICS_FILE}", each_step_once(text).encode())

    def write_artifact(self, artifact: Path) -> None:
        """Upload the artifact; what an attempt left that was killed meanwhile is removed first."""
        prefix = f"{self._folder}/{ARTIFACT_FOLDER}"
        self._store.remove_folder(prefix)
        self._store.upload(artifact, prefix)

    @contextmanager
    def following(self, file: Path) -> Iterator[None]:
        """Upload a local file of metrics again and again while it grows, and when the block ends."""
        stop = threading.Event()
        thread = threading.Thread(target=self._follow, args=(file, stop), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self.write_metrics(file.read_text())

    def _follow(self, file: Path, stop: threading.Event) -> None:
        seen = file.stat().st_size
        while not stop.wait(UPLOAD_SECONDS):
            size = file.stat().st_size
            if size == seen:
                continue
            try:
                self.write_metrics(file.read_text())
            except RunProblem:
                continue  # a store that is away for a while costs no training; the last upload tells
            seen = size
