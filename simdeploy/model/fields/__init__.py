"""Every field of the scenario record and of a run's state, declared once."""
