"""Fitted keys into a scenario's file: whole or not at all, everything else as it stands.

Values are replaced where they stand in the text, so that comments, order and style of the rest of
the file stay. The new text is read as a scenario before it takes the file's place.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from simdeploy.calibrating.block import INDENT, MARK, comment, flow, leaf
from simdeploy.calibrating.result import Calibration
from simdeploy.errors import Fault, ScenarioError, SimdeployError

#: A key that cannot stand beside another is written in its place.
INSTEAD = {"pull": "pull_mb_per_s"}
#: What an import writes beside a value that no file gave; a fitted value is none.
ASSUMED = re.compile(r"[ ]+# assumed: .*")


class Edit(NamedTuple):
    """A part of the text, by its ends, and what takes its place."""

    begin: int
    end: int
    text: str

    def made(self, text: str) -> str:
        """Return the text with it made."""
        return text[: self.begin] + self.text + text[self.end :]


class Place(NamedTuple):
    """Where a path leads as far as the text has it.

    Parameters
    ----------
    node
        The innermost block of the path.
    keys
        What of the path is below it.
    outer
        The outermost of the blocks in braces that it stands in; None for none.
    """

    node: MappingNode
    keys: list[str]
    outer: MappingNode | None


def write_into(path: str | os.PathLike[str], calibration: Calibration) -> tuple[str, ...]:
    """Write the fitted keys of a calibration into a scenario's file; return their paths.

    Raises
    ------
    ScenarioError
        If the file is no scenario, or would be none with them; it is unchanged then.
    SimdeployError
        If it cannot be written, or nothing was fitted.
    """
    from simdeploy.scenario import load_scenario  # noqa: PLC0415  imports pydantic

    named = Path(path)
    if not calibration.keys:
        raise SimdeployError(f"{named}: nothing was fitted, so nothing is written")
    load_scenario(named)
    target = named.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp.yaml")
    try:
        text = target.read_bytes().decode("utf-8")
        draft.write_bytes(text_with(text, calibration, str(named)).encode("utf-8"))
        shutil.copymode(target, draft)
        _check(draft, named)
        draft.replace(target)
    except OSError as error:
        raise SimdeployError(f"{named}: cannot be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
    return tuple(calibration.keys)


def text_with(text: str, calibration: Calibration, file: str) -> str:
    """Return a scenario's text with all keys set, the comments of earlier calibrations replaced.

    Raises
    ------
    SimdeployError
        Naming ``file``, for a key in a block that an anchor repeats.
    """
    is_dos = "\r\n" in text
    text = text.replace("\r\n", "\n")
    for fit in calibration.fits:
        if fit.keys:
            mark = re.escape(f"# {MARK}: {fit.step.words},")
            text = re.sub(rf"^[ ]*{mark}.*\n", "", text, flags=re.MULTILINE)
    for fit in calibration.fits:
        for key, value in fit.keys:
            text = edited(text, key, value, comment(fit, calibration), file)
    return text.replace("\n", "\r\n") if is_dos else text


def _check(draft: Path, named: Path) -> None:
    """Load the new text; faults are those of the file that it would have become."""
    from simdeploy.scenario import load_scenario  # noqa: PLC0415  imports pydantic

    try:
        load_scenario(draft)
    except ScenarioError as error:
        faults = [
            Fault(str(named), 0, fault.path, f"with the fitted times, {fault.message}")
            for fault in error.faults
        ]
        raise ScenarioError(faults) from None


def edited(text: str, path: str, value: Any, words: str, file: str) -> str:
    r"""Return a text with one key of it set.

    Parameters
    ----------
    text
        A scenario.
    path
        The key, as ``service.shutdown``.
    value
        Plain data.
    words
        A comment that stands above it.
    file
        Its name, for faults.

    Raises
    ------
    SimdeployError
        For a key in a block that an anchor repeats in several places.

    >>> print(edited("service:\n  shutdown: 2s  # slow\n", "service.shutdown", 1.5, "new", "a"))
    service:
      # new
      shutdown: 1.5  # slow
    <BLANKLINE>
    """
    place = _place(text, path, file)
    node, keys, outer = place
    pair = _pair(node, keys[0])
    if pair is None and len(keys) == 1 and keys[0] in INSTEAD:
        pair = _pair(node, INSTEAD[keys[0]])
    if outer is not None:
        changed = _in_braces(node, pair, keys, value).made(text)
        begin = _line_start(text, outer.start_mark.index)
        indent = text[begin:][: len(text[begin:]) - len(text[begin:].lstrip(" "))]
        note = f"{indent}# {words}\n"
        return changed if note in text else Edit(begin, begin, note).made(changed)
    edit = _added(text, node, keys, value, words)
    if pair is not None:
        edit = _replaced(text, pair, keys, value, words)
    return edit.made(text)


def _place(text: str, path: str, file: str) -> Place:
    """Return where a path leads."""
    node = YAML(pure=True).compose(text)
    if not isinstance(node, MappingNode):
        raise SimdeployError(f"{file}: is no block of keys")
    keys = path.split(".")
    outer = node if node.flow_style else None
    while len(keys) > 1:
        pair = _pair(node, keys[0])
        if pair is None or not isinstance(pair[1], MappingNode):
            break
        node, keys = pair[1], keys[1:]
        if node.anchor:
            raise SimdeployError(
                f"{file}: {path} stands in a block that an anchor repeats; write it by hand"
            )
        outer = node if outer is None and node.flow_style else outer
    return Place(node, keys, outer)


def _pair(node: MappingNode, key: str) -> tuple[ScalarNode, Node] | None:
    return next((pair for pair in node.value if pair[0].value == key), None)


def _nested(keys: list[str], value: Any) -> Any:
    """Return a value below some keys, as one block."""
    for key in reversed(keys):
        value = {key: value}
    return value


def _in_braces(
    node: MappingNode, pair: tuple[ScalarNode, Node] | None, keys: list[str], value: Any
) -> Edit:
    """Return the edit that sets a key within braces."""
    item = f"{keys[0]}: {flow(_nested(keys[1:], value))}"
    if pair is not None:
        return Edit(pair[0].start_mark.index, _end(pair[1]), item)
    at = node.start_mark.index + 1
    return Edit(at, at, f"{item}, " if node.value else item)


def _replaced(
    text: str, pair: tuple[ScalarNode, Node], keys: list[str], value: Any, words: str
) -> Edit:
    """Return the edit that gives a key of a block another value."""
    key, old = pair
    begin = _line_start(text, key.start_mark.index)
    indent = " " * key.start_mark.column
    lines = [f"{indent}# {words}", *leaf(keys[0], _nested(keys[1:], value), indent)]
    end = _end(old)
    if not text[key.end_mark.index + 1 : end].strip():  # an empty value ends where the next begins
        end = key.end_mark.index + 1
    if (assumed := ASSUMED.match(text, end)) is not None:
        end = assumed.end()
    return Edit(begin, end, "\n".join(lines))


def _added(text: str, node: MappingNode, keys: list[str], value: Any, words: str) -> Edit:
    """Return the edit that adds a key at the end of a block."""
    indent = " " * node.value[0][0].start_mark.column
    lines = [f"{indent}{INDENT * depth}{key}:" for depth, key in enumerate(keys[:-1])]
    inner = indent + INDENT * (len(keys) - 1)
    lines += [f"{inner}# {words}", *leaf(keys[-1], value, inner)]
    at = _line_end(text, _end(node))
    return Edit(at, at, "\n" + "\n".join(lines))


def _end(node: Node) -> int:
    """Return where the last character of a value stands, without what follows it."""
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(node, MappingNode) else last)


def _line_start(text: str, index: int) -> int:
    return text.rfind("\n", 0, index) + 1


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found
