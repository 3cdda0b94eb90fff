"""What an import returns, and how it is written."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from simdeploy.errors import ImportShapeError
from simdeploy.files import WriteError, write_text
from simdeploy.importers import page
from simdeploy.importers.inventory import Inventory
from simdeploy.importers.page import ADDED, Assumption


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
        What the files hold.
    """

    text: str
    assumptions: tuple[Assumption, ...]
    service_name: str
    files: tuple[str, ...]
    inventory: Inventory = field(repr=False, default=Inventory(()))

    @property
    def added(self) -> tuple[str, ...]:
        """Strategies that no file describes, added for comparison."""
        paths = [one.path for one in self.assumptions if one.source_words == ADDED]
        return tuple(path.removeprefix("strategies.") for path in paths)

    def summary(self) -> str:
        """Return what was assumed, by source, as lines: what the terminal shows after an import."""
        return "\n".join(page.listing(self.assumptions))


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
