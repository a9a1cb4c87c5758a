"""Where rules look for templates of pods inside objects: those stand in `input.pods` alone, so such a rule is silent.

    >>> rule = Module("package a\\n\\ndeny contains 1 if { input.objects[_].object.spec.template.spec.hostNetwork }\\n")
    >>> [(word.text, word.column) for word in template_words(rule)]
    [('template', 51)]

By the text alone, and rather one warning too many: a `template` that is no pod's (of Argo CD's ApplicationSet, say)
stands in its object as ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlgitops.findings import Finding
from mlgitops.policy.rego_text import Module, Word
from mlgitops.source import Location

_WORDS = "template|submitterPodTemplate"
_STEP = re.compile(rf"\.({_WORDS})\b")
_STRING = re.compile(rf"[\"`]({_WORDS})[\"`]")
_BEFORE = re.compile(r"(?<![\w.])([A-Za-z_]\w*)((?:\.\w+|\[[^\[\]]*\])*)$")
_FARTHEST = 200
"""Characters that are looked at for the beginning of a reference."""
_POD = re.compile(r"\b(?:some|every)[ \t]+(?:\w+[ \t]*,[ \t]*)?(\w+)[ \t]+in[ \t]+input\.pods\b")


def moved_templates(module: Module, path: str) -> Iterator[Finding]:
    """Findings `policy/moved-template` of a rule of scope `objects`, or of a library: one a line."""
    told: set[int] = set()
    for text, line, column in template_words(module):
        if line not in told:
            told.add(line)
            message = f"templates of pods must be read from input.pods: in an object, null stands at its `{text}`"
            hint = "write `some pod in input.pods`, and ask pod.spec and pod.metadata; another kind's template may stay"
            yield Finding(Location(path, line, column), "policy/moved-template", "warning", message, hint)


def template_words(module: Module) -> Iterator[Word]:
    """Keys of templates, as steps of references that begin with no pod, and as text."""
    pods = set(_POD.findall(module.code))
    for found in _STEP.finditer(module.code):
        start = module.code.rfind("\n", 0, found.start()) + 1
        before = _BEFORE.search(module.code[max(start, found.start() - _FARTHEST) : found.start()])
        of_pod = before and (before[1] in pods or (before[1] == "input" and before[2].startswith(".pods")))
        if not of_pod:
            yield module.word_at(found[1], found.start(1))
    for found in _STRING.finditer(module.without_comments):
        yield module.word_at(found[1], found.start())
