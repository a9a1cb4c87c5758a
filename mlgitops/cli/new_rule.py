"""`mlgitops new rule CATEGORY/NAME`: a policy rule with its test, page, fixture and row in the index."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mlgitops.cli.options import one_of
from mlgitops.errors import UsageError

SCOPES = ("model", "objects", "fleet")

INDEX = "policies/README.md"


def declare(parser: argparse.ArgumentParser) -> None:
    """What it is called, and what it sees."""
    parser.add_argument("name", metavar="CATEGORY/NAME", help="such as cost/gpu-limit")
    parser.add_argument(
        "--scope",
        metavar="SCOPE",
        default="model",
        type=one_of("--scope", SCOPES),
        help="what it sees: model (the default), objects or fleet",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the rule's folder and its row."""
    from mlgitops.cli.repository import root_of
    from mlgitops.files.write import create, write_text

    root = Path(root_of(arguments.root))
    files = rule_files(arguments.name, arguments.scope)
    base = f"policies/fixtures/{arguments.scope}.yaml"
    if not (root / base).exists():
        files |= _base(arguments.scope)
    index = _with_row(root, arguments.name, arguments.scope)
    for path in create(root, files):
        sys.stdout.write(f"wrote {path}\n")
    write_text(root / INDEX, index)
    sys.stdout.write(f"added a row to {INDEX}\n")
    sys.stdout.write("next: replace the rule's condition, its test and its page, then `mlgitops policy test`\n")
    return 0


def rule_files(name: str, scope: str) -> dict[str, str]:
    """The files of a new rule, by path. Raises UsageError for a name that is not CATEGORY/NAME."""
    from mlgitops.cli.scaffold import checked, filled

    category, slash, rule = name.partition("/")
    if not slash:
        raise UsageError(f"a rule's name is CATEGORY/NAME, such as cost/gpu-limit; got {name[:80]!r}")
    checked(category, "a rule's category")
    checked(rule, "a rule's name")
    word = rule.replace("-", "_")
    words = {
        "ID": f"{category}.{rule}",
        "TITLE": _title(rule),
        "PACKAGE": f"mlgitops.{category}.{rule}".replace("-", "_"),
        "WORD": word,
    }
    folder = f"policies/{category}/{rule}"
    return {
        f"{folder}/{rule}.rego": filled(f"rule/{scope}.rego", words),
        f"{folder}/{rule}_test.rego": filled(f"rule/{scope}_test.rego", words),
        f"{folder}/README.md": filled("rule/README.md", words),
        f"{folder}/fixtures/canary.yaml": filled(f"rule/{scope}_canary.yaml", words),
    }


def _title(rule: str) -> str:
    return rule.replace("-", " ").capitalize()


def _base(scope: str) -> dict[str, str]:
    from mlgitops.cli.scaffold import filled

    return {f"policies/fixtures/{scope}.yaml": filled(f"repository/policies/fixtures/{scope}.yaml", {})}


def _with_row(root: Path, name: str, scope: str) -> str:
    """The index with the new rule's row behind the last one."""
    file = root / INDEX
    text = file.read_text(encoding="utf-8") if file.is_file() else _empty_index()
    category, _, rule = name.partition("/")
    row = f"| [{category}.{rule}]({category}/{rule}/README.md) | error | {scope} | {_title(rule)} |"
    lines = text.rstrip("\n").split("\n")
    last = max((number for number, line in enumerate(lines) if line.startswith("|")), default=len(lines) - 1)
    return "\n".join([*lines[: last + 1], row, *lines[last + 1 :]]) + "\n"


def _empty_index() -> str:
    return "# Policies\n\n| Rule | Severity | Scope | What it asks |\n|---|---|---|---|\n"
