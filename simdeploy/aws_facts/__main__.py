"""Print the facts as Markdown: ``python -m simdeploy.aws_facts > docs/aws-behavior.md``."""

import sys

from simdeploy.aws_facts import table

sys.stdout.write(table())
