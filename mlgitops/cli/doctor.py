"""`mlgitops doctor`: is everything there that mlgitops works with, and what to do where it is not.

ok    python 3.11.7
ok    git 2.39.2
warn  opa is not installed: policies are decided by the embedded engine
        put opa 1.21.3 or newer on the PATH (in a checkout of mlgitops: `make tools`)
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

PYTHON = (3, 11)

TIMEOUT = 20.0
"""Seconds that a program may take to tell its version."""


class Program(NamedTuple):
    """A program that mlgitops starts."""

    name: str
    question: tuple[str, ...]
    """The arguments with which it tells its version."""
    least: tuple[int, ...]
    without: str
    """What it means that it is not there."""
    needed: bool


PROGRAMS = (
    Program("git", ("--version",), (2, 24), "plan and data pin cannot read revisions", needed=True),
    Program("opa", ("version",), (1, 21, 3), "policies are decided by the embedded engine", needed=False),
    Program("kustomize", ("version",), (5,), "environments with a kustomization.yaml cannot be rendered", needed=False),
    Program(
        "argocd",
        ("version", "--client", "--short"),
        (3, 4),
        "status, sync, wait and diff --live cannot ask",
        needed=False,
    ),
)


class Check(NamedTuple):
    """One line of the doctor's."""

    verdict: Literal["ok", "warn", "fail"]
    message: str
    remedy: str = ""


def declare(parser: argparse.ArgumentParser) -> None:
    """The doctor takes no arguments of its own."""


def run(arguments: argparse.Namespace) -> int:
    """Print every check; exit 3 when one failed, since then something that mlgitops needs is missing."""
    from mlgitops.cli.output import colour_wanted
    from mlgitops.report.text import painter
    from mlgitops.report.visible import visible

    paint = painter(colour_wanted(arguments.color))
    styles = {"ok": "good", "warn": "warning", "fail": "error"}
    checks = list(examine(arguments.root))
    for check in checks:
        sys.stdout.write(f"{paint(f'{check.verdict:<4}', styles[check.verdict])}  {visible(check.message)}\n")
        if check.remedy:
            sys.stdout.write(f"        {visible(check.remedy)}\n")
    verdicts = [check.verdict for check in checks]
    failed, warned = verdicts.count("fail"), verdicts.count("warn")
    sys.stdout.write(f"\n{len(checks)} checked, {failed} failed, {warned} with a warning\n")
    return 3 if failed else 0


def examine(directory: str) -> Iterator[Check]:
    """Every check, in the order in which to mend what is wrong."""
    yield _python()
    yield _libraries()
    for program in PROGRAMS:
        yield _program(program)
    yield _repository(directory)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= PYTHON:
        return Check("ok", f"python {version}")
    least = _dotted(PYTHON)
    return Check("fail", f"python {version} is too old", f"use Python {least} or newer")


def _libraries() -> Check:
    """Whether what pip should have installed beside mlgitops can be found; nothing of it is imported."""
    names = ("pydantic", "ruamel.yaml", "ryaml", "jinja2", "regopy")
    missing = [name for name in names if not _is_there(name)]
    if missing:
        return Check(
            "fail",
            f"python packages are missing: {', '.join(missing)}",
            "pip install mlgitops (in a checkout of it: `make setup`)",
        )
    return Check("ok", f"python packages: {', '.join(names)}")


def _is_there(name: str) -> bool:
    from importlib.util import find_spec

    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # the package that it would be in is missing
        return False


def _program(program: Program) -> Check:
    from mlgitops.errors import MlgitopsError
    from mlgitops.programs.process import environment, find, run

    absent: Literal["fail", "warn"] = "fail" if program.needed else "warn"
    remedy = _remedy(program)
    path = find(program.name)
    if path is None:
        return Check(absent, f"{program.name} is not installed: {program.without}", remedy)
    try:
        env = environment(inherit=("HOME",))  # argocd does not start without one
        said = run([path, *program.question], cwd="/", env=env, timeout=TIMEOUT).stdout
    except MlgitopsError as error:
        return Check("fail", str(error).split("\n")[0], error.hint or remedy)
    version = version_in(said.decode("utf-8", "replace"))
    if version is None:
        return Check("fail", f"{program.name} does not tell its version", remedy)
    if version < program.least:
        return Check("fail", f"{program.name} {_dotted(version)} is too old", remedy)
    return Check("ok", f"{program.name} {_dotted(version)}")


def _remedy(program: Program) -> str:
    target = {"git": "", "argocd": "lab-tools"}.get(program.name, "tools")
    built = f" (in a checkout of mlgitops: `make {target}`)" if target else ""
    return f"put {program.name} {_dotted(program.least)} or newer on the PATH{built}"


def _repository(directory: str) -> Check:
    from mlgitops.cli.repository import MARK, find_root

    root = find_root(directory)
    if root is None:
        return Check("warn", f"no repository: no {MARK} here or above", "go to one, or start one: `mlgitops init DIR`")
    specs = sum(1 for _ in Path(root).glob("specs/*/model.yaml"))
    environments = sum(1 for _ in Path(root).glob("environments/*/environment.yaml"))
    return Check("ok", f"repository with {_number(specs, 'model')} and {_number(environments, 'environment')}")


def _number(number: int, noun: str) -> str:
    from mlgitops.report.contents import plural

    return plural(number, noun)


def version_in(text: str) -> tuple[int, ...] | None:
    """The first version number in what a program says of itself."""
    found = re.search(r"(?<![\d.])v?(\d{1,6}(?:\.\d{1,6}){1,2})", text)
    return tuple(map(int, found[1].split("."))) if found else None


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
