"""What runs end with: timelines, metrics, summaries, differences, rankings, facts."""
