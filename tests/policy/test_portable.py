"""The functions that rules may call: OPA and the embedded engine agree on each of them."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import pytest

from mlgitops.cli.explanations import built_in
from mlgitops.policy.embedded_text import rewritten
from mlgitops.policy.engine import Sources
from mlgitops.policy.portable import PORTABLE, not_portable
from mlgitops.policy.rego_text import Module
from mlgitops.programs.embedded import EmbeddedEngine
from mlgitops.programs.opa import OpaEngine
from mlgitops.programs.process import environment, require, run

DOCUMENT: dict[str, Any] = {
    "i": 5,
    "negative": -3,
    "half": 2.5,
    "fractions": [0.02, 99.9, 8e-5, 1e-9, 0.30000000000000004, 1e21, 123456.789],
    "text": "abc",
    "upper": "ABC",
    "umlaut": "grün",
    "image": "registry.example.com/a/b@sha256:" + "a" * 64,
    "list": [3, 1, 2],
    "map": {"b": 1, "a": None},
    "records": [{"name": "x", "n": 1}, {"name": "y", "n": 2}],
    "empty": [],
    "lines": "first\nAKIA1234\n",
    "quoted": 'say "x" \\ y',
}
EXPRESSIONS = r"""
abs(input.negative)
array.concat(input.list, [4])
array.flatten([[1], [2, [3]]])
array.reverse(input.list)
array.slice(input.list, 0, 2)
base64.decode("YWI=")
base64.encode(input.text)
base64.is_valid("YWI=")
ceil(input.half)
concat(", ", ["b", "a"])
concat(", ", sort({"b", "a"}))
contains(input.text, "b")
contains(input.lines, "\nAKIA")
contains(input.quoted, "\"x\" \\")
count(input.list)
count(input.map)
count(input.umlaut)
crypto.md5("a")
crypto.sha256("a")
endswith(input.text, "bc")
floor(input.half)
format_int(input.i, 10)
glob.match("s3://features/**", ["/"], "s3://features/a/b")
glob.match("*.example.com", ["."], "a.example.com")
graph.reachable({"a": ["b"], "b": []}, {"a"})
hex.encode("a")
indexof(input.text, "c")
indexof_n("banana", "a")
intersection({{1, 2}, {2}})
is_array(input.list)
is_boolean(true)
is_null(input.map.a)
is_number(input.i)
is_object(input.map)
is_set({1})
is_string(input.text)
json.filter(input.map, ["b"])
json.marshal(input.map)
[json.marshal(number) | some number in input.fractions; number > 0.001]
[number | some number in input.fractions; number < 0.0000001]
[thousand | some number in input.fractions; number > 1; number < 1000; thousand := number * 1000]
json.patch(input.map, [{"op": "add", "path": "/c", "value": 1}])
json.remove(input.map, ["b"])
json.unmarshal("{\"a\": [1, 2.5]}")
lower("ABC")
max(input.list)
min(["b", "a"])
numbers.range(1, 3)
numbers.range_step(1, 10, 3)
object.filter(input.map, ["a"])
object.get(input.map, "z", "d")
object.get(input, ["map", "b"], "d")
object.keys(input.map)
object.remove(input.map, ["a"])
object.subset(input.map, {"b": 1})
object.union(input.map, {"c": 2})
object.union_n([{"a": 1}, {"b": 2}])
product(input.list)
regex.find_all_string_submatch_n("([a-z])([0-9])", "a1b2", -1)
regex.find_n("[0-9]+", "a1b22", -1)
regex.match("@sha256:[0-9a-f]{64}$", input.image)
[line | some line in split(input.lines, "\n"); regex.match("^AKIA[0-9]{4}$", line)]
regex.replace("a1b2", "([0-9])", "<$1>")
regex.split(",", "a,b")
replace(input.text, "b", "x")
round(input.half)
semver.compare("1.2.3", "1.10.0")
semver.is_valid("1.6.2")
sort(input.list)
split(input.image, "@")
split(input.lines, "\n")
sprintf("%d of %s", [input.i, input.text])
sprintf("%v", [input.quoted])
sprintf("expected one of %v", [["a", "b"]])
startswith(input.image, "registry.example.com/")
strings.any_prefix_match(input.image, ["x", "registry."])
strings.any_suffix_match(input.text, {"c"})
strings.count("banana", "a")
strings.reverse("abc")
substring(input.text, 0, 2)
sum(input.list)
time.add_date(1767323045000000000, 0, 0, 1)
time.date(1767323045000000000)
time.diff(1767323045000000000, 1767409445000000000)
time.parse_duration_ns("1h30m")
time.parse_ns("2006-01-02", "2026-01-02")
time.weekday(1767323045000000000)
to_number("1.5")
trim(" a ", " ")
trim_left("aab", "a")
trim_prefix(input.text, "a")
trim_right("baa", "a")
trim_space(" a ")
trim_suffix(input.text, "c")
type_name(input.list)
union({{1}, {2}})
units.parse("100m")
units.parse("32Gi")
units.parse_bytes("32Gi")
upper("abc")
[path | walk(input.records, [path, value]); value == "y"]
[record.n | some record in input.records; record.name == "y"]
{key: value | some key, value in input.map}
[[key, value] | some key, value in input.map]
[[i, item] | some i, item in input.list; i > 0]
{i | some i, item in input.list; item > 1}
[item | some _, item in input.empty]
[item | some _, item in input.map.a]
count({key | some key, value in {"b": 1, "a": 2, "10": 3, "9": 4}; value > 1})
[key | some key, _ in {"b": 1, "a": 2, "10": 3, "9": 4}]
[i | some i, _ in [x | some _, x in input.list; x > 1]]
[first | [first, second] := [input.i, input.text]; second == "abc"]
{first: second | [first, second] := [input.text, input.i]}
[first | [first, second] := input.list; first != second]
input.half * 2
input.i / 5
input.i % 2
""".strip().split("\n")

TEXTS = (
    "lower(input.upper)",
    'concat("", ["a", "bc"])',
    'replace(input.upper, "ABC", "abc")',
    'split("abc,x", ",")[0]',
    'trim_space(" abc ")',
    'sprintf("a%s", [lower("BC")])',
    "input.text",
    '"abc"',
)
"""The same text, come by in several ways: the embedded engine keeps it in several forms."""

USES = """
sprintf("%s", [x])
sprintf("<%d/%s>", [input.i, x])
sprintf("<%v>", [[x]])
concat("/", ["p", x])
x == "abc"
x in {"abc", "d"}
{"abc": 1}[x]
{x: 1}
{x, "abc"}
{"abc", "d"} - {x}
sort([x, "abb"])
startswith(x, "a")
contains(x, "b")
count(x)
replace(x, "b", "z")
regex.match("^abc$", x)
split(x, "b")
trim_prefix(x, "a")
upper(x)
object.get({"abc": 1}, x, 0)
indexof(x, "c")
substring(x, 1, 1)
json.marshal({"a": x})
glob.match("a*", [], x)
x > "abb"
strings.reverse(x)
""".strip().split("\n")

OUTSIDE = """
[record[key] | some record in input.records]
{record[key] | some record in input.records}
{record.n: record[key] | some record in input.records}
[concat("/", [record.name, key]) | some record in input.records]
[key | some record in input.records; record.n > 1]
[[key, record.n] | some record in input.records]
sum([record[number] | some record in input.records])
[object.get(record, key, "none") | some record in input.records]
[sprintf("%s %d", [record[key], record[number]]) | some record in input.records]
[found | some record in input.records; found := record[key]]
count([1 | some record in input.records; record[key] == 2])
{found | found := input.records[_][key]}
{i: found | some i; found := input.records[i][key]}
[found | found := [inner | inner := input.records[_][key]]]
[item | some item in [input.records[0][key]]]
{other: [record[key] | some record in input.records; record.n > other] | some other in [0, 1, 2]}
""".strip().split("\n")
"""Comprehensions that collect what is named outside of them: by an argument, or by a variable of the rule."""

COMPUTED = [(text, use) for text in TEXTS for use in USES]

BATCH = (
    "package mlgitops.decision.model\n\n"
    'batch := {"digest": "none", "defined": [], "version": "", "decisions": decisions}\n\n'
    "decisions := [found | some item in input.items; found := decision with input as item]\n"
)


def _answers(engine_name: str) -> dict[str, Any]:
    """What an engine makes of every expression; what is undefined is absent."""
    lines = ["package mlgitops.decision.model", 'header := {"digest": "none", "defined": []}', "decision := answers"]
    lines += [f"answers[{json.dumps(expression)}] := {expression}" for expression in EXPRESSIONS]
    for number, expression in enumerate(EXPRESSIONS):
        inside = re.sub(r"\binput\b", "argument", expression)
        lines.append(f"whole_{number}(argument) := {inside}")
        lines.append(f"answers[{json.dumps('function of input: ' + expression)}] := whole_{number}(input)")
    for number, expression in enumerate(OUTSIDE):
        lines.append(f"outside_{number}(key, number) := {expression}")
        lines.append(f'answers[{json.dumps("arguments: " + expression)}] := outside_{number}("name", "n")')
        body = f'some key in {{"name"}}; some number in ["n"]; found := {expression}'
        lines.append(f"answers[{json.dumps('variables: ' + expression)}] := found if {{ {body} }}")
    for number, (computed, use) in enumerate(COMPUTED):
        lines.append(f"function_{number}(x) := y if {{ y := {use} }}")
        lines.append(f"answers[{json.dumps(f'{computed}; {use}')}] := y if {{ x := {computed}; y := {use} }}")
        called = f"answers[{json.dumps(f'{computed}; function {use}')}] := function_{number}({computed})"
        lines.append(called)
    sources = Sources({"all.rego": "\n\n".join(lines) + "\n"}, {"batch.rego": BATCH}, {}, {"model": ()})
    engine = OpaEngine(sources, require("opa")) if engine_name == "opa" else EmbeddedEngine(sources)
    with engine:
        answers: dict[str, Any] = engine.evaluate("model", [DOCUMENT]).decisions[0]
    return {expression: _unordered(answer) for expression, answer in answers.items()}


def _unordered(answer: Any) -> Any:
    """Sets come as lists in no order that engines agree on; `decide` sorts what rules find."""
    return sorted(answer, key=json.dumps) if isinstance(answer, list) else answer


def test_the_engines_agree() -> None:
    opa = _answers("opa")
    assert len(opa) == 2 * (len(EXPRESSIONS) + len(COMPUTED) + len(OUTSIDE))
    assert _answers("embedded") == opa


def test_every_function_is_tried() -> None:
    called = {word.text for expression in EXPRESSIONS for word in Module(expression).calls()}
    assert called == PORTABLE


def test_every_function_is_explained() -> None:
    explained = built_in()["policy/not-portable"].body.partition("All engines agree on")[2]
    assert set(re.findall("`([^`]+)`", explained)) == PORTABLE


def test_every_function_is_one_of_opa() -> None:
    done = run([require("opa"), "capabilities", "--current"], cwd="/", env=environment(), timeout=30)
    assert {builtin["name"] for builtin in json.loads(done.stdout)["builtins"]} >= PORTABLE


@pytest.mark.parametrize(
    "name",
    ["http.send", "net.lookup_ip_addr", "opa.runtime", "rand.intn", "time.now_ns", "uuid.rfc4122", "io.jwt.decode"],
)
def test_what_reaches_outside_or_differs_is_refused(name: str) -> None:
    findings = list(not_portable(Module(f"package a\n\ndeny contains 1 if {name}(1)\n"), "a.rego"))
    assert [(f.code, f.location.line, f.location.column) for f in findings] == [("policy/not-portable", 3, 20)]


PAIRS = "data.mlgitops.embedded.pairs"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[x | some i, x in input.l]", f"[c0 | some [i, x] in {PAIRS}(input.l); c0 := x]"),
        (
            "{x.a | some _, x in f([1, 2])\n\tx > 1\n}",
            f"{{c0 | some [_, x] in {PAIRS}(f([1, 2]))\n\tx > 1\nc0 := x.a}}",
        ),
        ("[x | y := 1; some i, x in z; i > y]", f"[c0 | y := 1; some [i, x] in {PAIRS}(z); i > y; c0 := x]"),
        ("{k: v | some k, v in o}", "{c0: c1 | some k, v in o; c0 := k; c1 := v}"),
        ("a if {\n\tsome i, x in l\n}", "a if {\n\tsome i, x in l\n}"),
        ("a if {\n\tx in b | c\n\ty := {1, 2}\n}", "a if {\n\tx in b | c\n\ty := {1, 2}\n}"),
        ("a if { every x in b | c { x } }", "a if { every x in b | c { x } }"),
        ("a if { every x in [y | y := z[_]] { x } }", "a if { every x in [c0 | y := z[_]; c0 := y] { x } }"),
        ("[x | some x in l]", "[c0 | some x in l; c0 := x]"),
        ("a[{x | x := 1}] := b | {2}", "a[{c0 | x := 1; c0 := x}] := b | {2}"),
        ('{"|": [x | x := "|]:{" # ]\n]}', '{"|": [c0 | x := "|]:{"    \nc0 := x]}'),
        (
            'sprintf("some a, b in sprintf(", []) # c',
            'data.mlgitops.embedded.formatted("some a, b in sprintf(", [])    ',
        ),
        ("my.sprintf(1)", "my.sprintf(1)"),
        (
            "f(x, y) := [x[z] | z := y[x.y]; x(1)]",
            "f(x, y) := [c0 | outer_x := x; outer_y := y; z := outer_y[outer_x.y]; x(1); c0 := outer_x[z]]",
        ),
        ("f(x) := 1\n\na := [x | x := 1]", "f(x) := 1\n\na := [c0 | x := 1; c0 := x]"),
        (
            "f(x) := {x |\n\tx\n} if {\n\ty := [[x | x.y] | x]\n}",
            "f(x) := {c0 | outer_x := x;\n\touter_x\nc0 := outer_x} if {\n"
            "\ty := [c1 | outer_x := x; outer_x; c1 := [c2 | outer_x.y; c2 := outer_x]]\n}",
        ),
        ("[a | [a, b] := f(x); b > 1]", "[c0 | some [a, b] in [f(x)]; b > 1; c0 := a]"),
        ("{a: b |\n\t[a, b] := f(x)\n}", "{c0: c1 |\n\tsome [a, b] in [f(x)]\nc0 := a; c1 := b}"),
        ("a if {\n\t[a, b] := f(x)\n}", "a if {\n\t[a, b] := f(x)\n}"),
        (
            "[sprintf(x, [q | q := y]) | some i, y in [z | some j, z in l]; x := y]",
            f"[c0 | some [i, y] in {PAIRS}([c1 | some [j, z] in {PAIRS}(l); c1 := z]); x := y; "
            "c0 := data.mlgitops.embedded.formatted(x, [c2 | q := y; c2 := q])]",
        ),
    ],
)
def test_what_the_embedded_engine_is_given(text: str, expected: str) -> None:
    said = rewritten(text)
    assert re.sub(r"collected_\d+", "c", said) == re.sub(r"\bc\d\b", "c", expected)
    names = re.findall(r"(collected_\d+)(?: \||:(?!=))", said)
    assert len(names) == len(set(names))
    assert said.count("\n") == text.count("\n")


UNABLE = {
    "[x | some i, x in [1]]": "Invalid collection",
    "f(1)\n\nf(x) := [a | [a, b] := [x, x]]": "Recursion detected",
    'm if { x := lower("A"); m := sprintf("<%s>", [x]) }': '<"a">',
    'f("a")\n\nf(x) := [y | some o in [{"a": 1, "b": 2}]; y := o[x]]': '{"expressions":[[1,2]]}',
    'f("a")\n\nf(x) := [o[x] | some o in [{"a": 1}]]': '{"expressions":[[]]}',
}


@pytest.mark.parametrize("expression", UNABLE)
def test_the_engine_cannot_do_what_is_rewritten(expression: str) -> None:
    """Should this fail with a new version of the engine, `embedded_text` has lost one of its reasons."""
    script = (
        "import sys, regopy\n"
        "interpreter = regopy.Interpreter()\n"
        "interpreter.add_module('a', 'package a\\n\\nr := ' + sys.argv[1])\n"
        "output = regopy.rego_shared.rego_query(interpreter._impl, 'data.a.r')\n"
        "print(regopy.rego_shared.rego_output_string(output))\n"
    )
    argv = [sys.executable, "-c", script, expression]
    done = run(argv, cwd="/", env=environment(), timeout=30, allowed=frozenset({0, 1}))
    assert UNABLE[expression] in (done.stdout + done.stderr).decode()
    assert rewritten(f"package a\n\nr := {expression}\n") != f"package a\n\nr := {expression}\n"


@pytest.mark.parametrize("expression", ["`(?i)a`", "`(?s)a.b`", r'"\\p{L}"', "`(?=a)`", r"`\Aa\z`", "`(?P<name>a)`"])
def test_regular_expressions_that_engines_read_differently(expression: str) -> None:
    text = f"package a\n\ndeny contains 1 if regex.match({expression}, input.text)\n"
    assert {f.location.line for f in not_portable(Module(text), "a.rego")} == {3}


@pytest.mark.parametrize("expression", ["`(?:a|b)`", r'"^[a-z]+\\.b$"', r"`\bA\d+\s\w`", '"what? (really)"'])
def test_regular_expressions_that_engines_read_alike(expression: str) -> None:
    text = f"package a\n\ndeny contains 1 if regex.match({expression}, input.text) # (?i)\n"
    assert list(not_portable(Module(text), "a.rego")) == []


def test_functions_of_the_module_and_of_the_library_are_called() -> None:
    text = """package a

import data.mlgitops.library.quantity
import data.mlgitops.library.pods as p

double(x) := x * 2

deny contains 1 if {
\tdouble(2) > 1
\tquantity.times(1, 2) > 1
\tp.containers(1)
\tdata.mlgitops.library.pods.all(1)
}
"""
    assert list(not_portable(Module(text), "a.rego")) == []
