"""`mlgitops schema [--check]`: JSON Schemas of the documents and of what policy sees, written to schemas/.

A document's first line then has an editor complete and check it while people type:

    # yaml-language-server: $schema=../../schemas/model.json
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mlgitops.cli import options


def declare(parser: argparse.ArgumentParser) -> None:
    """Whether to write."""
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a schema is stale")
    options.declare(parser, "format")


def run(arguments: argparse.Namespace) -> int:
    """Write the schemas that changed, or report them."""
    from mlgitops.cli.json_schemas import schema_files
    from mlgitops.cli.output import deliver
    from mlgitops.cli.repository import root_of
    from mlgitops.files.write import write_text
    from mlgitops.findings import Finding
    from mlgitops.report.contents import Report
    from mlgitops.source import Location

    root, files = Path(root_of(arguments.root)), schema_files()
    stale = [path for path, text in sorted(files.items()) if not _is(root / path, text)]
    findings = []
    for path in stale:
        if arguments.check:
            message = "a schema must be as the types say, and is not"
            hint = "run `mlgitops schema` and commit what it writes"
            findings.append(Finding(Location(path), "schema/stale", "error", message, hint))
        else:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            write_text(root / path, files[path])
    written = None if arguments.check else tuple(stale)
    report = Report(tuple(findings), len(files), len(findings), unit="schema", written=written, files=len(files))
    return deliver(report, arguments, str(root))


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()
