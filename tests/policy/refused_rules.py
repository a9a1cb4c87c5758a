"""Rego that no engine should take, by what is wrong with it, as the rest of a module after its package."""

from __future__ import annotations

PATH = "policies/a/b/b.rego"
PACKAGE = "package mlgitops.a.b\n\n"

REFUSED = {
    "half a comparison": 'deny contains "x" if {\n\tinput.x ==\n}\n',
    "open object": 'deny contains {"message": "m" if {\n\tinput.x == 1\n}\n',
    "open body": 'deny contains "x" if {\n\tinput.x == 1\n\n',
    "open call": 'deny contains "x" if {\n\tcount(input.x > 1\n}\n',
    "no value": "deny contains\n\nwarn contains\n",
    "no if": 'deny contains "x" {\n\tinput.x == 1\n}\n',
    "open text": 'deny contains "x if {\n\tinput.x == 1\n}\n',
    "no comma": 'deny contains {"pointer": "" "message": "m"} if input.x\n',
    "single quotes": "deny contains 'x' if input.x\n",
    "escape": 'deny contains "a\\qb" if input.x\n',
    "after umlauts": 'deny contains "üüü" if if\n',
    "two errors": "deny contains if\n\nf(x) := := 2\n",
    "unsafe": 'deny contains "x" if {\n\tsome i\n\tinput.x[i] > 1\n\tnot input.y[j]\n}\n',
    "no function": 'deny contains "x" if {\n\tshown.nope(input.x)\n}\n',
    "types": 'deny contains "x" if {\n\tcount(3) > 1\n\t1 + "a" == 2\n}\n',
    "never equal": 'deny contains "x" if 1 == "a"\n',
    "arity": 'f(x) := x\n\ndeny contains "x" if {\n\tf(1, 2) == 1\n}\n',
    "arity of Rego's own": 'deny contains "x" if startswith("a")\n',
    "circle": 'f(x) := g(x)\n\ng(x) := f(x)\n\ndeny contains "x" if f(1)\n',
    "circle of a set": 'deny contains "x" if count(deny) > 1\n',
    "clash": 'deny contains "x"\n\ndeny := 3\n',
    "defaults": 'default a := 1\n\ndefault a := 2\n\ndeny contains "x" if a\n',
    "imports": 'import data.x.y as z\nimport data.x.z\n\ndeny contains "x" if z == 1\n',
    "assigned": 'deny contains "x" if { x := 1; x := 2 }\n',
}


def module(case: str) -> str:
    """The module of a case."""
    return PACKAGE + REFUSED[case]
