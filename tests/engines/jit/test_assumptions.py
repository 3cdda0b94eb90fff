"""What machine code takes for granted of the rules, checked in their sources and as they run."""

import ast
from typing import Any

import pytest

from simdeploy import load_scenario
from simdeploy.engines import encoded
from simdeploy.engines.jit.fingerprint import core_sources
from simdeploy.engines.jit.source_rewriting import is_twinned
from simdeploy.engines.kernel import loop
from simdeploy.model.constants import RELEASE
from simdeploy.model.fields import plain as objects
from simdeploy.model.fields.plain import CLASSES, RunState
from simdeploy.model.fields.scenario import SCENARIO


def functions():
    """Yield every function that is compiled, with the name of its module."""
    for name, source in core_sources().items():
        if is_twinned(name):
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.FunctionDef):
                    yield name, node


def root(node):
    """Return the name at which an expression like ``m.releases[1].pace`` begins."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def test_m_and_s_are_the_scenario_record_and_the_state():
    """Machine code says of pointers of these names that nothing writes what they point to."""
    kinds = {"m": set(), "s": set()}
    for _, function in functions():
        for argument in function.args.args:
            if argument.arg in kinds:
                kinds[argument.arg].add(ast.unparse(argument.annotation))
    assert kinds["m"] <= {"ScenarioRecord", "float", "int"}
    assert kinds["s"] <= {"RunState", "float", "int"}
    assert {"ScenarioRecord"} <= kinds["m"]
    assert {"RunState"} <= kinds["s"]


def test_nothing_writes_the_scenario_record():
    """No function assigns to a field of it, or to a field of a part that has a name of its own."""
    written = []
    for module, function in functions():
        parts = {"m"}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and root(node.value) in parts:
                parts |= {name.id for name in node.targets if isinstance(name, ast.Name)}
        for node in ast.walk(function):
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [node.target] if isinstance(node, ast.AugAssign) else targets
            places = [t for t in targets if isinstance(t, ast.Attribute | ast.Subscript)]
            written += [(module, function.name) for t in places if root(t) in parts]
    assert written == []


class Counted(list[Any]):
    """A list that nobody may ask for an item counted from its end."""

    def __getitem__(self, k):
        if k < 0:
            raise IndexError(k)
        return super().__getitem__(k)


@pytest.mark.parametrize(
    ("scenario", "strategy"),
    [
        ("happy-path", "rolling"),
        ("happy-path", "canary"),
        ("bad-boot", "rolling"),
        ("overload-collapse", "recreate"),
        ("expand-contract", "rolling"),
        ("feature-flag", "rolling"),
        ("hung-task", "rolling"),
        ("cpu-alarm", "blue-green"),
        ("memory-leak-after-completion", "canary"),
    ],
)
def test_no_index_counts_from_the_end(monkeypatch, scenario, strategy):
    """Machine code takes an index as it is, so that one below 0 would be a place outside."""
    found = load_scenario(scenario)
    name = strategy if strategy in found.strategies else next(iter(found.strategies))
    usual = objects.zeros
    monkeypatch.setattr(objects, "zeros", lambda field, shape: counted(usual(field, shape)))
    monkeypatch.setattr(objects.Records, "__missing__", missing)
    record = guarded(objects.plain(encoded(found, name, "release"), SCENARIO))
    out = [CLASSES["Result"]()]
    assert loop.run_range(record, RunState(60), 7, 0, 1, RELEASE, out) == 1


def counted(value):
    """Return nested lists as `Counted` ones."""
    return Counted([counted(item) for item in value]) if type(value) is list else value


def missing(records, k):
    """Make an item of records, none from the end."""
    if not 0 <= k < records.shape[0]:
        raise IndexError(k)
    item = records[k] = guarded(records._make(k))
    return item


def guarded(item):
    """Return an object whose lists do not count from the end."""
    for field in () if isinstance(item, objects.Records) else item.record.fields:
        value = getattr(item, field.name)
        if type(value) is list:
            setattr(item, field.name, counted(value))
    return item
