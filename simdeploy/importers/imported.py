"""What an import returns, and how it is written."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simdeploy.errors import ImportShapeError
from simdeploy.files import WriteError, write_text
from simdeploy.importers import page
from simdeploy.importers.adapted import Reason
from simdeploy.importers.inventory import Inventory
from simdeploy.importers.page import ADDED, Assumption

#: Assumed values on which a comparison rests most, before and after what the files leave open.
FIRST = ("service.desired_count", "traffic.rate", "service.startup.boot", "service.request_time")
THEN = ("service.workers", "target_group.health_check.depth", "service.task.vcpu")
MEDIAN = re.compile(r"\bmedian: ([^,}]+)")


@dataclass(frozen=True)
class Imported:
    """A scenario made of AWS's files.

    Attributes
    ----------
    text : str
        The scenario as YAML, with comments.
    assumptions : tuple of Assumption
        What the files did not give, and what a scenario cannot say.
    service_name : str
        The service's name.
    files : tuple of str
        Where it all comes from.
    inventory : Inventory
        What the files hold, as AWS's objects.
    places : mapping of str to str
        Where values stand ("file:line") by their paths in the scenario, for styles that make it
        themselves.
    """

    text: str
    assumptions: tuple[Assumption, ...]
    service_name: str
    files: tuple[str, ...]
    inventory: Inventory = field(repr=False, default=Inventory(()))
    places: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def added(self) -> tuple[str, ...]:
        """Strategies that no file describes, added for comparison."""
        paths = [one.path for one in self.assumptions if one.source_words == ADDED]
        return tuple(path.removeprefix("strategies.") for path in paths)

    @property
    def assumed(self) -> tuple[Assumption, ...]:
        """Values that no file gives: what the scenario marks, without added strategies."""
        return tuple(one for one in self.assumptions if one.value)

    def summary(self) -> str:
        """Return everything that was assumed or left out, by source, as lines."""
        return "\n".join(page.listing(self.assumptions))

    def notes(self) -> str:
        """Return what the files speak of and the scenario has not: values left open, caveats."""
        said = [one for one in self.assumptions if not one.value and one.source_words != ADDED]
        opened = [one for one in self.assumed if isinstance(one.source_words, Reason)]
        by_reason: dict[str, list[str]] = {}
        for one in opened:
            by_reason.setdefault(one.source_words, []).append(f"{one.path}={one.value}")
        lines = [f"{why}; assumed:\n  {', '.join(values)}" for why, values in by_reason.items()]
        return "\n".join([*lines, *page.listing(said)])

    def to_set(self, most: int = 5) -> tuple[str, ...]:
        """Return the assumed values that decide most, as ``path=value`` for ``--set``."""
        opened = [one.path for one in self.assumed if isinstance(one.source_words, Reason)]
        order = dict.fromkeys((*FIRST, *opened, *THEN))
        by_path = {one.path: one for one in self.assumed}
        return tuple(_setting(by_path[path]) for path in order if path in by_path)[:most]


def _setting(one: Assumption) -> str:
    """Return an assumption as a setting; of a distribution, its median."""
    median = MEDIAN.search(one.value)
    return f"{one.path}.median={median[1]}" if median else f"{one.path}={one.value}"


def write(imported: Imported, out_path: str | os.PathLike[str]) -> Path:
    """Write the scenario, whole or not at all, and return where it is.

    Raises
    ------
    ImportShapeError
        If it cannot be written, or if it would replace an imported file.
    """
    try:
        target = Path(os.path.realpath(out_path))
        if any(target == Path(os.path.realpath(file)) for file in imported.files):
            raise ImportShapeError(str(out_path), "is one of the files to import; name another -o")
        write_text(target, imported.text)
    except (WriteError, ValueError) as error:
        why = getattr(error, "why", "no file can have this name")
        raise ImportShapeError(str(out_path), f"cannot be written: {why}") from None
    return target
