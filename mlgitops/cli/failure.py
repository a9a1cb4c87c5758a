"""What people see when a command could not do its work: one message, a next action, an exit code, no traceback."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from mlgitops.errors import MlgitopsError
from mlgitops.report.visible import redacted_shapes, visible

TRACEBACK = "MLGITOPS_TRACEBACK"
"""Environment variable: when set, the traceback of a bug is written to stderr as well."""

LIMIT = 4000
"""Characters of a message: an error never echoes a document."""


def report_failure(error: Exception) -> int:
    """Say on stderr what failed and what to do about it; return the exit code."""
    if isinstance(error, BrokenPipeError):  # whoever read our output has gone: nobody to tell, and no result delivered
        _abandon_output()
        return 3
    if os.environ.get(TRACEBACK):
        import traceback

        traceback.print_exception(error)
    if isinstance(error, MlgitopsError):
        _say(str(error), error.hint)
        return error.exit_code
    if isinstance(error, MemoryError):
        _say("out of memory", "free some, or ask for fewer models at once with --model")
        return 3
    if isinstance(error, OSError) and error.errno is not None:
        _abandon_output()
        _say(f"{_place(error)}{os.strerror(error.errno)}", "mend that, then run again")
        return 3
    _report_bug(error)
    return 3


def _report_bug(error: Exception) -> None:
    kind = type(error).__name__
    _say(
        f"this is a bug in mlgitops: {kind} in {_where(error)} (fingerprint {fingerprint(error)})",
        f"report it with the fingerprint; {TRACEBACK}=1 shows the traceback",
    )


def fingerprint(error: BaseException) -> str:
    """Eight hex digits that are the same for the same bug: the error's type and the functions it came through."""
    import hashlib

    frames = [f"{module}.{function}" for module, function in _frames(error)]
    return hashlib.sha256("\n".join([type(error).__name__, *frames]).encode()).hexdigest()[:8]


def _where(error: BaseException) -> str:
    """The last function of ours that the error came through."""
    ours = [f"{module}.{function}" for module, function in _frames(error) if module.startswith("mlgitops.")]
    return ours[-1] if ours else "mlgitops"


def _frames(error: BaseException) -> list[tuple[str, str]]:
    """Module and function of each frame; a deep recursion's repetition counts once."""
    frames: list[tuple[str, str]] = []
    at = error.__traceback__
    while at is not None:
        frame = (str(at.tb_frame.f_globals.get("__name__", "")), at.tb_frame.f_code.co_qualname)
        if frame not in frames:
            frames.append(frame)
        at = at.tb_next
    return frames


def _place(error: OSError) -> str:
    """The file that an error is about, relative to where we are when it is below."""
    if not isinstance(error.filename, str):
        return ""
    return error.filename.removeprefix(os.getcwd() + os.sep) + ": "


def _say(message: str, hint: str) -> None:
    text = f"mlgitops: {_lines(message)}\n"
    if hint:
        text += f"  hint: {_lines(hint)}\n"
    if sys.stderr is not None:
        with suppress(OSError):  # a closed stderr leaves the exit code to speak
            sys.stderr.write(text)
            sys.stderr.flush()


def _lines(text: str) -> str:
    """The lines of a message, each safe to show."""
    return "\n".join(visible(line) for line in redacted_shapes(text[:LIMIT]).split("\n"))


def _abandon_output() -> None:
    """Send what is still buffered for stdout nowhere, so that the interpreter does not fail over it at exit."""
    with suppress(OSError, ValueError, AttributeError):  # no descriptor behind it: nothing to fail over either
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
