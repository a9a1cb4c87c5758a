"""Which files hold which documents: what is read, what is passed over, and what may not stand there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mlgitops.files.disk import DiskTree
from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.code import MAX_BYTES
from mlgitops.spec.declared import DeclaredEnvironment, read_code
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.run import Run
from mlgitops.spec.load import (
    check_layout,
    environment_names,
    load_environment,
    load_model,
    load_of_model,
    load_repository,
    load_waivers,
    model_names,
)
from mlgitops.tree import MemoryTree
from tests.spec.example_documents import (
    ENVIRONMENT,
    MODEL,
    RELEASE,
    REPOSITORY,
    RUN,
    VERSION,
    WAIVER,
    changed,
    place,
)

REPO: dict[str, str] = {
    "mlgitops.yaml": REPOSITORY,
    "specs/churn/model.yaml": MODEL,
    "specs/churn/train.py": "x = 1\n",
    "specs/churn/serve.py": "y = 1\n",
    "specs/churn/README.md": "About churn.\n",
    "specs/churn/explore.ipynb": "{}",
    "specs/churn/.gitignore": "*.csv\n",
    "specs/churn/__pycache__/train.pyc": "",
    "specs/churn/tests/test_train.py": "",
    "specs/churn/versions/v1/version.yaml": VERSION,
    "specs/churn/versions/v1/serve.py": "z = 1\n",
    "specs/churn/versions/v1/.DS_Store": "\0",
    "specs/README.md": "Models.\n",
    "environments/dev/environment.yaml": ENVIRONMENT,
    "environments/dev/releases/churn.yaml": RELEASE,
    "environments/dev/releases/README.md": "Releases.\n",
    "environments/dev/releases/.gitkeep": "",
    "environments/dev/runs/churn.yaml": RUN,
    "environments/dev/kustomization.yaml": "resources: []\n",
    "policies/waivers/churn.yaml": WAIVER,
}


def tree(changes: Mapping[str, str | bytes | None] | None = None) -> MemoryTree:
    files: dict[str, str | bytes | None] = {**REPO, **(changes or {})}
    return MemoryTree({p: c.encode() if isinstance(c, str) else c for p, c in files.items() if c is not None})


def dev() -> DeclaredEnvironment:
    environment, _ = load_environment(tree(), "dev")
    assert environment is not None
    return environment


def error(path: str, code: str, message: str, hint: str) -> Finding:
    return Finding(Location(path), code, "error", message, hint)


def test_names() -> None:
    assert model_names(tree()) == ["churn"]
    assert environment_names(tree()) == ["dev"]
    hidden = {"specs/.cache/model.yaml": "", "environments/.x/environment.yaml": "", "specs/Bad Name/model.yaml": ""}
    assert model_names(tree(hidden)) == ["Bad Name", "churn"]
    assert environment_names(tree(hidden)) == ["dev"]
    assert (model_names(MemoryTree({})), environment_names(MemoryTree({}))) == ([], [])


def test_a_model_with_its_code_and_versions() -> None:
    model, findings = load_model(tree(), "churn")
    assert findings == []
    assert model is not None
    assert model.spec.value.metadata.name == "churn"
    assert model.code == {"train.py": "x = 1\n", "serve.py": "y = 1\n"}
    assert set(model.versions) == {"v1"}
    version = model.versions["v1"]
    assert version.code == {"serve.py": "z = 1\n"}
    assert version.files == {"version.yaml": VERSION.encode(), "serve.py": b"z = 1\n"}
    assert model.broken_versions == frozenset()


def test_an_environment_with_names_of_what_is_asked() -> None:
    environment, findings = load_environment(tree(), "dev")
    assert findings == []
    assert environment is not None
    assert (environment.name, environment.releases, environment.runs) == ("dev", {"churn"}, {"churn"})


def test_an_environment_without_releases_and_runs() -> None:
    environment, findings = load_environment(
        MemoryTree({"environments/dev/environment.yaml": ENVIRONMENT.encode()}), "dev"
    )
    assert (findings, environment and environment.releases) == ([], frozenset())


def test_what_is_asked_of_a_model() -> None:
    release, findings = load_of_model(tree(), dev(), Release, "churn")
    assert (findings, release and release.value.spec.version) == ([], "v1")
    run, findings = load_of_model(tree(), dev(), Run, "churn")
    assert (findings, run and run.value.spec.attempt) == ([], 2)
    assert load_of_model(tree(), dev(), Run, "revenue") == (None, [])


@pytest.mark.parametrize(("kind", "folder"), [(Release, "releases"), (Run, "runs")])
def test_what_is_listed_and_cannot_be_read_is_not_passed_over(kind: type[Any], folder: str) -> None:
    path = f"environments/dev/{folder}/churn.yaml"
    hint = "replace it by a plain file, or remove it"
    assert load_of_model(tree({path: None}), dev(), kind, "churn") == (
        None,
        [error(path, "spec/no-document", GONE, hint)],
    )


def test_waivers_and_the_repository() -> None:
    waivers, findings = load_waivers(tree())
    assert (findings, [waiver.value.metadata.name for waiver in waivers]) == ([], ["churn-gpus"])
    assert load_waivers(MemoryTree({})) == ((), [])
    repository, findings = load_repository(tree())
    assert (findings, repository and repository.value.metadata.name) == ([], "models")


GONE = "a document must be here, got no such file (links are not followed)"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("specs/churn/model.yaml", "write it, or remove the folder specs/churn"),
        ("specs/churn/versions/v1/version.yaml", "write it, or remove the folder specs/churn/versions/v1"),
        ("environments/dev/environment.yaml", "write it, or remove the folder environments/dev"),
        ("mlgitops.yaml", "write it: `mlgitops init` shows what is in it"),
    ],
)
def test_a_document_that_is_missing(path: str, hint: str) -> None:
    without = tree({path: None})
    kind = path.split("/")[0]
    found = {
        "specs": lambda: load_model(without, "churn"),
        "environments": lambda: load_environment(without, "dev"),
        "mlgitops.yaml": lambda: load_repository(without),
    }[kind]()
    assert found[1] == [error(path, "spec/no-document", GONE, hint)]
    assert found[0] is None or path.endswith("version.yaml")


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("specs/churn/model.yaml", "model.yml"),
        ("specs/churn/model.yaml", "Model.yaml"),
        ("specs/churn/versions/v1/version.yaml", "version.yml"),
        ("environments/dev/environment.yaml", "environment.YML"),
        ("mlgitops.yaml", "mlgitops.yml"),
    ],
)
def test_a_document_under_another_name(path: str, meant: str) -> None:
    folder, _, name = path.rpartition("/")
    there = tree({path: None, f"{folder}/{meant}".lstrip("/"): "kind: Model\n"})
    found = {
        "specs": lambda: load_model(there, "churn"),
        "environments": lambda: load_environment(there, "dev"),
        "": lambda: load_repository(there),
    }[folder.partition("/")[0]]()
    assert error(path, "spec/no-document", GONE, f"rename {meant} to {name}") in found[1]


def test_a_version_that_cannot_be_read_is_remembered() -> None:
    model, findings = load_model(
        tree({"specs/churn/versions/v1/version.yaml": changed(VERSION, "v1, model", "v2, model")}), "churn"
    )
    assert [finding.code for finding in findings] == ["spec/name-mismatch"]
    assert model is not None
    assert (model.versions, model.broken_versions) == ({}, {"v1"})


NOT_SHIPPED = "code is the files beside the spec, not those in folders: nothing of this one will be in a pod"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "specs/churn/features/encode.py",
            Finding(
                Location("specs/churn/features"),
                "spec/folder-not-shipped",
                "warning",
                NOT_SHIPPED,
                "move the files beside the spec, or build them into the image",
            ),
        ),
        (
            "specs/churn/versions/v1/features/encode.py",
            Finding(
                Location("specs/churn/versions/v1/features"),
                "spec/folder-not-shipped",
                "warning",
                NOT_SHIPPED,
                "move the files beside the spec, or build them into the image",
            ),
        ),
        (
            "specs/churn/versions/v2.yaml",
            error(
                "specs/churn/versions/v2.yaml",
                "spec/unexpected-file",
                "versions/ must hold one folder a version, got the file 'v2.yaml'",
                "move it to versions/<version>/version.yaml, or remove it",
            ),
        ),
    ],
)
def test_what_may_not_stand_beside_a_spec(path: str, expected: Finding) -> None:
    model, findings = load_model(tree({path: "x"}), "churn")
    assert findings == [expected]
    assert model is not None


@pytest.mark.parametrize("name", ["specs/churn/docs/a.md", "specs/churn/notebooks/x.py", "specs/churn/.venv/y.py"])
def test_folders_that_nobody_expects_in_a_pod(name: str) -> None:
    assert load_model(tree({name: "x"}), "churn")[1] == []


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        (
            "environments/dev/releases/churn.yml",
            "environments/dev/releases/ must hold Release documents that end in .yaml, got 'churn.yml'",
            "rename it to churn.yaml, or remove it",
        ),
        (
            "environments/dev/releases/churn.yaml.bak",
            "environments/dev/releases/ must hold Release documents that end in .yaml, got 'churn.yaml.bak'",
            "remove it",
        ),
        (
            "environments/dev/runs/old/churn.yaml",
            "environments/dev/runs/ must hold Run documents that end in .yaml, got 'old'",
            "move its documents to environments/dev/runs/, or remove it",
        ),
        (
            "environments/dev/runs/\x1b[2J",
            "environments/dev/runs/ must hold Run documents that end in .yaml, got '\\x1b[2J'",
            "remove it",
        ),
    ],
)
def test_what_may_not_stand_among_documents(path: str, message: str, hint: str) -> None:
    environment, findings = load_environment(tree({path: "x"}), "dev")
    where = path.removesuffix("/churn.yaml")
    assert findings == [error(where, "spec/unexpected-file", message, hint)]
    assert environment is None, "a release that is passed over would look like one that was withdrawn"


@pytest.mark.parametrize("name", ["release", "run", "template"])
def test_a_folder_in_the_singular_is_not_passed_over(name: str) -> None:
    environment, findings = load_environment(tree({f"environments/dev/{name}/churn.yaml": "x"}), "dev")
    message = f"environments/dev/ must keep its {name}s in {name}s/, got the folder {name}/"
    assert findings == [error(f"environments/dev/{name}", "spec/unexpected-file", message, f"rename it to {name}s")]
    assert environment is None


def test_documents_where_only_folders_are_read() -> None:
    stray = tree({"specs/revenue.yaml": MODEL, "environments/prod.yml": ENVIRONMENT, "environments/notes.txt": ""})
    assert check_layout(tree()) == []
    assert check_layout(stray) == [
        error(
            "specs/revenue.yaml",
            "spec/unexpected-file",
            "specs/ must hold one folder for each name, got the file 'revenue.yaml'",
            "move it to specs/<name>/model.yaml",
        ),
        error(
            "environments/prod.yml",
            "spec/unexpected-file",
            "environments/ must hold one folder for each name, got the file 'prod.yml'",
            "move it to environments/<name>/environment.yaml",
        ),
    ]


def test_names_must_be_those_of_their_places() -> None:
    renamed = tree({"specs/revenue/model.yaml": MODEL, "environments/prod/environment.yaml": ENVIRONMENT})
    for found, path, text in (
        (load_model(renamed, "revenue"), "specs/revenue/model.yaml", "churn"),
        (load_environment(renamed, "prod"), "environments/prod/environment.yaml", "dev"),
    ):
        (finding,) = found[1]
        assert (finding.code, finding.location.path, found[0]) == ("spec/name-mismatch", path, None)
        assert finding.message.endswith(f"as the file's place says, got '{text}'")
    release = changed(RELEASE, "name: churn", "name: revenue")
    (finding,) = load_of_model(tree({"environments/dev/releases/churn.yaml": release}), dev(), Release, "churn")[1]
    assert finding.message == "metadata.name must be 'churn', as the file's place says, got 'revenue'"


# Defaults are checked once, with the environment.


def test_defaults_that_no_model_could_have() -> None:
    text = ENVIRONMENT + "  defaults: {training: {deadline: soon, wokers: 2, resources: {cpu: null}}}\n"
    environment, findings = load_environment(tree({"environments/dev/environment.yaml": text}), "dev")
    path = "environments/dev/environment.yaml"
    assert environment is None
    assert findings == [
        Finding(
            Location(path, *place(text, "soon")),
            "spec/format",
            "error",
            "defaults.training.deadline must be a duration: a whole number and ms, s, m, h or d, got 'soon'",
            "write it like 6h",
            "/spec/defaults/training/deadline",
        ),
        Finding(
            Location(path, *place(text, "wokers")),
            "spec/unknown-key",
            "error",
            "defaults.training has no key 'wokers'",
            "did you mean `workers`?",
            "/spec/defaults/training/wokers",
        ),
    ]


@pytest.mark.parametrize(
    "defaults",
    [
        "{}",
        "{training: {resources: {cpu: 2}}}",
        "{training: {workers: {max: 4}}}",
        "{serving: {replicas: {max: 4}}, monitoring: {drift: {window: 1d}}}",
        "{training: {env: [{name: A}]}}",
        "{training: {deadline: null, framework: null}}",
    ],
)
def test_defaults_may_be_a_part_of_a_spec(defaults: str) -> None:
    text = ENVIRONMENT + f"  defaults: {defaults}\n"
    environment, findings = load_environment(tree({"environments/dev/environment.yaml": text}), "dev")
    assert findings == []
    assert environment is not None


# Code that cannot be mounted.


def test_code_that_is_not_text() -> None:
    hint = "put it into the image, or read it from the object store"
    for content in (b"\xff\xfe", b"\x89PNG", b"a\0b", "ü".encode("latin-1")):
        model, findings = load_model(tree({"specs/churn/weights.bin": content}), "churn")
        assert findings == [
            error("specs/churn/weights.bin", "spec/code-not-text", "code must be UTF-8 text, got bytes", hint)
        ]
        assert model is not None
        assert "weights.bin" not in model.code


@pytest.mark.parametrize("content", ["x = 'a\u202eb'\n", "x = 1 # \u200b\n", "x = '\x1b[2J'\n"])
def test_code_that_a_reviewer_does_not_see(content: str) -> None:
    model, findings = load_model(tree({"specs/churn/train.py": content}), "churn")
    assert [(f.code, f.location.path, f.location.line, f.hint) for f in findings] == [
        ("spec/code-character", "specs/churn/train.py", 1, "write it as an escape")
    ]
    assert model is not None
    assert "train.py" not in model.code


def test_code_that_is_too_large() -> None:
    files = {"a.py": b"x" * 1024, "b.py": b"x" * (MAX_BYTES - 1024)}
    assert read_code(files, "specs/churn")[1] == []
    message = "the code beside a spec must be at most 900 KiB in all, got 901 KiB, of which this file has 899"
    hint = "put it into the image, or read it from the object store"
    assert read_code({**files, "c.py": b"x"}, "specs/churn")[1] == [
        error("specs/churn/b.py", "spec/code-too-large", message, hint)
    ]


# Links are never followed.

LINK = "a symbolic link must not stand here: what is reviewed must be what runs"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in REPO.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def linked(root: Path, path: str) -> DiskTree:
    """What stands at a path, moved away and linked to."""
    away = root / "elsewhere"
    (root / path).rename(away)
    (root / path).symlink_to(away)
    return DiskTree(str(root))


@pytest.mark.parametrize(
    "path",
    [
        "specs/churn/train.py",
        "specs/churn/model.yaml",
        "specs/churn/versions",
        "specs/churn/versions/v1",
        "specs/churn/versions/v1/serve.py",
    ],
)
def test_links_in_a_model(root: Path, path: str) -> None:
    model, findings = load_model(linked(root, path), "churn")
    assert error(path, "spec/symbolic-link", LINK, "replace it by the file") in findings
    assert {finding.code for finding in findings} <= {"spec/symbolic-link", "spec/no-document"}
    assert model is None or "train.py" not in model.code or not path.endswith("train.py")
    assert model is None or not model.versions or "versions" not in path or path.endswith("serve.py")


@pytest.mark.parametrize("path", ["environments/dev/releases", "environments/dev/runs"])
def test_a_link_for_releases_or_runs_breaks_the_environment(root: Path, path: str) -> None:
    environment, findings = load_environment(linked(root, path), "dev")
    assert (environment, findings) == (None, [error(path, "spec/symbolic-link", LINK, "replace it by the file")])


@pytest.mark.parametrize("path", ["specs/churn", "environments/dev"])
def test_links_for_whole_folders(root: Path, path: str) -> None:
    through = linked(root, path)
    assert check_layout(through) == [error(path, "spec/symbolic-link", LINK, "replace it by the file")]
    assert [*model_names(through), *environment_names(through)] in (["dev"], ["churn"])


def test_the_disk_reads_as_memory_does(root: Path) -> None:
    assert load_model(DiskTree(str(root)), "churn")[0] is not None
    disk, memory = load_model(DiskTree(str(root)), "churn"), load_model(tree(), "churn")
    assert disk[0] is not None
    assert memory[0] is not None
    assert (disk[0].spec.value, disk[0].code, disk[0].versions["v1"].files, disk[1]) == (
        memory[0].spec.value,
        memory[0].code,
        memory[0].versions["v1"].files,
        memory[1],
    )
