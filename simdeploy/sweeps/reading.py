"""Reading a sweep's files as a DataFrame."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as ds

from simdeploy.errors import SimdeployError
from simdeploy.sweeps import folder as files

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("strategy", "variant", "runs")


def frame(
    folder: Path, manifest: Mapping[str, Any], columns: Sequence[str] | None, *, runs: bool
) -> "pd.DataFrame":
    """Return the rows of all parts, in the order of settings and strategies."""
    if runs and not manifest["keep_runs"]:
        raise SimdeployError(f"{folder}: runs were not kept; sweep with --keep-runs")
    top = folder / (files.RUNS if runs else files.RESULTS)
    paths = [str(path) for path in sorted(top.glob("part-*.parquet"))]
    if not paths:
        raise SimdeployError(f"{folder}: no part of the sweep is done yet")
    try:
        rows: pd.DataFrame = _table(paths, manifest, columns).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise SimdeployError(f"{top}: cannot be read: {str(error).splitlines()[0]}") from None
    units = {knob["path"]: knob["unit"] for knob in manifest["knobs"]}
    attributes = {key: manifest[key] for key in ("name", "title", "design", "seed", "horizon_s")}
    rows.attrs.update(attributes, units=units, runs_each=manifest["runs"])
    return rows


def _table(
    paths: Sequence[str], manifest: Mapping[str, Any], columns: Sequence[str] | None
) -> pa.Table:
    dataset = ds.dataset(paths, format="parquet")
    if columns is None:
        return dataset.to_table()
    knobs = [knob["path"] for knob in manifest["knobs"]]
    keys = [name for name in ("setting", *knobs, *KEYS) if name in dataset.schema.names]
    unknown = [name for name in columns if name not in dataset.schema.names]
    if unknown:
        raise SimdeployError(f'no column "{unknown[0][:60]}"; see load_sweep(…).columns')
    return dataset.to_table([*keys, *(name for name in columns if name not in keys)])
