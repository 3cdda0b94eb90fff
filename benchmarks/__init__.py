"""Programs that measure, and that search for longer than a test may."""
