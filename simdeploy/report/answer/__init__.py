"""The answer of a comparison: a pure function of facts, and renderers of what it returns."""
