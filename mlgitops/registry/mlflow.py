"""The registry in MLflow.

    registered model    a model, by its name
    model version       a version, with the tags `TAG_VERSION`, `TAG_RUN`, `TAG_RECORD`
    run                 what holds a version's files, `version.json` too, and shows its scores

Creating the model version, with its tags in one transaction, is the last call and the point at which the version
exists. Where two processes create one at once, MLflow numbers them, and the lower number stands for ever: both go by
it, and the other is deleted. A run without a model version is what a killed attempt left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from mlgitops.contract.registered import VERSION_FILE, RegisteredVersion
from mlgitops.problem import RunProblem
from mlgitops.registry.backend import told
from mlgitops.registry.mlflow_artifacts import artifact_store
from mlgitops.registry.mlflow_rest import Refused, Rest, refused_problem
from mlgitops.registry.records import check_complete, check_names, missing, record, record_text, same_run
from mlgitops.registry.stores import LIMITS, Limits, Store

TAG_VERSION, TAG_RUN, TAG_RECORD = "mlgitops.version", "mlgitops.run", "mlgitops.record"
"""The version's name, its run's identity and the digest of its `version.json`."""
EXPERIMENT = "mlgitops/{}"
"""One a model, for the runs that hold versions."""
PAGE = "1000"
MOST_PAGES = 100


class ModelVersion(NamedTuple):
    """What MLflow has of a version."""

    number: int
    source: str
    mlflow_run: str
    tags: dict[str, str]


class MlflowRegistry:
    """See the module and `protocol.Registry`."""

    def __init__(self, uri: str, limits: Limits = LIMITS) -> None:
        self._rest = Rest(uri)
        self._limits = limits

    def versions(self, model: str) -> list[RegisteredVersion]:
        standing = first_of_each(self._all(model))
        found = [self._record(model, name, one) for name, one in standing.items()]
        return sorted(found, key=lambda one: (one.registeredAt, one.version))

    def find(self, model: str, version: str) -> RegisteredVersion | None:
        check_names(model, version)
        standing = self._standing(model, version)
        return None if standing is None else self._record(model, version, standing)

    def register(self, version: RegisteredVersion, folder: Path) -> RegisteredVersion:
        check_complete(version, folder)
        standing = self._standing(version.model, version.version)
        if standing is None:
            try:
                self._add(version, folder)
            except RunProblem:
                # Another process may have been the first and have deleted what this one was writing.
                if self._standing(version.model, version.version) is None:
                    raise
            standing = self._standing(version.model, version.version)
        if standing is None:
            raise missing(version.model, version.version)
        self._remove_leftovers(version, standing)
        return same_run(self._record(version.model, version.version, standing), version)

    def fetch(self, model: str, version: str, into: Path) -> None:
        check_names(model, version)
        standing = self._standing(model, version)
        if standing is None:
            raise missing(model, version)
        found = self._record(model, version, standing)
        self._files(standing).download("", into, self._limits)
        with told(f"write {VERSION_FILE}"):
            (into / VERSION_FILE).write_bytes(record_text(found))

    def _add(self, version: RegisteredVersion, folder: Path) -> None:
        text = record_text(version)
        tags = {TAG_VERSION: version.version, TAG_RUN: version.run, TAG_RECORD: _digest(text)}
        pairs = [{"key": key, "value": value} for key, value in tags.items()]
        with _told(f"register {version.model} {version.version}"):
            self._create_once("registered-models/create", name=version.model)
            run = self._create_run(version, pairs)
            files = artifact_store(self._rest, run["artifact_uri"])
            files.upload(folder, "")
            files.write(VERSION_FILE, text)
            self._show(run["run_id"], version)
            made = {"name": version.model, "source": run["artifact_uri"], "run_id": run["run_id"], "tags": pairs}
            self._rest.send("model-versions/create", made)

    def _create_run(self, version: RegisteredVersion, tags: list[dict[str, str]]) -> dict[str, Any]:
        body = {
            "experiment_id": self._experiment(version.model),
            "run_name": version.version,
            "start_time": _milliseconds(version.startedAt),
            "tags": tags,
        }
        info: dict[str, Any] = self._rest.send("runs/create", body)["run"]["info"]
        return info

    def _show(self, run: str, version: RegisteredVersion) -> None:
        """What MLflow's own pages show of a run; nothing is read back from it."""
        end = _milliseconds(version.finishedAt)
        metrics = [
            {"key": score.metric if score.slice is None else f"{score.metric}/{score.slice}", "value": score.value}
            for score in version.scores[:1000]
        ]
        params = [
            {"key": name, "value": str(value)[:500]} for name, value in list(version.inputs.hyperparameters.items())
        ]
        shown = {
            "run_id": run,
            "metrics": [{**metric, "timestamp": end, "step": 0} for metric in metrics],
            "params": params[:100],
        }
        self._rest.send("runs/log-batch", shown)
        self._rest.send("runs/update", {"run_id": run, "status": "FINISHED", "end_time": end})

    def _experiment(self, model: str) -> str:
        name = EXPERIMENT.format(model)
        made = self._create_once("experiments/create", name=name)
        if "experiment_id" in made:
            return str(made["experiment_id"])
        return str(self._rest.get("experiments/get-by-name", experiment_name=name)["experiment"]["experiment_id"])

    def _create_once(self, call: str, **body: str) -> dict[str, Any]:
        """Create something that has a name; empty where it is there already."""
        try:
            return self._rest.send(call, body)
        except Refused as refused:
            if refused.code == "RESOURCE_ALREADY_EXISTS":
                return {}
            raise

    def _all(self, model: str) -> list[ModelVersion]:
        check_names(model)
        found: list[ModelVersion] = []
        query = {"filter": f"name='{model}'", "max_results": PAGE}
        with _told(f"list the versions of {model}"):
            for _ in range(MOST_PAGES):
                page = self._rest.get("model-versions/search", **query)
                found += [_model_version(one) for one in page.get("model_versions") or []]
                if not page.get("next_page_token"):
                    break
                query["page_token"] = page["next_page_token"]
        return found

    def _standing(self, model: str, version: str) -> ModelVersion | None:
        return first_of_each(self._all(model)).get(version)

    def _files(self, version: ModelVersion) -> Store:
        return artifact_store(self._rest, version.source)

    def _record(self, model: str, version: str, found: ModelVersion) -> RegisteredVersion:
        where = f"{VERSION_FILE} of {model} {version} (MLflow's version {found.number})"
        text = self._files(found).read(VERSION_FILE)
        if text is None or _digest(text) != found.tags.get(TAG_RECORD):
            got = "none" if text is None else _digest(text)
            message = f"{where} must have {found.tags.get(TAG_RECORD)}, got {got}"
            hint = "find out who wrote it; delete that model version, and run the sign Job again"
            raise RunProblem("registry/damaged", message, hint)
        return record(text, model, version, where)

    def _remove_leftovers(self, version: RegisteredVersion, standing: ModelVersion) -> None:
        """Of attempts that were killed or too late. The version stands, whether that works or not."""
        with suppress(RunProblem, Refused, KeyError):
            for one in self._all(version.model):
                if one.tags.get(TAG_VERSION) == version.version and one.number > standing.number:
                    body = {"name": version.model, "version": str(one.number)}
                    self._rest.send("model-versions/delete", body, "DELETE")
            search = {
                "experiment_ids": [self._experiment(version.model)],
                "filter": f"tags.`{TAG_VERSION}` = '{version.version}'",
            }
            for run in self._rest.send("runs/search", search).get("runs") or []:
                if run["info"]["run_id"] != standing.mlflow_run:
                    self._rest.send("runs/delete", {"run_id": run["info"]["run_id"]})


def first_of_each(found: list[ModelVersion]) -> dict[str, ModelVersion]:
    """Of model versions with one name of ours, the one with the lowest number."""
    rising = sorted((one for one in found if one.tags.get(TAG_VERSION)), key=lambda one: one.number)
    return {one.tags[TAG_VERSION]: one for one in reversed(rising)}


def _model_version(found: dict[str, Any]) -> ModelVersion:
    tags = {str(tag.get("key")): str(tag.get("value")) for tag in found.get("tags") or []}
    return ModelVersion(int(found["version"]), str(found.get("source", "")), str(found.get("run_id", "")), tags)


def _digest(text: bytes) -> str:
    return "sha256:" + hashlib.sha256(text).hexdigest()


def _milliseconds(timestamp: str) -> int:
    return round(datetime.fromisoformat(timestamp).timestamp() * 1000)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        raise refused_problem(refused, what) from None
