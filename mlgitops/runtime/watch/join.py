"""`python -m mlgitops.runtime.watch.join`: what versions were worth, by the labels that came since.

It reads `places.JOIN_CONFIG` beside the code, joins the log's labels with its predictions, and writes a `JoinReport` to
the environment's storage. Replicas show the latest one as metrics, which is how alerts get to see it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from mlgitops import contract
from mlgitops.contract import places
from mlgitops.contract.join import LATEST_REPORT, Distance, JoinConfig, JoinReport, log_folder
from mlgitops.problem import exit_code_of
from mlgitops.registry.opened import open_registry
from mlgitops.registry.stores import Store
from mlgitops.runtime.configuration import config_file
from mlgitops.runtime.watch.distances import Sampled, distances, reference_values
from mlgitops.runtime.watch.joining import join
from mlgitops.runtime.watch.log import LABELS, PREDICTIONS
from mlgitops.runtime.watch.logged import LogReader
from mlgitops.runtime.watch.scores import classes_of_pairs, comparisons, live_versions, task_of_pairs, usable
from mlgitops.spec.documents.types import seconds

SCORED_DAYS = 30
"""Predictions of so many days are scored, and those of one label delay more."""
KS_SECONDS = 86_400.0
"""Of the predictions that Kolmogorov-Smirnov compares; a drift window that is longer counts instead."""


def main() -> None:
    """Join, write the report and print it."""
    config = config_file(JoinConfig, places.JOIN_CONFIG)
    report = joined_report(config, datetime.fromtimestamp(time.time(), UTC))
    text = report.model_dump_json(exclude_none=True)
    store, folder = Store(config.predictions), f"{log_folder(config.model, config.environment)}/reports"
    store.write(f"{folder}/{report.createdAt[:10]}.json", text.encode())
    store.write(f"{folder}/{LATEST_REPORT}", text.encode())
    sys.stdout.write(text + "\n")


def joined_report(config: JoinConfig, now: datetime) -> JoinReport:
    """What the log says at a time. Raises RunProblem where a store, the registry or the reference cannot be read."""
    delay = seconds(config.labelDelay)
    since = now - timedelta(days=SCORED_DAYS, seconds=delay)
    reader = LogReader(Store(config.predictions), log_folder(config.model, config.environment))
    with_ks = config.drift is not None and config.drift.test == "ks"
    window = max(KS_SECONDS, seconds(config.drift.window)) if config.drift is not None else KS_SECONDS
    sampled = Sampled(now.timestamp() - window)
    joined = join(
        reader.records(LABELS, since, now),
        reader.records(PREDICTIONS, since, now),
        delay,
        sampled.see if with_ks else None,
    )
    task = task_of_pairs(joined.pairs)
    classes = classes_of_pairs(joined.pairs, task)
    pairs = usable(joined.pairs, task, classes)
    unusable = joined.labels.unusable + reader.unusable + len(joined.pairs) - len(pairs)
    return JoinReport(
        contract=contract.VERSION,
        model=config.model,
        environment=config.environment,
        createdAt=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        predictions=joined.predictions,
        labels=joined.labels.model_copy(update={"unusable": unusable, "joined": len(pairs)}),
        versions=live_versions(pairs, task, classes, lambda version: _registered(config, version), config.metrics),
        comparisons=comparisons(pairs, task, classes),
        distances=_distances(config, sampled) if with_ks else [],
    )


def _registered(config: JoinConfig, version: str) -> Mapping[str, float]:
    """A version's scores on the holdout; none of a version that was not registered under that name."""
    found = open_registry(config.registryKind, config.registry).find(config.model, version)
    if found is None:
        return {}
    return {score.metric: score.value for score in found.scores if score.slice is None}


def _distances(config: JoinConfig, sampled: Sampled) -> list[Distance]:
    from mlgitops.runtime.data.read import read_tables

    if not config.reference or config.drift is None:
        return []
    table, _ = read_tables(config.reference, config.data)
    return distances(sampled.rows, reference_values(table), config.drift.minimumSamples)


if __name__ == "__main__":
    sys.exit(exit_code_of(main))
