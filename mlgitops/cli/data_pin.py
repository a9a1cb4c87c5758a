"""`mlgitops data pin MODEL`: the digests of a model's data, computed and written into its spec.

    mlgitops data pin churn                                   # every data set at a file:// uri
    mlgitops data pin churn customers --from customers.csv    # a local copy of what the uri names
    mlgitops data pin churn customers --from v8.csv --version v8 --uri s3://features/customers/v8.csv

Nobody types a digest, and no cloud's library is needed: data that lies elsewhere is downloaded with its own tool.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.source import Pointer
    from mlgitops.spec.reader import Document


def declare(parser: argparse.ArgumentParser) -> None:
    """The model, its data set, and where the bytes are."""
    parser.add_argument("model", metavar="MODEL", help="name of the model")
    parser.add_argument("data", metavar="DATA", nargs="?", help="name of one of its data sets; all without it")
    parser.add_argument(
        "--from", dest="source", metavar="PATH", help="file or folder with the bytes that the uri names"
    )
    parser.add_argument("--version", metavar="NAME", help="the version to write beside the digest")
    parser.add_argument("--uri", metavar="URI", help="the uri to write, where the new version is elsewhere")


def run(arguments: argparse.Namespace) -> int:
    """Write what changed, and say it."""
    from mlgitops.cli.data_sets import is_windows
    from mlgitops.cli.repository import root_of
    from mlgitops.files.data_digest import data_digest
    from mlgitops.files.write import write_text
    from mlgitops.report.visible import visible
    from mlgitops.spec.edit import with_values

    document = _document(Path(root_of(arguments.root)), arguments.model)
    chosen = _chosen(document, arguments)
    changes: dict[Pointer, str] = {}
    if arguments.uri is not None:
        _must_be_uri(arguments.uri, "--uri")
    for index, item in chosen:
        where: Pointer = ("spec", "data", index)
        _must_agree(item, arguments)
        digest = data_digest(arguments.source or _local(item, arguments))
        given = {"uri": arguments.uri, "version": arguments.version, "digest": digest}
        new = {key: value for key, value in given.items() if value is not None and item.get(key) != value}
        changes |= {(*where, key): value for key, value in new.items()}
        said = ", ".join(f"{key} {value}" for key, value in new.items()) or f"unchanged, {digest}"
        sys.stdout.write(visible(f"{item.get('name')}: {said}") + "\n")
    if changes:
        path = Path(root_of(arguments.root)) / document.path
        text = with_values(document, changes, after="uri")
        write_text(path, text.replace("\n", "\r\n") if is_windows(path.read_bytes()) else text)
    return 0


def _document(root: Path, model: str) -> Document:
    """The model's spec, read; its own findings are `validate`'s business."""
    from mlgitops.spec.reader import Document, read

    path = f"specs/{model}/model.yaml"
    known = sorted(found.parent.name for found in root.glob("specs/*/model.yaml"))
    if model not in known:
        raise UsageError(f"there is no model {model[:80]!r}; known: {(', '.join(known) or 'none')[:400]}")
    document = read((root / path).read_bytes(), path)
    if not isinstance(document, Document):
        raise UsageError(f"{document[0].location}: {document[0].message}", "`mlgitops validate` says all that is wrong")
    return document


def _chosen(document: Document, arguments: argparse.Namespace) -> list[tuple[int, dict[str, Any]]]:
    spec: Any = document.data.get("spec")
    data = spec.get("data") if isinstance(spec, dict) else None
    items = [(i, item) for i, item in enumerate(data if isinstance(data, list) else ()) if isinstance(item, dict)]
    chosen = [(i, item) for i, item in items if arguments.data in (None, item.get("name"))]
    known = ", ".join(str(item.get("name")) for _, item in items) or "none"
    if not chosen:
        raise UsageError(f"{arguments.model} has no such data set; its data: {known[:400]}")
    if len(chosen) > 1 and (arguments.source or arguments.version or arguments.uri):
        raise UsageError(f"--from, --version and --uri are about one data set; name one of {known[:400]}")
    if any("uri" not in item for _, item in chosen):
        raise UsageError("a data set has no uri", "`mlgitops validate` says where")
    return chosen


def _must_agree(item: dict[str, Any], arguments: argparse.Namespace) -> None:
    """Raises UsageError where the version would go on and a uri that names the old one would stay, or the reverse."""
    version, uri = str(item.get("version") or ""), str(item["uri"])
    named = re.compile(rf"(?<![A-Za-z0-9]){re.escape(version)}(?![A-Za-z0-9])")
    if not version or not named.search(uri):
        return
    if arguments.version not in (None, version) and arguments.uri is None:
        new = named.sub(lambda _: arguments.version, uri)
        raise UsageError(
            f"--version {arguments.version[:80]} would leave the uri {uri[:200]}, which names {version[:80]}",
            f"say where the new version is, such as --uri {new[:200]}",
        )
    if arguments.uri is not None and arguments.version is None and not named.search(arguments.uri):
        raise UsageError(
            f"--uri {arguments.uri[:200]} would leave the version {version[:80]}, which only the old uri names",
            "say which version it is, with --version",
        )


def _must_be_uri(text: str, name: str) -> None:
    """Raises UsageError for what a spec refuses as a uri, and for a host that is none, such as `[x`."""
    from urllib.parse import urlsplit

    from mlgitops.spec.documents.types import DESCRIPTIONS, URI

    expected, example = DESCRIPTIONS[URI]
    try:
        valid = re.fullmatch(URI, text) is not None and urlsplit(text) is not None
    except ValueError:
        valid = False
    if not valid:
        raise UsageError(f"{name} must be {expected}, got {text[:200]!r}", f"write it like {example}")


def _local(item: dict[str, Any], arguments: argparse.Namespace) -> str:
    """The path of data at a file:// uri, the new one where one is given."""
    from urllib.parse import unquote, urlsplit

    text = str(arguments.uri or item["uri"])
    _must_be_uri(text, f"the uri of {str(item.get('name'))[:80]}")
    uri = urlsplit(text)
    if uri.scheme == "file":
        return unquote(uri.path)
    raise UsageError(
        f"the bytes of {str(item.get('name'))[:80]} are at {text[:200]}, where mlgitops does not read",
        f"download them, then: mlgitops data pin {arguments.model} {item.get('name')} --from PATH",
    )
