"""The options that several commands share, declared once, with what their values mean.

They may stand before or after the command: `mlgitops -C platform validate --env prod`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import Any

FORMATS = ("text", "json", "sarif", "github", "markdown")
ENGINES = ("auto", "opa", "embedded", "server")
COLOURS = ("auto", "always", "never")


class Option(NamedTuple):
    """One shared option, as argparse and the completion scripts need it."""

    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    """What stands for its value; empty for a switch."""
    default: Any = None
    repeatable: bool = False
    choices: tuple[str, ...] = ()
    parse: Callable[[str], Any] | None = None

    @property
    def usage(self) -> str:
        """`--env NAME`, as help shows it."""
        return ", ".join(self.flags) + (f" {self.metavar}" if self.metavar else "")


def one_of(flag: str, choices: tuple[str, ...]) -> Callable[[str], str]:
    """A parser of a value that must be one of a few words."""

    def parse(value: str) -> str:
        if value in choices:
            return value
        from mlgitops.cli.nearest import nearest

        guess = nearest(value, choices)
        hint = f"did you mean `{guess}`?" if guess else ""
        raise UsageError(f"{flag} must be one of {', '.join(choices)}, got {value[:80]!r}", hint)

    return parse


def engine(value: str) -> str:
    """A policy engine; `server` may carry the URL of one that already runs: `server=https://opa.example.com`."""
    name, separator, url = value.partition("=")
    if not separator:
        return one_of("--engine", ENGINES)(name)
    if name != "server" or not url.startswith(("http://", "https://")):
        raise UsageError(f"--engine takes a URL as server=http://… or server=https://…, got {value[:80]!r}")
    return value


def date(value: str) -> str:
    """A day, kept as its text: `2026-11-21`."""
    import datetime

    try:
        # The length too: fromisoformat also takes 20261121 and 2026-W47-6.
        if len(value) == 10 and value[4] == value[7] == "-":
            return datetime.date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise UsageError(f"--as-of must be a day such as 2026-11-21, got {value[:80]!r}")


def jobs(value: str) -> int:
    """How many processes may work at once; 0 leaves it to mlgitops."""
    if value.isascii() and value.isdecimal() and int(value[:9]) <= 256:
        return int(value[:9])
    raise UsageError(f"--jobs must be a number from 0 to 256, got {value[:80]!r}")


OPTIONS = {
    "root": Option(("-C",), "work in the repository that DIR is in", "DIR", "."),
    "env": Option(("--env",), "only this environment (repeatable)", "NAME", repeatable=True),
    "model": Option(("--model",), "only this model (repeatable)", "NAME", repeatable=True),
    "engine": Option(
        ("--engine",), f"policy engine: {', '.join(ENGINES)}[=URL]", "ENGINE", "auto", choices=ENGINES, parse=engine
    ),
    "format": Option(
        ("--format",),
        f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}",
        "FORMAT",
        "text",
        choices=FORMATS,
        parse=one_of("--format", FORMATS),
    ),
    "as_of": Option(("--as-of",), "the day on which waivers must be valid (today)", "DATE", parse=date),
    "jobs": Option(("--jobs",), "processes at once; 0 means as many as processors", "N", 0, parse=jobs),
    "no_cache": Option(("--no-cache",), "do everything anew; gives the same result", default=False),
    "color": Option(
        ("--color",), "auto, always or never", "WHEN", "auto", choices=COLOURS, parse=one_of("--color", COLOURS)
    ),
}
"""By the name of the argument that they set."""

ALWAYS = ("root", "color")
"""What every command takes."""


def declare(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add shared options, by their names in `OPTIONS`, to a command's parser."""
    for name in names:
        option = OPTIONS[name]
        settings: dict[str, Any] = {"dest": name, "help": option.help, "default": option.default}
        if not option.metavar:
            settings["action"] = "store_true"
        else:
            settings |= {"metavar": option.metavar, "type": option.parse or str}
            if option.repeatable:
                settings |= {"action": "append", "default": []}
        parser.add_argument(*option.flags, **settings)
