"""What a calibration found: a fit for each step, what stayed open, and how it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simdeploy.calibrating.clock import Clock
from simdeploy.calibrating.fitting import Fitted
from simdeploy.calibrating.sample import Sample
from simdeploy.calibrating.steps import Step
from simdeploy.distributions import Distribution

if TYPE_CHECKING:
    import os

    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Fit:
    """A step: its samples, what was fitted, and what of it a scenario takes.

    Parameters
    ----------
    step, samples
        What was measured.
    fitted
        The distribution; None where nothing was fitted.
    before
        What the scenario has, or the default; None where there is none.
    keys
        Values by their paths in a scenario, as plain data; empty where nothing is written.
    note
        Why nothing is written, or what a reader has to know; may be empty.
    """

    step: Step
    samples: tuple[Sample, ...]
    fitted: Fitted | None = None
    before: Distribution | None = None
    keys: tuple[tuple[str, Any], ...] = ()
    note: str = ""

    @property
    def n(self) -> int:
        """How many samples have an end."""
        return sum(not sample.is_open for sample in self.samples)

    def quantile(self, share: float) -> float | None:
        """Return a quantile of what was fitted, s; None where nothing was."""
        return None if self.fitted is None else self.fitted.distribution.quantile(share)

    @property
    def why(self) -> str:
        """Why this distribution."""
        return self.fitted.why if self.fitted else ""


@dataclass(frozen=True)
class Calibration:
    """Fits of a service's own times, made by `simdeploy.calibrate`.

    Attributes
    ----------
    service
        Its name.
    fits : tuple of Fit
        One for each step that was measured, in the order of a deployment.
    clock
        The looks.
    deployments
        How many there were in the events.
    span
        Epoch seconds of the first and the last record; None without any.
    unknown
        What these files cannot say, a sentence each.
    notes
        What was left out, and why.
    files
        What was read.
    delay_words
        A sentence about the deregistration delay; may be empty.
    """

    service: str
    fits: tuple[Fit, ...]
    clock: Clock
    deployments: int
    span: tuple[float, float] | None
    unknown: tuple[str, ...]
    notes: tuple[str, ...]
    files: tuple[str, ...]
    delay_words: str = ""
    scenario: str = ""

    @cached_property
    def keys(self) -> dict[str, Any]:
        """Values to write, by their paths in a scenario."""
        return {path: value for fit in self.fits for path, value in fit.keys}

    def fit_of(self, path: str) -> Fit:
        """Return the fit that decides a key.

        Raises
        ------
        KeyError
            For a key that none decides.
        """
        for fit in self.fits:
            if path in dict(fit.keys):
                return fit
        raise KeyError(path)

    def to_frame(self) -> "pd.DataFrame":
        """Return one row per step: n, median, p95, distribution, why, and the default beside it."""
        import pandas as pd  # noqa: PLC0415  slow to import

        from simdeploy.calibrating.showing import records_of  # noqa: PLC0415

        rows = records_of(self)
        for row in rows:
            row.pop("samples")
        return pd.DataFrame(rows).set_index("step")

    def write(self, path: "str | os.PathLike[str]") -> tuple[str, ...]:
        """Write the fitted keys into a scenario's file, all or none; return their paths.

        Raises
        ------
        ScenarioError
            If the file would not be a scenario with them; it is unchanged then.
        """
        from simdeploy.calibrating.into import write_into  # noqa: PLC0415

        return write_into(path, self)

    def plot(self, ax: "Axes | None" = None) -> Any:
        """Draw the samples of each step, what was fitted and what the scenario had."""
        from simdeploy.calibrating.showing import picture  # noqa: PLC0415

        return picture(self, ax)

    def text(self, width: int = 100) -> str:
        """Return the table, the block to paste and what stayed open, for a terminal."""
        from simdeploy.calibrating.showing import text  # noqa: PLC0415

        return text(self, width)

    def __str__(self) -> str:
        """Return the text."""
        return self.text()

    def __repr__(self) -> str:
        """Return a line."""
        fitted = sum(bool(fit.keys) for fit in self.fits)
        return f"<Calibration of {self.service or 'a service'}: {fitted} of {len(self.fits)} steps>"

    def _repr_html_(self) -> str:
        from html import escape  # noqa: PLC0415

        return f"<pre>{escape(self.text())}</pre>"


def outliers(samples: Sequence[Sample]) -> list[Sample]:
    """Return samples further than 5 MAD and 15 s from the median.

    >>> [s.of for s in outliers([Sample(x, x, str(x)) for x in (300, 302, 301, 300, 410)])]
    ['410']
    """
    from statistics import median  # noqa: PLC0415

    ended = [sample for sample in samples if not sample.is_open]
    if not ended:
        return []
    middle = median(sample.middle for sample in ended)
    deviation = median(abs(sample.middle - middle) for sample in ended)
    least = max(FAR_MAD * deviation, FAR_S)
    return [sample for sample in ended if abs(sample.middle - middle) > least]


FAR_MAD, FAR_S = 5.0, 15.0
