"""Plays a damaged input as a user would, by the command line, and judges how that ends."""

import io
import os
import random
import re
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from typer.main import get_command

from simdeploy.cli.app import app
from simdeploy.cli.options import with_default_faults
from simdeploy.cli.terminal import INTERRUPTED, guarded
from simdeploy.errors import OBEYED
from tests.abuse.mutations import Mutant
from tests.abuse.sources import BESIDE, SCENARIOS, Source

#: Built once; ``main`` builds it for each command line.
COMMANDS = get_command(app)
#: Seconds of CPU after which Ctrl-C is pressed, and those within which it has to be over then.
LIMIT, OVER = 10.0, 20.0
#: Most letters of a message; a message of a scenario has at most 100 lines.
LONGEST = 40_000
#: Words of a library, which mean nothing to who wrote the file.
DIALECT = re.compile(
    r"Input should|validation error|type=\w+|pydantic|object at 0x|NoneType|Traceback"
)
ENDS = (
    "accepted",
    "refused",
    "interrupted",
    "traceback",
    "slow",
    "bad message",
    "left behind",
    "differs",
    "died",
)
FAILED = ENDS[3:]
#: Kinds of files that lie in the gallery.
GALLERY = ("scenario", "whole")
FORMATS = ("table", "table", "json", "csv", "markdown")
ENCODINGS = ("utf-8", "utf-8", "utf-8", "ascii", "latin-1", "cp1252")
COLUMNS = ("100", "80", "40", "1", "0", "", "wide", "99999")
RUNS = ("--runs", "2", "--threads", "1")


class Screen(io.TextIOWrapper):
    """A standard stream of some encoding, a terminal or none."""

    def __init__(self, encoding: str, *, is_terminal: bool) -> None:
        self.is_terminal = is_terminal
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)

    def isatty(self) -> bool:
        """Return what was asked for."""
        return self.is_terminal

    def shown(self) -> str:
        """Return all that was written."""
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


@dataclass(frozen=True)
class End:
    """How a command ended, in one of the words of `ENDS`, with what it said."""

    number: int
    source: str
    command: str
    end: str
    seconds: float
    said: str = ""
    changes: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """Return it as plain data; of what is well the words are left out."""
        told = asdict(self)
        if self.end not in FAILED:
            del told["said"], told["changes"]
        return told


def prepared(folder: Path) -> Path:
    """Return a folder with a copy of the gallery, in which damaged files are put."""
    shutil.copytree(SCENARIOS, folder / "scenarios")
    return folder


def played(mutant: Mutant, folder: Path) -> End:
    """Play a mutant by a command that its number chooses."""
    luck = random.Random(f"command {mutant.number}")
    path = _file(mutant, folder)
    path.write_bytes(mutant.content)
    out = folder / "out"
    typed = with_default_faults(_command(mutant, path, out, luck))
    screens = {
        "encoding": luck.choice(ENCODINGS), "columns": luck.choice(COLUMNS),
        "is_terminal": luck.random() < 0.1,
    }  # fmt: skip
    began = time.process_time()
    code, shown, error = _carried_out(typed, **screens)
    seconds = time.process_time() - began
    end = _judged(code, shown, error, out)
    if end == "accepted" and luck.random() < 0.05 and typed[0] not in ("import", "sweep"):
        again = _carried_out(typed, **screens)
        end = end if again[:2] == (code, shown) else "differs"
    if end == "accepted" and typed[0] == "import":
        typed = ["compare", str(out), "--no-drill", *RUNS]
        code, shown, error = _carried_out(typed, **screens)
        end = _judged(code, shown, error, None)
    if seconds > OVER:
        end = "slow"
    path.unlink()
    shutil.rmtree(out, ignore_errors=True)
    out.unlink(missing_ok=True)
    words = " ".join(typed).replace(str(folder), "…")
    return End(
        mutant.number, mutant.source.name, words, end, round(seconds, 3), error, mutant.changes
    )


def _file(mutant: Mutant, folder: Path) -> Path:
    """Return where a damaged file is put: beside its origin, for the files that it extends."""
    above = Path(mutant.source.name).parent if mutant.source.kind in GALLERY else Path()
    return folder / "scenarios" / above / f"mutant{mutant.source.suffix}"


def _command(mutant: Mutant, path: Path, out: Path, luck: random.Random) -> list[str]:
    """Return a command that reads the file."""
    kind, file = mutant.source.kind, str(path)
    if kind in GALLERY:
        return _of_scenario(file, luck)
    if kind == "aws":
        return _of_aws(mutant.source, file, out, luck)
    return {
        "advice": ["recommend", "bad-boot", "--advice", file, *RUNS],
        "faults": ["compare", "bad-boot", "--faults", file, "--strategy", "rolling", *RUNS],
        "budget": ["check", "bad-boot", "--budget", file, *RUNS],
        "sweep": ["sweep", "--file", file, "--out", str(out), "--threads", "1"],
    }[kind]


def _of_aws(source: Source, file: str, out: Path, luck: random.Random) -> list[str]:
    """Return a command that reads a file of AWS, with some others of the same service."""
    own = Path(source.name).name
    files = [name for name in BESIDE if not own.startswith("full-") and name.name != own]
    beside = [str(name) for name in files if luck.random() < 0.5]
    if luck.random() < 0.05:
        return ["check", file, *beside, *RUNS]
    return ["import", "aws", file, *beside, "-o", str(out)]


def _of_scenario(file: str, luck: random.Random) -> list[str]:
    """Return a command that plays a scenario; most are comparisons."""
    form = ["--format", luck.choice(FORMATS)]
    why = ["--why"] if form[1] in ("table", "markdown") and luck.random() < 0.5 else []
    commands = {
        ("compare", file, "--no-drill", *RUNS, *form): 55,
        ("run", file, *form, *why): 20,
        ("run", file, "--strategy", "rolling"): 5,
        ("run", file, "--compare", "rolling,canary"): 4,
        ("check", file, *RUNS): 1,
        ("compare", "bad-boot", file, *RUNS, *form): 4,
        ("ask", file, "--answers", *RUNS, *form): 3,
        ("compare", file, "--assumptions", *RUNS): 2,
        ("compare", file, "--faults", "--strategy", "rolling", "--runs", "1", *form): 2,
    }
    return list(luck.choices(list(commands), list(commands.values()))[0])


def _judged(code: int | str, shown: str, error: str, out: Path | None) -> str:
    """Return a word of `ENDS`."""
    if isinstance(code, str):
        return code
    if code in (0, 1):
        # On the standard error of a terminal stands a bar, which is there to be obeyed.
        return "bad message" if OBEYED.search(shown) else "accepted"
    if out is not None and out.is_file():
        return "left behind"
    if code == INTERRUPTED and "\n" in error:
        return "interrupted"
    is_bad = code != 2 or not error.strip() or len(error) > LONGEST
    is_bad = is_bad or OBEYED.search(error) or DIALECT.search(error)
    return "bad message" if is_bad else "refused"


def _carried_out(
    typed: list[str], encoding: str, columns: str, *, is_terminal: bool
) -> tuple[int | str, str, str]:
    """Return a command's exit code, or how it ended instead, and what it wrote."""
    out, err = (Screen(encoding, is_terminal=is_terminal) for _ in range(2))
    code: int | str
    with (
        patch.object(sys, "stdout", out), patch.object(sys, "stderr", err),
        patch.dict(os.environ, {"COLUMNS": columns}),
    ):  # fmt: skip
        try:
            with limited():
                code = guarded(lambda: COMMANDS(typed, standalone_mode=False))
        except BaseException:  # noqa: BLE001  whatever is raised is what is looked for
            return "traceback", out.shown(), "".join(traceback.format_exc(limit=-8))
    return code, out.shown(), err.shown()


@contextmanager
def limited() -> Iterator[None]:
    """Press Ctrl-C once a command has taken much CPU."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
