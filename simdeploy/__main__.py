"""``python -m simdeploy`` is ``simdeploy``."""

import sys

from simdeploy.cli import main

if __name__ == "__main__":
    sys.exit(main())
