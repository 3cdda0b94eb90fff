"""Starts a command that a test interrupts, in whatever way the tests themselves were started."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: A job in the background would otherwise inherit that it ignores Ctrl-C.
MAIN = """
import signal, sys
from simdeploy.cli.app import main
signal.signal(signal.SIGINT, signal.default_int_handler)
print("ready", file=sys.stderr, flush=True)
sys.exit(main(sys.argv[1:]))
"""


def start(*typed, **options):
    """Start ``simdeploy`` with these words; it can be interrupted once this returns."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *map(str, typed)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip
    assert process.stderr.readline() == "ready\n"
    return process
