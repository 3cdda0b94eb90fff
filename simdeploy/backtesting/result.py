"""What a backtest gives: per deployment its parts, where reality fell, and what follows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simdeploy.backtesting.percentiles import MANY_FLAGGED, Percentile, uniformity
from simdeploy.observed.chains import Segment
from simdeploy.observed.records import Note

if TYPE_CHECKING:
    import pandas as pd

FITS = "fits"
AT_THE_EDGE = "at the edge"
CONTRADICTS = "contradicts"
#: The name of a whole that is the sum of its parts.
TOGETHER = "all parts together"
#: Fewer deployments say nothing about uniformity.
FEWEST_FOR_UNIFORMITY = 3
#: Below this p-value the shares are not uniform.
NOT_UNIFORM = 0.05


@dataclass(frozen=True)
class Stage:
    """A part of a deployment: its real time (s), the simulated ones, where reality fell."""

    name: str
    real_s: float
    p5: float
    p50: float
    p95: float
    percentile: Percentile


@dataclass(frozen=True)
class DeploymentResult:
    """A deployment beside the runs.

    Parameters
    ----------
    segment
        The deployment as it was observed.
    stages, whole
        Its parts in order, and all of it from the first act; the whole only repeats its parts.
    left_out
        Runs that ended otherwise, as by a rollback where there was none.
    unknown
        What the events cannot say.
    """

    segment: Segment
    stages: tuple[Stage, ...]
    whole: Stage
    left_out: int
    unknown: tuple[str, ...]

    @property
    def flagged(self) -> tuple[Stage, ...]:
        """The parts outside of 5 to 95 % of the runs."""
        return tuple(stage for stage in self.stages if stage.percentile.is_flagged)

    @property
    def contradicting(self) -> tuple[Stage, ...]:
        """The parts outside of 0.5 to 99.5 %."""
        return tuple(stage for stage in self.stages if stage.percentile.is_contradicted)

    @property
    def verdict(self) -> str:
        """One of ``fits``, ``at the edge``, ``contradicts``."""
        if self.contradicting or len(self.flagged) >= MANY_FLAGGED:
            return CONTRADICTS
        return AT_THE_EDGE if self.flagged else FITS


@dataclass(frozen=True)
class Uniformity:
    """Whether the percentiles of several deployments are spread evenly from 0 to 100 %."""

    name: str
    deployments: int
    p_value: float
    limit: float

    @property
    def is_uniform(self) -> bool:
        """Whether nothing speaks against it; several tests share the limit (Bonferroni)."""
        return self.p_value >= self.limit


@dataclass(frozen=True, repr=False)
class Backtest:
    """Past deployments beside the simulated distribution of a scenario.

    Parameters
    ----------
    scenario, strategy, service
        Names.
    runs, seed
        What was played.
    deployments
        In order of time.
    others
        How many more whole deployments the events have.
    refused
        Deployments that could not be compared, each with its reason.
    notes
        What of the files was not used.
    """

    scenario: str
    strategy: str
    service: str
    runs: int
    seed: int
    deployments: tuple[DeploymentResult, ...]
    others: int
    refused: tuple[str, ...]
    notes: tuple[Note, ...]

    def uniformity(self) -> tuple[Uniformity, ...]:
        """Return the test per part and for the whole; empty for fewer than three deployments."""
        if len(self.deployments) < FEWEST_FOR_UNIFORMITY:
            return ()
        shares: dict[str, list[float]] = {}
        for one in self.deployments:
            for stage in (*one.stages, one.whole):
                shares.setdefault(stage.name, []).append(stage.percentile.share)
        tested = {n: found for n, found in shares.items() if len(found) >= FEWEST_FOR_UNIFORMITY}
        limit = NOT_UNIFORM / max(1, len(tested))
        return tuple(
            Uniformity(name, len(found), uniformity(found), limit) for name, found in tested.items()
        )

    def to_frame(self) -> "pd.DataFrame":
        """Return a row per deployment and part, and one for each whole deployment."""
        import pandas as pd  # noqa: PLC0415  only a frame pays for pandas

        rows: list[dict[str, Any]] = [
            {
                "deployment": one.segment.deployment_id,
                "part": "whole" if stage is one.whole else stage.name,
                "real_s": stage.real_s,
                "p5": stage.p5,
                "p50": stage.p50,
                "p95": stage.p95,
                "percentile": 100.0 * stage.percentile.share,
            }
            for one in self.deployments
            for stage in (*one.stages, one.whole)
        ]
        return pd.DataFrame(rows).set_index(["deployment", "part"])

    def text(self, width: int = 100) -> str:
        """Return the answer for a terminal."""
        from simdeploy.backtesting.text import render_backtest  # noqa: PLC0415  it imports this

        return render_backtest(self, width)

    def __str__(self) -> str:
        """Return the text."""
        return self.text()

    def __repr__(self) -> str:
        """Return a line."""
        verdicts = ", ".join(one.verdict for one in self.deployments)
        return f"<Backtest of {self.service or 'a service'} against {self.scenario}: {verdicts}>"

    def _repr_html_(self) -> str:
        from html import escape  # noqa: PLC0415

        return f"<pre>{escape(self.text())}</pre>"
