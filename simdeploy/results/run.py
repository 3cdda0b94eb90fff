"""One run and its numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simdeploy.results.timeline import Timeline

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from simdeploy.scenario import Scenario


@dataclass(frozen=True, repr=False)
class Run:
    """One simulated deployment.

    Attributes
    ----------
    metrics : dict
        Every number of `simdeploy.results.metrics` by name, NaN for what did not happen and
        infinite for what was still open at the horizon; ``verdict`` and ``outcome`` as words.
    timeline : Timeline
        Events, tasks and state over time.
    scenario : Scenario, optional
        What was played; ``print(run)`` is the story of ``simdeploy run``.
    """

    metrics: dict[str, Any]
    timeline: Timeline
    scenario: "Scenario | None" = None

    def to_frame(self) -> "pd.DataFrame":
        """Return the events as a pandas DataFrame, one row each."""
        import pandas as pd  # noqa: PLC0415  only a frame pays for pandas

        rows = [
            {"t": e.t, "kind": e.kind, "task": e.task, "revision": e.revision, "rule": e.rule}
            | e.data
            for e in self.timeline.events
        ]
        return pd.DataFrame(rows)

    def plot(self, ax: "Axes | None" = None) -> Any:
        """Draw tasks, capacity, traffic and failures over time; return the figure."""
        from simdeploy.report.plots.figures import plot_run  # noqa: PLC0415  reports are above

        return plot_run(self.timeline, ax)

    def _repr_html_(self) -> str:
        from simdeploy.report.story.export import to_html  # noqa: PLC0415  reports are above

        return to_html(self.timeline, self.scenario)

    def __str__(self) -> str:
        from simdeploy.report.story.narration import render_story  # noqa: PLC0415  likewise

        return f"{self.timeline.scenario}\n{render_story(self.timeline, self.scenario)}"

    def __repr__(self) -> str:
        return f"<Run of {self._title}: {self.metrics['verdict']}>"

    @property
    def _title(self) -> str:
        run = self.timeline
        return f"{run.scenario}: {run.strategy}, run {run.replication}, seed {run.seed}"
