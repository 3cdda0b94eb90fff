"""The folder of a sweep: files that are there whole or not at all, and a manifest of what they are.

``manifest.json`` stands first and never changes. A file is written under a name of its own, forced
to the disk and renamed; so whatever has its final name is done, and a sweep that was killed goes
on with what is missing. Nothing in names or contents depends on time or chance.
"""

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simdeploy.errors import SimdeployError

MANIFEST, RESULTS, RUNS, PARTIAL = "manifest.json", "results", "runs", "partial"
DRAFT = ".draft"
#: Columns of words that repeat.
WORDED = {"strategy", "variant", "verdict", "outcome"}
#: What may lie in a folder that counts as empty.
IGNORED = {".DS_Store", "Thumbs.db"}
#: Fields of a manifest in the words of an error.
WORDS = {
    "format": "format of the folder", "version": "version of simdeploy", "model": "model",
    "writer": "version of pyarrow", "scenario": "scenario", "seed": "seed",
    "runs": "number of runs", "strategies": "strategies", "variants": "variants",
    "design": "design", "settings": "number of settings", "sample": "settings", "knobs": "knobs",
    "arithmetic": "numbers made by", "keep_runs": "--keep-runs",
}  # fmt: skip


class FolderError(SimdeployError):
    """A folder that a sweep cannot use, or not any more."""


def results_file(folder: Path, part: int) -> Path:
    """Return the file of a part's figures."""
    return folder / RESULTS / f"part-{part:06d}.parquet"


def count_done(folder: Path) -> int:
    """Return how many parts are there."""
    return len(list((folder / RESULTS).glob("part-*.parquet")))


def runs_file(folder: Path, part: int, piece: int) -> Path:
    """Return the file of a piece's runs."""
    return folder / RUNS / f"part-{part:06d}-{piece:06d}.parquet"


def partial_file(folder: Path, part: int, piece: int) -> Path:
    """Return the file of a piece's aggregates, which waits for the other pieces."""
    return folder / PARTIAL / f"part-{part:06d}-{piece:06d}.npz"


def write(path: Path, data: bytes) -> None:
    """Write a file in one step, forced to the disk.

    Raises
    ------
    FolderError
        Where it cannot be written; no part of it is left.
    """
    draft = path.with_name(path.name + DRAFT)
    try:
        path.parent.mkdir(exist_ok=True)
        _forced(draft, data)
        draft.replace(path)
        _force_folder(path.parent)
    except OSError as error:
        _forget(draft)
        raise FolderError(f"{path}: cannot be written: {error.strerror or error}") from None
    except BaseException:
        _forget(draft)
        raise


def _forced(draft: Path, data: bytes) -> None:
    with draft.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _force_folder(folder: Path) -> None:
    """Force a folder's entries to the disk, where the system lets one."""
    if os.name == "nt":
        return
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return


def write_table(path: Path, table: Any, digest: str) -> None:
    """Write a Parquet file that tells to which sweep it belongs."""
    import pyarrow.parquet as pq  # noqa: PLC0415  only what writes or reads pays for it

    stream = io.BytesIO()
    marked = table.replace_schema_metadata({"simdeploy": digest})
    # Dictionaries and statistics of hundreds of columns would take longer than the figures.
    words = [name for name in table.column_names if name in WORDED]
    how = {"compression": "lz4", "use_dictionary": words, "write_statistics": False}
    pq.write_table(marked, stream, **how)
    write(path, stream.getvalue())


def is_done(path: Path, digest: str) -> bool:
    """Tell whether a Parquet file is whole and belongs to the sweep."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        metadata = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowException):
        return False
    return metadata.get(b"simdeploy") == digest.encode()


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays by their names."""
    import numpy as np  # noqa: PLC0415

    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    write(path, stream.getvalue())


def read_arrays(path: Path) -> dict[str, Any] | None:
    """Return arrays by their names; None where the file is not whole."""
    import zipfile  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415

    try:
        with np.load(path, allow_pickle=False) as found:
            return dict(found)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def manifest_text(manifest: Mapping[str, Any]) -> bytes:
    """Return a manifest as it is written."""
    return (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a sweep's folder.

    Raises
    ------
    FolderError
        For a folder that is none.
    """
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        why = "holds no sweep" if folder.is_dir() else "no such folder"
        raise FolderError(f"{folder}: {why}; make one with: simdeploy sweep") from None
    except (OSError, ValueError) as error:
        raise FolderError(f"{path}: cannot be read: {error}") from None
    if not isinstance(found, dict) or "digest" not in found:
        raise FolderError(f"{path}: is no manifest of a sweep")
    return found


def prepare(folder: Path, manifest: Mapping[str, Any], *, resume: bool) -> bool:
    """Make a folder ready and return whether it has been begun before.

    Raises
    ------
    FolderError
        Where it cannot be written, holds something else, or another sweep.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = {one.name for one in folder.iterdir()} - IGNORED
    except OSError as error:
        raise FolderError(f"{folder}: cannot be used: {error.strerror or error}") from None
    begun = found - {MANIFEST + DRAFT}
    if not begun:
        write(folder / MANIFEST, manifest_text(manifest))
        return False
    if not resume:
        raise FolderError(_refused(folder))
    _refuse_another(folder, manifest)
    _remove_drafts(folder)
    return True


def _refused(folder: Path) -> str:
    if (folder / MANIFEST).is_file():
        return f"{folder}: holds a sweep; go on with it with --resume, or name another folder"
    return f"{folder}: is not empty; name another folder"


def _refuse_another(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse to go on with a sweep of something else, and tell what differs."""
    known = read_manifest(folder)
    other = [key for key in WORDS if known.get(key) != manifest.get(key)]
    if not other:
        return
    told = "; ".join(
        f"{WORDS[key]}: there {_short(known.get(key))}, now {_short(manifest.get(key))}"
        for key in other
    )
    raise FolderError(f"{folder}: holds another sweep and cannot be resumed: {told}")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"


def _remove_drafts(folder: Path) -> None:
    for path in folder.rglob(f"*{DRAFT}"):
        _forget(path)


def remove_partial(folder: Path, part: int, pieces: int) -> None:
    """Remove the aggregates of a part that is done, and their folder with the last."""
    for piece in range(pieces):
        _forget(partial_file(folder, part, piece))
    try:
        (folder / PARTIAL).rmdir()
    except OSError:  # not the last one
        return


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep others from writing to the folder; the lock goes with the process, however it ends."""
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:  # no such locks on this system
        yield
        return
    entry = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(entry, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderError(f"{folder}: another sweep is being written to it") from None
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(entry)
