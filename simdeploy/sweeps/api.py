"""Sweeps in Python: ``sweep`` writes a folder, ``load_sweep`` reads it as a DataFrame."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from simdeploy.engines import ENGINES
from simdeploy.engines.batch import thread_count
from simdeploy.errors import SimdeployError
from simdeploy.sweeps import folder as files
from simdeploy.sweeps import reading
from simdeploy.sweeps.planning import Plan, Values, plan
from simdeploy.sweeps.running import Progress, Threads, carry_out
from simdeploy.sweeps.work_items import warm_up
from simdeploy.sweeps.writing import Job

Checking = Callable[[], AbstractContextManager[Progress | None]]


@dataclass(frozen=True)
class Sweep:
    """A sweep that is done: where it lies, and what it is."""

    folder: Path
    settings: int
    strategies: tuple[str, ...]
    runs: int
    #: Runs that were played now; fewer than all where an earlier sweep was resumed.
    played: int

    def frame(self, columns: Sequence[str] | None = None) -> Any:
        """Return the results as a DataFrame, as `load_sweep` does."""
        return load_sweep(self.folder, columns=columns)


class SweepStoppedError(SimdeployError):
    """A sweep that had to stop; what was done is kept, and it can be resumed."""


def sweep(
    scenario: Any,
    knobs: Mapping[str, Values] | None = None,
    *,
    out: str | os.PathLike[str],
    runs: int | None = None,
    seed: int | None = None,
    strategies: Sequence[str] | None = None,
    design: str = "grid",
    samples: int | None = None,
    twin: bool = False,
    keep_runs: bool = False,
    resume: bool = False,
    engine: str = "batch",
    threads: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
    checking: Checking = nullcontext,
) -> Sweep:
    """Play every setting of some knobs many times, and write what comes of each to a folder.

    All settings and strategies meet the same luck. Equal arguments give equal files, to the byte,
    however many threads or workers play and however often the sweep was interrupted.

    Parameters
    ----------
    scenario
        A file, a name of the gallery, or what ``load_scenario`` returns.
    knobs
        Per path of the scenario file its values: a text such as ``"5s,10s"`` or ``"0s:300s:30s"``
        (both ends included), or a list. For designs that sample, also ``"0s:300s"``.
    out
        A folder: new, empty, or with ``resume`` that of the same sweep.
    runs, seed
        Replications per setting and strategy, and their luck; by default the scenario's own.
    strategies
        Some of the scenario's; by default all.
    design : {"grid", "latin-hypercube", "sobol", "one-at-a-time"}
        All combinations; samples that fill the ranges evenly; or the scenario as it is and each
        value of each knob on its own.
    samples
        Settings to sample; for ``sobol`` a power of two.
    twin
        Play the good twin, the scenario without the release's faults, beside the release.
    keep_runs
        Write every run, too.
    resume
        Go on with what a sweep that was killed has left to do.
    engine : {"batch", "process", "cuda"}
        All give the same numbers, a GPU to 1e-12.
    threads
        By default SIMDEPLOY_THREADS, else all cores.
    scheduler
        Address of a dask scheduler, such as ``tcp://10.0.0.1:8786``, whose workers play.
    progress
        Called with the runs done and all runs that are missing.
    checking
        Makes a context whose value is called with the settings checked and all of them.

    Raises
    ------
    SimdeployError
        For knobs, settings and folders that cannot be used, before anything is played; and where
        the sweep had to stop, with how to go on.
    """
    wanted = plan(
        scenario, knobs or {}, runs=runs, seed=seed, strategies=strategies, kind=design,
        samples=samples, twin=twin, keep=keep_runs,
    )  # fmt: skip
    return carry_out_plan(
        wanted, Path(out), resume=resume, engine=engine, threads=threads, scheduler=scheduler,
        progress=progress, checking=checking,
    )  # fmt: skip


def carry_out_plan(
    wanted: Plan,
    out: Path,
    *,
    resume: bool = False,
    engine: str = "batch",
    threads: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
    checking: Checking = nullcontext,
) -> Sweep:
    """Check a plan, make its folder ready, and play what is missing."""
    if engine not in ENGINES:
        raise SimdeployError(f"unknown engine {engine!r}; known: {', '.join(ENGINES)}")
    manifest = wanted.manifest(engine)
    if not (resume and _is_begun(out, manifest)):
        with checking() as tell:
            wanted.check(tell)
    with _players(engine, scheduler) as workers:
        files.prepare(out, manifest, resume=resume)
        with files.locked(out):
            job = wanted.job(out, manifest["digest"], engine)
            try:
                played = _carry_out(job, threads, workers, progress)
            except files.FolderError as error:
                raise SweepStoppedError(f"{error}; {kept(out)}") from None
    return Sweep(out, len(wanted.design), wanted.strategies, wanted.runs, played)


def _is_begun(out: Path, manifest: Mapping[str, Any]) -> bool:
    """Tell whether this very sweep was begun, so that its settings have been checked."""
    try:
        return bool(files.read_manifest(out)["digest"] == manifest["digest"])
    except files.FolderError:
        return False


def kept(out: Path) -> str:
    """Say how much of a sweep is done."""
    parts = files.read_manifest(out)["parts"]
    return f"{files.count_done(out):,} of {parts:,} parts are done and kept"


def _players(engine: str, scheduler: str | None) -> AbstractContextManager[Any]:
    """Return the workers of a cluster, if they are to play; a folder is made for who can play."""
    if scheduler is not None:
        from simdeploy.sweeps.cluster import Workers  # noqa: PLC0415  needs an extra

        return closing(Workers(scheduler))
    if engine == "cuda":
        from simdeploy.engines.cuda import require_gpu  # noqa: PLC0415  needs an extra

        require_gpu()
    return nullcontext()


def _carry_out(job: Job, threads: int | None, workers: Any, progress: Progress | None) -> int:
    """Play what is missing, and return how many runs that took."""
    pieces = list(job.missing())
    if not pieces:
        return 0
    count = _Count(sum(job.cut.runs_of(piece) for piece in pieces), progress)
    if workers is not None:
        for piece in carry_out(job, pieces, workers):
            count(job.cut.runs_of(piece))
        return count.total
    warm_up(job.recipe(pieces[0]))
    for _ in carry_out(job, pieces, Threads(threads or thread_count(), count)):
        pass
    return count.total


class _Count:
    """Counts runs, on whichever thread they were played, and tells about them."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.done, self.progress = total, 0, progress
        self.lock = Lock()

    def __call__(self, runs: int) -> None:
        with self.lock:
            self.done += runs
            if self.progress:
                self.progress(self.done, self.total)


def load_sweep(
    folder: str | os.PathLike[str],
    *,
    columns: Sequence[str] | None = None,
    runs: bool = False,
    partial: bool = False,
) -> Any:
    """Read a sweep as a DataFrame: a row per setting and strategy, or per run.

    Parameters
    ----------
    folder
        What was ``out`` of the sweep.
    columns
        Which to read besides those that name the row; by default all.
    runs
        Read every run; only where the sweep kept them.
    partial
        Read what is done of a sweep that was interrupted, instead of refusing it.

    Returns
    -------
    pandas.DataFrame
        A column per knob in base units (``attrs["units"]`` has their units), per metric its mean
        and interval, quantiles and more, and shares of verdicts and outcomes. Null: did not
        happen; infinite: still open at the horizon.

    Raises
    ------
    SimdeployError
        For a folder that holds no sweep, or one that is not done.
    """
    path = Path(folder)
    manifest = files.read_manifest(path)
    if not partial and files.count_done(path) < manifest["parts"]:
        raise SimdeployError(f"{path}: {kept(path)}; resume the sweep, or pass partial=True")
    return reading.frame(path, manifest, columns, runs=runs)
