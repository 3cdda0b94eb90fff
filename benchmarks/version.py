"""Two versions of simdeploy side by side, each in a process of its own.

Another version is a folder that holds its package: an installed one, a checkout, or a revision of
this repository, which is exported to the cache folder. Its machine code is kept apart from that of
this version. Both processes are started in the same way and play the same.
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simdeploy.engines.jit.caching import cache_folder

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
#: The last commit before the work on speed, tagged ``before-speed``.
BEFORE_SPEED = "64a0dca5ae7d33840809a41a6a30623746e5d930"


class VersionError(Exception):
    """A version that is not there."""


def git(*words: str) -> bytes:
    """Return what git prints about this repository.

    Raises
    ------
    VersionError
        Where git is missing, this is no repository, or git fails.
    """
    command = ["git", "-C", str(ROOT), *words]
    try:
        return subprocess.run(command, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise VersionError(f"git {words[0]} failed: {error}") from None


def exported(revision: str) -> Path:
    """Return a folder with a revision of this repository; made once.

    Raises
    ------
    VersionError
        For a revision that this repository does not have.
    """
    try:
        name = git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except VersionError:
        message = f"no revision {revision}; name a folder with --baseline"
        raise VersionError(message) from None
    commit = name.decode().strip()
    folder = cache_folder("versions") / commit
    if not folder.is_dir():
        draft = Path(tempfile.mkdtemp(dir=folder.parent))
        archive = git("archive", "--format=tar", commit, "simdeploy", "scenarios")
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(draft, filter="data")
        draft.rename(folder)
    return folder


def installed(folder: Path) -> Path:
    """Return a folder that holds the package.

    Raises
    ------
    VersionError
        For a folder without it.
    """
    if not (folder / "simdeploy" / "__init__.py").is_file():
        raise VersionError(f"{folder}: holds no package simdeploy")
    return folder.resolve()


def with_bytecode(folder: Path) -> dict[str, str]:
    """Return an environment in which Python keeps what it compiles, as an installed package does.

    Without it each start of a checkout compiles some 200 modules, a fifth of a second.
    """
    others = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**others, "PYTHONPYCACHEPREFIX": str(folder)}


def environment(root: Path) -> dict[str, str]:
    """Return the environment of processes that import the package in a folder."""
    others = {**with_bytecode(cache_folder("bytecode")), "PYTHONPATH": str(root)}
    if root == ROOT:
        return others
    kept = (
        cache_folder("versions") / f"objects-{hashlib.sha256(str(root).encode()).hexdigest()[:16]}"
    )
    return {**others, "SIMDEPLOY_CACHE_DIR": str(kept)}


class Version:
    """A process that plays with one version; what it does not know is None."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(HERE / "player.py")],
            env=environment(root),
            cwd=root,  # what builds machine code would import a package in the present folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, do: str, **what: Any) -> Any:
        """Send a request to the process and return its answer.

        Raises
        ------
        VersionError
            Where the process has ended.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            print(json.dumps({"do": do, **what}), file=self.process.stdin, flush=True)
            return json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            raise VersionError(f"{do}: the version could not do it; see above") from None

    def close(self) -> None:
        """End the process, which ends when there are no more requests."""
        self.process.communicate()


class Pair:
    """Another version and this one, asked in turns."""

    def __init__(self, root: Path) -> None:
        self.stack = ExitStack()
        self.before, self.now = Version(root), Version(ROOT)
        self.stack.callback(self.before.close)
        self.stack.callback(self.now.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stack.close()

    def ask(self, do: str, **what: Any) -> tuple[Any, Any]:
        """Return the answers of both, of the other version first."""
        return self.before.ask(do, **what), self.now.ask(do, **what)

    def rounds(self, number: int, do: str, **what: Any) -> list[tuple[Any, Any]]:
        """Ask both for the same, round after round, each first in every other round."""
        answers = []
        for k in range(number):
            if k % 2:
                now = self.now.ask(do, **what)
                answers.append((self.before.ask(do, **what), now))
            else:
                answers.append(self.ask(do, **what))
        return answers
