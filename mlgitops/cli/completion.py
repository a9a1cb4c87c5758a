"""`mlgitops completion SHELL`: the script that makes a shell complete commands, options and their values.

    mlgitops completion bash > ~/.local/share/bash-completion/completions/mlgitops
    mlgitops completion zsh > "${fpath[1]}/_mlgitops"
    mlgitops completion fish > ~/.config/fish/completions/mlgitops.fish

Scripts are made from the parsers, so that they know what the commands know. Names of models and environments are
looked up by the shell itself, in the folders of the repository around it: pressing a key starts no Python.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mlgitops.cli.options import one_of

if TYPE_CHECKING:
    from mlgitops.cli.completion_scripts import CommandWords

SHELLS = ("bash", "fish", "zsh")


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the shell."""
    # `choices` is for the scripts, which read it; the parser of values comes first and says it better.
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, type=one_of("SHELL", SHELLS), help=", ".join(SHELLS))


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    from mlgitops.cli import completion_scripts

    write = {"bash": completion_scripts.bash, "fish": completion_scripts.fish, "zsh": completion_scripts.zsh}
    sys.stdout.write(write[arguments.shell](known_commands()))
    return 0


def known_commands() -> list[CommandWords]:
    """Every command with what its parser takes."""
    from mlgitops.cli.arguments import parser_of
    from mlgitops.cli.commands import COMMANDS, module_of
    from mlgitops.cli.completion_scripts import CommandWords

    found = []
    for name in COMMANDS:
        parser = parser_of(name, module_of(name).declare)
        flags = tuple(flag for action in parser._actions for flag in action.option_strings)
        places = [action for action in parser._actions if not action.option_strings]
        words = [str(word) for action in places for word in action.choices or ()]
        environments = [action.option_strings[0] for action in parser._actions if action.metavar == "ENV"]
        models = any(action.metavar == "MODEL" for action in places)
        found.append(CommandWords(name, flags, tuple(words), tuple(environments), models))
    return found
