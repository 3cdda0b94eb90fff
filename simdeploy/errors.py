"""The exceptions of this package.

::

    Exception
    └── SimdeployError             base class of all others
        ├── ScenarioError          a scenario file with faults, all of them at once
        ├── NotSimulatedError      a valid feature that an engine does not play yet
        ├── StrategyError          a strategy of your own that no engine can run (also a ValueError)
        ├── NumberError            a seed, run or count out of its range (also a ValueError)
        ├── WholeNumberError       a number that is not whole where it must be (also a TypeError)
        ├── ImportShapeError       a file that is not in a format that AWS prints
        └── MissingExtraError      an optional package is not installed (also an ImportError)

The command line prints the message and ends with 2, without a traceback.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

#: What a terminal, a browser or an editor would obey instead of showing it: controls but line feed
#: and tab, marks that turn the direction of text, separators of lines, halves of surrogates; of the
#: escapes, those of this program's own bold, dim and plain text are left.
OBEYED = re.compile(
    "\x1b(?!\\[[012]m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e"
    "\u2060-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""Return a text with what would be obeyed written out.

    >>> visible("a\x1b[31mb"), visible("c\u202ed")
    ('a\\u001b[31mb', 'c\\u202ed')
    """
    return OBEYED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class SimdeployError(Exception):
    """Base class of the exceptions of this package."""


class Fault(NamedTuple):
    """A fault of a scenario file and its place.

    Parameters
    ----------
    file
        The file as the user named it.
    line
        Counted from 1; 0 for the file as a whole.
    path
        Dotted, such as ``service.desired_count``; empty for the file as a whole.
    message
        What is wrong, the value found, and what is allowed.

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


#: Most lines of a message; `ScenarioError.faults` has all faults.
MOST_LINES = 100


class ScenarioError(SimdeployError):
    """A scenario file with faults.

    Attributes
    ----------
    faults : tuple of Fault
        All faults in the order of the file.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults[:MOST_LINES]]
        if len(self.faults) > MOST_LINES:
            lines.append(f"… and {len(self.faults) - MOST_LINES:,} more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type["ScenarioError"], tuple[tuple[Fault, ...]]]:
        """Pickle with the faults."""
        return type(self), (self.faults,)


class NotSimulatedError(SimdeployError):
    """A feature of the scenario format that an engine does not play yet.

    Examples
    --------
    >>> print(NotSimulatedError("release.faults: cold_start"))
    not simulated yet: release.faults: cold_start
    """

    def __init__(self, feature: str) -> None:
        self.feature = feature
        super().__init__(f"not simulated yet: {feature}")

    def __reduce__(self) -> tuple[type["NotSimulatedError"], tuple[str]]:
        """Pickle with the feature's name."""
        return type(self), (self.feature,)


class StrategyError(SimdeployError, ValueError):
    """A user's strategy that cannot be registered or played, with its file and line."""


class ImportShapeError(SimdeployError):
    """A file in none of the formats that the AWS command line prints or accepts.

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
        """Pickle with file and reason."""
        return type(self), (self.file, self.why)


class NumberError(SimdeployError, ValueError):
    """A seed, a number of a run or a count outside of its range."""


class WholeNumberError(SimdeployError, TypeError):
    """A number that is not whole, or no number, where a whole number is needed."""


class MissingExtraError(SimdeployError, ImportError):
    """An optional package that is needed and not installed.

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
        """Pickle with extra and reason."""
        return type(self), (self.extra, self.why)
