"""`mlgitops data check [MODEL]`: whether data is what the specs say: its digest, its columns, their values.

    mlgitops data check churn --data customers=customers.csv

Data that is not at hand is skipped and named: what lies elsewhere is downloaded with its own tool.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mlgitops.cli import data_sets, options

if TYPE_CHECKING:
    from mlgitops.cli.data_sets import ModelData
    from mlgitops.findings import Finding


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, the files, the format."""
    data_sets.declare(parser)
    options.declare(parser, "format")


def run(arguments: argparse.Namespace) -> int:
    """Report what the data is not."""
    from mlgitops.cli.output import deliver
    from mlgitops.cli.repository import root_of
    from mlgitops.findings import in_order
    from mlgitops.report.contents import Report, Skipped

    root = root_of(arguments.root)
    models, wrong = data_sets.models_of(Path(root), arguments.model)
    given = data_sets.given_files(arguments.data, models)
    findings = [finding for problems in wrong.values() for finding in problems]
    skipped = [Skipped(name, "its spec is not valid, so its data was not looked at") for name in wrong]
    checked = failed = 0
    for model in models:
        for index, item in enumerate(model.value.spec.data):
            file = data_sets.file_of(item, model.name, given)
            if file is None or ((model.name, item.name) not in given and not os.path.lexists(file)):
                skipped.append(Skipped(f"{model.name}/{item.name}", _elsewhere(file)))
                continue
            found, reasons = _check(model, index, file)
            findings += found
            skipped += [Skipped(f"{model.name}/{item.name}", reason) for reason in reasons]
            checked += 1
            failed += bool(found)
    report = Report(tuple(in_order(findings)), checked, failed + len(wrong), tuple(skipped), unit="data set")
    return deliver(report, arguments, root)


def _elsewhere(file: str | None) -> str:
    where = "its bytes are not on this machine" if file is None else "its file is not on this machine"
    return f"{where}: say where a copy is with --data NAME=FILE"


def _check(model: ModelData, index: int, file: str) -> tuple[list[Finding], list[str]]:
    """What is wrong with one data set, and what was not looked at, with the reason."""
    from mlgitops.files.data_digest import data_digest
    from mlgitops.spec.checks.data import wrong_digest

    item = model.value.spec.data[index]
    findings: list[Finding] = []
    reasons: list[str] = []
    got = data_digest(file)
    if item.digest is None:
        reasons.append("no digest to compare: `mlgitops data pin` writes it")
    elif item.digest != got:
        hint = f"get the right file, or, if it is new data: mlgitops data update {model.name} --data {item.name}=FILE"
        findings.append(wrong_digest(model.document, index, item.digest, got, hint))
    if not item.expect:
        reasons.append("no `expect`: only the digest was compared")
    elif os.path.isdir(file):
        reasons.append("a folder: its columns are not looked at, only its digest")
    elif data_sets.is_parquet(item):
        reasons.append("Parquet: reading it comes with the extra mlgitops[runtime]; only the digest was compared")
    else:
        findings += _rows(model, index, file)
    return findings, reasons


def _rows(model: ModelData, index: int, file: str) -> list[Finding]:
    from mlgitops.files.table import open_table
    from mlgitops.spec.checks.data import broken_expectations, unreadable
    from mlgitops.tables.expectations import check
    from mlgitops.tables.refused import TableRefused

    expected = model.value.spec.data[index].expect
    try:
        with open_table(file, wanted={one.column for one in expected}) as table:
            checked = check(table.header, table.rows, expected)
    except TableRefused as refused:
        return [unreadable(model.document, index, refused)]
    return broken_expectations(model.document, index, expected, checked)
