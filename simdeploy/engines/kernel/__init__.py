"""The batch engine's kernel: plain Python over records, compiled as a whole by ``engines.compile``.

One run is a loop: take the earliest of all pending events, add up the interval until then, apply
everything that happens at that instant, look once. The rules come from ``semantics``.
"""
