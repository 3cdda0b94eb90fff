"""The rules of deployment, each written once.

Pure scalar functions over plain numbers and small tuples: the process engine calls them as they
are, the batch engine calls the same functions compiled. Nothing here samples, waits, or knows
names and formats.

Every docstring names the source of its rule: the id of a fact (`simdeploy.aws_facts`), a published
algorithm, or one of these three notes. *Definition*: what a term means here. *Arithmetic*: follows
without further assumptions. *Assumption*: no source; the scenario file has a key for it, or the
docstring states what is assumed.
"""
