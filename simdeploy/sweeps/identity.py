"""What a sweep is, so that only the same one is ever continued: scenario, settings and model."""

import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from simdeploy.scenario import Scenario

#: Packages whose sources decide what a run gives, and what is summed up of it.
DECIDING = (
    "distributions", "draws.py", "engines", "results", "scenario", "semantics", "strategies",
    "sweeps", "units.py",
)  # fmt: skip
#: Keys that tell a scenario to people and change no run; runs and seed are told by themselves.
SILENT = {"title", "story", "questions", "extends", "runs", "seed"}


def digest(value: Any) -> str:
    """Return a short hash of plain data.

    >>> digest({"a": 1})
    '015abd7f5cc57a2d'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def of_scenario(scenario: Scenario) -> str:
    """Return a hash of what decides a scenario's runs, in the order of the file."""
    return digest(scenario.model_dump(mode="json", by_alias=True, exclude=SILENT))


@cache
def fingerprint() -> str:
    """Return a hash of the sources that decide the numbers."""
    package = Path(__file__).resolve().parents[1]
    found = hashlib.sha256()
    for name in DECIDING:
        top = package / name
        for file in sorted(top.rglob("*.py")) if top.is_dir() else [top]:
            found.update(f"\0{file.relative_to(package).as_posix()}\0".encode())
            found.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()[:16]


def package_version() -> str:
    """Return the installed version, or what stands for it in a checkout."""
    try:
        return version("simdeploy")
    except PackageNotFoundError:
        return "checkout"
