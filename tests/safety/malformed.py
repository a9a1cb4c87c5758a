"""Ways in which a file can be wrong whatever it should hold: each is done to a file of a repository on disk.

for name, spoil in MALFORMED.items():
    spoil(root / "specs/churn/model.yaml")
"""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable
from pathlib import Path

Spoil = Callable[[Path], None]

MARKER = "UNREPEATABLE"
"""Stands all over large files: a report may show one line, never a document."""

_DEEP = 5_000
_BILLION = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9 if n else ['x'] * 9)}]\n" for n in range(12))


def _with(content: bytes | str) -> Spoil:
    data = content.encode() if isinstance(content, str) else content
    return lambda path: _put(path, data)


def _changed(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda path: _put(path, change(path.read_bytes()))


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "README.md").write_text("A file makes Git keep the folder.\n")


def _link_to_a_copy(path: Path) -> None:
    copy = path.with_name("copy.txt") if path.name != "mlgitops.yaml" else path.with_name("copy")
    path.rename(copy)
    path.symlink_to(copy.name)


def _link(target: str) -> Spoil:
    def spoil(path: Path) -> None:
        path.unlink()
        path.symlink_to(target)

    return spoil


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _socket(path: Path) -> None:
    path.unlink()
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path has at most 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _tabs(content: bytes) -> bytes:
    return b"\n".join(b"\t" + line.lstrip() if line.startswith(b"  ") else line for line in content.split(b"\n"))


def _cut(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * share)] + b" {[\"'"


MALFORMED: dict[str, Spoil] = {
    "empty": _with(""),
    "blank lines": _with("\n\n  \n"),
    "a comment": _with("# nothing\n"),
    "a word": _with("word\n"),
    "a number": _with("42\n"),
    "null": _with("null\n"),
    "a list": _with("- a\n- b\n"),
    "an empty mapping": _with("{}\n"),
    "two documents": _changed(lambda content: content + b"\n---\n" + content),
    "binary": _with(random.Random(1).randbytes(4096)),
    "NUL bytes": _with(bytes(4096)),
    "a NUL byte in the middle": _changed(lambda content: content[:50] + b"\0" + content[50:]),
    "UTF-16": _changed(lambda content: content.decode().encode("utf-16")),
    "Latin-1": _changed(lambda content: content + b"# caf\xe9\n"),
    "a byte order mark": _changed(lambda content: b"\xef\xbb\xbf" + content),
    "carriage returns alone": _changed(lambda content: content.replace(b"\n", b"\r")),
    "a surrogate": _changed(lambda content: content + b"# \xed\xa0\x80\n"),
    "cut at a quarter": _changed(_cut(0.25)),
    "cut at half": _changed(_cut(0.5)),
    "cut at three quarters": _changed(_cut(0.75)),
    "tabs": _changed(_tabs),
    "duplicate keys": _changed(lambda content: content + b"\nkind: Other\nkind: Other\n"),
    "2 MiB in a line": _with(f"a: {MARKER * (2 * 1024 * 1024 // len(MARKER))}\n"),
    "2 MiB of lines": _with(f"{MARKER}: 1\n" * (2 * 1024 * 1024 // (len(MARKER) + 4))),
    "200 KiB in a line": _with(f"a: {MARKER * (200 * 1024 // len(MARKER))}\n"),
    "200 KiB of keys": _with("".join(f"{MARKER}{n}: 1\n" for n in range(9_000))),
    "deep lists": _with("a: " + "[" * _DEEP + "]" * _DEEP),
    "deep mappings": _with("{a: " * _DEEP + "1" + "}" * _DEEP),
    "deep indentation": _with("".join(f"{' ' * level}a:\n" for level in range(600))),
    "a billion laughs": _with(_BILLION),
    "an anchor of itself": _with("a: &a [*a]\n"),
    "a tag": _with("a: !!python/object/apply:os.system [id]\n"),
    "a large number": _with(f"a: {'9' * 100_000}\n"),
    "a folder": _folder,
    "a link to a copy": _link_to_a_copy,
    "a link to nowhere": _link("nowhere"),
    "a link to itself": lambda path: _link(path.name)(path),
    "a link to /dev/zero": _link("/dev/zero"),
    "a link to /etc/passwd": _link("/etc/passwd"),
    "a pipe": _fifo,
    "a socket": _socket,
}
"""Name → what it does to a file. None of these leaves a file that is right."""
