"""Parsing with argparse, whose complaints become `UsageError`s that name the nearest option."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import NoReturn

from mlgitops.cli import options
from mlgitops.cli.nearest import nearest
from mlgitops.errors import UsageError


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help in the width of the terminal, which is asked for only when help is: argparse asks at every argument."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_FALLBACK_WIDTH)

    def format_help(self) -> str:
        """The text, as wide as the terminal."""
        import shutil

        self._width = shutil.get_terminal_size().columns - 2
        self._max_help_position = min(self._max_help_position, max(self._width - 20, self._indent_increment * 2))
        return super().format_help()


_FALLBACK_WIDTH = 78


class Parser(argparse.ArgumentParser):
    """A parser of one command's words that raises UsageError instead of exiting."""

    def error(self, message: str) -> NoReturn:
        """What argparse found wrong, in its own words."""
        raise UsageError(message[:300], f"`{self.prog} --help` shows its usage")


def parser_of(name: str, declare: Callable[[argparse.ArgumentParser], None]) -> Parser:
    """The parser of a command: its own arguments, then the options that every command takes."""
    from mlgitops.cli.commands import COMMANDS

    purpose = COMMANDS[name]
    parser = Parser(
        prog=f"mlgitops {name}",
        description=purpose[0].upper() + purpose[1:] + ".",
        allow_abbrev=False,
        formatter_class=_Formatter,
    )
    declare(parser)
    options.declare(parser, *options.ALWAYS)
    return parser


def parse(parser: Parser, words: Sequence[str]) -> argparse.Namespace:
    """The arguments that the words give. Raises UsageError for words that the command does not know."""
    arguments, unknown = parser.parse_known_args(list(words))
    if not unknown:
        return arguments
    word = unknown[0].partition("=")[0][:80]
    see = f"`{parser.prog} --help` shows its usage"
    if not word.startswith("-"):
        raise UsageError(f"`{parser.prog}` takes no further argument, got {word!r}", see)
    flags = [flag for action in parser._actions for flag in action.option_strings]
    guess = nearest(word, flags)
    if guess is None and any(word in option.flags for option in options.OPTIONS.values()):
        raise UsageError(f"`{parser.prog}` takes no {word}", see)
    raise UsageError(f"`{parser.prog}` has no option {word}", f"did you mean `{guess}`? {see}" if guess else see)
