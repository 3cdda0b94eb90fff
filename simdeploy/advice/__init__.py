"""Advice on a service: what many faults do to it under each strategy, and which costs least."""
