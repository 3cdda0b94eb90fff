"""The folder of a sweep: atomic writes of its files, and a manifest that identifies the sweep.

``manifest.json`` is written first and never changes. A file is written under a draft name, synced
to the disk and renamed; so a file with its final name is complete, and a sweep that was killed is
resumed with the missing files. Nothing in names or contents depends on time or chance.
"""

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simdeploy.errors import SimdeployError

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST, RESULTS, RUNS, PARTIAL = "manifest.json", "results", "runs", "partial"
DRAFT = ".draft"
#: Name of the entry among arrays that says whose they are.
SEAL = "simdeploy"
RECOMPUTE = "sweep with --resume recomputes it"
#: Columns of repeated words, stored with a dictionary.
DICTIONARY_COLUMNS = {"strategy", "variant", "verdict", "outcome"}
#: Files that an empty folder may hold.
IGNORED = {".DS_Store", "Thumbs.db"}
#: Entries of a manifest that must agree to resume a sweep, in the words of an error.
WORDS = {
    "format": "format of the folder", "version": "version of simdeploy", "model": "model",
    "writer": "version of pyarrow", "scenario": "scenario", "seed": "seed",
    "runs": "number of runs", "strategies": "strategies", "variants": "variants",
    "design": "design", "settings": "number of settings", "sample": "settings", "knobs": "knobs",
    "arithmetic": "numbers made by", "keep_runs": "--keep-runs",
}  # fmt: skip


class FolderError(SimdeployError):
    """A folder that a sweep cannot use, or cannot go on using."""


def results_file(folder: Path, part: int) -> Path:
    """Return the path of a part's statistics."""
    return folder / RESULTS / f"part-{part:06d}.parquet"


def count_done(folder: Path) -> int:
    """Return the number of parts that are done."""
    return len(list((folder / RESULTS).glob("part-*.parquet")))


def runs_file(folder: Path, part: int, chunk: int) -> Path:
    """Return the path of a chunk's runs."""
    return folder / RUNS / f"part-{part:06d}-{chunk:06d}.parquet"


def partial_file(folder: Path, part: int, chunk: int) -> Path:
    """Return the path of a chunk's aggregates, stored until the other chunks are there."""
    return folder / PARTIAL / f"part-{part:06d}-{chunk:06d}.npz"


def write(path: Path, data: bytes) -> None:
    """Write a file atomically, synced to the disk.

    Raises
    ------
    FolderError
        Where it cannot be written; no draft is left.
    """
    draft = path.with_name(path.name + DRAFT)
    try:
        path.parent.mkdir(exist_ok=True)
        _write_synced(draft, data)
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise FolderError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        _remove(draft)


def _write_synced(draft: Path, data: bytes) -> None:
    with draft.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Sync a folder's entries to the disk, where the system supports it."""
    if os.name == "nt":
        return
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def write_table(path: Path, table: "pa.Table", digest: str) -> None:
    """Write a Parquet file with the digest of its sweep, its own name and a hash of its content."""
    import pyarrow.parquet as pq  # noqa: PLC0415  only what writes or reads pays for it

    stream = io.BytesIO()
    seal = {"simdeploy": digest, "file": path.stem, "sha256": content_hash(table)}
    # Dictionaries and statistics of hundreds of columns would take longer than the data.
    words = [name for name in table.column_names if name in DICTIONARY_COLUMNS]
    how: dict[str, Any] = {"compression": "lz4", "use_dictionary": words, "write_statistics": False}
    pq.write_table(table.replace_schema_metadata(seal), stream, **how)
    write(path, stream.getvalue())


def content_hash(table: "pa.Table") -> str:
    """Return a hash of a table's names and values, however they are stored."""
    hashed = hashlib.sha256()
    for name, column in zip(table.column_names, table.columns, strict=True):
        hashed.update(f"\0{name}\0".encode())
        hashed.update(column.is_null().to_numpy().tobytes())
        values = column.drop_null().to_numpy()
        if values.dtype == object:
            # Words, stored with a dictionary or without.
            words = "\0".join(map(str, values))
            hashed.update(words.encode("utf-8", "surrogatepass"))
        else:
            hashed.update(f"{values.dtype.str}\0".encode())
            hashed.update(values.tobytes())
    return hashed.hexdigest()


def read_table(path: Path, digest: str) -> "pa.Table":
    """Read a Parquet file of a sweep, whole and checked.

    Raises
    ------
    FolderError
        Where it is damaged, belongs to another sweep, or stands under another file's name.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        # As a stream: Arrow takes no name that is no UTF-8, and reads "a=1" as a partition.
        with path.open("rb") as stream:
            table = pq.read_table(stream)
        seal = {
            key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()
        }
        hashed = content_hash(table)
    except (OSError, ValueError, pa.ArrowException) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise FolderError(f"{path}: is damaged ({why}); {RECOMPUTE}") from None
    if seal.get("simdeploy") != digest:
        raise FolderError(f"{path}: belongs to another sweep; {RECOMPUTE}")
    if seal.get("file") != path.stem:
        raise FolderError(f"{path}: is a copy of {seal.get('file')}; {RECOMPUTE}")
    if seal.get("sha256") != hashed:
        raise FolderError(f"{path}: is damaged (its numbers were changed); {RECOMPUTE}")
    return table


def is_done(path: Path, digest: str) -> bool:
    """Return whether a Parquet file is whole and belongs to the sweep, under its name."""
    try:
        read_table(path, digest)
    except FolderError:
        return False
    return True


def write_arrays(path: Path, arrays: Mapping[str, Any], digest: str) -> None:
    """Write arrays by their names, with the digest of their sweep and the name of the file."""
    import numpy as np  # noqa: PLC0415

    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays, **{SEAL: np.array(f"{digest} {path.stem}")})
    write(path, stream.getvalue())


def read_arrays(path: Path, digest: str) -> dict[str, Any] | None:
    """Return arrays by their names; None where the file is missing, damaged or another's."""
    import zipfile  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415

    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error):
        return None
    seal = arrays.pop(SEAL, None)
    return arrays if str(seal) == f"{digest} {path.stem}" else None


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a sweep's folder.

    Raises
    ------
    FolderError
        For a folder without a valid manifest.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except FileNotFoundError:
        why = "holds no sweep" if folder.is_dir() else "no such folder"
        raise FolderError(f"{folder}: {why}; make one with: simdeploy sweep") from None
    except (OSError, ValueError) as error:
        raise FolderError(f"{path}: cannot be read: {error}") from None
    if not isinstance(manifest, dict) or "digest" not in manifest:
        raise FolderError(f"{path}: is no manifest of a sweep")
    from simdeploy.sweeps.identity import digest  # noqa: PLC0415  imports the scenario format

    if manifest["digest"] != digest({k: v for k, v in manifest.items() if k != "digest"}):
        raise FolderError(f"{path}: is damaged; sweep anew into another folder")
    return manifest


def prepare(folder: Path, manifest: Mapping[str, Any], *, resume: bool) -> None:
    """Prepare a folder: write the manifest, or compare it and remove drafts.

    Raises
    ------
    FolderError
        Where it cannot be written, holds something else, or another sweep.
    """
    try:
        names = {path.name for path in folder.iterdir()} - IGNORED - {MANIFEST + DRAFT}
    except OSError as error:
        raise FolderError(f"{folder}: cannot be used: {error.strerror or error}") from None
    if not names:
        text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        write(folder / MANIFEST, text.encode())
    elif resume:
        _refuse_another(folder, manifest)
        for draft in folder.rglob(f"*{DRAFT}"):
            _remove(draft)
    elif (folder / MANIFEST).is_file():
        hint = "holds a sweep; go on with it with --resume, or name another folder"
        raise FolderError(f"{folder}: {hint}")
    else:
        raise FolderError(f"{folder}: is not empty; name another folder")


def _refuse_another(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse to resume another sweep, and name what differs."""
    there = read_manifest(folder)
    differences = [
        f"{words}: there {_short(there.get(key))}, now {_short(manifest.get(key))}"
        for key, words in WORDS.items()
        if there.get(key) != manifest.get(key)
    ]
    if differences:
        why = "; ".join(differences)
        raise FolderError(f"{folder}: holds another sweep and cannot be resumed: {why}")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"


def remove_partial(folder: Path, part: int, chunks: int) -> None:
    """Remove the aggregates of a part that is done, and their folder when it is empty."""
    for chunk in range(chunks):
        _remove(partial_file(folder, part, chunk))
    with suppress(OSError):  # other parts still have files there
        (folder / PARTIAL).rmdir()


def made(folder: Path) -> Path:
    """Return a folder that is there; it is made if it is not.

    Raises
    ------
    FolderError
        Where it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(f"{folder}: cannot be used: {error.strerror or error}") from None
    return folder


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the folder against other sweeps; the lock ends with the process, however it ends."""
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
