"""Damaged inputs by chance: a file changed one to four times, in its tree or in its text.

A mutant depends on a seed and its number alone. Some changes keep to what a file may hold, so that
odd values have to be played; others are what no reader expects.
"""

import json
import math
import random
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.abuse.sources import Source, sources

#: A place in a tree: the block or list that holds a value, and its key or index there.
Place = tuple[Any, Any]
#: Stands for nesting that is deeper than a writer of JSON goes.
DEEP = "@deep@"
VALUES = (
    0, -1, 1, 2, 0.5, -0.0, 5e-324, 1e-9, 1e9, 1e308, -1e308, 2**31, 2**53 + 1, 2**64, 10**30,
    10**400, math.nan, math.inf, -math.inf, True, False, None, "", " ", "0", "-1", "null", "~",
    "0s", "1ms", "5m", "1h", "-5m", "99999999h", "1e400s", "5 parsecs", "0%", "50%", "100%", "101%",
    "-1%", "nan%", "auto", "always", "*", "${HOME}", "../../etc/passwd", "/dev/zero", "a" * 300,
    "\x1b[31mred", "\u202egnirts", "\ufeff", "\u2028", "a\nb", "\ttab", "\x00", "\ud800", "漢字",
    "🚀", "=1+1", "<script>", "{}", "[", ": ", "- ", "# no", [], [[]], [None], ["a", "a"], {},
    {"": {}}, {"a": 1}, [1, 2, 3], [{"kind": "errors"}], {"distribution": "lognormal"}, DEEP,
    {"distribution": "uniform", "low": 5, "high": 1}, {"distribution": "empirical", "values": []},
    list(range(2000)), {str(k): k for k in range(500)}, "x" * 20_000,
)  # fmt: skip
KEYS = (
    "",
    " ",
    "kind",
    "type",
    "name",
    "extends",
    "__class__",
    "a.b",
    "0",
    "k" * 300,
    "\u202e",
    "é",
)
FACTORS = (-1, 0, 0.001, 0.1, 0.5, 0.5, 0.9, 1.1, 2, 2, 3, 10, 1000, 1e6, 1e12)
BYTES = (
    b"\x00",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\t",
    b"\r",
    b"\x1b[2J",
    b"\x85",
)
WORDS = ("&a ", "*a", "!!python/object/apply:os.system ", "!!binary ", "<<: ", "---\n", "...\n",
         "? ", "| ", "> ", "%YAML 1.1\n", "{", "}", "]", '"', "'", ":", ",")  # fmt: skip
#: Kinds of files, and the share of mutants of each: those that are quick to read are more.
KINDS = {
    "gallery": ("scenario",), "whole": ("whole",), "aws": ("aws",),
    "options": ("advice", "faults", "budget", "sweep"),
}  # fmt: skip
SHARES = {"gallery": 45, "whole": 10, "aws": 40, "options": 5}
#: Shares of mutants, added up: those changed in their text, then those changed mildly.
OF_TEXT, MOSTLY_MILD = 0.15, 0.7
NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Mutant:
    """A damaged file: its bytes, where it comes from, and what was changed, in words."""

    number: int
    source: Source
    changes: tuple[str, ...]
    content: bytes


def mutants(seed: int, first: int, last: int) -> Iterator[Mutant]:
    """Yield the mutants of a seed with numbers from ``first`` to below ``last``."""
    for number in range(first, last):
        yield mutant(seed, number)


def mutant(seed: int, number: int) -> Mutant:
    """Return one mutant; the files of a kind take turns."""
    luck = random.Random(f"{seed}/{number}")
    files = _of_kind(luck.choices(list(SHARES), list(SHARES.values()))[0])
    source = files[number % len(files)]
    chance, count = luck.random(), luck.choice((1, 1, 1, 2, 2, 3, 4))
    if chance < OF_TEXT:
        return Mutant(number, source, *_of_text(source.text.encode(), count, luck))
    tree = [deepcopy(_tree(source))]
    changes = []
    for _ in range(count):
        name = luck.choice(MILD if chance < MOSTLY_MILD else TREE_NAMES)
        changes.append(f"{name} at {TREE[name](tree, luck)}")
    text = written(tree[0], is_json=source.suffix == ".json", is_ascii=luck.random() < 0.5)
    return Mutant(number, source, tuple(changes), text.encode("utf-8", "surrogatepass"))


@cache
def _of_kind(kind: str) -> list[Source]:
    return [source for source in sources() if source.kind in KINDS[kind]]


@cache
def _tree(source: Source) -> Any:
    return source.tree()


def places(tree: Any, path: str = "") -> list[tuple[str, Place]]:
    """Return every value below a list or block, with its path."""
    found: list[tuple[str, Place]] = []
    left = [(path, tree)]
    while left:
        path, value = left.pop()
        for key in _keys(value):
            inside = f"{path}.{key}"
            found.append((inside, (value, key)))
            left.append((inside, value[key]))
    return found


def _keys(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []


def _somewhere(tree: Any, luck: random.Random) -> tuple[str, Place]:
    """Return a value's place: the whole file's in one of a hundred, else below a key of its."""
    whole = ("", (tree, 0))
    keys = _keys(tree[0])
    if luck.random() < 0.01 or not keys:
        return whole
    key = luck.choice(keys)
    return luck.choice([(f".{key}", (tree[0], key)), *places(tree[0][key], f".{key}")])


def _delete(tree: Any, luck: random.Random) -> str:
    path, (block, key) = _somewhere(tree, luck)
    if block is tree:
        tree[0] = None
    else:
        del block[key]
    return path


def _duplicate(tree: Any, luck: random.Random) -> str:
    path, (block, key) = _somewhere(tree, luck)
    if isinstance(block, list) and block is not tree:
        block.insert(luck.randrange(len(block) + 1), deepcopy(block[key]))
    else:
        block[key] = [deepcopy(block[key]), deepcopy(block[key])]
    return path


def _swap(tree: Any, luck: random.Random) -> str:
    path, (one, key) = _somewhere(tree, luck)
    other_path, (other, other_key) = _somewhere(tree, luck)
    first, second = deepcopy(one[key]), deepcopy(other[other_key])
    one[key], other[other_key] = second, first
    return f"{path} and {other_path}"


def _replace(tree: Any, luck: random.Random) -> str:
    path, (block, key) = _somewhere(tree, luck)
    value = luck.choice(VALUES)
    block[key] = deepcopy(value)
    return f"{path}: {value!r:.60}"


def _scale(tree: Any, luck: random.Random) -> str:
    """Make a number larger, smaller or negative; its unit stays."""
    numbers = [p for p in places(tree) if _is_number(p[1][0][p[1][1]])]
    numbers = [p for p in numbers if ".questions." not in p[0]] or numbers
    if not numbers:
        return _replace(tree, luck)
    path, (block, key) = luck.choice(numbers)
    factor, value = luck.choice(FACTORS), block[key]
    if isinstance(value, str):
        block[key] = NUMBER.sub(lambda match: f"{float(match[0]) * factor:g}", value, count=1)
    else:
        scaled = value * factor
        keeps = isinstance(value, int) and math.isfinite(scaled)
        block[key] = int(scaled) if keeps else scaled
    return f"{path.removeprefix('.0')}: x {factor}"


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return bool(NUMBER.match(value)) and len(value) < 12
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _retype(tree: Any, luck: random.Random) -> str:
    """Give a value another type that holds the same."""
    path, (block, key) = _somewhere(tree, luck)
    value = block[key]
    if isinstance(value, dict):
        others = [list(value.values()), list(value), str(value), [value], value or None]
    elif isinstance(value, list):
        others = [dict(enumerate(value)), value[0] if value else {}, str(value), [value], {}]
    else:
        others = [str(value), [value], {"value": value}, {str(value): value}, {str(value): {}}]
    block[key] = luck.choice(others)
    return f"{path}: {type(block[key]).__name__}"


def _rename(tree: Any, luck: random.Random) -> str:
    path, (block, key) = _somewhere(tree, luck)
    if not isinstance(block, dict):
        return _retype(tree, luck)
    name = luck.choice([*KEYS, str(key).upper(), f"{key}s", str(key)[:-1], str(key)[::-1]])
    block[name] = block.pop(key)
    return f"{path}: {name!r:.40}"


def _add(tree: Any, luck: random.Random) -> str:
    path, (block, key) = _somewhere(tree, luck)
    inside = block[key]
    if isinstance(inside, dict):
        inside[luck.choice(KEYS)] = deepcopy(luck.choice(VALUES))
    elif isinstance(inside, list):
        inside.append(deepcopy(luck.choice(VALUES)))
    else:
        return _replace(tree, luck)
    return path


def _graft(tree: Any, luck: random.Random) -> str:
    """Put part of another file here, by preference in a place of its own name."""
    _, (block, key) = luck.choice(_parts(luck.choice(("gallery", "gallery", "aws"))))
    part = deepcopy(block[key])
    same = [p for p in places(tree) if p[1][1] == key and not isinstance(key, int)]
    path, (target, at) = luck.choice(same) if same else _somewhere(tree, luck)
    if isinstance(target, dict) and not same and not isinstance(key, int):
        at = key
    target[at] = part
    return f"{path}: a part named {key}"


@cache
def _parts(kind: str) -> list[tuple[str, Place]]:
    found = [p for source in _of_kind(kind) for p in places(_tree(source))]
    return [p for p in found if ".questions" not in p[0]]


#: Changes of a tree, and how often each is chosen.
TREE: dict[str, Callable[[Any, random.Random], str]] = {
    "delete": _delete, "duplicate": _duplicate, "swap": _swap, "replace": _replace,
    "scale": _scale, "retype": _retype, "rename": _rename, "add": _add, "graft": _graft,
}  # fmt: skip
TREE_NAMES = [*TREE, "replace", "replace", "scale", "graft"]
#: Changes after which a file often says something that can be played.
MILD = ["scale", "scale", "scale", "graft", "graft", "delete", "duplicate"]


def _of_text(content: bytes, count: int, luck: random.Random) -> tuple[tuple[str, ...], bytes]:
    """Change a text without regard to what it says."""
    changes = []
    for _ in range(count):
        name = luck.choice(list(TEXT))
        content = TEXT[name](content, luck)
        changes.append(f"{name} in the text")
    return tuple(changes), content


def _lines(change: Callable[[list[bytes], random.Random], None]) -> Any:
    def changed(content: bytes, luck: random.Random) -> bytes:
        lines = content.splitlines(keepends=True) or [b"\n"]
        change(lines, luck)
        return b"".join(lines)

    return changed


def _delete_line(lines: list[bytes], luck: random.Random) -> None:
    del lines[luck.randrange(len(lines))]


def _repeat_line(lines: list[bytes], luck: random.Random) -> None:
    at = luck.randrange(len(lines))
    lines[at] *= luck.choice((2, 2, 3, 200))


def _swap_lines(lines: list[bytes], luck: random.Random) -> None:
    one, other = luck.randrange(len(lines)), luck.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def _indent(lines: list[bytes], luck: random.Random) -> None:
    at = luck.randrange(len(lines))
    lines[at] = luck.choice((b" ", b"  ", b"\t", b"- ")) + lines[at]


def _cut(content: bytes, luck: random.Random) -> bytes:
    return content[: luck.randrange(len(content) + 1)]


def _flip(content: bytes, luck: random.Random) -> bytes:
    changed = bytearray(content or b"a")
    changed[luck.randrange(len(changed))] ^= 1 << luck.randrange(8)
    return bytes(changed)


def _insert(content: bytes, luck: random.Random) -> bytes:
    at = luck.randrange(len(content) + 1)
    what = luck.choice([*BYTES, *(word.encode() for word in WORDS)])
    return content[:at] + what + content[at:]


def _recode(content: bytes, luck: random.Random) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(luck.choice(("utf-16", "utf-16-le", "utf-32", "latin-1")), "replace")


TEXT: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "delete a line": _lines(_delete_line), "repeat a line": _lines(_repeat_line),
    "swap lines": _lines(_swap_lines), "indent": _lines(_indent), "cut": _cut, "flip a bit": _flip,
    "insert": _insert, "recode": _recode,
}  # fmt: skip


def written(tree: Any, *, is_json: bool, is_ascii: bool) -> str:
    """Return a tree as a file: JSON, which is YAML, too, but for numbers that are not finite."""
    text = json.dumps(tree, indent=1, ensure_ascii=is_ascii)
    if not is_json:
        for word, name in ((r"-Infinity", "-.inf"), (r"Infinity", ".inf"), (r"NaN", ".nan")):
            text = re.sub(rf"(?<=[:\[,\s]){word}(?=[,\s\]}}]|$)", name, text)
    deep = "[" * 5000 + "]" * 5000
    return text.replace(f'"{DEEP}"', deep)
