"""Rendering templates for one model: expressions become values, values become the object's data."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from mlgitops.findings import Finding
from mlgitops.render.templates.values import PART, WHEN, Failed, Part, Scalar, Template
from mlgitops.source import dotted, pointer_text
from mlgitops.spec.yaml_characters import excerpt

_DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")

Identity = tuple[str, str, str, str]
"""apiVersion, kind, namespace (empty where none), name."""


class Rendered(NamedTuple):
    """An object that a template gave."""

    part: Part
    data: dict[str, Any]
    template: str
    """The template's path."""


def render_templates(
    templates: Sequence[Template],
    context: Mapping[str, Any],
    taken: Collection[Identity] = (),
    subject: str = "",
) -> tuple[list[Rendered], list[Finding]]:
    """The objects of one model, in the order of the templates, and a finding for each that cannot be made.

    `context` has the names that the templates were read with, as JSON data; `taken` are the identities of the objects
    that the model has already; `subject` is `model@environment`.
    """
    if not templates:
        return [], []
    from mlgitops.render.templates.evaluate import scalar_value, value_of  # here, since it loads jinja2

    rendered: list[Rendered] = []
    findings: list[Finding] = []
    known = set(taken)
    for template in templates:
        template.start()
        try:
            if template.when is not None and not _decides(template.when, scalar_value(template.when, context)):
                continue
            data = value_of(template.tree, context)
            known.add(_checked(data, known))
        except Failed as failed:
            findings.append(_finding(template, failed, subject))
            continue
        rendered.append(Rendered(template.part, data, template.path))
    return rendered, findings


def _decides(when: Scalar, value: Any) -> bool:
    if not isinstance(value, bool):
        message = f"expected {WHEN} to give true or false, got {excerpt(str(value))}"
        raise Failed("when", when.pointer, message, "compare with something: `spec.serving is not none`")
    return value


def _checked(data: Any, known: Collection[Identity]) -> Identity:
    """The identity of a rendered object, which must be a new one."""
    metadata = data["metadata"] if isinstance(data.get("metadata"), dict) else {}
    name, namespace = metadata.get("name"), metadata.get("namespace", "")
    for key, value in (("name", name), ("namespace", namespace)):
        if (value or key == "name") and not (isinstance(value, str) and _DNS_LABEL.fullmatch(value)):
            message = f"expected a {key} of at most 63 lower-case letters, digits and -, got {excerpt(str(value))}"
            raise Failed("name", ("metadata", key), message, "begin it with {{ metadata.name }}")
    found: Identity = (data["apiVersion"], data["kind"], namespace or "", str(name))
    if found in known:
        message = f"expected an object of its own, got another {excerpt(data['kind'] + ' ' + str(name), 200)}"
        hint = "give it a name that no other object of the model has"
        raise Failed("object-clash", ("metadata", "name"), message, hint)
    return found


def _finding(template: Template, failed: Failed, subject: str) -> Finding:
    location = template.locate(failed.pointer)
    where = dotted(failed.pointer)
    message = f"{where}: {failed}" if failed.pointer[-1] not in (WHEN, PART) else str(failed)
    pointer = pointer_text(failed.pointer)
    return Finding(location, f"template/{failed.code}", "error", message, failed.hint, pointer=pointer, subject=subject)
