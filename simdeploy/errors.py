"""What can go wrong, as a tree.

::

    Exception
    └── SimdeployError             anything this package raises on purpose
        ├── ScenarioError          a scenario file with faults, all of them at once
        ├── NotSimulatedError      valid, but an engine does not play it yet
        ├── StrategyError          a strategy of your own that no engine can run (also a ValueError)
        ├── ImportShapeError       a file that is none of the shapes AWS prints
        └── MissingExtraError      an optional package is not installed (also an ImportError)

The command line prints the message and ends with 2; nobody sees a traceback.
"""

from collections.abc import Iterable
from typing import NamedTuple


class SimdeployError(Exception):
    """Anything this package raises on purpose."""


class Fault(NamedTuple):
    """One thing that is wrong in a scenario, and where.

    Parameters
    ----------
    file
        The file as the user named it.
    line
        Counted from 1; 0 where no line is to blame.
    path
        Dotted, such as ``service.desired_count``; empty for the file as a whole.
    message
        What is wrong, what was found, and what would be right.

    Examples
    --------
    >>> print(Fault("my.yaml", 14, "runs", 'must be a whole number ≥ 1; got "six"'))
    my.yaml:14: runs: must be a whole number ≥ 1; got "six"
    """

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        """Return the line that the terminal shows."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.path, self.message) if part)


#: Lines that one message shows at most; `ScenarioError.faults` has them all.
MOST_LINES = 100


class ScenarioError(SimdeployError):
    """A scenario that cannot be used.

    Attributes
    ----------
    faults : tuple of Fault
        Everything that is wrong with it, in the order of the file.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults[:MOST_LINES]]
        if len(self.faults) > MOST_LINES:
            lines.append(f"… and {len(self.faults) - MOST_LINES:,} more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type["ScenarioError"], tuple[tuple[Fault, ...]]]:
        """Travel between processes with the faults."""
        return type(self), (self.faults,)


class NotSimulatedError(SimdeployError):
    """A feature that the format knows and an engine does not play yet.

    Examples
    --------
    >>> print(NotSimulatedError("release.faults: cold_start"))
    not simulated yet: release.faults: cold_start
    """

    def __init__(self, feature: str) -> None:
        self.feature = feature
        super().__init__(f"not simulated yet: {feature}")

    def __reduce__(self) -> tuple[type["NotSimulatedError"], tuple[str]]:
        """Travel between processes with the feature's name."""
        return type(self), (self.feature,)


class StrategyError(SimdeployError, ValueError):
    """A strategy of a user's own that cannot be registered or played, with its file and line."""


class ImportShapeError(SimdeployError):
    """A file that is none of the shapes that the AWS command line prints or takes.

    Examples
    --------
    >>> print(ImportShapeError("x.json", "no service, task definition or target group in it"))
    x.json: no service, task definition or target group in it
    """

    def __init__(self, file: str, why: str) -> None:
        self.file = file
        self.why = why
        super().__init__(f"{file}: {why}")

    def __reduce__(self) -> tuple[type["ImportShapeError"], tuple[str, str]]:
        """Travel between processes with file and reason."""
        return type(self), (self.file, self.why)


class MissingExtraError(SimdeployError, ImportError):
    """An optional package is needed and not installed.

    Examples
    --------
    >>> print(MissingExtraError("web", "serving the page"))
    serving the page needs an extra; install it with: pip install 'simdeploy[web]'
    """

    def __init__(self, extra: str, why: str) -> None:
        self.extra = extra
        self.why = why
        super().__init__(f"{why} needs an extra; install it with: pip install 'simdeploy[{extra}]'")

    def __reduce__(self) -> tuple[type["MissingExtraError"], tuple[str, str]]:
        """Travel between processes with extra and reason."""
        return type(self), (self.extra, self.why)
