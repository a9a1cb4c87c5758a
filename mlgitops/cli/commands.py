"""The commands, each with a line about it; a command `policy check` is the module `mlgitops.cli.policy_check`.

A command's module has `declare(parser)`, which adds its arguments and imports nothing heavy, and `run(arguments)`,
which does the work and returns an exit code. Nothing else is needed to add one but its line here.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlgitops.cli.options import OPTIONS
from mlgitops.errors import MlgitopsError, UsageError

if TYPE_CHECKING:
    import argparse
    from types import ModuleType

    from mlgitops.policy.refused import RulesRefused

COMMANDS = {
    "init": "start a repository",
    "new model": "add a model",
    "new rule": "add a policy rule with its test and page",
    "new environment": "add an environment",
    "validate": "check the documents, and how they fit together",
    "data pin": "write the digests of a model's data into its spec",
    "data check": "check data against what the specs say of it",
    "data update": "let specs follow data that changed",
    "train": "train a model here, to try a spec",
    "policy check": "decide the policies, on the repository or on any manifests",
    "policy diff": "show which verdicts a change flips, and whether specs or policies do it",
    "policy test": "run the policies' own tests",
    "policy list": "show the rules and where they come from",
    "render": "write rendered/, or check that it is fresh",
    "plan": "show what changes against a base revision",
    "verdict": "decide a commit by the rules of its base, and by its own",
    "version new": "make a version of the present behaviour with known weights",
    "promote": "release in one environment what serves in the one before",
    "rollback": "release an earlier version again",
    "rollout next": "move the requests of a rollout one step further",
    "rollout abort": "send all requests of a rollout back to the version before",
    "rollout show": "show how far a rollout is, and what comes next",
    "status": "show what is live in the cluster, and why something is not",
    "sync": "have Argo CD look at Git now, and wait until it is live",
    "wait": "wait until what Git asks for is live, or has failed",
    "diff": "show what differs between Git and the cluster",
    "runs list": "show what became of each training run of a model",
    "runs compare": "show training runs side by side",
    "release new": "release what was trained where models are tried first: mlgitops release --new",
    "release list": "show which version serves where",
    "release approve": "record an approval of a release, and what it was given for",
    "release show": "show what is released of a model, and on what evidence",
    "bisect": "find since which commit a model is as it is somewhere",
    "reproduce": "say what trained a version, and train it again here",
    "score": "score a data set here with a released version or an artifact",
    "preflight": "check any manifests for what KubeRay and Argo CD would do with them",
    "blame": "show which line and layer set a rendered field",
    "explain": "say more about a finding, or why a model is as it is somewhere",
    "schema": "write the documents' JSON Schemas for editors",
    "merge-driver": "let Git render what a merge changes on both sides",
    "comment": "bring the comment on a pull request up to date, from a report",
    "doctor": "check the programs and the repository that mlgitops needs",
    "completion": "print a completion script for a shell",
}
"""In the order in which a newcomer needs them."""


PURPOSE = "Machine-learning models declared in Git, decided by policy, rendered for Ray, synced by Argo CD."

EXIT_CODES = "exit codes: 0 clean, 1 findings or a difference, 2 usage, 3 a program or mlgitops failed, 130 interrupted"


def dispatch(words: Sequence[str]) -> int:
    """Run the command that the words name, or show help.

    Raises UsageError for words that name none.
    """
    at = _first_word(words)
    if at is None:
        if _asks_for_help(words):
            sys.stdout.write(overview())
            return 0
        raise UsageError(
            "a command is missing", f"one of {', '.join(_first_words())}; `mlgitops --help` describes them"
        )
    first, rest = words[at], [*words[:at], *words[at + 1 :]]
    if first in COMMANDS:
        return run(first, rest)
    members = _members(first)
    if not members:
        raise UsageError(f"unknown command {first[:80]!r}", _did_you_mean(first, _first_words(), "mlgitops --help"))
    return _dispatch_member(first, members, rest)


def _dispatch_member(group: str, members: list[str], words: Sequence[str]) -> int:
    if "new" in members and "--new" in words:
        return run(f"{group} new", words)
    at = _first_word(words)
    if at is None:
        if _asks_for_help(words):
            sys.stdout.write(overview(group))
            return 0
        raise UsageError(f"`mlgitops {group}` needs one of: {', '.join(members)}")
    if words[at] not in members:
        help_command = f"mlgitops {group} --help"
        raise UsageError(f"unknown command '{group} {words[at][:80]}'", _did_you_mean(words[at], members, help_command))
    return run(f"{group} {words[at]}", [*words[:at], *words[at + 1 :]])


def run(name: str, words: Sequence[str]) -> int:
    """Parse the words after a command's name and run it."""
    from mlgitops.cli.arguments import parse, parser_of
    from mlgitops.cli.ending import end_in_order

    module = module_of(name)
    parser = parser_of(name, module.declare)
    if _asks_for_help(words):
        sys.stdout.write(parser.format_help())
        return 0
    arguments = parse(parser, words)
    end_in_order()
    try:
        code: int = module.run(arguments)
    except MlgitopsError as error:
        from mlgitops.policy.refused import RulesRefused

        if not isinstance(error, RulesRefused):
            raise
        code = _refused(error, arguments)
    return code


def module_of(name: str) -> ModuleType:
    """The module of a command: `mlgitops.cli.policy_check` of `policy check`."""
    return importlib.import_module("mlgitops.cli." + name.replace(" ", "_").replace("-", "_"))


def _refused(refused: RulesRefused, arguments: argparse.Namespace) -> int:
    """Reports rules that an engine refused."""
    from mlgitops.cli.output import deliver
    from mlgitops.cli.refused import refused_report
    from mlgitops.cli.repository import root_of

    return deliver(refused_report(refused, arguments), arguments, root_of(arguments.root))


def overview(group: str = "") -> str:
    """The help of mlgitops, or of one group of commands."""
    names = [name for name in COMMANDS if not group or name.startswith(group + " ")]
    lines = [f"usage: mlgitops {group + ' ' if group else ''}COMMAND [options]", ""]
    if not group:
        lines += [PURPOSE, ""]
    lines += ["commands:", *(f"  {name:<18}{COMMANDS[name]}" for name in names), ""]
    lines += ["options:", *(f"  {option.usage:<34}{option.help}" for option in OPTIONS.values())]
    if not group:
        lines += [f"  {'--version':<34}print the version"]
    lines += [f"  {'-h, --help':<34}help, also of one command: mlgitops COMMAND --help", ""]
    lines.append(EXIT_CODES)
    return "\n".join(lines) + "\n"


def _first_word(words: Sequence[str]) -> int | None:
    """Where the first word stands that is neither an option nor the value of one."""
    valued = {flag for option in OPTIONS.values() if option.metavar for flag in option.flags}
    skip = False
    for at, word in enumerate(words):
        if skip:
            skip = False
        elif word in valued:
            skip = True
        elif not word.startswith("-"):
            return at
    return None


def _asks_for_help(words: Sequence[str]) -> bool:
    """Whether `-h` or `--help` stands among the words, before any `--`."""
    end = words.index("--") if "--" in words else len(words)
    return any(word in ("-h", "--help") for word in words[:end])


def _first_words() -> list[str]:
    return list(dict.fromkeys(name.split()[0] for name in COMMANDS))


def _members(group: str) -> list[str]:
    return [name.split()[1] for name in COMMANDS if name.startswith(group + " ")]


def _did_you_mean(word: str, known: Sequence[str], help_command: str) -> str:
    from mlgitops.cli.nearest import nearest

    guess = nearest(word, known)
    return f"did you mean `{guess}`? `{help_command}` lists them" if guess else f"`{help_command}` lists them"
