"""What a calibration's text and picture are made of, as plain values."""

from typing import NamedTuple


class Row(NamedTuple):
    """A step: what was measured and fitted, and what the scenario had, s.

    Parameters
    ----------
    words
        The step, as ``started → registered``.
    n
        Samples that have an end.
    median, p95, p5
        Of what was fitted; None where nothing was.
    before_median, before_p95, before_p5
        Of the scenario or the default; None where it has no such time.
    fit
        The distribution in a word or two.
    remark
        What a reader has to know of it; may be empty.
    keys
        Paths that are written.
    spans
        The samples as intervals, for the picture.
    """

    words: str
    n: int
    median: float | None
    p95: float | None
    before_median: float | None
    before_p95: float | None
    fit: str
    remark: str
    keys: tuple[str, ...]
    spans: tuple[tuple[float, float], ...]
    p5: float | None = None
    before_p5: float | None = None


class Page(NamedTuple):
    """Everything that is shown.

    Parameters
    ----------
    title
        Service, number of deployments and their time.
    whose
        Whose values stand beside: a scenario's file, or empty for the defaults.
    rows
        The steps, in the order of a deployment.
    block
        Lines of YAML to paste.
    delay_words
        A sentence about the deregistration delay; may be empty.
    unknown, notes
        What the files cannot say, and what was left out.
    """

    title: str
    whose: str
    rows: tuple[Row, ...]
    block: tuple[str, ...]
    delay_words: str
    unknown: tuple[str, ...]
    notes: tuple[str, ...]
