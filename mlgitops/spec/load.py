"""Which files of a repository hold which documents, and reading them: the layout of design §1 in one place.

specs/<model>/model.yaml                     + code beside it
specs/<model>/versions/<version>/            version.yaml + the code it serves with
environments/<env>/environment.yaml
environments/<env>/{releases,runs}/<model>.yaml
policies/waivers/*.yaml
mlgitops.yaml
"""

from __future__ import annotations

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.declared import (
    D,
    DeclaredEnvironment,
    DeclaredModel,
    DeclaredVersion,
    read_code,
    read_document,
)
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import Model
from mlgitops.spec.documents.repository import Repository
from mlgitops.spec.documents.version import Version
from mlgitops.spec.documents.waiver import Waiver
from mlgitops.spec.resolve import Written
from mlgitops.tree import Entry, Tree

ROOT_FILE = "mlgitops.yaml"
NOT_CODE = (".md", ".ipynb", ".pyc")
"""Files beside a spec that no pod needs: notes, notebooks, caches."""


def model_names(tree: Tree) -> list[str]:
    """The folders of specs/, valid names or not."""
    return [entry.name for entry in tree.list("specs") if entry.kind == "folder" and not entry.name.startswith(".")]


def environment_names(tree: Tree) -> list[str]:
    """The folders of environments/, valid names or not."""
    entries = tree.list("environments")
    return [entry.name for entry in entries if entry.kind == "folder" and not entry.name.startswith(".")]


def load_repository(tree: Tree) -> tuple[Written[Repository] | None, list[Finding]]:
    """`mlgitops.yaml`."""
    return _load(tree, ROOT_FILE, Repository, None)


def load_model(tree: Tree, name: str) -> tuple[DeclaredModel | None, list[Finding]]:
    """One folder of specs/: the model with its code and its versions."""
    folder = f"specs/{name}"
    spec, findings = _load(tree, f"{folder}/model.yaml", Model, name)
    entries = tree.list(folder)
    findings += _links(folder, entries)
    code, problems = read_code(_code_files(tree, folder, entries), folder)
    findings += problems
    versions: dict[str, DeclaredVersion] = {}
    for entry in tree.list(f"{folder}/versions"):
        version, problems = _load_version(tree, f"{folder}/versions", entry)
        findings += problems
        if version is not None:
            versions[entry.name] = version
    return (DeclaredModel(spec, code, versions) if spec is not None else None), findings


def _load_version(tree: Tree, folder: str, entry: Entry) -> tuple[DeclaredVersion | None, list[Finding]]:
    path = f"{folder}/{entry.name}"
    if entry.kind != "folder":
        message = "versions/ must hold one folder a version, got a file"
        return None, [Finding(Location(path), "spec/unexpected-file", "error", message, "remove it")]
    entries = tree.list(path)
    findings = _links(path, entries)
    record, problems = _load(tree, f"{path}/version.yaml", Version, entry.name)
    findings += problems
    files = {e.name: tree.read(f"{path}/{e.name}") or b"" for e in entries if e.kind == "file"}
    code_files = {n: c for n, c in files.items() if n != "version.yaml" and not n.endswith(NOT_CODE)}
    code, problems = read_code(code_files, path)
    findings += problems
    return (DeclaredVersion(record, files, code) if record is not None else None), findings


def load_environment(tree: Tree, name: str) -> tuple[DeclaredEnvironment | None, list[Finding]]:
    """One folder of environments/, with the names of its releases and runs."""
    folder = f"environments/{name}"
    spec, findings = _load(tree, f"{folder}/environment.yaml", Environment, name)
    releases, problems = _names(tree, f"{folder}/releases", "Release")
    findings += problems
    runs, problems = _names(tree, f"{folder}/runs", "Run")
    findings += problems
    declared = DeclaredEnvironment(spec, frozenset(releases), frozenset(runs)) if spec is not None else None
    return declared, findings


def load_of_model(
    tree: Tree, environment: str, folder: str, kind: type[D], model: str
) -> tuple[Written[D] | None, list[Finding]]:
    """A model's release (`releases`) or run (`runs`) in one environment; None where there is no file."""
    path = f"environments/{environment}/{folder}/{model}.yaml"
    content = tree.read(path)
    if content is None:
        return None, []
    document = read_document(content, path, kind, model)
    return (None, document) if isinstance(document, list) else (document, [])


def load_waivers(tree: Tree) -> tuple[tuple[Written[Waiver], ...], list[Finding]]:
    """policies/waivers/*.yaml."""
    waivers, findings = _load_each(tree, "policies/waivers", Waiver)
    return tuple(waivers.values()), findings


def _load(tree: Tree, path: str, kind: type[D], name: str | None) -> tuple[Written[D] | None, list[Finding]]:
    content = tree.read(path)
    if content is None:
        message = f"{path} must be there, got no such file (links are not followed)"
        hint = f"write it, or remove the folder {path.rpartition('/')[0] or '.'}"
        return None, [Finding(Location(path), "spec/no-document", "error", message, hint)]
    document = read_document(content, path, kind, name)
    return (None, document) if isinstance(document, list) else (document, [])


def _load_each(tree: Tree, folder: str, kind: type[D]) -> tuple[dict[str, Written[D]], list[Finding]]:
    """Every document of a folder that holds one kind, by file name without `.yaml`."""
    found: dict[str, Written[D]] = {}
    names, findings = _names(tree, folder, kind.__name__)
    for name in names:
        document, problems = _load(tree, f"{folder}/{name}.yaml", kind, None)
        findings += problems
        if document is not None:
            found[name] = document
    return found, findings


def _names(tree: Tree, folder: str, kind: str) -> tuple[list[str], list[Finding]]:
    """The documents of a folder that holds one kind, without `.yaml`, and what else is in it."""
    names: list[str] = []
    entries = tree.list(folder)
    findings = _links(folder, entries)
    for entry in entries:
        name, _, ending = entry.name.rpartition(".")
        if entry.kind == "link" or entry.name.startswith(".") or entry.name.endswith(".md"):
            continue
        if entry.kind == "folder" or ending != "yaml":
            message = f"{folder}/ must hold {kind} documents ending in .yaml, got '{entry.name[:80]}'"
            place = Location(f"{folder}/{entry.name}")
            findings.append(Finding(place, "spec/unexpected-file", "error", message, "rename or remove it"))
        else:
            names.append(name)
    return names, findings


def _code_files(tree: Tree, folder: str, entries: tuple[Entry, ...]) -> dict[str, bytes]:
    wanted = (e.name for e in entries if e.kind == "file" and e.name != "model.yaml" and not e.name.startswith("."))
    return {name: tree.read(f"{folder}/{name}") or b"" for name in wanted if not name.endswith(NOT_CODE)}


def _links(folder: str, entries: tuple[Entry, ...]) -> list[Finding]:
    message = "a symbolic link must not stand here: what is reviewed must be what runs"
    return [
        Finding(Location(f"{folder}/{entry.name}"), "spec/symbolic-link", "error", message, "replace it by the file")
        for entry in entries
        if entry.kind == "link"
    ]
