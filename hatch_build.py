"""Build hook: a wheel holds machine code of the batch engine's loop for every usual platform.

``simdeploy.engines.jit.objects`` makes it in a process of its own, in up to half a minute, or from
what the cache folder has kept since the last build of the same rules. Without numba, or with
SIMDEPLOY_BUILD_OBJECTS=0, the wheel is made without; its first use needs the extra ``compile``.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Where the wheel holds objects; ``simdeploy.engines.jit.native`` looks there.
PLACE = "simdeploy/engines/objects"


class ObjectsHook(BuildHookInterface[Any]):
    """Puts object files and what they were made from into a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the objects, unless the build is an editable one: a checkout makes its own."""
        if version == "editable" or os.environ.get("SIMDEPLOY_BUILD_OBJECTS") == "0":
            return
        if importlib.util.find_spec("numba") is None:
            self.app.display_warning("numba is not installed: a wheel without machine code")
            return
        self._folder = tempfile.TemporaryDirectory(prefix="simdeploy-objects-")
        made = Path(self._folder.name)
        command = [sys.executable, "-m", "simdeploy.engines.jit.objects", str(made)]
        path = os.pathsep.join(filter(None, (self.root, os.environ.get("PYTHONPATH"))))
        done = subprocess.run(  # noqa: S603  this package's own module
            command, env={**os.environ, "PYTHONPATH": path}, cwd=made, check=False
        )
        if done.returncode != 0:
            message = "no machine code could be made; SIMDEPLOY_BUILD_OBJECTS=0 builds without it"
            raise RuntimeError(message)
        for file in sorted(made.iterdir()):
            build_data["force_include"][str(file)] = f"{PLACE}/{file.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the folder of the objects, which the wheel has taken in."""
        del version, build_data, artifact_path
        folder = getattr(self, "_folder", None)
        if folder is not None:
            folder.cleanup()
