"""Facts of AWS explained: what a rule says, how sure it is, where it is computed and tested."""

import ast
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import simdeploy
from simdeploy.aws_facts import CHAPTERS, FACTS, NOT_MODELED, Fact
from simdeploy.errors import SimdeployError
from simdeploy.report.words import grouped, wrapped

PACKAGE = Path(simdeploy.__file__).parent
#: Where the docstrings of functions name rules; of the first folder that has some, all are shown.
FOLDERS = ("semantics", "model", "strategies", "encode")
MEANS = {
    "documented": "documented: the AWS page says so",
    "observed": "observed: people saw it, and the report says who",
    "inferred": "inferred: it follows from what is documented and observed",
    "unpublished": "unpublished: nobody outside AWS knows; a parameter, or assumed as it says",
}
FOLLOWS = "no function of its own: it follows from other rules or from the scenario’s settings"
MOST = 5
#: Shorter words are looked for by likeness only.
MIN = 2
COLUMN = 12


def explain(rule: str, *, width: int = 100) -> str:
    """Return a rule in plain words: text, confidence, page, the functions and the test.

    Parameters
    ----------
    rule
        Its id, as docs/aws-behavior.md and ``simdeploy run --why`` print it.
    width
        The longest line; addresses are never cut.

    Raises
    ------
    SimdeployError
        For an unknown id; it names the closest ones.
    """
    fact = FACTS.get(rule)
    if fact is None:
        raise SimdeployError(_unknown(rule))
    outside = NOT_MODELED.get(rule)
    rows = {
        "Confidence": MEANS[fact.confidence],
        "Page": fact.page,
        "Seen": fact.seen,
        "Rule": f"not modeled: {outside}" if outside else "; ".join(_shown(rule)) or FOLLOWS,
        "Test": "" if outside else f"tests/test_conformance.py::test_fact[{rule}]",
    }
    head = f"{rule} · {_chapter(fact)}"
    lines = [*_wrapped(head, width), *_wrapped(fact.text, width), ""]
    for name, value in rows.items():
        lines += _wrapped(value, width, name.ljust(COLUMN)) if value else []
    return "\n".join(lines)


def listing(width: int = 100) -> str:
    """Return every rule by chapter: its id, and its first sentence below."""
    out: list[str] = []
    for title, facts in CHAPTERS:
        out += [*([""] if out else []), title]
        for fact in facts:
            out += [f"  {fact.id}", *_wrapped(fact.title, width, "    ")]
    return "\n".join(out)


def _unknown(rule: str) -> str:
    near = [one for one in FACTS if len(rule) > MIN and rule in one]
    near += [one for one in get_close_matches(rule, FACTS, n=3, cutoff=0.5) if one not in near]
    hint = f"did you mean {', '.join(near[:3])}?" if near else "simdeploy why lists them all"
    return f'unknown rule "{rule[:60]}"; {hint}'


def _chapter(fact: Fact) -> str:
    return next(title for title, facts in CHAPTERS if fact in facts)


def _shown(rule: str) -> list[str]:
    """Return the modules of a rule with its functions, the first of them."""
    places = computed_in().get(rule, [])
    files = grouped((name, file) for file, _, name in (place.partition(": ") for place in places))
    shown = [
        f"{file}: {', '.join(names[:MOST])}".removesuffix(": ") for file, names in files.items()
    ]
    more = [f"{len(shown) - MOST} more modules"] if len(shown) > MOST else []
    return shown[:MOST] + more


@cache
def computed_in() -> dict[str, list[str]]:
    """Return by rule the functions whose docstrings name it, a line per module.

    Of a rule that no function names, the modules that do.
    """
    found: dict[str, list[str]] = {}
    for folder in FOLDERS:
        functions: dict[str, list[str]] = {}
        modules: dict[str, list[str]] = {}
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            place = f"simdeploy/{path.relative_to(PACKAGE).as_posix()}"
            for name, text in _docstrings(path):
                where = f"{place}: {name}" if name else place
                for rule in FACTS:
                    if _names(text, rule):
                        (functions if name else modules).setdefault(rule, []).append(where)
        for rule in FACTS:
            at = functions.get(rule) or modules.get(rule)
            if at and rule not in found:
                found[rule] = at
    return found


def _docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the docstrings of a module's functions and classes by name, its own by no name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            name = "" if isinstance(node, ast.Module) else node.name
            yield name, ast.get_docstring(node) or ""


def _names(text: str, rule: str) -> bool:
    """Return whether a text names a rule, and not one whose id begins with the same words."""
    after = text.partition(rule)[2]
    return rule in text and not (after[:1] == "-" and after[1:2].isalnum())


def _wrapped(text: str, width: int, start: str = "") -> list[str]:
    return wrapped(text, max(width, COLUMN + 30), start, " " * len(start))
