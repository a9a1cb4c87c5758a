"""Which files of a repository hold which documents, and reading them: the layout of design §1 in one place.

specs/<model>/model.yaml                     + code beside it
specs/<model>/versions/<version>/            version.yaml + the code it serves with
environments/<env>/environment.yaml
environments/<env>/{releases,runs}/<model>.yaml
policies/waivers/*.yaml
mlgitops.yaml

Names that start with a dot are passed over everywhere. Symbolic links are reported and never followed.
"""

from __future__ import annotations

from collections.abc import Iterable

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.declared import (
    D,
    DeclaredEnvironment,
    DeclaredModel,
    DeclaredVersion,
    read_code,
    read_document,
    read_environment,
)
from mlgitops.spec.documents.model import Model
from mlgitops.spec.documents.repository import Repository
from mlgitops.spec.documents.version import Version
from mlgitops.spec.documents.waiver import Waiver
from mlgitops.spec.invalid import shown
from mlgitops.spec.resolve import Written
from mlgitops.tree import Entry, Tree

ROOT_FILE = "mlgitops.yaml"
NOT_CODE = (".md", ".ipynb", ".pyc")
"""Files beside a spec that no pod needs: notes, notebooks, caches."""
NOT_SHIPPED = ("__pycache__", "docs", "notebooks", "tests")
"""Folders beside a spec that nobody expects in a pod; of any other we say that it does not get there."""
MISSPELT = {"release": "releases", "run": "runs", "template": "templates"}
"""Folders of an environment that would be passed over in silence."""


def model_names(tree: Tree) -> list[str]:
    """The folders of specs/, valid names or not."""
    return _folders(tree, "specs")


def environment_names(tree: Tree) -> list[str]:
    """The folders of environments/, valid names or not."""
    return _folders(tree, "environments")


def _folders(tree: Tree, folder: str) -> list[str]:
    return [entry.name for entry in tree.list(folder) if entry.kind == "folder" and not entry.name.startswith(".")]


def check_layout(tree: Tree) -> list[Finding]:
    """Links and stray documents where only folders are read."""
    findings: list[Finding] = []
    for folder, document in (("specs", "model.yaml"), ("environments", "environment.yaml")):
        entries = tree.list(folder)
        findings += _links(folder, entries)
        for entry in entries:
            if entry.kind == "file" and entry.name.endswith((".yaml", ".yml")):
                message = f"{folder}/ must hold one folder for each name, got the file {shown(entry.name)}"
                hint = f"move it to {folder}/<name>/{document}"
                findings.append(_unexpected(f"{folder}/{entry.name}", message, hint))
    return findings


def load_repository(tree: Tree) -> tuple[Written[Repository] | None, list[Finding]]:
    """`mlgitops.yaml`."""
    return _load(tree, ROOT_FILE, Repository, None)


def load_model(tree: Tree, name: str) -> tuple[DeclaredModel | None, list[Finding]]:
    """One folder of specs/: the model with its code and its versions."""
    folder = f"specs/{name}"
    spec, findings = _load(tree, f"{folder}/model.yaml", Model, name)
    entries = tree.list(folder)
    findings += _links(folder, entries)
    findings += _not_shipped(folder, entries, "versions")
    code, problems = read_code(_files(tree, folder, entries, "model.yaml"), folder)
    findings += problems
    versions: dict[str, DeclaredVersion] = {}
    broken: set[str] = set()
    for entry in tree.list(f"{folder}/versions") if Entry("versions", "folder") in entries else ():
        if entry.name.startswith("."):
            continue
        version, problems = _load_version(tree, f"{folder}/versions", entry)
        findings += problems
        if version is not None:
            versions[entry.name] = version
        else:
            broken.add(entry.name)
    return (DeclaredModel(spec, code, versions, frozenset(broken)) if spec is not None else None), findings


def _load_version(tree: Tree, folder: str, entry: Entry) -> tuple[DeclaredVersion | None, list[Finding]]:
    path = f"{folder}/{entry.name}"
    if entry.kind == "link":
        return None, _links(folder, (entry,))
    if entry.kind == "file":
        message = f"versions/ must hold one folder a version, got the file {shown(entry.name)}"
        return None, [_unexpected(path, message, "move it to versions/<version>/version.yaml, or remove it")]
    entries = tree.list(path)
    findings = _links(path, entries)
    findings += _not_shipped(path, entries)
    record, problems = _load(tree, f"{path}/version.yaml", Version, entry.name)
    findings += problems
    code, problems = read_code(_files(tree, path, entries, "version.yaml"), path)
    findings += problems
    files = {e.name: tree.read(f"{path}/{e.name}") or b"" for e in entries if _is_file(e)}
    return (DeclaredVersion(record, files, code) if record is not None else None), findings


def load_environment(tree: Tree, name: str) -> tuple[DeclaredEnvironment | None, list[Finding]]:
    """One folder of environments/, with the names of its releases and runs; None where anything there is wrong."""
    folder = f"environments/{name}"
    path, findings = f"{folder}/environment.yaml", list[Finding]()
    content, spec = tree.read(path), None
    if content is None:
        findings.append(_no_document(path, tree.list(folder)))
    else:
        read = read_environment(content, path, name)
        if isinstance(read, list):
            findings += read
        else:
            spec = read
    entries = tree.list(folder)
    findings += _links(folder, entries)
    for entry in entries:
        if entry.kind == "folder" and entry.name in MISSPELT:
            meant = MISSPELT[entry.name]
            message = f"{folder}/ must keep its {meant} in {meant}/, got the folder {entry.name}/"
            findings.append(_unexpected(f"{folder}/{entry.name}", message, f"rename it to {meant}"))
    folders = {entry.name for entry in entries if entry.kind == "folder"}
    releases, problems = document_names(tree, f"{folder}/releases", "Release") if "releases" in folders else ([], [])
    findings += problems
    runs, problems = document_names(tree, f"{folder}/runs", "Run") if "runs" in folders else ([], [])
    findings += problems
    if spec is None or any(finding.fails for finding in findings):
        return None, findings  # a release that is not read would look like one that was withdrawn
    return DeclaredEnvironment(spec, frozenset(releases), frozenset(runs)), findings


def load_of_model(
    tree: Tree, environment: DeclaredEnvironment, kind: type[D], model: str
) -> tuple[Written[D] | None, list[Finding]]:
    """A model's Release or Run in one environment; None where there is no file."""
    folder, listed = ("releases", environment.releases) if kind.__name__ == "Release" else ("runs", environment.runs)
    path = f"environments/{environment.name}/{folder}/{model}.yaml"
    content = tree.read(path)
    if content is None:
        gone = _no_document(path)._replace(hint="replace it by a plain file, or remove it")
        return None, [gone] if model in listed else []
    document = read_document(content, path, kind, model)
    return (None, document) if isinstance(document, list) else (document, [])


def load_waivers(tree: Tree) -> tuple[tuple[Written[Waiver], ...], list[Finding]]:
    """policies/waivers/*.yaml."""
    folder = "policies/waivers"
    names, findings = document_names(tree, folder, "Waiver")
    waivers: list[Written[Waiver]] = []
    for name in names:
        waiver, problems = _load(tree, f"{folder}/{name}.yaml", Waiver, None)
        findings += problems
        if waiver is not None:
            waivers.append(waiver)
    return tuple(waivers), findings


def _load(tree: Tree, path: str, kind: type[D], name: str | None) -> tuple[Written[D] | None, list[Finding]]:
    content = tree.read(path)
    if content is None:
        return None, [_no_document(path, tree.list(path.rpartition("/")[0]))]
    document = read_document(content, path, kind, name)
    return (None, document) if isinstance(document, list) else (document, [])


def _no_document(path: str, beside: Iterable[Entry] = ()) -> Finding:
    """`beside` is what its folder holds: a file of nearly its name is meant to be it."""
    folder, _, name = path.rpartition("/")
    meant = next((e.name for e in beside if _is_file(e) and e.name.lower().replace(".yml", ".yaml") == name), None)
    message = "a document must be here, got no such file (links are not followed)"
    hint = f"write it, or remove the folder {folder}" if folder else "write it: `mlgitops init` shows what is in it"
    if meant is not None:
        hint = f"rename {meant} to {name}"
    return Finding(Location(path), "spec/no-document", "error", message, hint)


def _unexpected(path: str, message: str, hint: str) -> Finding:
    return Finding(Location(path), "spec/unexpected-file", "error", message, hint)


def document_names(tree: Tree, folder: str, kind: str) -> tuple[list[str], list[Finding]]:
    """The documents of a folder that holds one kind, without `.yaml`, and what else is in it."""
    names: list[str] = []
    entries = tree.list(folder)
    findings = _links(folder, entries)
    for entry in entries:
        name, _, ending = entry.name.rpartition(".")
        if entry.kind == "link" or entry.name.startswith(".") or entry.name.endswith(".md"):
            continue
        if entry.kind == "folder" or ending != "yaml":
            message = f"{folder}/ must hold {kind} documents that end in .yaml, got {shown(entry.name)}"
            findings.append(_unexpected(f"{folder}/{entry.name}", message, _mending(folder, entry)))
        else:
            names.append(name)
    return names, findings


def _mending(folder: str, entry: Entry) -> str:
    """What to do with something that is no document, among documents."""
    if entry.kind == "folder":
        return f"move its documents to {folder}/, or remove it"
    name, _, ending = entry.name.rpartition(".")
    return f"rename it to {name}.yaml, or remove it" if ending.lower() in ("yml", "yaml") else "remove it"


def _is_file(entry: Entry) -> bool:
    return entry.kind == "file" and not entry.name.startswith(".")


def _files(tree: Tree, folder: str, entries: tuple[Entry, ...], document: str) -> dict[str, bytes]:
    """The code beside a document, by name."""
    wanted = (e.name for e in entries if _is_file(e) and e.name != document and not e.name.endswith(NOT_CODE))
    return {name: tree.read(f"{folder}/{name}") or b"" for name in wanted}


def _not_shipped(folder: str, entries: tuple[Entry, ...], *expected: str) -> list[Finding]:
    message = "code is the files beside the spec, not those in folders: nothing of this one will be in a pod"
    hint = "move the files beside the spec, or build them into the image"
    return [
        Finding(Location(f"{folder}/{entry.name}"), "spec/folder-not-shipped", "warning", message, hint)
        for entry in entries
        if entry.kind == "folder" and not entry.name.startswith(".") and entry.name not in (*expected, *NOT_SHIPPED)
    ]


def _links(folder: str, entries: tuple[Entry, ...]) -> list[Finding]:
    return link_findings(f"{folder}/{entry.name}" for entry in entries if entry.kind == "link")


def link_findings(paths: Iterable[str]) -> list[Finding]:
    """A finding for each symbolic link that stands where a file is expected."""
    message, hint = "a symbolic link must not stand here: what is reviewed must be what runs", "replace it by the file"
    return [Finding(Location(path), "spec/symbolic-link", "error", message, hint) for path in paths]
