"""The scoring Job: verifies the version, reads the data, scores it, writes the answers and then their record.

A Job that starts again finds the record of its input and is done. Of two at once both write the same bytes, and the
record of the first stands. A result without a record is what a killed Job left: the next one writes it anew.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

from mlgitops.contract import places
from mlgitops.contract.parts import DataIdentity
from mlgitops.contract.score import INPUT_DIGITS, ScoreConfig, ScoreRecord
from mlgitops.registry.opened import open_registry
from mlgitops.registry.stores import Store
from mlgitops.registry.verified import verified_artifact
from mlgitops.runtime.clock import timestamp
from mlgitops.runtime.configuration import code_folder, config_file
from mlgitops.runtime.score.answers import Answered, answered, read_input
from mlgitops.runtime.score.results import write_table


def main() -> None:
    """Score as the mounted configuration says. Raises RunProblem as `score` does, and `contract/…`."""
    config = config_file(ScoreConfig, places.SCORE_CONFIG)
    version = config.artifact.version
    record = score(config, code_folder())
    if record is None:
        sys.stdout.write(f"{config.model}: {version} has scored these bytes before\n")
    else:
        sys.stdout.write(f"{config.model}: {version} scored {record.rows} rows: {record.file}\n")


def score(config: ScoreConfig, code: Path) -> ScoreRecord | None:
    """The record of what was scored; None where that input has one already. `code` has a custom predictor's modules.

    Raises RunProblem: `signature/…`, `artifact/…`, `predictor/…`, `data/…`, `registry/…`, `store/…`.
    """
    from mlgitops.runtime.predict import load_model

    version = config.artifact.version
    output = Store(config.output)
    registry = open_registry(config.registryKind, config.registry)
    with tempfile.TemporaryDirectory(prefix="mlgitops-score-") as scratch:
        work = Path(scratch)
        artifact = verified_artifact(registry, config.model, config.artifact, config.signature, work / "version")
        model = load_model(artifact, config.predictor, code)
        data = read_input(model, config.input, config.inputIdentity, config.id)
        name = result_name(version, data.digest)
        if output.read(f"{name}.json") is not None:
            return None
        return _written(config, answered(model, data, config.id, version), name, output, work / "result")


def result_name(version: str, digest: str) -> str:
    """What a result is called, without an ending; `digest` is the input's.

    >>> result_name("v14", "sha256:3f2a91bc4d105e77" + "0" * 48)
    'v14-3f2a91bc4d105e77'
    """
    return f"{version}-{digest.removeprefix('sha256:')[:INPUT_DIGITS]}"


def _written(config: ScoreConfig, result: Answered, name: str, output: Store, folder: Path) -> ScoreRecord | None:
    folder.mkdir()
    file = folder / f"{name}.{config.format}"
    write_table(result.table, file, config.format)
    with open(file, "rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    output.upload(folder, "")
    record = ScoreRecord(
        contract=config.contract,
        model=config.model,
        version=config.artifact.version,
        environment=config.environment,
        input=DataIdentity(name=config.input.name, uri=config.input.uri, digest=result.digest),
        rows=result.table.num_rows,
        file=file.name,
        digest=f"sha256:{digest}",
        finishedAt=timestamp(),
    )
    text = record.model_dump_json(indent=1, exclude_none=True) + "\n"
    return record if output.write_new(f"{name}.json", text.encode()) else None
