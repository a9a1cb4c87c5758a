"""The data sets that a command about data is about: models, their documents, and the files that stand for uris."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from mlgitops.findings import Finding
    from mlgitops.spec.documents.model import DataSet, Model
    from mlgitops.spec.reader import Document


class ModelData(NamedTuple):
    """A model whose document is valid."""

    name: str
    value: Model
    document: Document


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, and files that are copies of what uris name."""
    parser.add_argument("model", metavar="MODEL", nargs="?", help="name of the model; all without it")
    parser.add_argument(
        "--data",
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="file or folder with the bytes of a data set (repeatable)",
    )


def models_of(root: Path, model: str | None) -> tuple[list[ModelData], dict[str, list[Finding]]]:
    """The models that are asked about, and the findings of those whose documents are not valid.

    Raises UsageError for a model that is not there, and where there is none.
    """
    from mlgitops.spec.declared import read_document
    from mlgitops.spec.documents.model import Model

    known = sorted(path.parent.name for path in root.glob("specs/*/model.yaml"))
    if model is not None and model not in known:
        raise UsageError(f"there is no model {model[:80]!r}; known: {(', '.join(known) or 'none')[:400]}")
    if not known:
        raise UsageError("there is no model in specs/", "add one: mlgitops new model NAME")
    found: list[ModelData] = []
    wrong: dict[str, list[Finding]] = {}
    for name in [model] if model is not None else known:
        path = f"specs/{name}/model.yaml"
        read = read_document((root / path).read_bytes(), path, Model, name)
        if isinstance(read, list):
            wrong[name] = read
        else:
            found.append(ModelData(name, read.value, read.document))
    return found, wrong


def given_files(words: Iterable[str], models: Iterable[ModelData]) -> dict[tuple[str, str], str]:
    """The files of `--data NAME=FILE`, by model and data set.

    Raises UsageError for a word that is none, and for a name that no model has, or several.
    """
    owners: dict[str, list[str]] = {}
    for model in models:
        for item in model.value.spec.data:
            owners.setdefault(item.name, []).append(model.name)
    files: dict[tuple[str, str], str] = {}
    for text in words:
        name, equals, file = text.partition("=")
        if not equals or not name or not file:
            raise UsageError(f"--data takes NAME=FILE, got {text[:80]!r}", "such as --data customers=customers.csv")
        having = owners.get(name, [])
        if not having:
            raise UsageError(
                f"there is no data set {name[:80]!r}; known: {(', '.join(sorted(owners)) or 'none')[:400]}"
            )
        if len(having) > 1:
            raise UsageError(
                f"several models have a data set {name[:80]!r}: {', '.join(having)[:400]}", "name the model"
            )
        if (having[0], name) in files:
            raise UsageError(f"--data names {name[:80]!r} twice", "name each data set once")
        if not os.path.exists(file):
            raise UsageError(f"{file[:200]} is no file and no folder", f"name a copy of {name[:80]}")
        files[having[0], name] = file
    return files


def file_of(item: DataSet, model: str, given: Mapping[tuple[str, str], str]) -> str | None:
    """Where a data set's bytes are: as given, or at its own file:// uri; None where they are elsewhere."""
    from urllib.parse import unquote, urlsplit

    if (model, item.name) in given:
        return given[model, item.name]
    try:
        uri = urlsplit(item.uri)
    except ValueError:  # a host that is none: nothing of ours is there
        return None
    return unquote(uri.path) if uri.scheme == "file" and uri.netloc in ("", "localhost") else None


def is_parquet(item: DataSet) -> bool:
    """Whether a data set is no CSV, by what its spec says."""
    return item.format == "parquet" or (item.format is None and item.uri.lower().endswith((".parquet", ".pq")))


def is_windows(content: bytes) -> bool:
    """Whether every line ends as on Windows; a file of both kinds of ends is written with one."""
    return b"\r\n" in content and content.count(b"\r\n") == content.count(b"\n")
