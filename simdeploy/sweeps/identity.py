"""Identity of a sweep: hashes of scenario and model, so that only the same sweep is resumed."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from simdeploy.scenario import Scenario

#: Packages whose sources determine the results of a run and their statistics.
DECIDING = (
    "distributions", "draws.py", "encode", "engines", "model", "results", "scenario", "semantics",
    "strategies", "sweeps", "units.py",
)  # fmt: skip
#: Keys of a scenario that change no run; runs and seed are entries of their own in a manifest.
SILENT = {"title", "story", "questions", "extends", "runs", "seed"}


def digest(value: Any) -> str:
    """Return a short hash of plain data.

    >>> digest({"a": 1})
    '015abd7f5cc57a2d'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def of_scenario(scenario: Scenario) -> str:
    """Return a hash of the keys that determine a scenario's runs, in the order of the file."""
    return digest(scenario.model_dump(mode="json", by_alias=True, exclude=SILENT))


@cache
def fingerprint() -> str:
    """Return a hash of the sources in `DECIDING`."""
    package = Path(__file__).resolve().parents[1]
    hashed = hashlib.sha256()
    for name in DECIDING:
        top = package / name
        for file in sorted(top.rglob("*.py")) if top.is_dir() else [top]:
            hashed.update(f"\0{file.relative_to(package).as_posix()}\0".encode())
            hashed.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return hashed.hexdigest()[:16]
