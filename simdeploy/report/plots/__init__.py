"""Pictures of single runs, of comparisons and of sweeps."""
