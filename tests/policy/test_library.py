"""What rules take from the library is there, or a finding says at its place what is not."""

from __future__ import annotations

import pytest

from mlgitops.policy.library import unknown_library
from mlgitops.policy.rego_text import Module

PODS = "package mlgitops.library.pods\n\nimages := {1}\n\ndefault most := 3\n\nnamed(pod) := pod\n\n_own := 1\n"
LIBRARY = {"pods": Module(PODS), "ray": Module("package mlgitops.library.ray\n")}


def found(*lines: str) -> list[tuple[str, str, int, int]]:
    """Message, hint, line and column of what is found in a module of these lines below its package."""
    findings = unknown_library(Module("\n".join(("package a", *lines))), "a.rego", LIBRARY)
    return [(f.message, f.hint, f.location.line, f.location.column) for f in findings]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ("import data.mlgitops.library.pods", "x := pods.nothere"),
            ("data.mlgitops.library.pods has no nothere", "there is images, most, named", 3, 6),
        ),
        (
            ("import data.mlgitops.library.pods as p  # pods", 'x := p["image"]'),
            ("data.mlgitops.library.pods has no image", "did you mean images?", 3, 6),
        ),
        (("import data.mlgitops.library", "x := library.pods.mst"), ("most", 3)),
        (("import data.mlgitops as all", "x := all.library.pods.mst"), ("most", 3)),
        (("x := data.mlgitops.library.pods.mst",), ("most", 2)),
        (("x := data.mlgitops.library.pods.mst + data.mlgitops.library.pods.mst",), ("most", 2)),
        (("import data.mlgitops.library.pods.mst", "x := mst.y"), ("most", 2)),
        (
            ("import data.mlgitops.library.podz", "x := podz.images"),
            ("policies/library has no podz.rego", "did you mean pods?", 2, 8),
        ),
        (
            ("import data.mlgitops.library.ray", "x := ray.clusters"),
            ("data.mlgitops.library.ray has no clusters", "there is nothing yet", 3, 6),
        ),
    ],
)
def test_names_that_are_not_there(lines: tuple[str, ...], expected: tuple[str | int, ...]) -> None:
    told = found(*lines)
    assert len(told) == 1
    if len(expected) == 4:
        assert told[0] == expected
    else:
        message, hint, line, _ = told[0]
        assert (message, hint, line) == (
            "data.mlgitops.library.pods has no mst",
            f"did you mean {expected[0]}?",
            expected[1],
        )


@pytest.mark.parametrize(
    "lines",
    [
        (
            "import data.mlgitops.library.pods",
            "x := pods.images",
            "y := pods.most",
            "z := pods.named(1)",
            "w := pods[x]",
        ),
        ("import data.mlgitops.library.pods", "x := input.pods.nothere", 'y := "pods.nothere"', "# pods.nothere"),
        ("import data.mlgitops.library.pods.images", "x := images.nothere"),
        ("import data.mlgitops.library", "x := library[input.y].z", "y := library"),
        ("x := data.mlgitops.cost.nothere", "y := data.mlgitops_data.library.pods"),
    ],
)
def test_names_that_are_there(lines: tuple[str, ...]) -> None:
    assert found(*lines) == []
