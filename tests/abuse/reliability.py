"""``python -m tests.abuse.reliability``: all that is tried, and its figures in docs/reliability.md.

Figures stand in ``tests/abuse/reliability.json``, part by part; ``--only`` plays some parts anew.
Played inputs are kept in a file (``--ends``), so that a run that was interrupted goes on.
"""

import argparse
import json
import sys
import tempfile
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.abuse import kills, many
from tests.abuse.playing import FAILED

ROOT = Path(__file__).resolve().parents[2]
FIGURES = Path(__file__).with_name("reliability.json")
DOCUMENT = ROOT / "docs" / "reliability.md"
SEED = 1
#: How much of each is tried.
SIZES = {"inputs": 10_000, "templates": 10_000, "kills": 50, "workers": 10, "schedulers": 10}
#: Where the figures stand in the page.
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"


def play(part: str, ends: Path, *, again: bool) -> dict[str, Any]:
    """Try one part, and return its figures."""
    size = SIZES[part]
    if part == "inputs":
        return many.play(size, SEED, ends, again=again)
    if part == "templates":
        beside = ends.with_stem(f"{ends.stem}-{part}")
        return many.play(size, SEED, beside, again=again, part=part)
    with tempfile.TemporaryDirectory() as name:
        return getattr(kills, part)(size, SEED, Path(name))


def table(figures: dict[str, Any]) -> str:
    """Return what was tried as a table: a row per part, with how much of it failed.

    >>> print(table({"kills": {"kills": 50, "sweeps": 24, "failed": 0, "day": "then"}}))
    | tried | how many | what came of it | failed | day |
    |---|---|---|---|---|
    | sweeps killed at a random moment | 50 | all 24 sweeps resumed to the same bytes | 0 | then |
    """
    rows = ["| tried | how many | what came of it | failed | day |", "|---|---|---|---|---|"]
    for part, (what, count, came) in ROWS.items():
        if found := figures.get(part):
            words = came.format(**found)
            failed = sum(found[key] for key in ("failed", *FAILED) if key in found)
            cells = (what, f"{found[count]:,}", words, f"{failed:,}", found["day"])
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


#: Per part: what was tried, which figure says how often, and what came of it.
ROWS = {
    "inputs": (
        f"damaged inputs, seed {SEED}",
        "inputs",
        "{refused:,} refused in clear words, {accepted:,} played, {interrupted:,} interrupted",
    ),
    "templates": (
        f"damaged templates, plans, manifests and records, seed {SEED}",
        "inputs",
        "{refused:,} refused in clear words, {accepted:,} read",
    ),
    "kills": (
        "sweeps killed at a random moment",
        "kills",
        "all {sweeps} sweeps resumed to the same bytes",
    ),
    "workers": (
        "workers killed amid a sweep",
        "lost_workers",
        "every sweep ended as if nothing had happened, to the same bytes",
    ),
    "schedulers": (
        "schedulers killed or stopped amid a sweep",
        "lost_schedulers",
        "one line after {noticed_after_s} s at most; resumed without the cluster to the same bytes",
    ),
}


#: Parts whose inputs are of several kinds: the words for these, and how many of one are said.
KINDS = {
    "inputs": ("Inputs by command", "{:,} by `{}`"),
    "templates": ("Templates by kind", "{:,} of {}"),
}


def document(figures: dict[str, Any], page: str) -> str:
    """Return the page with its figures."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    blocks = [table(figures)]
    for part, (what, form) in KINDS.items():
        if found := figures.get(part):
            kinds = ", ".join(form.format(count, name) for name, count in found["commands"].items())
            words = f"""\
{what}: {kinds}. The slowest took {found["slowest_s"]} s of CPU, the largest process \
{found["peak_mb"]} MB."""
            blocks.append(textwrap.fill(words, 100, break_on_hyphens=False))
    figures_of_all = "\n\n".join(blocks)
    return f"{before}{BEGIN}\n{figures_of_all}\n\n{END}{after}"


def _figures() -> dict[str, Any]:
    return json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}


def main() -> int:
    """Carry out the command line: 0 if nothing failed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", choices=[*SIZES, "page"])
    parser.add_argument("--ends", type=Path, default=Path("ends.jsonl"), help="where to go on")
    parser.add_argument("--again", action="store_true", help="play again what failed")
    given = parser.parse_args()
    for part in SIZES:
        if given.only is None or part in given.only:
            found = play(part, given.ends, again=given.again)
            today = datetime.now(UTC).date().isoformat()
            figures = _figures() | {part: found | {"day": today}}
            ordered = {name: figures[name] for name in SIZES if name in figures}
            FIGURES.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
    figures = _figures()
    page = document(figures, DOCUMENT.read_text(encoding="utf-8"))
    DOCUMENT.write_text(page, encoding="utf-8")
    sys.stdout.write(table(figures) + "\n")
    bad = ("failed", *FAILED)
    return int(any(found.get(word, 0) for found in figures.values() for word in bad))


if __name__ == "__main__":
    sys.exit(main())
