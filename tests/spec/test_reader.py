"""What the reader takes, what it refuses, and the words it refuses with."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.reader import MAX_BYTES, Document, read
from mlgitops.spec.yaml_characters import FORBIDDEN, described, excerpt
from mlgitops.spec.yaml_exact import MAX_DEPTH, MAX_FINDINGS, MAX_NODES
from mlgitops.spec.yaml_scalars import Refused, resolve

PATH = "specs/churn/model.yaml"


def data(content: str | bytes) -> object:
    result = read(content, PATH)
    assert isinstance(result, Document), result
    return result.data


def told(content: str | bytes) -> list[tuple[str, str, str, str]]:
    """Line and column, code, message and hint of each finding."""
    result = read(content, PATH)
    assert isinstance(result, list), result
    assert result
    assert {(f.location.path, f.severity) for f in result} == {(PATH, "error")}
    return [(f"{f.location.line}:{f.location.column}", f.code, f.message, f.hint) for f in result]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1", {"a": 1}),
        ("---\na: 1\n...\n", {"a": 1}),
        ("a: 1\r\nb:\r\n  - x\r\n", {"a": 1, "b": ["x"]}),
        ("a: 8e-5\nb: -1.5\nc: .5\nd: +3\ne: 5.\n", {"a": 8e-5, "b": -1.5, "c": 0.5, "d": 3, "e": 5.0}),
        ("a: no\nb: on\nc: y\nd: 22:22\ne: 2026-01-31\nf: =\n",
         {"a": "no", "b": "on", "c": "y", "d": "22:22", "e": "2026-01-31", "f": "="}),
        ("a: ~\nb: null\nc:\nd: Null\n", {"a": None, "b": None, "c": None, "d": None}),
        ("a: true\nb: False\nc: TRUE\nd: tRUE\n", {"a": True, "b": False, "c": True, "d": "tRUE"}),
        ("on: 1\nyes: 2\n'1': 3\n\"null\": 4\n", {"on": 1, "yes": 2, "1": 3, "null": 4}),
        ("a: '012'\nb: \"1e400\"\n", {"a": "012", "b": "1e400"}),
        ("a: 9223372036854775807\nb: -9223372036854775808\n", {"a": 2**63 - 1, "b": -(2**63)}),
        ("a: |\n  x\n\n  y\nb: >-\n  x\n  y\n", {"a": "x\n\ny\n", "b": "x y"}),
        ("a: |\n  x\n   ", {"a": "x\n \n"}),
        ("a: |\n\tx", None),
        ("a: |\n  \tx\n", {"a": "\tx\n"}),
        ('a: "x\\ty\\n"\n', {"a": "x\ty\n"}),
        ("a: [1, {b: c}, 'd']\ne: {}\nf: []\n", {"a": [1, {"b": "c"}, "d"], "e": {}, "f": []}),
        ("a: [\n  1,\n  2\n]\n", {"a": [1, 2]}),
        ("a: {\n# words\n  b: 1\n}\n", {"a": {"b": 1}}),
        ('{"a": {"b": [1.5, null, "é"]}}', {"a": {"b": [1.5, None, "é"]}}),
        ("a: x # y\nb: x#y # \ttab\n", {"a": "x", "b": "x#y"}),
        ("a: first\n  second\n", {"a": "first second"}),
    ],
)  # fmt: skip
def test_data(text: str, expected: object) -> None:
    if expected is None:
        assert isinstance(read(text, PATH), list)
    else:
        assert repr(data(text)) == repr(expected)
        assert repr(data(text.encode())) == repr(expected)


SYNTAX = "expected YAML, got what cannot be read: "
NO_START = "expected a value or a key, got '{}', with which no text begins without quotes"
QUOTE = "put the text in quotes"
ALIGN = "begin the line in the column of the lines that it belongs to"
TAB_HINT = "use spaces; write \\t within double quotes for a tab in text"
VISIBLE = "expected visible characters, got "
PLAIN_UTF8 = ("expected UTF-8 without a byte order mark, got ", "save the file as plain UTF-8")
REFUSALS = {
    "empty": ("", [("1:1", "yaml/empty", "expected a document, got an empty file", "write the document")]),
    "only a comment": (
        "# nothing\n",
        [("1:1", "yaml/empty", "expected a document, got an empty file", "write the document")],
    ),
    "a list": (
        "\n- a\n",
        [("2:1", "yaml/not-a-mapping", "expected a mapping of keys to values, got a list",
          "begin with `apiVersion:` and `kind:`")],
    ),
    "a word": (
        "a\n",
        [("1:1", "yaml/not-a-mapping", "expected a mapping of keys to values, got a single value",
          "begin with `apiVersion:` and `kind:`")],
    ),
    "null": (
        "~\n",
        [("1:1", "yaml/not-a-mapping", "expected a mapping of keys to values, got a single value",
          "begin with `apiVersion:` and `kind:`")],
    ),
    "anchor, alias, tag and merge key, all told": (
        "a: &x {b: 1}\nc: *x\nd: !!str 3\ne:\n  <<: *x\nf: !python/object:os.system {}\n",
        [
            ("1:4", "yaml/anchor", "expected a value, got the anchor 'x'",
             "remove it, and write the value out where it is used"),
            ("2:4", "yaml/alias", "expected a value, got the alias 'x'", "write the value out"),
            ("3:4", "yaml/tag", "expected a value without a tag, got '!!str'", "remove the tag"),
            ("5:3", "yaml/merge-key", "expected a key, got the merge key '<<'",
             "write the keys out; layers are merged by `environment.defaults` and `overrides`"),
            ("5:7", "yaml/alias", "expected a value, got the alias 'x'", "write the value out"),
            ("6:4", "yaml/tag", "expected a value without a tag, got '!python/object:os.system'", "remove the tag"),
        ],
    ),
    "keys given twice": (
        "a: 1\nb: {c: 1, 'c': 2}\na: 2\n",
        [
            ("2:11", "yaml/duplicate-key", "expected each key once, got 'c' again", "remove one of the two"),
            ("3:1", "yaml/duplicate-key", "expected each key once, got 'a' again", "remove one of the two"),
        ],
    ),
    "keys that are not strings": (
        "1: a\nnull: b\ntrue: c\n1.5: d\n: e\n012: f\n",
        [
            ("1:1", "yaml/key", "expected a key that is a string, got '1'", 'write "1":'),
            ("2:1", "yaml/key", "expected a key that is a string, got 'null'", 'write "null":'),
            ("3:1", "yaml/key", "expected a key that is a string, got 'true'", 'write "true":'),
            ("4:1", "yaml/key", "expected a key that is a string, got '1.5'", 'write "1.5":'),
            ("5:1", "yaml/key", "expected a key that is a string, got an empty key", "write a word before the colon"),
            ("6:1", "yaml/key", "expected a key that is a string, got '012'", 'write "012":'),
        ],
    ),
    "a list as a key": (
        "a: {[b]: c}\n",
        [("1:5", "yaml/key", "expected a key that is a string, got a list", "write a word as the key")],
    ),
    "an indicated key": (
        "? a\n: b\n",
        [("1:1", "yaml/key", "expected a key, got the indicator `?`", "write `key: value`")],
    ),
    "numbers": (
        "a: 012\nb: 0x1F\nc: 1_000\nd: 0b11\ne: 0o17\nf: 1e400\ng: .inf\nh: -.Inf\ni: .nan\n"
        "j: 9223372036854775808\nk: 1e-400\n",
        [
            *((f"{line}:4", "yaml/number", f"expected a decimal number, got '{word}'",
               "write it in decimal, or quote it if it is text")
              for line, word in enumerate(("012", "0x1F", "1_000", "0b11", "0o17"), 1)),
            ("6:4", "yaml/number", "expected a number that 64 bits can hold, got '1e400'",
             "quote it if it is text, such as a commit hash"),
            *((f"{line}:4", "yaml/number", f"expected a finite number, got '{word}'",
               "write a number, or quote it if it is text")
              for line, word in enumerate((".inf", "-.Inf", ".nan"), 7)),
            ("10:4", "yaml/number", "expected an integer of at most 64 bits, got '9223372036854775808'",
             "quote it if it is an identifier"),
            ("11:4", "yaml/number", "expected a number that 64 bits can hold, got '1e-400'",
             "quote it if it is text, such as a commit hash"),
        ],
    ),
    "a directive": (
        "# words\n%YAML 1.1\n---\na: 1\n",
        [("2:1", "yaml/directive", "expected a document without directives, got a line that starts with `%`",
          "remove the line")],
    ),
    "two documents": (
        "a: 1\n---\nb: 2\n",
        [("2:1", "yaml/multiple-documents", "expected one document in a file, got another one",
          "move it to a file of its own")],
    ),
    "tabs": (
        "a:\n\tb: 1\n",
        [("2:1", "yaml/tab", "expected spaces, got a tab", TAB_HINT)],
    ),
    "a tab in a word": (
        "a: b\tc\n",
        [("1:5", "yaml/tab", "expected spaces, got a tab", TAB_HINT)],
    ),
    "a colon in a word": (
        "a:\n  command: echo a: b\n",
        [("2:18", "yaml/syntax", SYNTAX + "mapping values are not allowed here",
          "quote the value if it contains ': ', or check the indentation")],
    ),
    "a handle without quotes": ("a:\n  owner: @team\n", [("2:10", "yaml/syntax", NO_START.format("@"), QUOTE)]),
    "a backquote": ("a: [`b`]\n", [("1:5", "yaml/syntax", NO_START.format("`"), QUOTE)]),
    "a percent sign": ("a: %b\n", [("1:4", "yaml/syntax", NO_START.format("%"), QUOTE)]),
    "a key after items": (
        "a:\n  - b\n  c: 1\n",
        [("3:3", "yaml/syntax", "expected the next item of the list, or its end, got a key", ALIGN)],
    ),
    "an item after keys": (
        "a: 1\n- b\n",
        [("2:1", "yaml/syntax", "expected the next key of the mapping, or its end, got an item of a list", ALIGN)],
    ),
    "a key that is outdented by half": (
        "a:\n    b: 1\n  c: 2\n",
        [("3:3", "yaml/syntax",
          "expected the next key of the mapping, or its end, got a key with another indentation", ALIGN)],
    ),
    "text after a quoted value": (
        "a: 'b' c\n",
        [("1:8", "yaml/syntax", "expected the next key of the mapping, or its end, got text after the value",
          "put all of the value in quotes, or what follows on its own line")],
    ),
    "a list beside its key": (
        "a: - b\n",
        [("1:4", "yaml/syntax", SYNTAX + "sequence entries are not allowed here",
          "begin it on a line of its own; text that is meant so stands in quotes")],
    ),
    "an open quote": (
        'a: "b\n',
        [("2:1", "yaml/syntax", SYNTAX + "found unexpected end of stream (while scanning a quoted scalar)",
          "close the quote or bracket that is open")],
    ),
    "an outdented list": (
        "a: [b,\nc]\n",
        [("2:1", "yaml/syntax", "expected a line within quotes or brackets at column 2 or later, got 1",
          "indent the line")],
    ),
    "a bracket that closes too far left": (
        "a:\n  b: [\n    1\n]\n",
        [("4:1", "yaml/syntax", "expected a line within quotes or brackets at column 4 or later, got 1",
          "indent the line")],
    ),
    "a comment without a space": (
        'a: "b"# c\n',
        [("1:7", "yaml/syntax", "expected a space before the comment, got none",
          "put a space before `#`, or quote the text")],
    ),
    "a lone dash": (
        "a: [-]\n",
        [("1:5", "yaml/syntax", "expected a value, got a lone `-`", "quote it if it is text")],
    ),
    "not normal": (
        "e\u0301: 1\nb: e\u0301\n",
        [
            ("1:1", "yaml/not-nfc", "expected text in Unicode's normal form C, got 'e\\u0301'",
             "type the accented characters anew, or save as NFC"),
            ("2:4", "yaml/not-nfc", "expected text in Unicode's normal form C, got 'e\\u0301'",
             "type the accented characters anew, or save as NFC"),
        ],
    ),
    "invisible characters, each told": (
        "é: a\u200bb\n# \u202e\nc: \x1b\n",
        [
            ("1:5", "yaml/character", VISIBLE + "U+200B ZERO WIDTH SPACE", "remove it"),
            ("2:3", "yaml/character", VISIBLE + "U+202E RIGHT-TO-LEFT OVERRIDE", "remove it"),
            ("3:4", "yaml/character", VISIBLE + "U+001B", "remove it"),
        ],
    ),
    "escaped invisible characters": (
        'a: "\\u200b"\n"b\\t": "\\0"\n"c\\n": 1\n"d\\udead": 1\n',
        [
            ("1:4", "yaml/character", VISIBLE + "U+200B ZERO WIDTH SPACE", "remove it"),
            ("2:1", "yaml/character", VISIBLE + "U+0009", "remove it"),
            ("2:8", "yaml/character", VISIBLE + "U+0000", "remove it"),
            ("3:1", "yaml/character", VISIBLE + "U+000A", "remove it"),
            ("4:1", "yaml/character", VISIBLE + "U+DEAD", "remove it"),
        ],
    ),
    "UTF-16": (
        "a: 1".encode("utf-16"),
        [("1:1", "yaml/encoding", PLAIN_UTF8[0] + "UTF-16, UTF-32 or binary data", PLAIN_UTF8[1])],
    ),
    "a byte order mark": (
        b"\xef\xbb\xbfa: 1",
        [("1:1", "yaml/encoding", PLAIN_UTF8[0] + "a byte order mark", PLAIN_UTF8[1])],
    ),
    "Latin-1": (
        "a: 1\né: x\nb: ü".encode()[:-1],
        [("3:4", "yaml/encoding", PLAIN_UTF8[0] + "the byte 0xC3", PLAIN_UTF8[1])],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal(name: str) -> None:
    content, expected = REFUSALS[name]
    assert told(content) == expected


def test_a_finding_has_the_pointer_and_what_explains_it() -> None:
    assert read("spec:\n  data:\n  - {a: 1, a: 2}\n", PATH) == [
        Finding(
            Location(PATH, 3, 12),
            "yaml/duplicate-key",
            "error",
            "expected each key once, got 'a' again",
            "remove one of the two",
            pointer="/spec/data/0",
            related=((Location(PATH, 3, 6), "first here"),),
        )
    ]


class TestLimits:
    def test_bytes(self) -> None:
        line = "# é\n"
        most = line * (MAX_BYTES // 5 - 2) + "a: 1\n" + "#" * (MAX_BYTES % 5 + 4) + "\n"
        assert len(most.encode()) == MAX_BYTES
        assert data(most) == data(most.encode()) == {"a": 1}
        expected = [("1:1", "yaml/too-large", "expected at most 256 KiB in a file, got more",
                     "split the file, or keep the data elsewhere")]  # fmt: skip
        assert told(most + "\n") == told((most + "\n").encode()) == expected

    @pytest.mark.parametrize("style", ["flow", "block", "same column"])
    def test_depth(self, style: str) -> None:
        def nested(depth: int) -> str:
            if style == "flow":
                return "a: " + "[" * (depth - 1) + "]" * (depth - 1)
            if style == "block":
                return "\n".join(" " * level + "a:" for level in range(depth))
            lines = [f"{'  ' * level}- a:\n" for level in range((depth - 1) // 2)]
            return "".join(["a:\n", *lines, "  " * len(lines) + "- x\n" if depth % 2 == 0 else ""])

        assert isinstance(read(nested(MAX_DEPTH), PATH), Document)
        (finding,) = told(nested(MAX_DEPTH + 1))
        assert finding[1:] == (
            "yaml/too-deep", "expected at most 32 levels of mappings and lists, got more", "write it flatter"
        )  # fmt: skip

    def test_nodes(self) -> None:
        items = ["a:\n", *(["- b\n"] * (MAX_NODES - 3))]
        assert isinstance(read("".join(items), PATH), Document)
        assert told("".join([*items, "- b\n"])) == [
            (f"{MAX_NODES - 1}:3", "yaml/too-many-nodes", "expected at most 10,000 keys and values in a file, got more",
             "split the file")
        ]  # fmt: skip

    def test_findings(self) -> None:
        findings = told("".join(f"a{number}: &x 1\n" for number in range(MAX_FINDINGS + 10)))
        assert len(findings) == MAX_FINDINGS + 1
        assert findings[-1] == (
            f"{MAX_FINDINGS}:6", "yaml/too-many-findings",
            "reading stopped here: expected a file with fewer than 50 problems of form",
            "correct those above, then check again",
        )  # fmt: skip
        assert len(told("a: " + "\u200b" * 1000)) == MAX_FINDINGS


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cs", "Zl", "Zp"])
def test_every_character_of_a_category_is_refused_raw_and_escaped(category: str) -> None:
    found = [chr(number) for number in range(0x110000) if unicodedata.category(chr(number)) == category]
    assert found
    allowed = [c for c in found if not FORBIDDEN.match(c)]
    assert allowed == (["\t", "\n"] if category == "Cc" else [])
    for character in found[:: max(len(found) // 20, 1)]:
        if character in "\t\n\r":
            continue
        assert told(f"a: x{character}y\n")[0][:3] == ("1:5", "yaml/character", VISIBLE + described(character))
        assert told(f"{character}: y\n")[0][:2] == ("1:1", "yaml/character")
        assert told(f'a: "\\U{ord(character):08X}"\n')[0][:2] == ("1:4", "yaml/character")
        assert told(f'"\\U{ord(character):08X}": a\n')[0][:2] == ("1:1", "yaml/character")


def test_what_is_visible_is_taken() -> None:
    text = "é ß 日本語 עברית ελληνικά 😀 ❤️ – “quotes” ½ …"
    assert data(f"a: {text}\n") == data(f'a: "{text}"\n') == {"a": text}


@pytest.mark.parametrize("word", ["09:30", "1.2.3", "10.0.0.1", "32Gi", "1e", "e5", "-", "+", ".", "0x", "0xZ", "1__a",
                                  "Infinity", "NaN", "inf", "_1", "2026-01-31T00:00:00Z", "0-1", "١"])  # fmt: skip
def test_words_that_are_no_numbers(word: str) -> None:
    assert resolve(word) == word


@pytest.mark.parametrize("word", ["00", "-012", "+0x1", "012.5", "00e1", "1_0.5", "1.0_1", "0_1", "0B1", "1" * 65,
                                  "1." + "0" * 70])  # fmt: skip
def test_words_that_are_refused(word: str) -> None:
    assert isinstance(resolve(word), Refused)


def test_excerpts_are_short_and_show_nothing_that_acts() -> None:
    assert excerpt("a\x1b[2Jb") == "'a\\x1b[2Jb'"
    assert excerpt("é" * 100) == "'" + "é" * 80 + "…'"


def test_a_refused_document_is_not_repeated() -> None:
    secret = "hunter2"
    for text in (f"a: {secret}\na: 1\n", f"a: [{secret}\n", f"a: &x {secret}\n", f"a: {secret}: b: c\n"):
        assert all(secret not in str(finding) for finding in read(text, PATH))  # type: ignore[union-attr]


def test_the_reader_imports_neither_parser_nor_pydantic() -> None:
    code = (
        "import sys; from mlgitops.spec.reader import read; "
        "assert not {'pydantic', 'ruamel.yaml', 'ryaml'} & set(sys.modules); "
        "read('a: 1', 'x'); assert 'ryaml' in sys.modules; assert 'ruamel.yaml' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
