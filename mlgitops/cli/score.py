"""`mlgitops score MODEL`: score a file here, as a scoring Job and serving would.

mlgitops score churn --env prod --input customers.csv --output answers.parquet     the released version, verified
mlgitops score churn --artifact build/artifact --input customers.csv --output answers.csv    one's own, as it is
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.contract.parts import Predictor
    from mlgitops.contract.score import ScoreConfig
    from mlgitops.runtime.predict import Model

INSTALL = "pip install 'mlgitops[runtime]', and the extra of the model's framework"


class Asked(NamedTuple):
    """Who answers."""

    predictor: Predictor
    code: Path
    """The folder of the predictor's modules."""
    id: str | None
    version: str
    config: ScoreConfig | None
    """Of the released version; None for an artifact of one's own."""


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, who answers, the files."""
    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("--env", metavar="NAME", help="score with the version that is released there")
    parser.add_argument(
        "--artifact", metavar="FOLDER", help="score with this artifact and the working tree's predictor"
    )
    parser.add_argument("--input", metavar="FILE", required=True, help="records: a CSV or Parquet file, or a folder")
    parser.add_argument("--output", metavar="FILE", required=True, help="answers: a new .csv or .parquet file")


def run(arguments: argparse.Namespace) -> int:
    """Write the answers. Exit code 1 where the model or the data is not what it should be."""
    from mlgitops.cli.repository import root_of
    from mlgitops.cli.with_runtime import with_runtime

    if (arguments.env is None) == (arguments.artifact is None):
        raise UsageError("who answers is either --env NAME, for its released version, or --artifact FOLDER")
    output = _output(arguments.output)
    if not os.path.exists(arguments.input):
        raise UsageError(f"--input must be a file or a folder, got nothing at {arguments.input[:200]!r}")
    root = root_of(arguments.root)
    return with_runtime(lambda: _run(arguments, root, output), "scoring", INSTALL, root, arguments)


def _run(arguments: argparse.Namespace, root: str, output: Path) -> None:
    """Raises Refused, RunProblem, UsageError."""
    from mlgitops.report.visible import visible

    asked = _of_release(root, arguments) if arguments.env is not None else _of_artifact(root, arguments)
    rows = _scored(asked, arguments, output)
    sys.stdout.write(visible(f"{asked.version} scored {rows} rows: {arguments.output}") + "\n")


def _output(name: str) -> Path:
    """Where the answers go. Raises UsageError for what is there already, or has another ending."""
    path = Path(name)
    if path.suffix not in (".csv", ".parquet"):
        raise UsageError(f"--output must end in .csv or .parquet, got {name[:200]!r}")
    if os.path.lexists(path):
        raise UsageError(
            f"--output must be a new file, got {name[:200]!r}, which is there", "remove it, or name another"
        )
    if not path.parent.is_dir():
        raise UsageError(f"--output must be in a folder that is there, got {name[:200]!r}")
    return path


def _of_release(root: str, arguments: argparse.Namespace) -> Asked:
    """Raises Refused for documents with errors, UsageError where nothing is released."""
    from mlgitops.cli.delivery import Refused, environment_of, must_know
    from mlgitops.contract.reading import read_config
    from mlgitops.contract.score import ScoreConfig
    from mlgitops.files.disk import DiskTree
    from mlgitops.render.scoring import score_config_text
    from mlgitops.spec.documents.model import BatchScoring, ScoringInput
    from mlgitops.spec.load import model_names
    from mlgitops.stages.validate import validate_model

    tree, name = DiskTree(root), arguments.model
    must_know("model", name, model_names(tree))
    environment = environment_of(tree, arguments.env)
    validated = validate_model(tree, name, {environment.name: environment})
    target = validated.targets.get(environment.name)
    if target is None and any(finding.fails for finding in validated.findings):
        raise Refused(finding for finding in validated.findings if finding.fails)
    resolved = target.resolved if target is not None else None
    if resolved is None or resolved.version is None or resolved.spec.serving is None:
        raise UsageError(f"nothing of {name} is released in {environment.name}", "release it, or name an --artifact")
    local = BatchScoring(input=ScoringInput(uri="file:///input"), output="file:///output")
    text = score_config_text(resolved, local, resolved.spec.serving, resolved.version)
    config = read_config(ScoreConfig, text, "the configuration of serving")
    version = resolved.version.metadata.name
    code = Path(root) / "specs" / name / "versions" / version
    return Asked(config.predictor, code, config.id, version, config)


def _of_artifact(root: str, arguments: argparse.Namespace) -> Asked:
    from mlgitops.cli.delivery import model_of
    from mlgitops.contract.parts import Predictor
    from mlgitops.files.disk import DiskTree
    from mlgitops.render.predictor_config import predictor_config

    if not os.path.isdir(arguments.artifact):
        raise UsageError(f"--artifact must be a folder, got {arguments.artifact[:200]!r}")
    spec = model_of(DiskTree(root), arguments.model).spec.value.spec
    serving = spec.serving
    predictor = Predictor.model_validate(predictor_config(serving)) if serving is not None else Predictor()
    return Asked(predictor, Path(root) / "specs" / arguments.model, spec.id, "trial", None)


def _scored(asked: Asked, arguments: argparse.Namespace, output: Path) -> int:
    """How many rows were scored. Raises RunProblem."""
    from mlgitops.contract.parts import DataLocation
    from mlgitops.runtime.score.answers import answered, read_input
    from mlgitops.runtime.score.results import FORMATS, write_table

    location = DataLocation(name="input", uri=Path(arguments.input).resolve().as_uri())
    with tempfile.TemporaryDirectory(prefix="mlgitops-score-") as scratch:
        model = _model(asked, arguments, Path(scratch))
        data = read_input(model, location, None, asked.id)
        result = answered(model, data, asked.id, asked.version)
        partial = output.with_name(f".{output.name}.partial")
        try:
            write_table(result.table, partial, FORMATS[output.suffix])
            os.replace(partial, output)
        finally:
            partial.unlink(missing_ok=True)
    return int(result.table.num_rows)


def _model(asked: Asked, arguments: argparse.Namespace, scratch: Path) -> Model:
    from mlgitops.runtime.predict import load_model

    if asked.config is None:
        return load_model(Path(arguments.artifact), asked.predictor, asked.code)
    from mlgitops.registry.opened import open_registry
    from mlgitops.registry.verified import verified_artifact

    config = asked.config
    registry = open_registry(config.registryKind, config.registry)
    folder = verified_artifact(registry, config.model, config.artifact, config.signature, scratch / "version")
    return load_model(folder, asked.predictor, asked.code)
