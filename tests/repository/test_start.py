"""What starting mlgitops imports: a person waits for every module, in every shell prompt and hook."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HEAVY = {"aiohttp", "jinja2", "opa_client", "pydantic", "regopy", "requests", "ruamel", "ryaml", "subprocess", "typing"}
"""The libraries we depend on, and the two costliest modules of Python that a start does not need."""

REPORT = """
import sys
from mlgitops.cli.main import main
code = main(sys.argv[1:])
sys.stderr.write(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
sys.exit(code)
"""


def imported_by(*arguments: str) -> set[str]:
    """The top-level modules that a command leaves imported."""
    done = subprocess.run([sys.executable, "-c", REPORT, *arguments], cwd=ROOT, capture_output=True, check=True)
    return set(done.stderr.decode().split())


@pytest.mark.parametrize(("arguments", "needed"), [(["--version"], set()), (["--help"], {"typing"})])
def test_a_start_imports_nothing_heavy(arguments: list[str], needed: set[str]) -> None:
    assert imported_by(*arguments) & HEAVY <= needed


def test_the_report_sees_an_import() -> None:
    assert "argparse" in imported_by("explain", "--help")
