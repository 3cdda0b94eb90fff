"""Sweeps: many settings × many runs, in a folder of Parquet files."""

from simdeploy.sweeps.api import Sweep, SweepStoppedError, load_sweep, sweep

__all__ = ["Sweep", "SweepStoppedError", "load_sweep", "sweep"]
