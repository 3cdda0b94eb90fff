"""Print the facts as Markdown: ``python -m simdeploy.facts > docs/aws-behavior.md``."""

import sys

from simdeploy.facts import table

sys.stdout.write(table())
