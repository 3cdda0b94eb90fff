"""``python -m simdeploy`` is ``simdeploy``."""

import sys

from simdeploy.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
