"""What the commands of delivery share: the documents that they decide on, who asks, and how a refusal is said."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.deliver.release import Asked, NewRelease, Place, Unchanged
    from mlgitops.deliver.rollout import Step
    from mlgitops.findings import Finding
    from mlgitops.spec.declared import DeclaredEnvironment, DeclaredModel
    from mlgitops.spec.documents.model import Model
    from mlgitops.tree import Tree


class Refused(Exception):
    """Findings that keep a command from doing its work."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        super().__init__()
        self.findings = tuple(findings)


def declare_asked(parser: argparse.ArgumentParser, who: str) -> None:
    """Who asks and when; `who` says what is taken where nobody is named."""
    parser.add_argument("--by", metavar="@WHO", help=f"who asks ({who})")
    parser.add_argument("--at", metavar="TIME", help="when, in UTC, such as 2026-11-21T10:00:00Z (now)")


def declare_risk(parser: argparse.ArgumentParser) -> None:
    """What a person asks for in place of the risk that is computed."""
    from mlgitops.cli.options import one_of

    words = "raise the risk that is computed, or ask for a lower one, which needs an approval of its own"
    parser.add_argument("--risk", metavar="RISK", type=one_of("--risk", ("low", "medium", "high")), help=words)


def asked_of(arguments: argparse.Namespace, model: Model) -> Asked:
    """Who asks for a change, when and why. Raises UsageError for words that no document may hold."""
    from mlgitops.cli.now import now
    from mlgitops.deliver.release import Asked

    by, at = arguments.by or model.metadata.owner, arguments.at or now()
    if by is None:
        raise UsageError(f"{model.metadata.name} has no owner to ask for it", "say who does, with --by @team/name")
    reason = getattr(arguments, "reason", None)
    return Asked(owner_named(by), _time(at), None if reason is None else _reason(reason))


def owner_named(word: str, option: str = "--by") -> str:
    """The value of an option that names somebody. Raises UsageError for what is no owner."""
    from mlgitops.spec.documents.types import DESCRIPTIONS, OWNER

    if re.fullmatch(OWNER, word) and word.isprintable():
        return word
    expected = DESCRIPTIONS[OWNER]
    raise UsageError(f"{option} must be {expected.what}, such as {expected.example}; got {word[:80]!r}")


def _time(word: str) -> str:
    from datetime import datetime

    from mlgitops.spec.documents.types import TIMESTAMP

    try:
        datetime.fromisoformat(word)
        known = re.fullmatch(TIMESTAMP, word) is not None
    except ValueError:
        known = False
    if known and word.isprintable():
        return word
    raise UsageError(f"--at must be a time in UTC such as 2026-11-21T10:00:00Z, got {word[:80]!r}")


def _reason(text: str) -> str:
    from mlgitops.spec.yaml_characters import FORBIDDEN

    if 0 < len(text) <= 2000 and text.isprintable() and not FORBIDDEN.search(text):
        return text
    raise UsageError(f"--reason must be one line of 1 to 2000 visible characters, got {text[:80]!r}")


def model_of(tree: Tree, name: str) -> DeclaredModel:
    """A model with its versions. Raises UsageError for one that is not there, Refused for one with errors."""
    from mlgitops.spec.load import model_names

    must_know("model", name, model_names(tree))
    return sound_model(tree, name)


def sound_model(tree: Tree, name: str) -> DeclaredModel:
    """A model that is there. Raises Refused for one with errors."""
    from mlgitops.spec.load import load_model

    model, findings = load_model(tree, name)
    _must_be_sound(findings)
    assert model is not None
    return model


def environment_of(tree: Tree, name: str) -> DeclaredEnvironment:
    """An environment. Raises UsageError for one that is not there, Refused for one with errors."""
    from mlgitops.spec.load import environment_names, load_environment

    must_know("environment", name, environment_names(tree))
    environment, findings = load_environment(tree, name)
    _must_be_sound(findings)
    assert environment is not None
    return environment


def environments_of(tree: Tree) -> dict[str, DeclaredEnvironment]:
    """Every environment, each after the one that it promotes from. Raises Refused where one has errors."""
    from mlgitops.deliver.standing import in_chain_order
    from mlgitops.spec.load import environment_names

    every = {name: environment_of(tree, name) for name in environment_names(tree)}
    return {name: every[name] for name in in_chain_order(every)}


def place_of(tree: Tree, environment: DeclaredEnvironment, model: str) -> Place:
    """An environment with its release of a model. Raises Refused for a release with errors."""
    from mlgitops.deliver.release import Place
    from mlgitops.spec.documents.release import Release
    from mlgitops.spec.load import load_of_model

    release, findings = load_of_model(tree, environment, Release, model)
    _must_be_sound(findings)
    return Place(environment, release)


def served(tree: Tree, arguments: argparse.Namespace) -> tuple[DeclaredModel, Place]:
    """The model that a command names, and what serves of it in `--env`. Raises UsageError, and Refused, as they do."""
    return model_of(tree, arguments.model), place_of(tree, environment_of(tree, arguments.env), arguments.model)


def must_know(what: str, name: str, known: list[str]) -> None:
    """Raises UsageError for a name that is not known, with the nearest that is."""
    if name in known:
        return
    from mlgitops.cli.nearest import nearest

    guess = nearest(name, known)
    names = f"known: {(', '.join(known) or 'none')[:400]}"
    raise UsageError(f"there is no {what} {name[:80]!r}; {names}", f"did you mean {guess}?" if guess else "")


def _must_be_sound(findings: Iterable[Finding]) -> None:
    found = tuple(findings)
    if any(finding.fails for finding in found):
        raise Refused(found)


def refuse(findings: Iterable[Finding], root: str, arguments: argparse.Namespace, unit: str = "change") -> int:
    """Say what keeps a command from doing its work; the exit code. `unit` is what failed."""
    from mlgitops.cli.output import colour_wanted, formatted
    from mlgitops.cli.repository import lines_of
    from mlgitops.findings import in_order
    from mlgitops.report.contents import Report, exit_code

    report = Report(tuple(in_order(findings)), 1, 1, unit=unit, written=() if unit == "change" else None)
    colour = colour_wanted(arguments.color)
    sys.stdout.write(formatted(report, getattr(arguments, "format", "text"), lines_of(root), root, colour=colour))
    return exit_code(report)


def deliver_release(
    change: NewRelease | Unchanged | list[Finding], place: Place, root: str, arguments: argparse.Namespace
) -> int:
    """Write a release, say that there is nothing to do, or what speaks against it; the exit code."""
    from mlgitops.deliver.release import Unchanged

    if isinstance(change, list):
        return refuse(change, root, arguments)
    if isinstance(change, Unchanged):
        sys.stdout.write(f"nothing to do: {change.why}\n")
        return 0
    write_release(change, place, root)
    return 0


def deliver_step(
    change: Step | NewRelease | Unchanged | list[Finding], place: Place, root: str, arguments: argparse.Namespace
) -> int:
    """Write a step of a rollout, or what `deliver_release` writes; the exit code."""
    from mlgitops.deliver.rollout import Step

    if not isinstance(change, Step):
        return deliver_release(change, place, root, arguments)
    from pathlib import Path

    from mlgitops.files.write import write_text
    from mlgitops.report.rollouts import written_step

    write_text(Path(root) / change.path, change.text)
    sys.stdout.write(written_step(change, place))
    return 0


def write_release(change: NewRelease, place: Place, root: str) -> None:
    """Write a release and say what it does, and what is asked of people next."""
    from pathlib import Path

    from mlgitops.files.write import write_text
    from mlgitops.report.releases import written_release

    path = Path(root) / change.path
    path.parent.mkdir(exist_ok=True)
    write_text(path, change.text)
    sys.stdout.write(written_release(change, place))
