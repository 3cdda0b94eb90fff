"""``simdeploy import aws``: what the AWS CLI prints or takes, made into one scenario.

`import_files` reads and judges, `write` writes. Nothing is guessed in silence: a value that no
file gave is AWS's default, if there is any, and is listed and marked in the scenario; a file of
a shape that is not known is an error.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from simdeploy.errors import ImportShapeError, NotSimulatedError, ScenarioError
from simdeploy.importers import alarms, code_deploy, load_balancer, page, service, strategies
from simdeploy.importers.choosing import choose
from simdeploy.importers.imported import Imported, write
from simdeploy.importers.inventory import Inventory, gather, has_balancer
from simdeploy.importers.options import Options
from simdeploy.importers.page import Assumption, Item, Section, Value, assumed, given
from simdeploy.importers.reading import Document
from simdeploy.importers.recognizing import Found, find, sort

__all__ = ["Imported", "import_documents", "import_files", "write"]

WIDTH = 98
HOUR = 3600.0
#: Room for start, shift and rollback besides the waits that the files ask for.
MARGIN = HOUR
HORIZON = 2 * HOUR
WAITS = ("termination_wait", "bake_time", "wait", "ready_wait", "timeout")
FAULTS = """
# What goes wrong is yours to say; without it, good releases are compared.
# release:
#   faults:
#     - {kind: errors, rate: 5%}   # also: boot_crash, never_listens, slow, schema
# A person who watches, too:
# operator: {notices: 5m, decides: 5m, types: 30s}
"""


def import_files(
    paths: Iterable[str | os.PathLike[str]], options: Options | None = None
) -> Imported:
    """Make one scenario of several files of one service.

    Parameters
    ----------
    paths
        Files of any name, recognized by their shape; JSON or YAML.
    options
        What the files leave open: parameters, an environment, which of several services.

    Raises
    ------
    ImportShapeError
        Naming the file, with the line if it is known, that cannot be read, holds nothing
        known, has a value that AWS would not take, or contradicts another file.
    """
    files = tuple(dict.fromkeys(Path(path) for path in paths))
    if not files:
        raise ImportShapeError("no files", "name at least one")
    options = options or Options()
    found = find(files, options)
    return found if isinstance(found, Imported) else _made(found, tuple(map(str, files)), options)


def import_documents(read: Sequence[Document], options: Options | None = None) -> Imported:
    """Make one scenario of documents that were read already, such as AWS's own answers.

    Raises
    ------
    ImportShapeError
        As `import_files` does.
    """
    options = options or Options()
    found = sort(read, options)
    files = tuple(dict.fromkeys(document.file for document in read))
    return found if isinstance(found, Imported) else _made(found, files, options)


def _made(found: Found, files: tuple[str, ...], options: Options) -> Imported:
    """Make a scenario of AWS's objects."""
    inventory = gather(choose(found.parts, options), files, options, found.style_of)
    service.refuse(inventory)
    topics = (service, load_balancer, alarms, code_deploy, strategies)
    notes = inventory.notes()
    caveats = tuple(note for note in notes if not note.value)
    caveats += tuple(caveat for topic in topics for caveat in topic.caveats(inventory))
    root = page.marked(_page(inventory), [note for note in notes if note.value])
    text = "\n".join([*_head(inventory, caveats), "", *page.document(root), FAULTS])
    refused = tuple(_not_played(text, inventory.files[0]))
    return Imported(
        text=text,
        assumptions=(*page.assumptions(root), *caveats, *refused),
        service_name=service.service_name(inventory),
        files=inventory.files,
        inventory=inventory,
    )


def _page(inventory: Inventory) -> Section:
    name = service.service_name(inventory)
    count = service.desired_count(inventory).written
    keys: dict[str, Item] = {
        "name": given(name),
        "title": given(f"{name}, as AWS has it"),
        "story": given(f"A good release of {name}, {count} tasks; say below what goes wrong."),
    }
    keys["service"] = service.service_block(inventory)
    if has_balancer(inventory):
        keys["target_group"] = load_balancer.target_block(inventory)
    keys["traffic"] = service.traffic_block(inventory)
    keys["alarms"] = [w.section for w in alarms.watches(inventory) if w.section.keys]
    keys["defaults"] = strategies.defaults_block(inventory)
    keys["strategies"] = strategies.strategy_blocks(inventory)
    return Section(keys | _horizon(keys))


def _horizon(keys: dict[str, Item]) -> dict[str, Item]:
    """Look further ahead than usual where the waits add up to more."""
    needed = MARGIN + max(_waits(keys["strategies"])) + max(_waits(keys["defaults"]))
    if needed <= HORIZON:
        return {}
    hours = -int(-needed // HOUR)
    return {"horizon": assumed(f"{hours}h", "long enough for the waits above")}


def _waits(item: Item) -> Iterator[float]:
    """Yield the seconds of every wait in a section."""
    yield 0.0
    if not isinstance(item, Section):
        return
    for key, inner in item.keys.items():
        if isinstance(inner, Value) and key in WAITS:
            yield _seconds(inner.written)
        elif isinstance(inner, Value) and key == "every":
            yield _seconds(inner.written) * 100 / float(_percent(item))
        elif isinstance(inner, Section):
            yield sum(_waits(inner))


def _percent(section: Section) -> float:
    percent = section.keys.get("percent")
    return float(percent.written) if isinstance(percent, Value) else 10.0


def _seconds(written: str) -> float:
    units = {"s": 1, "m": 60, "h": 3600}
    return float(written[:-1]) * units[written[-1]] if written != "auto" else 0.0


def _head(inventory: Inventory, caveats: tuple[Assumption, ...]) -> Iterator[str]:
    names = ", ".join(Path(file).name for file in inventory.files)
    yield from _wrapped(f"Made by simdeploy import of {names}.")
    yield "# A value marked “assumed” stands in none of them."
    if caveats:
        yield "#"
        yield "# What they say and a scenario cannot:"
    for caveat in caveats:
        yield from _wrapped(f"{caveat.path}: {caveat.source_words}", "- ")


def _wrapped(text: str, first: str = "") -> Iterator[str]:
    line = first
    for word in page.printable(text).split(" "):
        if len(line) + len(word) > WIDTH - 2 and line.strip():
            yield f"# {line.rstrip()}"
            line = " " * len(first)
        line += f"{word} "
    yield f"# {line.rstrip()}"


def _not_played(text: str, file: str) -> Iterator[Assumption]:
    """Load the scenario as a user would, and yield what ``compare`` will refuse of it."""
    from simdeploy.encode import encode  # noqa: PLC0415  a successful import pays
    from simdeploy.scenario import load_scenario_text  # noqa: PLC0415

    try:
        scenario = load_scenario_text(text)
    except ScenarioError as error:
        fault = error.faults[0]
        why = f"AWS would not take this: {fault.path}: {fault.message}"
        raise ImportShapeError(file, why) from None
    for name in scenario.resolved_strategies:
        try:
            encode(scenario, name)
        except NotSimulatedError as error:
            yield Assumption(f"strategies.{name}", "", f"compare refuses it: {error}")
