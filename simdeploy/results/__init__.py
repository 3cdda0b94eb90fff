"""Results of runs: timelines, metrics, summaries, paired differences, rankings."""
