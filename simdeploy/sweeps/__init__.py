"""Sweeps: many settings × many runs, in a folder of Parquet files."""

from simdeploy.sweeps.api import Sweep, SweepStoppedError, load_sweep, sweep
from simdeploy.sweeps.work_items import Played, Recipe, Unit, run_recipe

__all__ = [
    "Played",
    "Recipe",
    "Sweep",
    "SweepStoppedError",
    "Unit",
    "load_sweep",
    "run_recipe",
    "sweep",
]
