"""Rules that look for pods' templates where null stands are told so."""

from __future__ import annotations

import pytest

from mlgitops.findings import Finding
from mlgitops.policy.moved_templates import moved_templates
from mlgitops.policy.rego_text import Module
from mlgitops.source import Location


def lines(*text: str) -> list[int]:
    """The lines of a rule's body at which something is found."""
    return [f.location.line for f in moved_templates(Module("\n".join(text)), "a.rego")]


def test_the_finding() -> None:
    text = "some entry in input.objects\nentry.object.spec.rayClusterSpec.headGroupSpec.template.spec.hostNetwork\n"
    assert list(moved_templates(Module(text), "a.rego")) == [
        Finding(
            Location("a.rego", 2, 48),
            "policy/moved-template",
            "warning",
            "templates of pods must be read from input.pods: in an object, null stands at its `template`",
            "write `some pod in input.pods`, and ask pod.spec and pod.metadata; another kind's template may stay",
        )
    ]


@pytest.mark.parametrize(
    "line",
    [
        "entry.object.spec.template.spec.hostNetwork",
        "spec.headGroupSpec.template.metadata",
        "spec.workerGroupSpecs[_].template",
        "spec.workerGroupSpecs[index].template",
        "job.submitterPodTemplate.spec",
        'entry.object.spec["template"].spec',
        'object.get(entry.object, ["spec", "rayClusterSpec", "headGroupSpec", "template"], null)',
        '{"spec": {"template": template}} = entry.object',
        "object.get(entry.object, [`spec`, `template`], null)",
        "input.objects[_].object.spec.jobTemplate.spec.template.spec",
    ],
)
def test_ways_to_read_a_template(line: str) -> None:
    assert lines("package a", line, line) == [2, 3]


@pytest.mark.parametrize(
    "line",
    [
        "pod.metadata.labels.template",
        "input.pods[_].metadata.labels.template",
        "entry.object.spec.jobTemplate",
        "volume.ephemeral.volumeClaimTemplate.spec",
        "# entry.object.spec.template",
        '"the template of a pod must not be null"',
        "entry.object.spec.templates",
    ],
)
def test_what_is_none(line: str) -> None:
    assert lines("some pod in input.pods", line) == []
