"""What a former run saw and found, kept in `.cache/mlgitops`: when nothing has changed, neither has the answer.

A run's key is what was asked (`render`, `--env`, the day, the tool itself). Under it stand the paths that were
read and written, in groups (shared ones, and those of each model), each with a hash over what `lstat` says of
them. An edit moves a file's ctime, even one that keeps its size and restores its mtime.

This module imports next to nothing: an unchanged repository is answered before pydantic would be imported.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

FOLDER = ".cache/mlgitops/former"
FORMAT = 1
KEPT = 24
"""Files kept, two for an answer; older ones are removed."""

TICK_NS = 20_000_000
"""Coarser than any file clock that we know of: within it, stat proves nothing."""

Json = Any


class Group(NamedTuple):
    """Paths that were seen together."""

    state: int
    """`state_of` the paths when they were seen."""
    paths: tuple[str, ...]


class Former(NamedTuple):
    """A former run."""

    shared: Group
    """What every target depends on."""
    last: Group
    """What only the whole depends on: lists of folders, and the targets that belong to no model."""
    models: Mapping[str, Group]
    report: Json
    """The report as JSON (`report.stored`)."""


def state_of(root: str, paths: Iterable[str]) -> int:
    """A number that is another one when any of the paths was changed, replaced, removed or added."""
    lstat, prefix = os.lstat, root + "/"
    seen = []
    for path in paths:
        try:
            found = lstat(prefix + path)
        except OSError:
            seen.append(-1)
            continue
        seen.append(found.st_ctime_ns)
        seen.append(found.st_ino)
    return hash(tuple(seen))


def settled_since(root: str, paths: Iterable[str], moment_ns: int) -> bool:
    """Whether none of the paths was touched since shortly before a moment: then what was read is what stat will see."""
    limit = moment_ns - TICK_NS
    lstat, prefix = os.lstat, root + "/"
    for path in paths:
        try:
            if lstat(prefix + path).st_ctime_ns >= limit:
                return False
        except OSError:
            continue
    return True


def wait_for_tick() -> None:
    """Lets the file clock move on, so that any later edit of what was just written shows in its ctime."""
    time.sleep(TICK_NS / 1e9)


def key_of(asked: Mapping[str, Json]) -> str:
    """The key of a question: its words, and the tool and the programs that would answer it."""
    from hashlib import blake2b

    text = json.dumps({"asked": asked, "format": FORMAT, "tool": _tool_state()}, sort_keys=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _tool_state() -> int:
    """A number that is another one when mlgitops or a program that it starts is another one."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    paths = []
    for folder, folders, files in os.walk(package):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        paths += [f"{folder}/{name}" for name in sorted(files)]
    built = os.path.join(os.path.dirname(package), "tools", "bin")
    places = [built, *os.environ.get("PATH", "").split(os.pathsep)]
    paths += [os.path.join(place, name) for name in ("opa", "kustomize") for place in places]
    return state_of("", paths)


def load(root: str, key: str) -> Former | None:
    """The former run with this key; None where there is none or it cannot be read."""
    try:
        with open(f"{root}/{FOLDER}/{key}.json", encoding="utf-8") as file:
            stored = json.load(file)
        layouts = [tuple(layout.split("\n")) for layout in stored["layouts"]]
        models = {name: _group(entry, layouts) for name, entry in stored["models"].items()}
        return Former(_group(stored["shared"], layouts), _group(stored["last"], layouts), models, stored["report"])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _group(entry: Json, layouts: list[tuple[str, ...]]) -> Group:
    state, paths, folders = entry
    every = list(paths.split("\n")) if paths else []
    for folder, layout in folders:
        every += [f"{folder}/{name}" for name in layouts[layout]]
    return Group(state, tuple(every))


def unchanged(root: str, former: Former) -> bool:
    """Whether everything that the former run saw is as it was."""
    groups = (former.shared, former.last, *former.models.values())
    return all(state_of(root, group.paths) == group.state for group in groups)


class Seen(NamedTuple):
    """What one group of a run saw, to be stored."""

    paths: tuple[str, ...]
    folders: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(folder, names of the files in it): targets, whose names are much alike."""

    def every(self) -> list[str]:
        return [*self.paths, *(f"{folder}/{name}" for folder, names in self.folders for name in names)]


def load_records(root: str, key: str) -> Mapping[str, Json]:
    """What a former run found of each model; empty where it cannot be read."""
    try:
        with open(f"{root}/{FOLDER}/{key}.models", encoding="utf-8") as file:
            records = json.load(file)
    except (OSError, ValueError):
        return {}
    return records if isinstance(records, dict) else {}


def store(
    root: str,
    key: str,
    shared: Seen,
    last: Seen,
    models: Mapping[str, Seen],
    report: Json,
    records: Mapping[str, Json],
) -> None:
    """Keeps a run under its key, with a record of each model (`stages.remember`).

    A cache that cannot be written is no error: the next run is slower.
    """
    layouts: dict[str, int] = {}

    def entry(seen: Seen) -> Json:
        folders = [[folder, layouts.setdefault("\n".join(names), len(layouts))] for folder, names in seen.folders]
        return [state_of(root, seen.every()), "\n".join(seen.paths), folders]

    stored = {
        "shared": entry(shared),
        "last": entry(last),
        "models": {name: entry(seen) for name, seen in models.items()},
    }
    text = json.dumps({**stored, "layouts": list(layouts), "report": report}, separators=(",", ":"))
    folder = f"{root}/{FOLDER}"
    try:
        os.makedirs(folder, exist_ok=True)
        _replace(f"{folder}/{key}.models", json.dumps(records, separators=(",", ":")))
        _replace(f"{folder}/{key}.json", text)
        _forget_old(folder)
    except OSError:
        return


def _replace(path: str, text: str) -> None:
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)


def _forget_old(folder: str) -> None:
    files = sorted((os.path.join(folder, name) for name in os.listdir(folder)), key=os.path.getmtime)
    for path in files[:-KEPT]:
        os.unlink(path)
