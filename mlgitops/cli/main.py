"""The command line: words in, an exit code out.

    sys.exit(main(["validate", "--model", "churn"]))

This module imports next to nothing, since `--version` and a shell's completion pay for every import here. The
commands are listed in `commands`; each is a module of its own, imported when it is asked for.
"""

from __future__ import annotations

import gc
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells report it: 128 and the signal's number."""

FAILED = 3
"""Exit code when the world or mlgitops itself failed: nothing is known about the files."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 clean, 1 findings, 2 usage, 3 failure, 130 interrupted."""
    words = list(sys.argv[1:] if argv is None else argv)
    gc.disable()  # a tenth of every run; a command ends soon, and makes next to no cycles
    _forgive_encodings()
    try:
        code = _answer(words)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        from mlgitops.cli.ending import just_interrupted
        from mlgitops.cli.failure import report_failure

        return INTERRUPTED if just_interrupted() else report_failure(error)


def _answer(words: list[str]) -> int:
    if words == ["--version"]:
        from mlgitops import __version__

        sys.stdout.write(f"mlgitops {__version__}\n")
        return 0
    from mlgitops.cli.commands import dispatch

    return dispatch(words)


def _forgive_encodings() -> None:
    """Let what a stream's encoding cannot say come out as an escape: a C locale is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
