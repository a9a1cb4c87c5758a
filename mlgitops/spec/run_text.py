"""The text of a Run that asks for training on new data: the same for the same data, whoever writes it and how often."""

from __future__ import annotations

from collections.abc import Sequence

from mlgitops.spec.documents.run import ResolvedData
from mlgitops.spec.yaml_words import word


def new_data_run(model: str, environment: str, data: Sequence[ResolvedData], *, at: str, by: str, reason: str) -> str:
    """`environments/<environment>/runs/<model>.yaml`; `at` is when the data was new, `by` who answers for the run."""
    lines = [
        "# yaml-language-server: $schema=../../../schemas/run.json",
        "apiVersion: mlgitops.dev/v1alpha1",
        "kind: Run",
        f"metadata: {{name: {word(model)}, environment: {word(environment)}}}",
        "spec:",
        "  trigger: newData",
        f"  reason: {word(reason)}",
        "  attempt: 1",
        f"  requestedAt: {word(at)}",
        f"  requestedBy: {word(by)}",
        "  data:",
    ]
    for item in data:
        lines += [f"    - name: {word(item.name)}", f"      uri: {word(item.uri)}"]
        if item.version is not None:
            lines.append(f"      version: {word(item.version)}")
        lines.append(f"      digest: {item.digest}")
    return "\n".join(lines) + "\n"
