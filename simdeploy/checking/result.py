"""What ``check`` returns: the findings, the budget, and what no file can answer."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simdeploy.checking.budget import Judged
from simdeploy.checking.finding import Finding
from simdeploy.checking.rule import SEVERITIES
from simdeploy.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Check:
    """The result of a check.

    Attributes
    ----------
    findings : tuple of Finding
        The worst first.
    budget : tuple of Judged or None
        Every limit with what was measured; None without a budget.
    questions : tuple of str
        What cannot be decided from a file.
    """

    scenario: Scenario
    runs: int
    seed: int
    findings: tuple[Finding, ...]
    questions: tuple[str, ...]
    budget: tuple[Judged, ...] | None = None
    budget_runs: int = 0

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many findings there are of each severity."""
        return {word: sum(f.severity == word for f in self.findings) for word in SEVERITIES}

    @property
    def broken(self) -> tuple[Judged, ...]:
        """The limits that are broken."""
        return tuple(judged for judged in self.budget or () if judged.is_broken)

    def fails_on(self, severity: str) -> bool:
        """Return whether some finding is at least so severe: ``error`` or ``warning``."""
        bad = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return any(finding.severity in bad for finding in self.findings)

    def to_frame(self) -> "pd.DataFrame":
        """Return a pandas DataFrame: one row per finding, strategy and number."""
        import pandas as pd  # noqa: PLC0415  only a frame pays for pandas

        columns = ["id", "severity", "file", "line", "path", "strategy", "number", "unit", "as_is",
                   "with_change", "change"]  # fmt: skip
        lines = [line for finding in self.findings for line in _lines(finding)]
        return pd.DataFrame(lines, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, as in the JSON."""
        return {
            "scenario": self.scenario.name,
            "runs": self.runs,
            "seed": self.seed,
            "counts": self.counts,
            "findings": [finding.to_dict() for finding in self.findings],
            "questions": list(self.questions),
            "budget": None if self.budget is None else [j.to_dict() for j in self.budget],
            "budget_runs": self.budget_runs or None,
        }

    def __repr__(self) -> str:
        found = ", ".join(f"{n} {word}{'s' * (n != 1)}" for word, n in self.counts.items() if n)
        limits = f"{len(self.broken)} limit{'s' * (len(self.broken) != 1)}"
        broken = f", {limits} broken" if self.broken else ""
        return f"<Check of {self.scenario.name}: {found or 'no findings'}{broken}>"

    def __str__(self) -> str:
        from simdeploy.report.checking.text import render_check  # noqa: PLC0415  reports are above

        return render_check(self)

    def _repr_html_(self) -> str:
        from simdeploy.report.checking.markdown import to_html  # noqa: PLC0415  reports are above

        return to_html(self)


def _lines(finding: Finding) -> list[dict[str, Any]]:
    known = finding.to_dict()
    shared = {key: known[key] for key in ("id", "severity", "file", "line", "path")}
    shared["change"] = " ".join(f"--set {setting}" for setting in finding.change)
    numbers = known["numbers"] or [{"strategy": name} for name in finding.strategies]
    keys = ("strategy", "number", "unit", "as_is", "with_change")
    return [shared | {key: number.get(key) for key in keys} for number in numbers]
