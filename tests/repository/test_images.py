"""The Containerfiles: nothing in them is unpinned, fetched by address or run as root. No engine builds them here."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from containerfile import instructions
from pin_requirements import pins

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ["ray", "platform"]
DIGEST = "sha256:" + "a" * 64
EXTRA = re.compile(r"--extra ([a-z]+)")


def read(name: str) -> list[tuple[str, str]]:
    return instructions((ROOT / f"images/{name}/Containerfile").read_text())


def arguments(name: str, instruction: str) -> list[str]:
    return [argument for kind, argument in read(name) if kind == instruction]


@pytest.mark.parametrize("name", IMAGES)
def test_the_base_is_the_builder_s_to_name(name: str) -> None:
    """Every stage is BASE or an earlier one, and BASE has no default: whoever builds says it, with its digest."""
    assert read(name)[0] == ("ARG", "BASE")
    stages = {"${BASE}"}
    for argument in arguments(name, "FROM"):
        source, _, stage = argument.partition(" AS ")
        assert source in stages
        stages.add(stage)
    assert not [one for one in arguments(name, "ARG") if one.startswith("BASE=")]


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize(
    ("base", "code"),
    [
        (f"registry.example.com/base/python:3.11@{DIGEST}", 0),
        ("registry.example.com/base/python:3.11", 1),
        ("python", 1),
        ("", 1),
    ],
)
def test_a_base_without_a_digest_is_not_built_on(name: str, base: str, code: int) -> None:
    check = next(one for one in arguments(name, "RUN") if "BASE must be pinned" in one)
    done = subprocess.run(["sh", "-c", check], env={"BASE": base}, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr == ("BASE must be pinned by its digest\n" if code else "")


@pytest.mark.parametrize("name", IMAGES)
def test_nothing_is_fetched_by_address_or_by_a_moving_name(name: str) -> None:
    text = (ROOT / f"images/{name}/Containerfile").read_text()
    assert "://" not in text
    assert "latest" not in text
    assert {kind for kind, _ in read(name)} == {"ARG", "FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER"}  # no ADD
    assert set(re.findall(r"[a-z0-9.-]+\.(?:com|io|org|net)\b", text)) == {"registry.example.com"}


@pytest.mark.parametrize("name", IMAGES)
def test_every_package_has_a_hash(name: str) -> None:
    """`pip install` of each, but for our own wheel, which brings nothing along."""
    commands = [part for run in arguments(name, "RUN") for part in re.split(r"&&|;;|;", run) if "pip install" in part]
    assert len(commands) == 4
    for command in commands:
        assert ("--require-hashes" in command) != ("--no-deps dist/*.whl" in command), command
        files = set(re.findall(r"requirements/\S+|(?:images/)?pyproject\.toml", command))
        assert files <= {"requirements/setup.txt", "requirements/ml.txt", "pyproject.toml", "images/pyproject.toml"}


@pytest.mark.parametrize("name", IMAGES)
def test_pods_do_not_run_as_root(name: str) -> None:
    """As `render.pods.USER`; what comes after may not go back."""
    from mlgitops.render.pods import USER

    assert arguments(name, "USER") == [f"{USER}:{USER}"]
    after = [kind for kind, _ in read(name)]
    assert after[after.index("USER") :] == ["USER", "RUN"]


@pytest.mark.parametrize("name", IMAGES)
def test_nothing_but_the_package_is_copied(name: str) -> None:
    """Neither .git nor keys nor specs; and the built image has no builder's tools."""
    copied = arguments(name, "COPY")
    assert copied == [
        "requirements/setup.txt requirements/ml.txt requirements/",
        "pyproject.toml ./",
        "images/pyproject.toml images/",
        "README.md LICENSE ./",
        "mlgitops mlgitops",
        "--from=build /opt/mlgitops /opt/mlgitops",
    ]
    assert all((ROOT / one).exists() for line in copied[:5] for one in line.split()[:-1])


def test_what_images_ask_for_is_pinned() -> None:
    pinned = {line.partition("==")[0] for line in pins((ROOT / "requirements/ml.txt").read_text())}
    own = tomllib.loads((ROOT / "images/pyproject.toml").read_text())["project"]["optional-dependencies"]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {name for names in own.values() for name in names} <= pinned
    asked = {name for image in IMAGES for run in arguments(image, "RUN") for name in EXTRA.findall(run)}
    asked |= {"lightgbm", "sklearn", "torch", *re.findall(r'"([^"]*)"', arguments("platform", "ARG")[-1])[0].split()}
    assert asked <= set(own) | set(extras)
    named = {re.split(r"[\[ >=<]", name)[0] for extra in asked & set(extras) for name in extras[extra]}
    assert named <= pinned
    assert not set(own) & set(extras)  # uv takes an extra of one name from both


@pytest.mark.parametrize("framework", ["custom", "", "xgboost; touch ran"])
def test_an_unknown_framework_is_not_built(framework: str, tmp_path: Path) -> None:
    choice = next(one for one in arguments("ray", "RUN") if "${FRAMEWORK}" in one)
    case = choice[choice.index("case ") : choice.index("esac") + len("esac")]
    done = subprocess.run(
        ["sh", "-c", case], env={"FRAMEWORK": framework}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert done.stderr == f"FRAMEWORK must be torch, xgboost, lightgbm or sklearn, got '{framework}'\n"


def test_ray_finds_what_it_needs() -> None:
    """Probes are run by bash with wget; a login shell, which sets PATH anew, finds our Python."""
    text = " ".join(arguments("ray", "RUN"))
    assert "command -v bash" in text
    assert "command -v wget" in text
    assert "echo 'PATH=/opt/mlgitops/bin:$PATH' > /etc/profile.d/mlgitops.sh" in text


def test_the_platform_image_has_no_compiler() -> None:
    assert any("command -v cc gcc clang" in run and "exit 1" in run for run in arguments("platform", "RUN"))
