"""What both engines do alike: where state lives, who gets which request, what is added up.

These functions take state by its attributes only. The batch engine gives them compiled records,
the process engine plain objects of the same shape; how time advances is each engine's own.
"""
