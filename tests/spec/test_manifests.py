"""Manifests from anywhere: what of a text is an object, and where it is not one."""

from __future__ import annotations

import pytest

from mlgitops.source import Location
from mlgitops.spec.manifests import read_manifests

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"


def read(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Names of objects, and places and messages of findings."""
    objects, findings = read_manifests(text.encode(), "f")
    assert {(f.code, f.severity, f.hint) for f in findings} <= {
        ("yaml/not-an-object", "error", "write apiVersion, kind and metadata.name, or take the document out")
    }
    return [one.name for one in objects], [(str(f.location)[2:], f.message) for f in findings]


WITHOUT = "expected an object of Kubernetes, got one without "


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("a: b\n", [("1:1", f"{WITHOUT}apiVersion, kind and metadata.name")]),
        ("# a\n\napiVersion: v1\n", [("3:1", f"{WITHOUT}kind and metadata.name")]),
        ("kind: Pod\nmetadata: {name: a}\n", [("1:1", f"{WITHOUT}apiVersion")]),
        ("apiVersion: v1\nkind: Pod\n", [("1:1", f"{WITHOUT}metadata.name")]),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: }\n", [("1:1", f"{WITHOUT}metadata.name")]),
        ('apiVersion: ""\nkind: Pod\nmetadata: {name: a}\n', [("1:1", f"{WITHOUT}apiVersion")]),
        ("apiVersion: v1\nkind: Pod\nmetadata: a\n", [("3:11", "metadata must be a mapping, got a single value")]),
        (
            "apiVersion: 1\nkind: [Pod]\nmetadata: {name: true}\n",
            [
                ("1:13", "apiVersion must be text, got a number"),
                ("2:7", "kind must be text, got a list"),
                ("3:18", "metadata.name must be text, got true"),
            ],
        ),
        (
            "apiVersion: v1\nkind: List\nitems: [3, {a: b}]\n",
            [
                ("3:9", "expected an object of Kubernetes, got a number"),
                ("3:12", f"{WITHOUT}apiVersion, kind and metadata.name"),
            ],
        ),
    ],
)
def test_what_is_no_object(text: str, findings: list[tuple[str, str]]) -> None:
    assert read(text) == ([], findings)
    moved = [(f"{4 + int(place.split(':')[0])}:{place.split(':')[1]}", message) for place, message in findings]
    assert read(f"{POD}---\n{text}") == (["Pod/a"], moved)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (POD, ["Pod/a"]),
        ("apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n", [""]),
        ("apiVersion: v1\nkind: List\n", []),
        ("apiVersion: v1\nkind: List\nitems: []\n", []),
        (f"apiVersion: v1\nkind: List\nitems:\n- {POD.replace(chr(10), chr(10) + '  ')}", ["Pod/a"]),
        (
            "apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: a}}, {kind: B, metadata: {name: b}}]\n",
            ["Pod/a", "B/b"],
        ),
        ("kind: List\nitems: [{kind: PodList, apiVersion: v1, items: [{metadata: {name: a}}]}]\n", ["Pod/a"]),
        ("apiVersion: v1\nkind: AllowList\nmetadata: {name: a}\n", ["AllowList/a"]),
    ],
)
def test_objects_and_lists(text: str, names: list[str]) -> None:
    assert read(text) == (names, [])


def test_places_in_lists() -> None:
    (one,), _ = read_manifests(b"# a\n---\nkind: PodList\napiVersion: v1\nitems:\n  - metadata:\n      name: a\n", "f")
    assert one.data == {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    assert one.locate(("metadata", "name")) == Location("f", 7, 13)
