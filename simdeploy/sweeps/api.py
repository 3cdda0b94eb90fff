"""Sweeps in Python: ``sweep`` writes a folder, ``load_sweep`` reads it as a DataFrame."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from simdeploy.errors import SimdeployError
from simdeploy.sweeps import folder as files

if TYPE_CHECKING:
    import pandas as pd

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simdeploy.api import Progress, RunCounter
from simdeploy.engines import ENGINES
from simdeploy.engines.batch import thread_count
from simdeploy.sweeps.cluster import ClusterError, Workers
from simdeploy.sweeps.planning import Plan, ScenarioSource, Values, plan
from simdeploy.sweeps.running import Threads, play_chunks
from simdeploy.sweeps.work_items import warm_up
from simdeploy.sweeps.writing import Writer

if TYPE_CHECKING:
    import pandas as pd

#: What weakens the interval of a mean, by the end of the columns that say so.
THIN = {
    "carried_by": "few runs carry a mean, and a worse run may be missing",
    "skewed": "a few bad runs weigh most in a mean, its interval is too small",
}
#: Harms of whose means a warning speaks, those of a comparison's table.
WARNED_OF = ("failed_requests", "failed_caused", "downtime_s", "exposed_requests")

Checking = Callable[[], AbstractContextManager[Progress | None]]


@dataclass(frozen=True)
class Sweep:
    """A finished sweep: its folder and its size."""

    folder: Path
    settings: int
    strategies: tuple[str, ...]
    runs: int
    #: Runs that were played now; fewer than all where an earlier sweep was resumed.
    played: int
    #: Files of an earlier sweep that were damaged, or another sweep's, and were written anew.
    damaged: tuple[str, ...] = ()

    def __repr__(self) -> str:
        plays = f"{len(self.strategies)} strategies × {self.runs:,} runs"
        return f"<Sweep in {self.folder}: {self.settings:,} settings × {plays}>"

    def frame(self, columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """Return the results as a DataFrame, as `load_sweep` does."""
        return load_sweep(self.folder, columns=columns)

    def thin_means(self) -> list[str]:
        """Return warnings for means of harm that few runs carry, or in which some weigh too much.

        ``_carried_by`` and ``_skewed`` say which rows these are.
        """
        frame = self.frame([f"{name}_{mark}" for name in WARNED_OF for mark in THIN])
        lines = []
        for mark, what in THIN.items():
            rows = {n: int((frame[f"{n}_{mark}"] > 0).sum()) for n in WARNED_OF}
            thin = [f"{name} in {count:,}" for name, count in rows.items() if count]
            if thin:
                lines.append(f"{what}: {', '.join(thin)} of {len(frame):,} rows")
        return lines


class SweepStoppedError(SimdeployError):
    """A sweep that had to stop; its finished parts are on disk, and it can be resumed."""


@dataclass(frozen=True)
class Execution:
    """How a plan is carried out: nothing here changes a result."""

    resume: bool = False
    engine: str = "batch"
    threads: int | None = None
    scheduler: str | None = None
    progress: Progress | None = None
    checking: Checking = nullcontext


def sweep(
    scenario: ScenarioSource,
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
    """Play every setting of some knobs many times, and write the statistics of each to a folder.

    All settings and strategies meet the same luck. Equal arguments give equal files, to the byte,
    on any number of threads or workers and however often the sweep was interrupted.

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
        Number of settings to sample; for ``sobol`` a power of two.
    twin
        Also play the good twin, the scenario without the release's faults.
    keep_runs
        Also write every run.
    resume
        Play what is missing of a sweep that was interrupted.
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
    what = plan(
        scenario,
        knobs or {},
        runs=runs,
        seed=seed,
        strategies=strategies,
        design=design,
        samples=samples,
        twin=twin,
        keep_runs=keep_runs,
    )
    how = Execution(resume, engine, threads, scheduler, progress, checking)
    return carry_out(what, Path(out), how)


def carry_out(what: Plan, out: Path, how: Execution) -> Sweep:
    """Check a plan, prepare its folder, and play what is missing."""
    if how.engine not in ENGINES:
        raise SimdeployError(f"unknown engine {how.engine!r}; known: {', '.join(ENGINES)}")
    manifest = what.manifest(how.engine)
    if not (how.resume and _is_begun(out, manifest)):
        with how.checking() as progress:
            what.check(progress)
    with _workers(how, manifest["model"]) as workers, files.locked(files.made(out)):
        files.prepare(out, manifest, resume=how.resume)
        writer = Writer(what, how.engine, out, manifest["digest"])
        try:
            played = _play_missing(writer, how, workers)
        except (files.FolderError, ClusterError) as error:
            raise SweepStoppedError(f"{error}; {state_of(out)}") from None
    return Sweep(out, len(what.design), what.strategies, what.runs, played, tuple(writer.damaged))


def _is_begun(out: Path, manifest: Mapping[str, Any]) -> bool:
    """Return whether this same sweep was begun, so that its settings have been checked."""
    try:
        return bool(files.read_manifest(out)["digest"] == manifest["digest"])
    except files.FolderError:
        return False


def state_of(out: Path) -> str:
    """Return a sentence on how much of a sweep is done."""
    parts = files.read_manifest(out)["parts"]
    return f"{files.count_done(out):,} of {parts:,} parts are done and kept"


def _workers(how: Execution, version: str) -> "AbstractContextManager[Workers | None]":
    """Connect to the cluster, if any is named; refuse an engine that is not available here."""
    if how.scheduler is not None:
        return closing(Workers(how.scheduler, version))
    if how.engine == "cuda":
        from simdeploy.engines.cuda import require_gpu  # noqa: PLC0415  needs an extra

        require_gpu()
    return nullcontext()


def _play_missing(writer: Writer, how: Execution, workers: "Workers | None") -> int:
    """Play the missing chunks, and return their number of runs."""
    chunks = list(writer.missing())
    if not chunks:
        return 0
    runs_of = writer.plan.chunking.runs_of
    counter = RunCounter(sum(map(runs_of, chunks)), how.progress)
    if workers is not None:
        for chunk in play_chunks(writer, chunks, workers):
            counter.add(runs_of(chunk))
        return counter.total
    warm_up(writer.work_item(chunks[0]))
    for _ in play_chunks(writer, chunks, Threads(how.threads or thread_count(), counter.add)):
        pass
    return counter.total


def load_sweep(
    folder: str | os.PathLike[str],
    *,
    columns: Sequence[str] | None = None,
    runs: bool = False,
    partial: bool = False,
) -> "pd.DataFrame":
    """Read a sweep as a DataFrame: a row per setting and strategy, or per run.

    Parameters
    ----------
    folder
        The folder named ``out`` when the sweep was made.
    columns
        Which to read besides those that name the row; by default all.
    runs
        Read every run; only where the sweep kept them.
    partial
        Read the finished parts of a sweep that was interrupted, instead of refusing it.

    Returns
    -------
    pandas.DataFrame
        A column per knob in base units (``attrs["units"]`` has their units), per metric its mean
        and interval, quantiles and more, and shares of verdicts and outcomes. Null: did not
        happen; infinite: still open at the horizon.

    Raises
    ------
    SimdeployError
        If the folder holds no sweep, or an unfinished sweep.
    """
    path = Path(folder)
    manifest = files.read_manifest(path)
    if not partial and files.count_done(path) < manifest["parts"]:
        raise SimdeployError(f"{path}: {state_of(path)}; resume the sweep, or pass partial=True")
    return _read(path, manifest, columns, runs=runs)


KEYS = ("strategy", "variant", "runs")


def _read(
    folder: Path, manifest: Mapping[str, Any], columns: Sequence[str] | None, *, runs: bool
) -> "pd.DataFrame":
    """Return the rows of all parts, in the order of settings and strategies."""
    if runs and not manifest["keep_runs"]:
        raise SimdeployError(f"{folder}: runs were not kept; sweep with --keep-runs")
    top = folder / (files.RUNS if runs else files.RESULTS)
    paths = sorted(top.glob("part-*.parquet"))
    if not paths:
        raise SimdeployError(f"{folder}: no part of the sweep is done yet")
    try:
        rows: pd.DataFrame = _table(paths, manifest, columns).to_pandas()
    except pa.ArrowException as error:
        raise SimdeployError(f"{top}: cannot be read: {str(error).splitlines()[0]}") from None
    units = {knob["path"]: knob["unit"] for knob in manifest["knobs"]}
    attributes = {key: manifest[key] for key in ("name", "title", "design", "seed", "horizon_s")}
    # A folder of an older version does not name its platform.
    attributes["platform"] = manifest.get("platform", "ecs")
    rows.attrs.update(attributes, units=units, runs_each=manifest["runs"])
    return rows


def _table(
    paths: Sequence[Path], manifest: Mapping[str, Any], columns: Sequence[str] | None
) -> pa.Table:
    """Return the rows of some files, each read whole and checked, one after the other."""
    tables = []
    for path in paths:
        table = files.read_table(path, manifest["digest"])
        tables.append(table if columns is None else table.select(_chosen(table, manifest, columns)))
    return pa.concat_tables(tables)


def _chosen(table: pa.Table, manifest: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """Return the columns that name a row, then those asked for."""
    knobs = [knob["path"] for knob in manifest["knobs"]]
    keys = [name for name in ("setting", *knobs, *KEYS) if name in table.column_names]
    unknown = [name for name in columns if name not in table.column_names]
    if unknown:
        raise SimdeployError(f'no column "{unknown[0][:60]}"; see load_sweep(…).columns')
    return [*keys, *(name for name in columns if name not in keys)]
