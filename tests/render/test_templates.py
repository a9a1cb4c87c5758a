"""Platform templates: what they give, what they may not do, and where that is said."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from mlgitops.findings import Finding
from mlgitops.render.templates.read import read_templates
from mlgitops.render.templates.render import Rendered, render_templates

PATH = "environments/prod/templates/secret.yaml"
GOOD = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: "{{ metadata.name }}-registry"
  namespace: growth
  annotations:
    mlgitops.dev/part: serve
    mlgitops.dev/when: "{{ spec.serving is not none }}"
    example.com/note: "{{ metadata.team }} on 012"
spec:
  refreshInterval: 1h
  replicas: "{{ spec.serving.replicas.min }}"
  double: "{{ spec.serving.replicas.min * 2 }}"
  ratio: "{{ spec.ratio }}"
  enabled: "{{ spec.enabled }}"
  nothing: "{{ spec.nothing }}"
  data: "{{ spec.data }}"
  names: "{{ spec.data | map(attribute='name') | list }}"
  first: "{{ spec.data[0].name | upper }}"
  text: "{{ spec.serving.route }}: {{ spec.serving.replicas.min }}, {{ spec.enabled }}, {{ spec.ratio }}"
  prometheus: "{{ '{{ $value }}' }} of {{ '{{ $labels.pod }}' }}"
  joined: "{{ spec.data | map(attribute='name') | join(',') }}"
  fallback: "{{ spec.absent | default('none') }}"
  got: "{{ spec.get('absent', 3) }}"
  items: "{{ spec.items }}"
  sorted: "{{ spec.serving.replicas | dictsort }}"
  json: "{{ spec.serving | tojson }}"
  plain: {a: [1, two, null, true]}
  choice: "{{ 'big' if spec.serving.replicas.min > 1 else 'small' }}"
"""
CONTEXT: dict[str, Any] = {
    "target": {"model": "churn", "environment": "prod"},
    "metadata": {"name": "churn", "team": "growth"},
    "spec": {
        "serving": {"route": "/churn", "replicas": {"min": 2, "max": 6}},
        "data": [{"name": "customers"}, {"name": "holdout"}],
        "ratio": 8e-5,
        "enabled": True,
        "nothing": None,
        "items": "a field that is called like a method",
        "hostile": "",
    },
    "environment": {"serves": True},
    "release": None,
    "version": None,
    "run": None,
}


def _object(spec: str, name: str = "x") -> str:
    return (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {{mlgitops.dev/part: train}}}}\n"
        f"spec: {spec}\n"
    )


def _read(text: str) -> list[Finding]:
    templates, findings = read_templates({PATH: text})
    assert bool(templates) != bool(findings)
    return findings


def _render(text: str, context: dict[str, Any] = CONTEXT) -> tuple[list[Rendered], list[Finding]]:
    templates, findings = read_templates({PATH: text})
    assert findings == []
    return render_templates(templates, context, subject="churn@prod")


def test_an_object_for_a_model() -> None:
    rendered, findings = _render(GOOD)
    assert findings == []
    assert rendered == [
        Rendered(
            "serve",
            {
                "apiVersion": "external-secrets.io/v1",
                "kind": "ExternalSecret",
                "metadata": {
                    "name": "churn-registry",
                    "namespace": "growth",
                    "annotations": {"example.com/note": "growth on 012"},
                },
                "spec": {
                    "refreshInterval": "1h",
                    "replicas": 2,
                    "double": 4,
                    "ratio": 8e-5,
                    "enabled": True,
                    "nothing": None,
                    "data": [{"name": "customers"}, {"name": "holdout"}],
                    "names": ["customers", "holdout"],
                    "first": "CUSTOMERS",
                    "text": "/churn: 2, true, 8e-05",
                    "prometheus": "{{ $value }} of {{ $labels.pod }}",
                    "joined": "customers,holdout",
                    "fallback": "none",
                    "got": 3,
                    "items": "a field that is called like a method",
                    "sorted": [["max", 6], ["min", 2]],
                    "json": '{"replicas":{"max":6,"min":2},"route":"/churn"}',
                    "plain": {"a": [1, "two", None, True]},
                    "choice": "big",
                },
            },
            PATH,
        )
    ]


def test_when_decides() -> None:
    context = {**CONTEXT, "spec": {**CONTEXT["spec"], "serving": None}}
    assert _render(GOOD, context) == ([], [])


def test_annotations_of_ours_are_gone_altogether() -> None:
    ((_, data, _),), _ = _render(_object("{}"))
    assert data == {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "spec": {}}


def test_objects_share_nothing_with_each_other_or_the_model() -> None:
    templates, _ = read_templates({PATH: _object("{a: {b: [1]}, c: '{{ spec.data }}'}")})
    ((_, one, _),), _ = render_templates(templates, CONTEXT)
    ((_, two, _),), _ = render_templates(templates, CONTEXT)
    one["spec"]["a"]["b"].append(2)
    one["spec"]["c"].append(3)
    assert two["spec"] == {"a": {"b": [1]}, "c": CONTEXT["spec"]["data"]}
    assert len(CONTEXT["spec"]["data"]) == 2


def test_no_templates_load_no_jinja() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from mlgitops.render.templates.read import read_templates as r;"
        "from mlgitops.render.templates.render import render_templates as t;"
        "assert r({}) == ((), []); assert t((), {}) == ([], []); assert 'jinja2' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


READ = {
    "unquoted": (
        "apiVersion: v1\nkind: X\nmetadata:\n  name: {{ metadata.name }}\n",
        (4, 10),
        "expected a key that is a string, got a mapping",
        'quote the text with its expression: "{{ … }}"',
    ),
    "object": (
        _object("{}").replace("kind: ConfigMap", 'kind: "{{ spec.kind }}"'),
        (2, 7),
        "expected kind to be the same for all models",
        "write it out",
    ),
    "part": (
        _object("{}").replace("part: train", "part: training"),
        (3, 54),
        "expected the annotation mlgitops.dev/part to be train or serve, got 'training'",
        "say which part of a model the object belongs to",
    ),
    "when": (
        _object("{}").replace("part: train", "part: train, mlgitops.dev/when: serving"),
        (3, 80),
        "expected the annotation mlgitops.dev/when to be one expression, got 'serving'",
        'write it as "{{ spec.serving is not none }}"',
    ),
    "key": (
        _object('{"{{ metadata.name }}": 1}'),
        (4, 8),
        "expected a key without expressions, got '{{ metadata.name }}'",
        "write the key out: only values are evaluated",
    ),
    "statement": (
        _object('"{% for x in spec %}{% endfor %}"'),
        (4, 7),
        "expected no statement and no comment, got '{%'",
        'write {{ … }}, which is all that is evaluated; for the characters themselves: {{ "{%" }}',
    ),
    "syntax": (
        _object('"{{ spec. }}"'),
        (4, 7),
        "expected an expression: expected name or number",
        "write it like {{ spec.training.workers + 1 }}",
    ),
    "undefined": (
        _object('"{{ sepc.name }}"'),
        (4, 7),
        "expected a known name, got 'sepc'",
        "did you mean `spec`?",
    ),
    "unsafe": (
        _object('"{{ spec | pprint }}"'),
        (4, 7),
        "expected a known filter, got 'pprint'",
        "take one of these: abs, capitalize, count, d, default, dictsort, first, float, int, items, join, last, "
        "length, list, lower, map, max, min, reject, rejectattr, replace, reverse, round, select, selectattr, sort, "
        "string, sum, title, tojson, trim, unique, upper",
    ),
    "too-long": (
        _object('"{{ ' + "1 + " * 300 + '1 }}"'),
        (4, 7),
        "expected an expression of at most 1000 characters, got 1201",
        "compute it in the spec, or make it simpler",
    ),
}


@pytest.mark.parametrize("code", READ)
def test_finding_when_read(code: str) -> None:
    text, place, message, hint = READ[code]
    assert [
        (f.code, f.location.path, (f.location.line, f.location.column), f.message, f.hint) for f in _read(text)
    ] == [(f"template/{code}", PATH, place, message, hint)]


RENDERED = {
    "undefined": (
        '"{{ spec.servin.route }}"',
        "spec: {{ spec.servin.route }}: there is no 'servin'",
        "correct the name, or guard the object with mlgitops.dev/when",
    ),
    "type": (
        '"a {{ spec.data }}"',
        "spec: expected text or a number inside of a text, got a list: {{ spec.data }}",
        "let the expression be the whole text, or choose a field of it",
    ),
    "unsafe": (
        '"{{ spec.__class__ }}"',
        "spec: {{ spec.__class__ }}: '__class__' is no data",
        "use a filter, or compute it elsewhere",
    ),
    "too-long": (
        "\"{{ 'a' * 100000 }}\"",
        "spec: expected a value of a size that objects have, got one of more than 65536 characters: {{ 'a' * 100000 }}",
        "make it smaller",
    ),
}


@pytest.mark.parametrize("code", RENDERED)
def test_finding_when_rendered(code: str) -> None:
    spec, message, hint = RENDERED[code]
    rendered, findings = _render(_object(spec))
    assert rendered == []
    assert [(f.code, str(f.location), f.message, f.hint, f.subject, f.pointer) for f in findings] == [
        (f"template/{code}", f"{PATH}:4:7", message, hint, "churn@prod", "/spec")
    ]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (
            _object("{}").replace("part: train", "part: train, mlgitops.dev/when: '{{ spec.serving }}'"),
            "when",
            "expected mlgitops.dev/when to give true or false, "
            "got \"{'route': '/churn', 'replicas': {'min': 2, 'max': 6}}\"",
        ),
        (
            _object("{}", "'{{ spec.serving.route }}'"),
            "name",
            "metadata.name: expected a name of at most 63 lower-case letters, digits and -, got '/churn'",
        ),
        (
            _object("{}", "x, namespace: '{{ spec.serving.replicas.min }}'"),
            "name",
            "metadata.namespace: expected a namespace of at most 63 lower-case letters, digits and -, got '2'",
        ),
    ],
)
def test_finding_of_an_object(text: str, code: str, message: str) -> None:
    _, (finding,) = _render(text)
    assert (finding.code, finding.message) == (f"template/{code}", message)


def test_an_object_that_is_there_already() -> None:
    templates, _ = read_templates({PATH: _object("{}"), "environments/prod/templates/z.yaml": _object("{a: 1}")})
    rendered, findings = render_templates(templates, CONTEXT)
    assert len(rendered) == 1
    assert [(f.code, str(f.location), f.message) for f in findings] == [
        (
            "template/object-clash",
            "environments/prod/templates/z.yaml:3:18",
            "metadata.name: expected an object of its own, got another 'ConfigMap x'",
        )
    ]
    _, findings = render_templates(templates[:1], CONTEXT, {("v1", "ConfigMap", "", "x")})
    assert [f.code for f in findings] == ["template/object-clash"]


def test_one_that_fails_stops_no_other() -> None:
    other = "environments/prod/templates/z.yaml"
    templates, _ = read_templates({PATH: _object("'{{ spec.no }}'"), other: _object("{}", "y")})
    rendered, findings = render_templates(templates, CONTEXT)
    assert [r.data["metadata"]["name"] for r in rendered] == ["y"]
    assert [f.code for f in findings] == ["template/undefined"]


ESCAPES = (
    "''.__class__.__mro__[1].__subclasses__()",
    "''['__class__']",
    "''|attr('__class__')",
    "spec['__class__']",
    "spec.__init__.__globals__",
    "spec.get.__self__",
    "spec.get.__func__",
    "().__class__.__bases__[0]",
    "{}.__class__",
    "[].append(1)",
    "spec.update({'a': 1})",
    "spec.pop('serving')",
    "spec.clear()",
    "spec.data.append(1)",
    "spec.data.extend([1])",
    "spec.setdefault('a', 1)",
    "'{0.__class__}'.format(spec)",
    "'%s' % spec",
    "'{a}'.format_map(spec)",
    "'a'.encode()",
    "'a'.translate({})",
    "self",
    "self._TemplateReference__context",
    "range(10)",
    "lipsum(10)",
    "cycler(1)",
    "joiner()",
    "namespace()",
    "dict(a=1)",
    "config",
    "request.application",
    "get_flashed_messages.__globals__",
    "url_for.__globals__",
    "caller()",
    "loop.index",
    "super()",
    "varargs",
    "_context",
    "context",
    "environment.__class__",
    "spec|map('attr', '__class__')|list",
    "[spec]|map(attribute='__class__')|list",
    "[spec]|map(attribute='get.__self__')|list",
    "[spec]|selectattr('__class__')|list",
    "[spec]|sum(attribute='__class__')",
    "[spec]|sort(attribute='__class__')",
    "[spec]|join(attribute='__class__')",
    "[spec]|unique(attribute='__class__')|list",
    "['a']|map('pprint')|list",
    "['a']|select('callable')|list",
    "spec.get",
    "spec.get()",
    "spec.get|string",
    "'a'.upper",
    "'a'.join",
    "spec.keys.__class__",
    "1.0.__class__",
    "true.__class__",
    "none.__class__",
    "(1).__class__",
    "spec is callable",
    "spec is sameas spec",
    "1/0",
    "1%0",
    "'a'+1",
    "spec.absent.deeper",
    "spec.absent + 1",
    "spec.data[5].name",
    "not_there",
    "1e400",
    "1e308 * 10",
    "0 * (1e308 * 10)",
    "{1: 2}",
    "{none: 2}",
    "lambda: 1",
    "import os",
    "x = 1",
    "spec; spec",
)


@pytest.mark.parametrize("source", ESCAPES)
def test_nothing_but_data_can_be_reached(source: str) -> None:
    before = json.dumps(CONTEXT)
    templates, findings = read_templates({PATH: _object(json.dumps(f"{{{{ {source} }}}}"))})
    rendered, more = render_templates(templates, CONTEXT)
    assert rendered == []
    assert len(findings) + len(more) >= 1
    for finding in (*findings, *more):
        assert finding.code.startswith("template/")
        assert finding.message.isprintable()
        assert len(finding.message) < 1000
    assert json.dumps(CONTEXT) == before


BOMBS = (
    "'a' * 10**9",
    "10**9 * 'a'",
    "[0] * 10**9",
    "10 ** 10 ** 10",
    "(10 ** 10) ** 60 ** 60",
    "9" * 900 + " * " + "9" * 90,
    "(" * 400 + "1" + ")" * 400,
    "[" * 400 + "]" * 400,
    "- " * 400 + "1",
    "'a'.ljust(10**9)",
    "'a'.center(10**9)",
    "'a'.zfill(10**9)",
    "'a'.rjust(10**9)",
    "'\\t'.expandtabs(10**9)",
    "'a'|center(10**9)",
    "'a'|indent(10**9)",
    "'%1000000000d' % 1",
    "'%1000000000d'|format(1)",
    "'{:1000000000}'.format(1)",
    "'a'|wordwrap(1)",
    "1|round(10**9)",
    "1.5|round(10**9, 'ceil')",
    "1.5|round(-10)",
    "[1]|batch(10**9, 0)|list",
    "[1]|slice(10**9)|list",
    "('a' * 60000)|replace('a', 'b' * 60000)",
    "('a' * 60000)|list|join('b' * 60000)",
    "(('a' * 60000)|list)|map('replace', 'a', 'b' * 60000)|list",
    "(('a' * 60000)|list) + (('a' * 60000)|list)",
    "('a' * 60000) ~ ('a' * 60000)",
    "('a' * 60000) + ('a' * 60000)",
    "('a' * 60000)|list|map('default', 'b')|map('default', 'b')|map('default', 'b')|list|string",
    "[[[0] * 60000] * 60000] * 60000",
    "([[0] * 60000] * 60000)|tojson",
    "([[0] * 60000] * 60000)|string",
    "([[0] * 6000] * 6000)|map('string')|list",
    "([['a' * 60000] * 60000])|sum(start=[])",
    "2 ** 63 * 2",
    "('f' * 60000) | int(0, 16)",
    "(('1' * 60000) | int(0, 2)) * 2",
)


@pytest.mark.parametrize("source", BOMBS)
def test_nothing_large_can_be_made(source: str) -> None:
    start = time.process_time()
    templates, findings = read_templates({PATH: _object(json.dumps(f"{{{{ {source} }}}}"))})
    rendered, more = render_templates(templates, CONTEXT)
    assert time.process_time() - start < 2
    assert rendered == []
    assert {f.code for f in (*findings, *more)} <= {
        f"template/{code}" for code in ("too-long", "unsafe", "undefined", "syntax", "type")
    }
    assert findings or more


def test_the_bound_is_one_of_each_object() -> None:
    templates, _ = read_templates({PATH: _object("\"{{ 'a' * 60000 }}\"")})
    for _ in range(40):
        ((_, data, _),), findings = render_templates(templates, CONTEXT)
        assert findings == []
        assert data["spec"] == "a" * 60000
    many = ", ".join(["\"{{ 'a' * 60000 }}\""] * 40)
    templates, _ = read_templates({PATH: _object(f"[{many}]")})
    _, (finding,) = render_templates(templates, CONTEXT)
    assert finding.code == "template/too-long"


PAYLOADS = (
    *(f"{{{{ {source} }}}}" for source in ESCAPES),
    "{{ 7*7 }}",
    "{{ '{{ 7*7 }}' }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% raw %}x{% endraw %}",
    "{# comment #}",
    "{{",
    "}}",
    "{%",
    "#}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "$(id)",
    "`id`",
    "'; DROP TABLE models; --",
    '"}}\n---\nkind: Secret\n',
    "x\n---\napiVersion: v1\nkind: Secret\n",
    "a: b",
    "- a",
    "&a *a",
    "!!python/object/apply:os.system ['id']",
    "on",
    "012",
    "22:22",
    "null",
    "\u202e\u200b\x1b[0m\x00",
    "😀",
    "%{7*7}",
    "@(7*7)",
    "[[7*7]]",
)


def test_there_are_enough_payloads() -> None:
    assert len(PAYLOADS) >= 100


@pytest.mark.parametrize("payload", PAYLOADS)
def test_values_are_never_evaluated(payload: str) -> None:
    context = {**CONTEXT, "spec": {**CONTEXT["spec"], "hostile": payload, "data": [{"name": payload}]}}
    spec = (
        "{a: '{{ spec.hostile }}', b: 'x{{ spec.hostile }}y', c: '{{ spec.data }}',"
        " d: '{{ spec.hostile ~ spec.hostile }}', f: '{{ {\"k\": spec.hostile} }}',"
        ' e: \'{{ spec.data | map(attribute="name") | join(",") }}\'}'
    )
    ((_, data, _),), findings = _render(_object(spec), context)
    assert findings == []
    assert data["spec"] == {
        "a": payload,
        "b": f"x{payload}y",
        "c": [{"name": payload}],
        "d": payload * 2,
        "e": payload,
        "f": {"k": payload},
    }


def test_a_name_from_a_spec_cannot_leave_its_form() -> None:
    for payload in ("a.b", "A", "-a", "a-", "a" * 64, "a/b", "", "kube-system\n", "ä"):
        context = {**CONTEXT, "metadata": {"name": payload}}
        rendered, findings = _render(_object("{}", "'{{ metadata.name }}'"), context)
        assert rendered == []
        assert [f.code for f in findings] == ["template/name"]


def test_a_value_of_a_leaf_keeps_its_mark() -> None:
    class Marked(str):
        """A text that knows its place."""

    mark = Marked("/churn")
    context = {**CONTEXT, "spec": {**CONTEXT["spec"], "serving": {"route": mark}}}
    ((_, data, _),), _ = _render(_object("'{{ spec.serving.route }}'"), context)
    assert data["spec"] is mark


def test_what_is_missing_is_called_nothing() -> None:
    findings = read_templates({"environments/dev/templates/a.yaml": b"a: b\n"})[1]
    assert [finding.message for finding in findings] == [
        "expected apiVersion to be text, got nothing",
        "expected kind to be text, got nothing",
        "expected metadata.name to be text, got nothing",
    ]
