"""Loading a file: a `Scenario`, or every fault of the file, a line each."""

import os
from collections.abc import Sequence
from pathlib import Path

from simdeploy.errors import Fault, ScenarioError
from simdeploy.files import is_file
from simdeploy.pydantic_base import did_you_mean
from simdeploy.scenario.explaining import validated
from simdeploy.scenario.gallery import builtin_scenarios
from simdeploy.scenario.merging import merge, override
from simdeploy.scenario.model import Scenario
from simdeploy.scenario.reading import MAX_BYTES, Node, read_text

#: Longest chain of files by ``extends``.
MAX_CHAIN = 20
#: What a scenario file must have.
NEEDS = "a scenario needs name and strategies"


def load_scenario(
    path_or_name: str | os.PathLike[str], *, overrides: Sequence[str] = ()
) -> Scenario:
    """Read a scenario.

    Parameters
    ----------
    path_or_name
        A file, or the name of a scenario of the gallery, such as ``bad-boot``.
    overrides
        Settings as ``path=value``, for instance ``service.desired_count=12``.

    Returns
    -------
    Scenario
        Frozen, with every default filled in.

    Raises
    ------
    ScenarioError
        With all faults at once, each with file, line and path.
    """
    return validated(load_tree(path_or_name, overrides=overrides))


def load_tree(path_or_name: str | os.PathLike[str], *, overrides: Sequence[str] = ()) -> Node:
    """Read a scenario as a tree of values and their places, not yet checked.

    Raises
    ------
    ScenarioError
        For a file that is no YAML or missing, and for overrides that fit nowhere.
    """
    name = os.fsdecode(path_or_name)
    builtin = builtin_scenarios()
    if name in builtin and not is_file(name):
        name = _short(builtin[name])
    return _overridden(_chain(name, []), overrides)


def load_scenario_text(
    text: str, *, file: str = "<text>", overrides: Sequence[str] = ()
) -> Scenario:
    """Read a scenario from a text that extends no other file.

    Raises
    ------
    ScenarioError
        With all faults at once.
    """
    return validated(load_text_tree(text, file=file, overrides=overrides))


def load_text_tree(text: str, *, file: str = "<text>", overrides: Sequence[str] = ()) -> Node:
    """Read a scenario's text as a tree of values and their places, not yet checked.

    Raises
    ------
    ScenarioError
        For a text that is no YAML or extends a file, and for overrides that fit nowhere.
    """
    root = load_block_text(text, file)
    if root.value.pop("extends", None) is not None:
        raise _refused(file, 1, "a text on its own cannot extend a file", "extends")
    return _overridden(root, overrides)


def load_block_text(text: str, file: str, needs: str = NEEDS) -> Node:
    """Read the text of a file, a scenario or another of our formats, as a block with places.

    Parameters
    ----------
    text, file
        The text, and the name of its file for faults.
    needs
        What the block must have, for the message about an empty file.

    Raises
    ------
    ScenarioError
        For a text that is no block in YAML.
    """
    root = read_text(text, file)
    if root.value is None:
        raise _refused(file, 0, f"is empty; {needs}")
    if not isinstance(root.value, dict):
        raise _refused(file, root.line, "must be a block of keys, such as name: …")
    return root


def _short(path: Path) -> str:
    """Return the path as seen from here, if that is shorter."""
    try:
        return min(str(path), os.path.relpath(path), key=len)
    except ValueError:  # another drive
        return str(path)


def _refused(file: str, line: int, message: str, path: str = "") -> ScenarioError:
    return ScenarioError([Fault(file, line, path, message)])


def _overridden(root: Node, overrides: Sequence[str]) -> Node:
    faults: list[Fault] = []
    for assignment in overrides:
        try:
            root = override(root, assignment)
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return root


def _chain(file: str, seen: list[str]) -> Node:
    """Read a file and, below it, those that it extends."""
    root = load_block_text(read_file(file, hint=_not_in_gallery(file)), file)
    extends = root.value.pop("extends", None)
    if extends is None or extends.value is None:
        return root
    seen = [*seen, os.path.realpath(file)]
    base = _base(extends, file)
    if is_file(base) and os.path.realpath(base) in seen:
        names = " -> ".join(os.path.basename(path) for path in (*seen, base))  # noqa: PTH119
        raise _refused(file, extends.line, f"goes in a circle: {names}", "extends")
    if len(seen) > MAX_CHAIN:
        raise _refused(file, extends.line, f"more than {MAX_CHAIN} files in a row", "extends")
    if not is_file(base):
        raise _refused(file, extends.line, f'no such file; got "{base[:80]}"', "extends")
    return merge(_chain(base, seen), root)


def _base(extends: Node, file: str) -> str:
    name = extends.value
    if not isinstance(name, str) or not name or "\0" in name or len(name) > 1000:
        raise _refused(file, extends.line, "must be the name of a file", "extends")
    return os.path.normpath(Path(file).parent / name)


def read_file(file: str, *, hint: str = "") -> str:
    """Return the text of a file of one of our formats.

    Parameters
    ----------
    hint
        What follows on "no such file" in the message.

    Raises
    ------
    ScenarioError
        For what is no text file in UTF-8, or too large.
    """
    path = Path(file)
    try:
        if not path.is_file():
            raise _refused(file, 0, _why_no_file(path) or f"no such file{hint}")
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except (OSError, ValueError) as error:
        raise _refused(file.replace("\0", "?"), 0, f"cannot be read: {_reason(error)}") from None
    if data is None:
        raise _refused(file, 0, f"is too large; allowed: {MAX_BYTES:,} bytes")
    return _decoded(data, file)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _why_no_file(path: Path) -> str:
    if path.is_dir():
        return "is a folder, not a file"
    if path.exists():
        return "is no regular file"
    return ""


def _not_in_gallery(file: str) -> str:
    return f", and not in the gallery; {did_you_mean(Path(file).stem, builtin_scenarios())}"


def _decoded(data: bytes, file: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refused(file, line, "is not UTF-8 text") from None
    if "\0" in text:
        raise _refused(file, text[: text.index("\0")].count("\n") + 1, "is binary, not text")
    return text
