"""What a former run saw and found, kept in `.cache/mlgitops`: when nothing has changed, neither has the answer.

A run's key is what was asked (`render`, `--env`, the day, the tool itself). Under it stand the paths that were
looked at and written, in groups (shared ones, and those of each model), each with a hash over what `lstat` says of
them. An edit moves a file's ctime, even one that keeps its size and restores its mtime; a file that appears or goes
moves that of its folder, and one that was looked for in vain is missed no more.

What a run read is believed to be what `lstat` saw only if nothing was touched since shortly before the run began
(`quiet`). Moments are taken from the file system itself, whose clock may be another machine's.

This module imports next to nothing: an unchanged repository is answered before pydantic would be imported.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from mlgitops.files.folders import CACHE, is_real, made, write_new

FOLDER = f"{CACHE}/former"
FORMAT = 2
KEPT = 24
"""Files kept, two for an answer; older ones are removed."""

LARGEST = 256 << 20
"""Bytes of a file of the cache that is read."""

TICK_NS = 20_000_000
"""Coarser than the clock of a file system that counts in less than seconds: within it, ctime proves nothing."""

COARSE_NS = 2_000_000_000
"""The same for one that counts in seconds."""

WORTH_A_PROCESS = 10_000
"""Paths: to look at fewer takes less than to start another process."""

Json = Any
_MALFORMED = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError, MemoryError)
"""What reading a cache can raise that somebody else wrote, or half of it."""


class Seen(NamedTuple):
    """What one group of a run looked at."""

    paths: tuple[str, ...]
    folders: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(folder, names of the files in it): targets, whose names are much alike."""
    state: int | None = None
    """`state_of` the paths; None when they were touched during the run, so that nothing is known."""

    def every(self) -> list[str]:
        """All its paths."""
        return [*self.paths, *(f"{folder}/{name}" for folder, names in self.folders for name in names)]


class Former(NamedTuple):
    """A former run."""

    shared: Seen
    """What every target depends on."""
    last: Seen
    """What only the whole depends on: lists of folders, and the targets that belong to no model."""
    models: Mapping[str, Seen]
    report: Json
    """The report as JSON (`report.stored`)."""


def state_of(root: str, paths: Iterable[str]) -> int:
    """A number that is another one when any of the paths was changed, replaced, removed or added."""
    lstat, prefix = os.lstat, root + "/"
    seen = []
    for path in paths:
        try:
            found = lstat(prefix + path)
        except (OSError, ValueError):
            seen.append(-1)
            continue
        seen.append(found.st_ctime_ns)
        seen.append(found.st_ino)
    return hash(tuple(seen))


def quiet(root: str, paths: Iterable[str], moment: int) -> bool:
    """Whether none of the paths was touched since shortly before a moment of the file system's clock."""
    lstat, prefix = os.lstat, root + "/"
    for path in paths:
        try:
            changed = lstat(prefix + path).st_ctime_ns
        except (OSError, ValueError):
            continue
        if changed >= moment - (TICK_NS if changed % 1_000_000_000 else COARSE_NS):
            return False
    return True


def moment_of(root: str) -> int | None:
    """Now, in ns, by the clock that gives files their ctime; None where no file can be written."""
    try:
        clock = f"{made(root, CACHE)}/clock"
        descriptor = os.open(clock, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
        try:
            os.utime(descriptor)
            return os.fstat(descriptor).st_ctime_ns
        finally:
            os.close(descriptor)
    except OSError:
        return None


def past_tick(root: str, moment: int | None) -> int | None:
    """Returns once the file clock has moved on since a moment: later edits show in a ctime.

    What it says then; None where it cannot be told, or the clock was set back.
    """
    if moment is None or moment % 1_000_000_000 == 0:  # a clock of seconds is not worth waiting for
        return None
    while (now := moment_of(root)) is not None and moment <= now <= moment + TICK_NS:
        time.sleep((moment + TICK_NS - now) / 1e9 + 0.002)
    return now if now is None or now > moment else None


def key_of(asked: Mapping[str, Json]) -> str:
    """The key of a question: its words, and the tool and the programs that would answer it."""
    from _blake2 import blake2b  # hashlib's own, without the OpenSSL that hashlib loads

    text = json.dumps({"asked": asked, "format": FORMAT, "tool": _tool_state()}, sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _tool_state() -> list[int | str]:
    """What is another one when mlgitops, Python, a library or a program that it starts is another one."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    paths = [place for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
    for folder, folders, files in os.walk(package):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        paths += [f"{folder}/{name}" for name in sorted(files)]
    built = os.path.join(os.path.dirname(package), "tools", "bin")
    places = [built, *filter(os.path.isabs, os.environ.get("PATH", os.defpath).split(os.pathsep))]
    programs = [os.path.join(place, name) for name in ("opa", "kustomize", "git") for place in places]
    behind = [os.path.realpath(program) for program in programs if os.path.islink(program)]
    return [sys.version, state_of("", (path.lstrip("/") for path in (*paths, *programs, *behind)))]


def load(root: str, key: str) -> Former | None:
    """The former run with this key; None where there is none or it cannot be read."""
    try:
        stored = _stored(root, f"{key}.json")
        layouts = [tuple(layout.split("\n")) for layout in stored["layouts"]]
        models = {name: _seen(entry, layouts) for name, entry in stored["models"].items()}
        shared, last = _seen(stored["shared"], layouts), _seen(stored["last"], layouts)
        return Former(shared, last, models, stored["report"]) if shared.paths and last.paths else None
    except _MALFORMED:
        return None


def _stored(root: str, name: str) -> Json:
    """A file of the cache. Raises one of `_MALFORMED` unless it is one that we wrote here.

    Its inode is its first line: one that came by a commit or a copy cannot know its own.
    """
    if not is_real(root, FOLDER):
        raise ValueError("no cache of ours")
    descriptor = os.open(f"{root}/{FOLDER}/{name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(descriptor)
        if facts.st_size > LARGEST or file.readline(32) != b"%d\n" % facts.st_ino:
            raise ValueError("too large, or written elsewhere")
        return json.load(file)


def _seen(entry: Json, layouts: Sequence[tuple[str, ...]]) -> Seen:
    state, paths, folders = entry
    named = tuple((str(folder), layouts[layout]) for folder, layout in folders)
    return Seen(tuple(paths.split("\n")) if paths else (), named, state if type(state) is int else None)


def unchanged(root: str, former: Former) -> frozenset[str]:
    """The models of which nothing has changed.

    A call of the system takes as long from any language, so that many files are looked at by two processes.
    """
    names = list(former.models)
    paths = sum(len(seen.paths) + sum(len(files) for _, files in seen.folders) for seen in former.models.values())
    middle = len(names) // 2 if paths >= WORTH_A_PROCESS and (os.cpu_count() or 1) > 1 else len(names)
    rest = names[middle:]
    with _aside(lambda: bytes(is_same(root, former.models[name]) for name in rest), wanted=bool(rest)) as answer:
        same = [name for name in names[:middle] if is_same(root, former.models[name])]
        told = answer()
    if len(told) != len(rest):  # whatever became of the other process
        return frozenset((*same, *(name for name in rest if is_same(root, former.models[name]))))
    return frozenset((*same, *(name for name, yes in zip(rest, told, strict=True) if yes)))


@contextmanager
def _aside(work: Callable[[], bytes], *, wanted: bool) -> Iterator[Callable[[], bytes]]:
    """Work done by a forked process during the block: what is given waits for its result, empty where there is none."""
    forked = _forked() if wanted else None
    if forked is None:
        yield bytes
        return
    pid, ours, theirs = forked
    if pid == 0:
        with suppress(BaseException):
            os.close(ours)
            os.write(theirs, work())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as result:
        try:
            yield result.read
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):  # the system takes the ends of children of whoever ignores SIGCHLD
                os.waitpid(pid, 0)


def _forked() -> tuple[int, int, int] | None:
    """Another process, as its id (0 in itself) and the two ends of a pipe; None where there is none to be had."""
    ends: tuple[int, ...] = ()
    try:
        ends = os.pipe()
        return os.fork(), ends[0], ends[1]
    except OSError:
        for end in ends:
            os.close(end)
        return None


def is_same(root: str, seen: Seen) -> bool:
    """Whether a group's paths are as they were."""
    return seen.state is not None and state_of(root, seen.every()) == seen.state


def load_records(root: str, key: str) -> Mapping[str, Json]:
    """What a former run found of each model; empty where it cannot be read."""
    try:
        records = _stored(root, f"{key}.models")["records"]
    except _MALFORMED:
        return {}
    return records if isinstance(records, dict) else {}


def store(root: str, key: str, former: Former, records: Mapping[str, Json]) -> None:
    """Keeps a run under its key, with a record of each model (`stages.remember`).

    A cache that cannot be written is no error: the next run is slower.
    """
    layouts: dict[str, int] = {}

    def entry(seen: Seen) -> Json:
        folders = [[folder, layouts.setdefault("\n".join(names), len(layouts))] for folder, names in seen.folders]
        return [seen.state, "\n".join(seen.paths), folders]

    stored = {
        "shared": entry(former.shared),
        "last": entry(former.last),
        "models": {name: entry(seen) for name, seen in former.models.items()},
        "report": former.report,
    }
    with suppress(OSError):
        folder = made(root, FOLDER)
        _replace(f"{folder}/{key}.models", {"records": records})
        _replace(f"{folder}/{key}.json", {**stored, "layouts": list(layouts)})
        _forget_old(folder)


def _replace(path: str, stored: Mapping[str, Json]) -> None:
    temporary = f"{path}.{os.getpid()}"
    text = json.dumps(stored, separators=(",", ":")).encode()
    try:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        write_new(temporary, lambda inode: b"%d\n%b" % (inode, text))
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _forget_old(folder: str) -> None:
    ages = []
    for name in os.listdir(folder):
        with suppress(OSError):
            ages.append((os.lstat(f"{folder}/{name}").st_mtime_ns, name))
    for _, name in sorted(ages)[:-KEPT]:
        os.unlink(f"{folder}/{name}")
