"""`mlgitops new model NAME`: a spec to start from; with `--from FILE.csv` one for that data.

mlgitops new model churn --team growth --from customers.csv --target churned
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.spec.proposal import Proposal
    from mlgitops.tables.columns import Inference

MAX_CELLS = 4_000_000
"""Of a file that a spec is made from: a few seconds. More rows change types and ranges rarely, and it is said."""

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, its team, and the data to look at."""
    parser.add_argument("name", metavar="NAME", help="name of the model, such as churn")
    parser.add_argument("--team", metavar="TEAM", default="my-team", help="the team that it belongs to")
    parser.add_argument("--from", dest="source", metavar="FILE", help="training data, as CSV, to write the spec for")
    parser.add_argument("--target", metavar="COLUMN", help="the column to predict")
    parser.add_argument("--task", metavar="TASK", help="what to do with it, such as regression (told from the target)")
    parser.add_argument("--uri", metavar="URI", help="where training will find the data (the file itself)")
    parser.add_argument("--delimiter", metavar="WORD", help=f"{', '.join(DELIMITERS)} (told from the file)")


def run(arguments: argparse.Namespace) -> int:
    """Write specs/NAME/model.yaml."""
    from mlgitops.cli.repository import root_of
    from mlgitops.files.write import create
    from mlgitops.report.visible import visible

    root = root_of(arguments.root)
    if arguments.source is None:
        for option in ("target", "task", "uri", "delimiter"):
            if getattr(arguments, option) is not None:
                raise UsageError(f"--{option} is about data, got no --from", "add --from FILE.csv")
        files = model_files(arguments.name, arguments.team)
        steps = ["describe the data and the model there, then `mlgitops validate`"]
    else:
        files, steps = _files_from(arguments)
    for path in create(Path(root), files):
        sys.stdout.write(f"wrote {path}\n")
    sys.stdout.write("".join(f"next: {visible(step)}\n" for step in steps))
    return 0


def model_files(name: str, team: str) -> dict[str, str]:
    """The files of a new model, by path."""
    from mlgitops.cli.scaffold import checked, filled

    words = {"NAME": checked(name, "a model's name"), "TEAM": checked(team, "a team's name")}
    return {f"specs/{name}/model.yaml": filled("model/model.yaml", words)}


def _files_from(arguments: argparse.Namespace) -> tuple[dict[str, str], list[str]]:
    """The files of a model for a data file, and what remains to be done."""
    from mlgitops.cli.scaffold import checked
    from mlgitops.files.data_digest import data_digest
    from mlgitops.spec.proposal import propose
    from mlgitops.spec.proposed_text import Source, proposed_text

    name = checked(arguments.name, "a model's name")
    team = checked(arguments.team, "a team's name")
    table = _looked_at(arguments)
    proposal = propose(table, arguments.target, arguments.task)
    uri = arguments.uri or Path(arguments.source).resolve().as_uri()
    text = proposed_text(proposal, table, Source(name, team, uri, data_digest(arguments.source)))
    path = f"specs/{name}/model.yaml"
    _must_be_valid(text, path, name)
    return {path: text}, _steps(proposal, name, local=arguments.uri is None)


def _looked_at(arguments: argparse.Namespace) -> Inference:
    """What the columns of the file are. Raises UsageError for what is no table."""
    from mlgitops.files.table import open_table
    from mlgitops.spec.proposal import looks_like_id
    from mlgitops.tables.columns import infer
    from mlgitops.tables.refused import TableRefused

    said = arguments.delimiter or ""
    delimiter = DELIMITERS.get(said, said)
    if delimiter and delimiter not in DELIMITERS.values():
        raise UsageError(f"--delimiter must be one of {', '.join(DELIMITERS)}; got {said[:80]!r}")
    wanted = () if arguments.target is None else (arguments.target,)
    try:
        with open_table(arguments.source, delimiter=delimiter, wanted=wanted) as table:
            names = [column for column in table.header if looks_like_id(column)]
            return infer(table.header, (row for _, row in table.rows), unique=names, max_cells=MAX_CELLS)
    except TableRefused as refused:
        raise UsageError(f"{arguments.source[:200]}: {refused}", refused.hint) from None


def _must_be_valid(text: str, path: str, name: str) -> None:
    """Raises UsageError where what would be written would be refused: a uri that is none, names that take 256 KiB."""
    from mlgitops.spec.declared import read_document
    from mlgitops.spec.documents.model import Model

    read = read_document(text.encode(), path, Model, name)
    if isinstance(read, list):
        raise UsageError(f"no valid spec can be written for this: {read[0].message}", read[0].hint)


def _steps(proposal: Proposal, name: str, *, local: bool) -> list[str]:
    steps = [f"look: {doubt}" for doubt in proposal.doubts]
    if local:
        steps.append(
            "the uri is this machine's file: put the data where training can read it, then"
            f" `mlgitops data pin {name} training --from FILE --uri URI`"
        )
    return [
        *steps,
        "hold rows out for validation, as the comment in the spec says: without them no version is measured",
        "correct ranges, owner and limits there, then `mlgitops validate`",
    ]
