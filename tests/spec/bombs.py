"""Files made to exhaust a reader: each breaks a limit or a rule, so each must be refused, soon and in little space."""

from __future__ import annotations

from collections.abc import Iterator

KIB_256 = 256 * 1024


def bombs() -> Iterator[tuple[str, str | bytes]]:
    """All of them with their names, one at a time."""
    for family in (sizes, depths, nodes, aliases, numbers, keys, quotes, indicators, characters):
        for name, content in family():
            yield f"{family.__name__}: {name}", content


def sizes() -> Iterator[tuple[str, str | bytes]]:
    for name, piece in (("letters", "a"), ("accents", "é"), ("emoji", "😀"), ("lines", "\n"), ("spaces", " "),
                        ("comments", "# x\n"), ("pairs", "a: 1\n"), ("tabs", "\t"), ("brackets", "[]")):  # fmt: skip
        length = len(piece.encode())
        yield f"{name} just over", piece * (KIB_256 // length + 1)
        yield f"{name} of 2 MiB", piece * (2 * 1024 * 1024 // length)
    yield "NUL bytes of 2 MiB", bytes(2 * 1024 * 1024)


def depths() -> Iterator[tuple[str, str]]:
    for count in (33, 500, 5_000, 80_000):
        yield f"{count} lists", "a: " + "[" * count + "]" * count
        yield f"{count} open lists", "a: " + "[" * count
        yield f"{count} mappings", "{a: " * min(count, 50_000) + "1" + "}" * min(count, 50_000)
        yield f"{count} open mappings", "{a: " * min(count, 60_000)
        yield f"{count} braces", "{" * count
        yield f"{count} dashes", "a:\n " + "- " * count + "x"
        yield f"{count} mixed", "a: " + "[{b: " * min(count, 50_000)
        yield f"{count} closing", "a: " + "]" * count
    for count in (33, 200, 700):
        yield f"{count} indented keys", "".join(f"{' ' * level}a:\n" for level in range(count))
        yield f"{count} indented lists", "a:\n" + "".join(f"{' ' * level}-\n" for level in range(count))
        yield (
            f"{count} lists of mappings",
            "a:\n" + "".join(f"{'  ' * level}- a:\n" for level in range(min(count, 500))),
        )


def nodes() -> Iterator[tuple[str, str]]:
    for count in (10_001, 60_000):
        yield f"{count} items", "a:\n" + "- 1\n" * count
        yield f"{count} items in brackets", "a: [" + "1," * count + "]"
        yield f"{count} empty lists", "a: [" + "[]," * count + "]"
        yield f"{count} empty items", "a:\n" + "-\n" * count
        yield f"{count} quotes", "a: [" + '"",' * count + "]"
    for count in (10_001, 20_000):
        yield f"{count} keys", "".join(f"k{number}: 1\n" for number in range(count))
        yield f"{count} keys in braces", "{" + ",".join(f"k{number}: 1" for number in range(count)) + "}"
        yield f"{count} pairs", "a: [" + "b: c," * count + "]"
        yield f"{count} bare keys", "{" + ",".join(f"k{number}" for number in range(count)) + "}"


def aliases() -> Iterator[tuple[str, str]]:
    for levels, width in ((3, 3), (9, 9), (9, 100), (26, 2), (26, 9), (200, 9)):
        rows = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels))]
        yield f"lists, {levels} levels of {width}", "\n".join(rows)
        rows = ["a0: &a0 {k: x}", *(f"a{n}: &a{n} {{{', '.join(f'k{i}: *a{n - 1}' for i in range(width))}}}"
                                    for n in range(1, levels))]  # fmt: skip
        yield f"mappings, {levels} levels of {width}", "\n".join(rows)
        rows = ["a0: &a0 {k: x}", *(f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * width)}]"
                                    for n in range(1, levels))]  # fmt: skip
        yield f"merges, {levels} levels of {width}", "\n".join(rows)
    yield "itself", "a: &a [*a]"
    yield "itself as a key", "&a {*a : 1}"
    yield "a long text 20,000 times", f"a: &a {'x' * 100_000}\nb: [{'*a, ' * 20_000}]"
    yield "never defined", "a: *nobody"
    yield "a long name", f"a: &{'x' * 200_000} 1"


def numbers() -> Iterator[tuple[str, str]]:
    for length in (65, 400, 4_301, 20_000, 200_000):
        yield f"integer of {length}", f"a: {'9' * length}"
        yield f"negative integer of {length}", f"a: -{'9' * length}"
        yield f"fraction of {length}", f"a: 0.{'3' * length}"
        yield f"exponent of {length}", f"a: 1e{'9' * length}"
        yield f"small exponent of {length}", f"a: 1e-{'9' * length}"
        yield f"hexadecimal of {length}", f"a: 0x{'f' * length}"
        yield f"octal of {length}", f"a: 0o{'7' * length}"
        yield f"underscores of {length}", f"a: 1{'_1' * (length // 2)}"
        yield f"zeros of {length}", f"a: {'0' * length}"
        yield f"key of {length} digits", f"{'9' * min(length, 1_000)}: a"


def keys() -> Iterator[tuple[str, str]]:
    for length in (1_100, 20_000, 200_000):
        yield f"plain of {length}", f"{'k' * length}: 1"
        yield f"in double quotes of {length}", f'"{"k" * length}": 1'
        yield f"in braces of {length}", f"{{{'k' * length}: 1}}"
        yield f"words of {length}", f"{'k ' * (length // 2)}: 1"
        yield f"{length} questions", "? " * (length // 2)
        yield f"{length} colons", ": " * (length // 2)
        yield f"a list of {length}", f"? [{'x, ' * (length // 3)}]\n: 1"
    for count in (2, 1_000, 30_000):
        yield f"{count} times the same", "a: 1\n" * count
        yield f"{count} times the same in braces", "{" + "a: 1, " * count + "}"
        yield f"{count} merge keys", "<<: 1\n" * count


def quotes() -> Iterator[tuple[str, str]]:
    for quote in "'\"":
        for name, filling in (("letters", "x"), ("lines", "x\n"), ("deep lines", "\n "), ("spaces", " ")):
            yield f"{name} within an open {quote}", f"a: {quote}" + filling * (200_000 // len(filling))
        yield f"{quote} in lists", f"a: [{quote}" * 40_000
        yield f"{quote} many", f"a: {quote}" + f"{quote} " * 80_000
    for escape in ("\\", "\\x0", "\\u000", "\\U0000000", "\\q", "\\uD800", "\\U00110000", "\\UFFFFFFFF"):
        yield f"escape {escape}", f'a: "{escape}"'
    yield "a million escapes", 'a: "' + "\\x00" * 50_000 + '"'
    yield "open block scalar header", "a: |" + "9" * 200_000
    yield "blank lines deeper than the text", "a: |\n" + "   \n" * 50_000 + " x\n"


def indicators() -> Iterator[tuple[str, str]]:
    for piece in ("!", "!a ", "&a ", "*a ", "|", ">", "%a\n", "---\n", "...\n", "- ", "-", "?", ",", "@", "`", ":",
                  "- - ", ": - ", "{,", "[}", "!!str ", "!<", "#\t\n\t"):  # fmt: skip
        yield f"many {piece!r}", piece * (100_000 // len(piece))
        if piece not in "-?":  # Those would be a word.
            yield f"many {piece!r} below a key", "a: " + piece * (100_000 // len(piece))


def characters() -> Iterator[tuple[str, str | bytes]]:
    for name, character in (("zero width", "\u200b"), ("bidi", "\u202e"), ("NUL", "\0"), ("escape", "\x1b"),
                            ("byte order marks", "\ufeff"), ("line separators", "\u2028"), ("next lines", "\x85"),
                            ("carriage returns", "\r"), ("tags", "\U000e0041")):  # fmt: skip
        yield f"many {name}", "a: " + character * (KIB_256 // len(character.encode()) - 10)
    yield "combining accents", "a: " + "e" + "\u0301\u0323" * 60_000
    yield "bytes that are not UTF-8", b"a: \xff" * 50_000
    yield "UTF-32", "a: 1\n".encode("utf-32") * 1_000
