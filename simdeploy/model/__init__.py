"""What happens at an instant, in both engines: tasks, health checks, routing, alarms, metrics.

These functions take state by its attributes only. The batch engine gives them compiled records,
the process engine plain objects of the same shape; how time advances is each engine's own.
"""
