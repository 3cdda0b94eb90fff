"""The rules of deployment, each written once.

Pure scalar functions over plain numbers and small tuples: the process engine calls them as they
are, the batch engine calls the same functions compiled. Nothing here draws, waits, or knows
names and formats.
"""
