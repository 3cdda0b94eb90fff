"""The platforms for which machine code is made, and the one at hand."""

import platform
import sys
from typing import NamedTuple


class Target(NamedTuple):
    """A platform as LLVM names it, and the oldest processor that its machine code runs on."""

    triple: str
    processor: str


#: By system and architecture; every file of machine code is named after its row. What LLVM links in
#: memory on Windows has the format of Linux (``-elf``) and Windows' calling convention.
TARGETS = {
    "linux-x86_64": Target("x86_64-unknown-linux-gnu", "x86-64-v2"),
    "linux-arm64": Target("aarch64-unknown-linux-gnu", "generic"),
    "macos-x86_64": Target("x86_64-apple-macosx11.0.0", "x86-64-v2"),
    "macos-arm64": Target("arm64-apple-macosx11.0.0", "apple-m1"),
    "windows-x86_64": Target("x86_64-pc-windows-msvc-elf", "x86-64-v2"),
    "windows-arm64": Target("aarch64-pc-windows-msvc-elf", "generic"),
}

SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}


def this_platform() -> str:
    """Return the name of this platform; one without machine code of its own is no row above.

    >>> this_platform().count("-")
    1
    """
    machine = platform.machine().lower()
    system = SYSTEMS.get(sys.platform, sys.platform)
    # A 32-bit Python on a 64-bit system cannot run what the processor could.
    bits = "" if sys.maxsize > 2**32 else "_32"
    return f"{system}-{ARCHITECTURES.get(machine, machine)}{bits}"
